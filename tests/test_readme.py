"""The README's example does what it says, and prints what is printed."""

from __future__ import annotations

import re

import pytest
from tests.common import ROOT, blocks


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"\d+\.\d+", text)]


def test_example(capsys: pytest.CaptureFixture[str]) -> None:
    (_, code), (kind, shown), *_ = blocks(ROOT / "README.md")
    assert kind == "text"
    assert len([line for line in code.splitlines() if line.strip()]) <= 12
    exec(compile(code, "README.md", "exec"), {})
    said = capsys.readouterr().out
    assert re.sub(r"\d+\.\d+", "", said) == re.sub(r"\d+\.\d+", "", shown)
    # Builds round in other orders, and a descent makes more of it.
    start, end, reads = numbers(said)
    assert [start, end, reads] == pytest.approx(numbers(shown), rel=0.1)
    assert reads >= 89
