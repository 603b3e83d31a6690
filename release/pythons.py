"""The Pythons that this machine has, from 3.11 on: on PATH, of pyenv, of uv, of FASTGD_PYTHONS.

FASTGD_PYTHONS lists interpreters (paths, with colons between) that are nowhere else. Where uv can
fetch Pythons, `uv python install 3.12 3.13 3.14 3.14t` brings them. `python -m release.pythons`
prints what is found.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

OLDEST = (3, 11)
ASK = """
import json, sys, sysconfig
print(json.dumps([sys.version_info[:3], sys.implementation.name, sys.prefix == sys.base_prefix,
                  bool(sysconfig.get_config_var("Py_GIL_DISABLED"))]))
"""


class Python(NamedTuple):
    """An interpreter, and what it says of itself."""

    path: Path
    version: tuple[int, int, int]
    free_threaded: bool

    @property
    def name(self) -> str:
        return ".".join(map(str, self.version)) + "t" * self.free_threaded


def candidates() -> Iterator[Path]:
    """Paths at which there may be an interpreter; those named by hand first."""
    yield from map(Path, filter(None, os.environ.get("FASTGD_PYTHONS", "").split(os.pathsep)))
    for minor in range(OLDEST[1], 20):
        for suffix in ("", "t"):
            found = shutil.which(f"python3.{minor}{suffix}")
            if found:
                yield Path(found)
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(root.glob("versions/*/bin/python3"))
    managed = os.environ.get("UV_PYTHON_INSTALL_DIR", Path.home() / ".local/share/uv/python")
    yield from sorted(Path(managed).glob("*/bin/python3"))


def asked(path: Path) -> Python | None:
    """What an interpreter says of itself, or None where it is no CPython from 3.11 on."""
    try:
        said = subprocess.run(
            [path, "-I", "-c", ASK], capture_output=True, text=True, timeout=60, check=True
        )
        version, implementation, own, free_threaded = json.loads(said.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    if implementation != "cpython" or not own or tuple(version) < OLDEST:
        return None
    return Python(path, tuple(version), free_threaded)


def found() -> list[Python]:
    """One interpreter a version (3.11.4 and 3.11.7 are two), oldest first."""
    pythons: dict[str, Python] = {}
    for path in candidates():
        python = asked(path)
        if python is not None:
            pythons.setdefault(python.name, python)
    return sorted(pythons.values(), key=lambda python: (python.version, python.free_threaded))


if __name__ == "__main__":
    for python in found():
        print(python.name, python.path)
