"""The README's example does what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"


def test_example(capsys: pytest.CaptureFixture[str]) -> None:
    block = re.search(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert block is not None
    exec(compile(block[1], "README.md", "exec"), {})
    said = capsys.readouterr().out
    read = re.search(r"reads ([\d.]+)% of the digits it has never seen", said)
    assert read is not None, said
    assert float(read[1]) >= 89
