"""The README's example does what it says."""

from __future__ import annotations

import re

import pytest
from tests.common import ROOT, python_blocks


def test_example(capsys: pytest.CaptureFixture[str]) -> None:
    block, *_ = python_blocks(ROOT / "README.md")
    exec(compile(block, "README.md", "exec"), {})
    said = capsys.readouterr().out
    read = re.search(r"reads ([\d.]+)% of the digits it has never seen", said)
    assert read is not None, said
    assert float(read[1]) >= 89
