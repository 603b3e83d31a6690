"""The hashes that every processor must say, and a process that keeps to them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.common import ROOT, run_python

from fastgd._built import processor

KEPT = Path(__file__).with_name("hashes.json")
PROGRAM = Path(__file__).with_name("descents.py")
has_the_build = pytest.mark.skipif(
    not {"v2", "everywhere"} & {*processor.BUILT, *processor.APART},
    reason="built without the kernels of FASTGD_DETERMINISTIC=everywhere",
)


def kept() -> dict[str, dict[str, str]]:
    """Each descent's hashes."""
    return dict(json.loads(KEPT.read_text(encoding="utf-8")))


def run_everywhere(code: str, **environment: str) -> str:
    """`run_python` under FASTGD_DETERMINISTIC=everywhere, with descents.py beside it."""
    beside = f"import sys; sys.path.insert(0, {str(PROGRAM.parent)!r})\n"
    return run_python(beside + code, FASTGD_DETERMINISTIC="everywhere", **environment)


def said(**environment: str) -> dict[str, dict[str, str]]:
    """What descents.py says."""
    return dict(json.loads(run_everywhere("import descents; descents.main()", **environment)))


__all__ = ["KEPT", "PROGRAM", "ROOT", "has_the_build", "kept", "run_everywhere", "said"]
