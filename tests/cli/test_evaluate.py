"""`evaluate` on a network that was saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.cli.common import run_json
from tests.cli.own_data import prices

import fastgd
from fastgd.cli import main
from fastgd.cli.evaluate import shown
from fastgd.datasets import Digits

pytest.importorskip("rich")
pytest.importorskip("safetensors")


def test_evaluate(capsys: pytest.CaptureFixture[str], model: Path) -> None:
    assert main(["evaluate", str(model)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("784-16-16-10: 13,002 parameters\n2,000 test digits: cost 0.")
    assert len(out.splitlines()) == 14


def test_evaluate_json(capsys: pytest.CaptureFixture[str], model: Path, sample: Digits) -> None:
    result = run_json(capsys, "evaluate", str(model))
    network, theta, _ = fastgd.load(model)
    read = network(theta, sample.test_images).argmax(1)
    assert result["accuracy"] == (read == sample.test_labels).mean()
    assert result["n_examples"] == 2000
    np.testing.assert_array_equal(
        np.sum(result["confusion"], axis=1), np.bincount(sample.test_labels)
    )
    np.testing.assert_array_equal(np.sum(result["confusion"], axis=0), np.bincount(read))


def test_evaluate_on_a_folder(
    capsys: pytest.CaptureFixture[str], model: Path, small_folder: Path
) -> None:
    result = run_json(capsys, "evaluate", str(model), "--data", str(small_folder))
    assert result["n_examples"] == 20


def test_a_quantity_in_words(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    data, path = str(prices(tmp_path / "prices.csv", 60)), str(tmp_path / "m")
    words = ["train", "--data", data, "--validation", "0", "--epochs", "2", "--save", path]
    assert main([*words, "--quiet"]) == 0
    assert main(["evaluate", path, "--data", data]) == 0
    out = capsys.readouterr().out
    assert "R^2 " in out
    assert "Typical error (root of the mean square) of price: " in out
    assert out.endswith("It learned from these: examples it has not seen tell more.\n")


def test_a_constant_target_has_no_r2() -> None:
    assert (shown(None), shown(0.25)) == ("-", "0.2500")
