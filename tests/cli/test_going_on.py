"""`train --from`: five epochs and five more are ten; early stopping; what may change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.cli.common import run_json
from tests.cli.own_data import flowers, prices

import fastgd
from fastgd.cli.record import read_saved

pytest.importorskip("rich")
pytest.importorskip("safetensors")

WAYS = {
    "plain": [],
    "momentum": ["--momentum", "0.9", "--learning-rate", "0.02"],
    "schedule": ["--schedule", "inverse-sqrt", "--batch-size", "7"],
    "patience": ["--patience", "4"],
    "whole set": ["--batch-size", "all", "--momentum", "0.5", "--tol", "0"],
    "nothing held out": ["--validation", "0", "--seed", "3"],
    "as it stands": ["--scaling", "none", "--learning-rate", "1e-9"],
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    prices(tmp_path / "prices.csv")
    flowers(tmp_path / "flowers.csv")
    return tmp_path


def train(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    return run_json(capsys, "train", *words)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize("data", ["prices.csv", "flowers.csv"])
def test_five_epochs_and_five_more_are_ten(
    capsys: pytest.CaptureFixture[str], here: Path, way: list[str], data: str
) -> None:
    ten = train(capsys, "--data", data, "--epochs", "10", "--save", "ten", *way)
    train(capsys, "--data", data, "--epochs", "5", "--save", "five", *way)
    more = train(capsys, "--data", data, "--epochs", "5", "--from", "five", "--save", "more")
    assert Path("more").read_bytes() == Path("ten").read_bytes()
    same = ten.keys() - {"seconds", "saved", "untrained_test_accuracy"}
    assert {key: more[key] for key in same} == {key: ten[key] for key in same}


def test_digits_too(capsys: pytest.CaptureFixture[str], small_folder: Path, here: Path) -> None:
    words = ["--data", str(small_folder), "--epochs", "2", "--momentum", "0.5"]
    train(capsys, *words[:2], "--epochs", "4", "--momentum", "0.5", "--save", "four")
    train(capsys, *words, "--save", "two")
    train(capsys, *words[:4], "--from", "two", "--save", "more")
    assert Path("more").read_bytes() == Path("four").read_bytes()


def test_a_small_file_holds_no_theta_twice(
    capsys: pytest.CaptureFixture[str], small_folder: Path, here: Path
) -> None:
    train(capsys, "--data", str(small_folder), "--epochs", "1", "--save", "m")
    assert Path("m").stat().st_size < 4 * 13002 + 4000


def test_other_options_go_on_from_the_same_place(
    capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    first = train(capsys, "--data", "prices.csv", "--epochs", "3", "--save", "m")
    more = train(
        capsys, "--data", "prices.csv", "--from", "m", "--save", "m",
        *("--epochs", "1", "--learning-rate", "1e-9", "--batch-size", "all"),
    )  # fmt: skip
    assert (more["epochs"], more["learning_rate"]) == (4, 1e-9)
    assert more["costs"][:3] == first["costs"]
    assert more["cost"] == pytest.approx(first["cost"])
    assert "continued" in fastgd.load("m").metadata


def test_a_network_saved_by_hand_is_gone_on_with(
    capsys: pytest.CaptureFixture[str], here: Path, small_folder: Path
) -> None:
    network = fastgd.Network((784, 5, 10))
    fastgd.save("by-hand", network, network.random_theta(rng=1))
    words = ["--data", str(small_folder), "--epochs", "1", "--from", "by-hand", "--save", "m"]
    assert train(capsys, *words)["layer_sizes"] == [784, 5, 10]


# -------------------------------------------------------------------------------- early stopping


def test_patience_keeps_the_best(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    words = ["--data", "flowers.csv", "--epochs", "200", "--hidden", "32", "--learning-rate", "3"]
    result = train(capsys, *words, "--patience", "3", "--save", "m")
    costs = result["validation_costs"]
    assert result["stopped_by"] == "callback"
    assert result["epochs"] == len(costs) < 200
    assert result["best_epoch"] == int(np.argmin(costs)) + 1
    assert result["validation_cost"] == pytest.approx(min(costs))
    saved = read_saved("m")
    assert saved.state is not None
    assert len(saved.state.costs) == result["epochs"]


def test_patience_holds_examples_out(
    capsys: pytest.CaptureFixture[str], here: Path, small_folder: Path
) -> None:
    words = ["--data", str(small_folder), "--epochs", "1", "--patience", "2"]
    assert train(capsys, *words)["validation"] == 0.1


def test_without_patience_it_is_the_last(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    result = train(capsys, "--data", "flowers.csv", "--epochs", "3")
    assert result["best_epoch"] is None
    assert result["validation_cost"] == pytest.approx(result["validation_costs"][-1])
