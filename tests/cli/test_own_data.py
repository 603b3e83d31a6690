"""Own examples, from file to a saved network's answers: what each command does with them."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.cli.common import answers, run_json
from tests.cli.own_data import KINDS, arrays, flowers, photos, prices

import fastgd
from fastgd.cli import main

pytest.importorskip("rich")
pytest.importorskip("safetensors")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def saved(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    return run_json(capsys, "train", "--save", "m", "--epochs", "10", *words)


# ------------------------------------------------------------------------------------ tables


def test_a_table_of_classes(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    flowers(here / "flowers.csv")
    result = saved(capsys, "--data", "flowers.csv")
    assert result["layer_sizes"] == [3, 16, 16, 3]
    assert (result["kind"], result["scaling"], result["validation"]) == ("classes", "standard", 0.1)
    assert (result["n_examples"], len(result["validation_costs"])) == (270, 10)
    assert result["validation_accuracy"] > 0.8
    assert (result["test_cost"], result["test_accuracy"], result["train_r2"]) == (None, None, None)

    evaluated = run_json(capsys, "evaluate", "m", "--data", "flowers.csv")
    assert evaluated["n_examples"] == 30
    assert evaluated["cost"] == result["validation_cost"]
    assert evaluated["accuracy"] == result["validation_accuracy"]
    assert evaluated["classes"] == list(KINDS)
    assert not evaluated["seen"]

    found = answers(capsys, "m", "flowers.csv")
    assert len(found) == 300
    assert {answer["prediction"] for answer in found} == set(KINDS)
    assert [answer["index"] for answer in found] == list(range(300))


def test_a_table_of_a_quantity(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    prices(here / "prices.csv")
    result = saved(capsys, "--data", "prices.csv", "--hidden", "8")
    assert result["layer_sizes"] == [3, 8, 1]
    assert (result["kind"], result["output_activation"]) == ("regression", "identity")
    assert result["validation_r2"] > 0.9
    assert (result["train_accuracy"], result["validation_accuracy"]) == (None, None)

    evaluated = run_json(capsys, "evaluate", "m", "--data", "prices.csv")
    assert (evaluated["cost"], evaluated["r2"]) == (
        result["validation_cost"], result["validation_r2"]
    )  # fmt: skip
    assert evaluated["rmse"] == [pytest.approx(evaluated["cost"] ** 0.5)]

    predicted = [answer["prediction"] for answer in answers(capsys, "m", "prices.csv")]
    with (here / "prices.csv").open() as file:
        true = [float(row["price"]) for row in csv.DictReader(file)]
    assert np.abs(np.subtract(predicted, true)).mean() < 10


def test_the_saved_network_takes_numbers_as_they_stand(
    capsys: pytest.CaptureFixture[str], here: Path
) -> None:
    examples = fastgd.datasets.read_examples(prices(here / "prices.csv"))
    result = saved(capsys, "--data", "prices.csv", "--validation", "0")
    network, theta, _ = fastgd.load("m")
    assert fastgd.Cost(network, examples.X, examples.Y)(theta) == result["cost"]
    assert result["train_r2"] > 0.9


def test_the_target_is_named(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    flowers(here / "flowers.csv")
    result = saved(capsys, "--data", "flowers.csv", "--target", "size", "--kind", "regression")
    assert result["layer_sizes"] == [5, 16, 16, 1]  # two numbers, three categories
    assert answers(capsys, "m", "flowers.csv")[0]["prediction"] == pytest.approx(5, abs=5)


def test_columns_are_dropped(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    flowers(here / "flowers.csv")
    dropped = ("--drop", "size", "--drop", "weight")
    result = saved(capsys, "--data", "flowers.csv", *dropped)
    assert result["layer_sizes"][0] == 1
    with pytest.raises(SystemExit):
        main(["train", "--from", "m", "--data", "flowers.csv", "--drop", "year"])
    assert "--drop year: m learned from it" in capsys.readouterr().err


def test_idx_files_of_another_size(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    for part, n in ("train", 60), ("t10k", 30):
        images = np.random.default_rng(0).integers(0, 256, (n, 5, 4), np.uint8)
        fastgd.datasets.write_idx(f"{part}-images-idx3-ubyte.gz", images)
        fastgd.datasets.write_idx(f"{part}-labels-idx1-ubyte.gz", np.arange(n, dtype="u1") % 3)
    result = saved(capsys, "--data", ".")
    assert result["layer_sizes"] == [20, 16, 16, 3]
    assert run_json(capsys, "evaluate", "m", "--data", ".")["cost"] == result["test_cost"]


def test_a_table_to_test_on(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    flowers(here / "flowers.csv")
    flowers(here / "more.csv", 40)
    result = saved(capsys, "--data", "flowers.csv", "--test", "more.csv")
    assert result["validation"] == 0
    assert result["test_accuracy"] > 0.8
    assert run_json(capsys, "evaluate", "m", "--data", "more.csv")["cost"] == result["test_cost"]


def test_what_it_learned_from_is_said_to_be(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    flowers(here / "flowers.csv")
    saved(capsys, "--data", "flowers.csv", "--validation", "0")
    assert run_json(capsys, "evaluate", "m", "--data", "flowers.csv")["seen"]


def test_few_examples_are_all_learned_from(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    (here / "xor.csv").write_text("a,b,c\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n")
    result = saved(capsys, "--data", "xor.csv", "--batch-size", "all", "--epochs", "2")
    assert (result["n_examples"], result["validation_cost"]) == (4, None)


@pytest.mark.parametrize("sizes", ["3,4,1", "3-4-1"])
def test_two_classes_on_one_output(
    capsys: pytest.CaptureFixture[str], here: Path, sizes: str
) -> None:
    arrays(here / "arrays.npz")
    result = saved(capsys, "--data", "arrays.npz", "--layers", sizes)
    assert result["layer_sizes"] == [3, 4, 1]
    assert result["validation_accuracy"] > 0.9
    assert {answer["prediction"] for answer in answers(capsys, "m", "arrays.npz")} == {0, 1}
    confusion = run_json(capsys, "evaluate", "m", "--data", "arrays.npz")["confusion"]
    assert np.shape(confusion) == (2, 2)


# ---------------------------------------------------------------------------------- pictures


def test_a_folder_of_pictures(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    pytest.importorskip("PIL")
    photos(here / "photos")
    result = saved(capsys, "--data", "photos", "--epochs", "20")
    assert result["layer_sizes"] == [64, 16, 16, 2]
    assert result["scaling"] == "none"
    assert result["validation_accuracy"] == 1
    one = answers(capsys, "m", "photos/top/3.png")
    assert [(a["file"], a["prediction"]) for a in one] == [("photos/top/3.png", "top")]
    found = answers(capsys, "m", "photos")
    assert len(found) == 60
    assert {a["prediction"] for a in found if "bottom" in a["file"]} == {"bottom"}


# ----------------------------------------------------------------------------------- answers


def test_predict_writes_csv(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    flowers(here / "flowers.csv")
    saved(capsys, "--data", "flowers.csv")
    assert main(["predict", "m", "flowers.csv", "--csv"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows[0] == ["file", "index", "prediction", *KINDS]
    assert len(rows) == 301
    prediction, *activations = rows[1][2:]
    assert prediction == KINDS[int(np.argmax([float(a) for a in activations]))]


def test_predict_writes_csv_of_a_quantity(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    prices(here / "prices.csv")
    saved(capsys, "--data", "prices.csv")
    assert main(["predict", "m", "prices.csv", "--csv"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "file,index,price"


def test_predict_needs_no_target(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    flowers(here / "flowers.csv")
    saved(capsys, "--data", "flowers.csv")
    (here / "new.csv").write_text("weight,size,year\n-3000,9,2000\n")
    assert answers(capsys, "m", "new.csv")[0]["prediction"] == "setosa"


def test_names_are_told_while_it_learns(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    flowers(here / "flowers.csv")
    assert main(["train", "--data", "flowers.csv", "--epochs", "3", "--save", "m"]) == 0
    out = capsys.readouterr().out
    assert "270 examples to learn from, 30 held out" in out
    assert "3 classes of species: setosa, versicolor, virginica" in out
    assert "held-out examples" in out
    for command in ("evaluate", "show", "explore"):
        assert f"fastgd {command} m" in out.replace("python -m ", "")
