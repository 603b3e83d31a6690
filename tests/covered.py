"""Which lines the tests run: `python -m tests.covered`, for Python and for Cython.

Python's lines and branches are counted by coverage.py over the whole suite, its subprocesses among
them. Cython's are counted by gcov in a build without optimization, over the kernels' tests:
Cython's own line tracing takes the interpreter's lock at every line, and the kernels run without
it, on many threads. A line that cannot run says so at its end: "# pragma: no cover - reason".
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

from tests.common import ROOT
from tests.promises import keep

BUILD = ROOT / "build" / "coverage"
PRAGMA = "# pragma: no cover - "
# Beside tests/kernel_tests: what asks for residuals and their Jacobian, which run nowhere else.
OF_RESIDUALS = ("tests/test_residuals.py", "tests/test_marquardt.py")


def run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd, env={**os.environ, **environment}, check=False, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    if done.returncode:
        print(done.stdout)
        sys.exit(f"{' '.join(map(str, command))} failed")
    return done.stdout


# ---------------------------------------------------------------------------------- Python


def of_python(words: list[str]) -> tuple[int, int]:
    """(lines and branches, those of them that no test runs), told file by file."""
    run(sys.executable, "-m", "coverage", "erase")
    run(sys.executable, "-m", "coverage", "run", "-m", "pytest", "-q", *words)
    run(sys.executable, "-m", "coverage", "combine", "-q")
    print(run(sys.executable, "-m", "coverage", "report", "--skip-covered", "--show-missing"))
    found = BUILD / "python.json"
    found.parent.mkdir(parents=True, exist_ok=True)
    run(sys.executable, "-m", "coverage", "json", "-q", "-o", found)
    total = json.loads(found.read_text())["totals"]
    return (
        total["num_statements"] + total["num_branches"],
        total["missing_lines"] + total["missing_branches"],
    )


# ---------------------------------------------------------------------------------- Cython


def of_cython() -> tuple[int, int]:
    """(lines, those that no test of the kernels runs), told one by one."""
    shutil.rmtree(BUILD / "src", ignore_errors=True)
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE", "MANIFEST.in"):
        BUILD.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, BUILD)
    shutil.copytree(
        ROOT / "src", BUILD / "src", ignore=shutil.ignore_patterns("*.so", "__pycache__")
    )
    shutil.rmtree(BUILD / "build", ignore_errors=True)
    flags = {"CFLAGS": "--coverage", "LDFLAGS": "--coverage", "FASTGD_DEBUG": "1"}
    level = {"FASTGD_LEVELS": "v3"}
    run(sys.executable, "setup.py", "-q", "build_ext", "--inplace", cwd=BUILD, **flags, **level)
    kernel_tests = (ROOT / "tests" / "kernel_tests").read_text().split()
    run(
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
        *kernel_tests, *OF_RESIDUALS,
        PYTHONPATH=str(BUILD / "src"),
    )  # fmt: skip
    found = counts()
    excused = {path: set(excuses(BUILD / path)) for path in found}
    missing = {
        path: sorted(line for line, n in lines.items() if n == 0 and line not in excused[path])
        for path, lines in found.items()
    }
    for path, lines in missing.items():
        text = (BUILD / path).read_text(encoding="utf-8").splitlines()
        for line in lines:
            print(f"{path}:{line}: {text[line - 1].strip()}")
    return sum(map(len, found.values())), sum(map(len, missing.values()))


def counts() -> dict[str, dict[int, int]]:
    """How often each line of each .pyx and .pxi ran, in whichever module it was compiled into."""
    found: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for data in BUILD.rglob("*.gcda"):
        # A line of JSON for each object.
        report = run("gcov", "--json-format", "--stdout", data, cwd=BUILD)
        for one in map(json.loads, report.splitlines()):
            for file in one["files"]:
                if file["file"].endswith(".c"):
                    origin = origins(BUILD / file["file"])
                    for line in file["lines"]:
                        if line["line_number"] in origin:
                            path, number = origin[line["line_number"]]
                            found[path][number] += line["count"]
    return {path: dict(lines) for path, lines in found.items()}


def origins(source: Path) -> dict[int, tuple[str, int]]:
    """Line of C to the (file, line) of Cython that it comes from, by the comments before it."""
    found, here = {}, None
    for number, text in enumerate(source.read_text(encoding="utf-8").splitlines(), 1):
        marker = re.match(r'\s*/\* "([^"]+\.p(?:yx|xi))":(\d+)$', text)
        if marker is not None:
            path = known(marker[1])
            here = (path, int(marker[2])) if path is not None else None
        elif "/* function exit code */" in text:
            here = None
        elif here is not None:
            found[number] = here
    return found


@cache
def known(name: str) -> str | None:
    """The file in src/ that Cython's name of one means; the modules' own .pyx are copies."""
    stem = Path(name).name
    stem = "_kernels.pyx" if stem.startswith("kernels_") else stem
    paths = list((BUILD / "src").rglob(stem))
    return str(paths[0].relative_to(BUILD)) if paths else None


def excuses(path: Path) -> list[int]:
    """Lines that say that they cannot run, and what is set in below one that ends a head."""
    excused, depth = [], None
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        indent = len(text) - len(text.lstrip())
        if depth is not None and text.strip() and indent <= depth:
            depth = None
        if PRAGMA in text:
            depth = indent if text.partition("#")[0].rstrip().endswith(":") else depth
            excused.append(number)
        elif depth is not None:
            excused.append(number)
    return excused


def main(words: list[str]) -> None:
    what, rest = words[:1], words[1:]
    facts: dict[str, Any] = {}
    tried, lost = of_python(rest) if what != ["cython"] else (0, 0)
    if what != ["python"]:
        lines, missed = of_cython()
        facts = {"lines of Cython": f"{lines:,}, {missed} not run and without a reason"}
        lost += missed
    if what:
        print(f"{tried:,} lines and branches, {lost:,} not run; {facts}")
        sys.exit(lost > 0)
    keep("coverage", tried=tried + lines, lost=lost, how="make coverage", facts=facts)


if __name__ == "__main__":
    main(sys.argv[1:])
