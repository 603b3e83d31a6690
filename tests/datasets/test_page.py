"""docs/own-data.md: what it shows runs as printed, and says what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.common import ROOT, python_blocks

pytest.importorskip("PIL")
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
    page, printed = PAGE.read_text(encoding="utf-8"), capsys.readouterr().out.splitlines()
    flats, inputs, target, pets, classes, more, none, off, oslo, rome, warning, *refused = printed
    for line in (flats, inputs, target, pets, classes, more, none):
        assert f"# {line}\n" in page
    found = re.fullmatch(r"off by (\d+); the noise alone is 32", off)
    assert found is not None
    assert int(found[1]) < 40
    assert abs(float(oslo.strip(" []")) - 1000) < 30
    assert abs(float(rome.strip(" []")) - 750) < 30
    assert warning.startswith("X is uint8 and its largest value is 1.")
    assert "```text\n" + "\n".join(refused) + "\n```" in page
