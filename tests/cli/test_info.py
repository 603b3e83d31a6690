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


def test_info_of_a_network_whose_inputs_have_no_meaning(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    network = fastgd.Network((3, 2))
    fastgd.save(tmp_path / "m", network, network.random_theta(rng=0))
    assert main(["info", str(tmp_path / "m")]) == 0
    out = capsys.readouterr().out
    assert out.startswith("3-2: 8 parameters\n")
    assert "reads" not in out
