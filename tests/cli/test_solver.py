"""`fastgd train --solver lm`: a table's quantity, without a learning rate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.cli.common import run_json
from tests.cli.own_data import flowers, prices

import fastgd
from fastgd.cli import main
from fastgd.cli.examples import parts_of, read_like
from fastgd.cli.parser import make_parser
from fastgd.cli.record import read_saved
from fastgd.cli.retrace import replay
from fastgd.cli.settings import PATIENCE_OF_LM, Settings
from fastgd.cli.task import Task

pytest.importorskip("rich")
pytest.importorskip("safetensors")
LM = ("train", "--solver", "lm", "--hidden", "6", "--data", "prices.csv")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    prices(tmp_path / "prices.csv")
    return tmp_path


def test_a_quantity_is_learned(capsys: pytest.CaptureFixture[str]) -> None:
    found = run_json(capsys, *LM, "--save", "m")
    assert found["solver"] == "lm"
    assert found["validation_r2"] > 0.999
    assert found["epochs"] <= 100
    assert found["patience"] == PATIENCE_OF_LM
    assert found["batch_size"] == found["n_examples"] == 270
    assert fastgd.load("m").theta.dtype == np.float64


def test_it_is_far_ahead_of_descent(capsys: pytest.CaptureFixture[str]) -> None:
    epochs = ("--epochs", "15", "--validation", "0")
    descent = run_json(capsys, "train", "--hidden", "6", "--data", "prices.csv", *epochs)
    assert run_json(capsys, *LM, *epochs)["cost"] < descent["cost"] / 10


def test_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*LM, "--validation", "0", "--save", "m"]) == 0
    assert "R^2" in capsys.readouterr().out
    assert main(["info", "m"]) == 0
    assert "lm" in capsys.readouterr().out


@pytest.mark.parametrize("held_out", ["0", "0.1"])
def test_five_epochs_and_five_more_are_ten(
    capsys: pytest.CaptureFixture[str], held_out: str
) -> None:
    words = (*LM, "--validation", held_out, "--patience", "50")
    if held_out == "0":
        words = (*LM, "--validation", held_out)
    whole = run_json(capsys, *words, "--epochs", "10", "--save", "whole")
    run_json(capsys, *words, "--epochs", "5", "--save", "half")
    rest = run_json(
        capsys, "train", "--from", "half", "--data", "prices.csv", "--epochs", "5", "--save", "rest"
    )
    assert rest["costs"] == whole["costs"]
    assert np.array_equal(fastgd.load("rest").theta, fastgd.load("whole").theta)


def test_either_goes_on_with_the_other(capsys: pytest.CaptureFixture[str]) -> None:
    first = run_json(capsys, "train", "--hidden", "6", "--data", "prices.csv", "--save", "m")
    by_lm = ("train", "--from", "m", "--data", "prices.csv", "--solver", "lm", "--save", "n")
    assert run_json(capsys, *by_lm)["cost"] < first["cost"]
    back = ("train", "--from", "n", "--data", "prices.csv", "--solver", "descent")
    assert run_json(capsys, *back, "--epochs", "2")["solver"] == "descent"


def test_its_walk_is_walked_again(capsys: pytest.CaptureFixture[str]) -> None:
    """As pictures of a saved model need it."""
    run_json(capsys, *LM, "--save", "m")
    saved = read_saved("m")
    words = make_parser().parse_args(["show", "m", "--data", "prices.csv"])
    examples = read_like(words, saved.network, saved.schema, saved.learned_from)
    assert saved.settings is not None
    task = Task(saved.network, saved.settings, parts_of(examples, saved.settings), saved.scales)
    path = replay(saved, task)
    assert path is not None
    assert len(path) > 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--learning-rate", "0.1"), "--learning-rate 0.1: --solver lm has no use for it"),
        (("--batch-size", "10"), "--batch-size 10: --solver lm has no use for it"),
        (("--momentum", "0.5"), "--momentum 0.5: --solver lm has no use for it"),
        (("--hidden", "80,80"), "--solver lm: for at most 4,096 parameters; a 3-80-80-1 network"),
    ],
)
def test_what_does_not_fit_is_named(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SystemExit):
        main([*LM, *words])
    assert said in capsys.readouterr().err


def test_classes_are_not_for_it(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    flowers(here / "flowers.csv")
    with pytest.raises(SystemExit):
        main(["train", "--solver", "lm", "--data", "flowers.csv"])
    assert "--solver lm: for a regression" in capsys.readouterr().err


def test_an_unknown_solver_in_a_file_is_told() -> None:
    with pytest.raises(ValueError, match="solver 'adam' is unknown"):
        Settings.of_metadata(Settings().as_metadata() | {"solver": "adam"})
