"""The command line as tests call it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from fastgd.cli import main

COMMAND = [sys.executable, "-m", "fastgd"]
QUICK = ["train", "--epochs", "1", "--batch-size", "100"]


def run_json(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main([*words, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert isinstance(result, dict)
    return result


def answers(
    capsys: pytest.CaptureFixture[str], model: str | Path, *files: str | Path
) -> list[dict[str, Any]]:
    """What `predict --json` lists."""
    assert main(["predict", str(model), *map(str, files), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, list)
    return found
