"""The README's example does what it says, and prints what is printed."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.common import PATIENCE, ROOT, blocks

import fastgd

SCALE = re.search(r"## Past memory.*?(?=^## )", (ROOT / "README.md").read_text(), re.M | re.S)
COMMANDS = re.findall(r"^    (.*fastgd train.*)", SCALE[0] if SCALE else "", re.M)


def test_there_is_a_command_of_scale() -> None:
    assert any("--memory" in command for command in COMMANDS)


@pytest.mark.parametrize("command", [one for one in COMMANDS if "--memory" in one])
def test_a_command_of_scale_runs_as_printed(command: str, tmp_path: Path) -> None:
    """On a folder of shards of that name."""
    pytest.importorskip("rich")
    pytest.importorskip("safetensors")
    digits = fastgd.datasets.digits()
    (tmp_path / "shards").mkdir()
    for i in range(4):
        rows = slice(100 * i, 100 * (i + 1))
        np.save(tmp_path / "shards" / f"X-{i:03}.npy", digits.train_images[rows])
        np.save(tmp_path / "shards" / f"y-{i:03}.npy", digits.train_labels[rows])
    done = subprocess.run(
        [sys.executable, "-m", *shlex.split(command)],
        cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Saved to model.safetensors" in done.stdout


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
