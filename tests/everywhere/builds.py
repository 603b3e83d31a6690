"""One hash over all builds: `python -m tests.everywhere.builds`, which `make bits` runs.

fastgd is built by every compiler that is here, also such as it is not meant to be built, and run on
every processor that qemu-user can be, under FASTGD_DETERMINISTIC=everywhere. Each must say what
hashes.json says. docs/reliability/everywhere.json names those that were tried.

`python -m tests.everywhere.builds keep` writes hashes.json by the build that is installed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from release.emulated import system
from tests.everywhere.common import KEPT, PROGRAM, kept, said
from tests.explore.assembly import MODULE
from tests.promises import keep
from tests.test_setup import build

Told = dict[str, dict[str, str]]
EVERYWHERE = {"FASTGD_DETERMINISTIC": "everywhere"}
# Compilers and flags, each a build of its own; of one lane's only theta has all others' bits.
X86_64: dict[str, dict[str, str]] = {
    "gcc": {"CC": "gcc"},
    "clang": {"CC": "clang", "LDSHARED": "clang -shared", "FASTGD_OPENMP": "auto"},
    "gcc -mfma -mavx2": {"CC": "gcc", "CFLAGS": "-mfma -mavx2 -ffp-contract=fast"},
    "gcc, one lane, no OpenMP": {
        "CC": "gcc", "CFLAGS": "-DFASTGD_ONE_LANE", "FASTGD_OPENMP": "0",
    },
}  # fmt: skip
# Builds that are made and run side by side.
AT_ONCE = 3
QEMU_X86_64 = ("Nehalem", "Haswell", "EPYC")
QEMU_AARCH64 = ("cortex-a53", "max")


def one_hash(found: Told) -> str:
    """Of all thetas."""
    thetas = "".join(found[name]["theta"] for name in sorted(found))
    return hashlib.sha256(thetas.encode()).hexdigest()[:16]


def run(*command: str | Path, **environment: str) -> Told:
    """What descents.py says there."""
    done = subprocess.run(
        list(map(str, command)), env={**os.environ, **EVERYWHERE, **environment},
        stdout=subprocess.PIPE, text=True, check=True, timeout=3600,
    )  # fmt: skip
    return dict(json.loads(done.stdout))


def are_here(programs: tuple[str, ...]) -> bool:
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        print(f"not tried: no {', '.join(missing)} here", flush=True)
    return not missing


def thetas(found: Told) -> dict[str, str]:
    return {name: told["theta"] for name, told in found.items()}


class Trials:
    """What each build said, beside what it must say."""

    def __init__(self) -> None:
        self.facts: dict[str, str] = {}
        self.lost = 0

    def tell(self, name: str, found: Told, *, theta_alone: bool = False) -> None:
        expected = kept()
        what = thetas if theta_alone else dict
        other = [case for case, told in what(expected).items() if what(found).get(case) != told]
        self.lost += bool(other)
        self.facts[name] = f"differs: {', '.join(other)}" if other else one_hash(found)
        print(f"{name}: {self.facts[name]}", flush=True)


def on_x86_64(trials: Trials, work: Path, name: str, environment: dict[str, str]) -> None:
    """A build for this processor; the first one is run on others too."""
    folder = work / name.replace(" ", "-")
    folder.mkdir()
    build(folder, **environment)
    path = {"PYTHONPATH": str(folder / "src"), "FASTGD_CPU": ""}
    compiler = run_text(environment["CC"], "--version").splitlines()[0]
    found = run(sys.executable, PROGRAM, **path)
    trials.tell(f"{name} ({compiler})", found, theta_alone="one lane" in name)
    if name == "gcc" and shutil.which("qemu-x86_64"):
        for processor in QEMU_X86_64:
            there = run("qemu-x86_64", "-cpu", processor, sys.executable, PROGRAM, **path)
            trials.tell(f"{name} on {processor} (qemu)", there)


def run_text(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def on_aarch64(trials: Trials, work: Path) -> None:
    """A cross build beside Debian's Python for it."""
    compiler = "aarch64-linux-gnu-gcc"
    root = work / "aarch64"
    python = system(root, ["python3", "libgomp1", "libstdc++6"])
    site, version = root / "site", python.name.removeprefix("python")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--target", site, "--only-binary", ":all:"]
    platforms = [f"--platform=manylinux_2_{glibc}_aarch64" for glibc in (17, 27, 28, 34)]
    subprocess.run([*pip, *platforms, "--python-version", version, "numpy"], check=True)
    tree = work / "aarch64-tree"
    tree.mkdir()
    build(
        tree, CC=compiler, LDSHARED=f"{compiler} -shared", _PYTHON_HOST_PLATFORM="linux-aarch64",
        FASTGD_ABI3="1",  # Python's limited interface is the same on both
    )  # fmt: skip
    path = f"PYTHONPATH={tree / 'src'}{os.pathsep}{site}"
    for processor in QEMU_AARCH64:
        there = run("qemu-aarch64", "-cpu", processor, "-L", root, "-E", path, python, PROGRAM)
        trials.tell(f"{compiler} on {processor} (qemu)", there)


def in_the_page(trials: Trials, work: Path) -> None:
    """descent.wasm, on numbers from Python: theta as the kernels have it."""
    from tests.everywhere.test_bits import PAGE_WALKS, in_kernels
    from tests.explore.test_descent import WALKS

    folder = work / "page"
    folder.mkdir()
    same = {}
    for name in PAGE_WALKS:
        theta, _ = WALKS[name].in_node(folder, wasm=MODULE)
        same[name] = theta.tobytes() == in_kernels(WALKS[name], folder).tobytes()
    trials.lost += not all(same.values())
    other = [name for name, is_same in same.items() if not is_same]
    trials.facts["WebAssembly (the page, in node)"] = (
        f"differs: {', '.join(other)}" if other else f"the kernels' in {len(same)} walks"
    )


def main() -> None:
    if sys.argv[1:] == ["keep"]:
        KEPT.write_text(json.dumps(said(), indent=1) + "\n", encoding="utf-8")
        return
    trials = Trials()
    with tempfile.TemporaryDirectory(prefix="everywhere-") as folder:
        work = Path(folder)
        jobs: list[tuple[tuple[str, ...], Callable[[], None]]] = [
            (("node",), partial(in_the_page, trials, work)),
            (
                ("qemu-aarch64", "aarch64-linux-gnu-gcc", "apt-get"),
                partial(on_aarch64, trials, work),
            ),
            *(
                ((environment["CC"],), partial(on_x86_64, trials, work, name, environment))
                for name, environment in X86_64.items()
            ),
        ]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            jobs = [job for job in jobs if are_here(job[0])]
            started = [pool.submit(job) for _, job in jobs]
        for (wanted, _), job in zip(jobs, started, strict=True):
            if (error := job.exception()) is not None:  # the others' results are kept
                trials.lost += 1
                trials.facts[" ".join(wanted)] = f"failed: {type(error).__name__}"
    keep(
        "everywhere", tried=len(trials.facts), lost=trials.lost, how="make bits",
        facts={**trials.facts, "descents hashed": len(kept()), "NumPy": np.__version__},
    )  # fmt: skip


if __name__ == "__main__":
    main()
