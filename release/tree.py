"""What the programs of this folder share: where things lie, names of wheels, running a command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
LICENCES = ROOT / "release" / "licences"
# The dtypes of the kernels, and the instruction sets of a wheel for x86-64.
LEVELS = ("v2", "v3", "v4")
# Seconds since 1970 that files in archives carry: the same bytes from the same sources.
EPOCH = int(os.environ.get("SOURCE_DATE_EPOCH") or 1767225600)


class WheelName(NamedTuple):
    """The parts of a wheel's name."""

    version: str
    python: str
    abi: str
    platform: str


def wheel_name(wheel: Path) -> WheelName:
    """Take a wheel's name apart.

    Raises
    ------
    ValueError
        Where it is not the name of a wheel of fastgd.
    """
    parts = wheel.name.removesuffix(".whl").split("-")
    if len(parts) != 5 or parts[0] != "fastgd" or wheel.suffix != ".whl":
        raise ValueError(f"{wheel.name}: expected fastgd-VERSION-PYTHON-ABI-PLATFORM.whl")
    return WheelName(*parts[1:])


def run(
    command: Sequence[str | Path],
    cwd: Path = ROOT,
    timeout: float = 3600,
    env: dict[str, str] | None = None,
) -> str:
    """What a command printed; where it fails, what it said goes to stderr, and the error rises."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=cwd, env=env, timeout=timeout, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
    )  # fmt: skip
    if done.returncode != 0:
        print(done.stdout[-8000:], file=sys.stderr)
        raise SystemExit(f"failed with {done.returncode}: {' '.join(words)}")
    return done.stdout
