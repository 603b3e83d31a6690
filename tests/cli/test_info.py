"""`info` on the installation and on a network that was saved."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.common import run_json

import fastgd
from fastgd.cli import main

pytest.importorskip("rich")
pytest.importorskip("safetensors")


def test_info_describes_the_installation(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_json(capsys, "info").keys() == fastgd.show_config().keys()
    assert main(["info"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(fastgd.show_config())


def test_info_describes_a_model(capsys: pytest.CaptureFixture[str], model: Path) -> None:
    result = run_json(capsys, "info", str(model))
    assert result["layer_sizes"] == [784, 16, 16, 10]
    assert result["metadata"]["epochs"] == "3"
    assert main(["info", str(model)]) == 0
    assert capsys.readouterr().out.startswith("784-16-16-10: 13,002 parameters\n")
