"""docs/torch.md: what it shows runs as printed, and says what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.common import ROOT, python_blocks

for needed in ("torch", "safetensors", "onnx", "onnxruntime", "pandas", "narwhals"):
    pytest.importorskip(needed)


def test_examples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import torch

    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        for block in python_blocks(ROOT / "docs" / "torch.md"):
            exec(compile(block, "torch.md", "exec"), names)
    net, reads, same, difference, right, refused = capsys.readouterr().out.splitlines()
    assert net == "784-16-16-10"
    found = re.fullmatch(r"PyTorch reads (.*)%", reads)
    assert found is not None
    assert float(found[1]) > 88
    assert same == "True"
    assert float(difference) < 3e-5
    assert float(right.removeprefix("right: ").removesuffix("%")) > 95
    assert refused == "X: column 'wild' is str; expected numbers or booleans"
