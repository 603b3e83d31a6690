"""`sweep`: a table of what settings are worth, on digits, tables and folds."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

import fastgd
from fastgd.cli import main

pytest.importorskip("rich")


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (90, 2))
    rows = np.column_stack([X, 3 + X[:, 0] - 2 * X[:, 1]])
    file = tmp_path / "prices.csv"
    np.savetxt(file, rows, delimiter=",", header="a,b,price", comments="")
    return file


def test_the_table_has_a_line_for_each_combination(
    prices: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["sweep", "--data", str(prices), "--learning-rate", "0.01,0.1", "--hidden", "4,3-2",
             "--seeds", "2", "--epochs", "3"]  # fmt: skip
    assert main(words) == 0
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert lines[0].endswith("81 examples to learn from, 9 held out; 2 inputs, price to predict")
    (head,) = [i for i, line in enumerate(lines) if line.startswith("rate")]
    assert lines[head].split() == [
        "rate", "hidden", "held-out", "cost", "spread", "lowest", "fits", "failed"
    ]  # fmt: skip
    rows = [line.split() for line in lines[head + 1 : head + 5]]
    assert sorted((row[0], row[1]) for row in rows) == [
        ("0.01", "3-2"), ("0.01", "4"), ("0.1", "3-2"), ("0.1", "4")
    ]  # fmt: skip
    means = [float(row[2]) for row in rows]
    assert means == sorted(means)
    assert all(row[-1] == "2" for row in rows)
    assert lines[-2].startswith("8 fits, ")
    assert lines[-1].startswith(f"To train the best of them: fastgd train --data {prices} --hidden")
    assert told.err.splitlines()[-1] == "fit 8/8"


def test_json_is_the_sweep_of_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--learning-rate", "0.3,1", "--epochs", "1", "--batch-size", "100", "--hidden", "8"]
    assert main(["sweep", *words, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    sample = fastgd.datasets.digits()
    net = fastgd.Network((784, 8, 10))
    cost = fastgd.Cost(net, sample.train_images, sample.train_labels)
    found = fastgd.sweep(cost, learning_rate=[0.3, 1.0], epochs=1, batch_size=100)
    assert [row["cost"] for row in rows] == found.columns["cost"].tolist()
    assert [row["validation_cost"] for row in rows] == [None, None]


def test_folds_are_cross_validation(prices: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["sweep", "--data", str(prices), "--folds", "3", "--learning-rate", "0.1,1e300",
             "--epochs", "2", "--batch-size", "all"]  # fmt: skip
    assert main(words) == 0
    told = capsys.readouterr()
    assert "90 examples to learn from, in 3 folds" in told.out
    assert "Means are over folds." in told.out
    assert "3 of 6 fits failed; the first: the cost is not finite in epoch" in told.err
    assert main([*words, "--quiet"]) == 0
    assert capsys.readouterr().out == ""


def test_ctrl_c_shows_what_has_ended(
    prices: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from fastgd.sweeps import rounds

    def struck(work: Any, order: Any, **options: Any) -> None:
        work(order[-1], Event())
        raise KeyboardInterrupt

    monkeypatch.setattr(rounds, "side_by_side", struck)
    assert main(["sweep", "--data", str(prices), "--seeds", "3", "--epochs", "2"]) == 130
    told = capsys.readouterr()
    assert "3 fits" in told.out
    assert "interrupted after 1 of 3 fits" in told.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--learning-rate", "0.1,x"], "expected a number above 0, got 'x'"),
        (["--activation", "cosine"], "expected sigmoid, tanh, relu, identity, got 'cosine'"),
        (["--halving", "5,5"], "halving: expected rising numbers of epochs"),
    ],
)
def test_words_that_will_not_do(
    words: list[str], said: str, prices: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["sweep", "--data", str(prices), *words])
    assert caught.value.code == 2
    assert said in capsys.readouterr().err
