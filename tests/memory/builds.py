"""The kernels' tests on builds that watch memory: `python -m tests.memory.builds sanitize`.

sanitize  AddressSanitizer and UndefinedBehaviorSanitizer: gcc
races     ThreadSanitizer, told of OpenMP by Archer: clang and its libomp
bounds    Cython's checks of bounds, of views that are None or not set

Each builds one instruction set into build/NAME/lib, apart from what is in use. Files of tests
named after it are run in place of the kernels' tests (those that .ci/run runs), and nothing is
written down.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.common import ROOT
from tests.promises import keep

from fastgd._built import processor

# What shares numbers between threads; OpenMP's own fork handlers are no race of ours.
THREADED = [
    "tests/test_kernels.py", "tests/test_gradient.py", "tests/test_products.py",
    "tests/_engine/test_same_bits.py", "tests/_engine/test_team.py",
    "tests/_engine/test_full_batch.py", "tests/_engine/test_mini_batches.py",
    "tests/_engine/test_outputs.py", "tests/kernels", "tests/landscape/test_surface.py",
]  # fmt: skip


def kernel_tests() -> list[str]:
    """As .ci/run has them."""
    return (ROOT / "tests" / "kernel_tests").read_text(encoding="utf-8").split()


def of_compiler(compiler: str, *names: str) -> str:
    """Where a compiler has a library of the first of these names that it has."""
    for name in names:
        told = subprocess.run(
            [compiler, f"-print-file-name={name}"], capture_output=True, text=True, check=True
        ).stdout.strip()
        beside = Path(os.path.realpath(shutil.which(compiler) or "")).parents[1] / "lib" / name
        for path in (Path(told), beside):
            if path.is_absolute() and path.exists():
                return str(path.resolve())
    raise SystemExit(f"{compiler} has no {names[0]}; install it")


def log(name: str) -> str:
    """Where a sanitizer writes what it finds: pytest keeps what a process says on its screen."""
    return f"log_path={ROOT / 'build' / name / 'report'}"


def address() -> dict[str, str]:
    return {
        "LD_PRELOAD": of_compiler("gcc", "libasan.so"),
        # CPython and its libraries keep what they have until the end; leaks.py looks for ours.
        "ASAN_OPTIONS": f"detect_leaks=0:allocator_may_return_null=1:{log('sanitize')}",
        "UBSAN_OPTIONS": f"halt_on_error=1:print_stacktrace=1:{log('sanitize')}",
        "PYTHONMALLOC": "malloc",
    }


def thread() -> dict[str, str]:
    return {
        # gcc's runtime has what clang's code calls; clang's own ends what it is preloaded into.
        "LD_PRELOAD": of_compiler("gcc", "libtsan.so"),
        "OMP_TOOL_LIBRARIES": of_compiler("clang", "libarcher.so"),
        "TSAN_OPTIONS": f"ignore_noninstrumented_modules=1:die_after_fork=0:{log('races')}",
    }


@dataclass(frozen=True)
class Look:
    """How a build is made, and how it is run."""

    promise: str
    build: dict[str, str]
    run: Callable[[], dict[str, str]] = dict
    tests: Callable[[], list[str]] = kernel_tests
    without: list[str] = field(default_factory=list)
    """Tests of what such a build cannot do, limits of memory above all."""
    fault: str = ""
    """The function of canary.c that it must find fault with."""


# Its calls, to be interrupted before their end, take minutes where little is optimised.
SLOW = ["tests/_engine/test_signals.py::test_ctrl_c_ends_a_call_before_its_time"]

LOOKS = {
    "sanitize": Look(
        "sanitizers",
        {"FASTGD_SANITIZE": "address,undefined", "CC": "gcc"},
        address,
        without=SLOW,
        fault="beyond",
    ),
    "races": Look(
        "races",
        {"FASTGD_SANITIZE": "thread", "CC": "clang"},
        thread,
        lambda: THREADED,
        fault="race",
    ),
    "bounds": Look("bounds", {"FASTGD_DEBUG": "1"}, without=SLOW),
}


def main(name: str, files: list[str]) -> None:
    look = LOOKS[name]
    folder = ROOT / "build" / name
    environment = look.run()
    built = folder / "lib"
    build(folder, look.build)
    if "FASTGD_SANITIZE" in look.build:  # PyTorch ends under sanitizers as soon as it is loaded
        (built / "torch.py").write_text('raise ModuleNotFoundError("left out", name="torch")\n')
        check_watch(look, folder, environment)
    results = folder / "tests.xml"
    results.unlink(missing_ok=True)
    for old in folder.glob("report.*"):
        old.unlink()
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:faulthandler",
        "-o", f"cache_dir={folder / 'cache'}", f"--junitxml={results}", *(files or look.tests()),
        *(f"--deselect={test}" for test in look.without),
    ]  # fmt: skip
    environment |= {"PYTHONPATH": str(built), "FASTGD_CPU": level()}

    def run(*options: str) -> int:
        return subprocess.run(
            [*command, *options], cwd=ROOT, env={**os.environ, **environment}, check=False
        ).returncode

    status = run()
    passed, lost = counted(results)
    reports = [report for report in folder.glob("report.*") if report.stat().st_size]
    if lost and results.exists() and not reports:  # of tests that wait a while: on their own
        status = run("--last-failed", "--last-failed-no-failures=none")
        passed, lost = passed + counted(results)[0], counted(results)[1]
    for report in reports:
        print(report.read_text(errors="replace")[:4000])
    lost += len(reports) + (status != 0 and not lost)
    if files:
        sys.exit(1 if lost else 0)
    keep(look.promise, tried=passed + lost, lost=lost, how=f"make {name}",
         facts={"instruction set": level()})  # fmt: skip


def check_watch(look: Look, folder: Path, environment: dict[str, str]) -> None:
    """End where a fault on purpose is not found: nothing that follows would show anything."""
    library = folder / "canary.so"
    flags = ["-g", "-fPIC", "-shared", "-fopenmp", f"-fsanitize={look.build['FASTGD_SANITIZE']}"]
    canary = str(Path(__file__).with_name("canary.c"))
    subprocess.run([look.build["CC"], *flags, "-o", str(library), canary], check=True)
    code = f"import ctypes; ctypes.CDLL({str(library)!r}).{look.fault}(4000)"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, check=False
    )
    if done.returncode == 0:
        raise SystemExit(f"{look.promise}: the fault in canary.c was not found")


def level() -> str:
    """The instruction set that is built: the newest, whose vectors reach farthest."""
    return processor.supported()[-1]


def build(folder: Path, environment: dict[str, str]) -> None:
    """fastgd, its Python files too, in folder/lib."""
    for old in (folder / "lib").rglob("*.py"):  # what was renamed since
        old.unlink()
    command = [sys.executable, "setup.py", "-q", "build", "--build-base", str(folder)]
    done = subprocess.run(
        [*command, "--build-lib", str(folder / "lib")], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "FASTGD_LEVELS": level(), **environment}, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)


def counted(results: Path) -> tuple[int, int]:
    """Tests that passed, and those that did not."""
    if not results.exists():  # the process ended before pytest did
        return 0, 1
    suite = ET.parse(results).getroot().find("testsuite")
    assert suite is not None
    n, failed, errors, skipped = (
        int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")
    )
    return n - failed - errors - skipped, failed + errors


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
