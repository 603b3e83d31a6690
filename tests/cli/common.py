"""The command line as tests call it."""

from __future__ import annotations

import json
import sys
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
