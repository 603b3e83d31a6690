"""docs/own-data.md: what it shows runs as printed, and says what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.common import ROOT, python_blocks

PAGE = ROOT / "docs" / "own-data.md"
if not PAGE.exists():
    pytest.skip("docs/ is not part of this copy", allow_module_level=True)


def test_examples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in python_blocks(PAGE):
        exec(compile(block, "own-data.md", "exec"), names)
    flats, inputs, pets, more, off, rents, warning, *refused = capsys.readouterr().out.splitlines()
    assert flats == "Examples: 500 of 4 inputs, regression"
    assert inputs == "('size', 'city=Lyon', 'city=Oslo', 'city=Rome') -> rent"
    assert pets == "Examples: 12 of 784 inputs, 2 classes ('cat', 'dog') (28, 28)"
    assert more == "[[50.0, 0.0, 1.0, 0.0], [50.0, 0.0, 0.0, 1.0]] None"
    found = re.fullmatch(r"off by (\d+); the noise is 32", off)
    assert found is not None
    assert int(found[1]) < 40
    oslo, rome = map(float, re.findall(r"[\d.]+", rents))
    assert abs(oslo - 1000) < 30
    assert abs(rome - 750) < 30
    assert warning.startswith("X is uint8 and its largest value is 1.")
    assert refused == [
        "wrong.csv, line 2, has 1 cell where the first line has 2; mend it",
        "wrong.csv, line 3, column 'size': 'big' is no number; "
        "mend it, or leave the row or the column out",
        "wrong.csv, line 3, column 'size': an empty cell is a missing number; "
        "fill it in, or leave the row or the column out",
        "target: flats.csv has no column 'Rent'; did you mean 'rent'?",
    ]
