"""docs/callbacks.md: what it shows runs as printed, and says what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.common import ROOT, python_blocks, run_python

PAGE = ROOT / "docs" / "callbacks.md"
if not PAGE.exists():
    pytest.skip("docs/ is not part of this copy", allow_module_level=True)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    pytest.importorskip("safetensors")
    pytest.importorskip("matplotlib")
    folder = tmp_path_factory.mktemp("page")
    code = "\n".join([f"import os; os.chdir({str(folder)!r})", *python_blocks(PAGE)])
    said = run_python(code).splitlines()
    assert {path.name for path in Path(folder).iterdir()} == {
        "log.csv", "log.jsonl", "run.safetensors",
    }  # fmt: skip
    return said


def test_every_block_prints_what_it_found(printed: list[str]) -> None:
    told, stopped, first, second, all_three = printed[1:]
    assert told.startswith("epoch 10, 8,000 steps, cost 0.")
    match = re.fullmatch(r"stopped by callback: best epoch (\d+) of (\d+)", stopped)
    assert match is not None
    assert int(match[1]) == int(match[2]) - 5
    assert first == second == "the same bits: True"
    cost = re.fullmatch(r"with all three: cost ([\d.]+) on digits held out", all_three)
    assert cost is not None
    assert float(cost[1]) < 0.2
