"""`cli.pictures`: which pictures there are of a table, and what is said of all others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import fastgd
from fastgd.cli import drawings, pictures
from fastgd.cli.view import View
from fastgd.datasets import Digits, Schema
from fastgd.scaling import Standard, folded

pytest.importorskip("matplotlib")

RNG = np.random.default_rng(0)
XOR = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])


@pytest.fixture(autouse=True)
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawings, "EPOCHS_MEMORISED", 20)
    monkeypatch.setattr(drawings, "EPOCHS_AGAIN", 3)


def view_of(
    sizes: tuple[int, ...], X: np.ndarray, Y: np.ndarray, schema: Schema, epochs: int = 30
) -> View:
    """A network and the way to it from a random one, walked on standardised numbers."""
    regression = schema.kind == "regression"
    output = "identity" if regression else "sigmoid"
    network = fastgd.Network(sizes, activation="tanh", output_activation=output)
    start = network.random_theta(rng=0, dtype=np.float64)
    inputs, outputs = Standard.of(X), Standard.of(Y[:, None]) if regression else None
    targets = Y if outputs is None else outputs.transform(Y[:, None])
    descent = fastgd.gradient_descent(
        fastgd.Cost(network, inputs.transform(X), targets), start, learning_rate=0.1,
        epochs=epochs, record=1, tol=0,
    )  # fmt: skip
    assert descent.path is not None
    path = np.array(
        [folded(network, theta, inputs=inputs, outputs=outputs) for theta in descent.path]
    )
    return View(network, path[0], path[-1], Digits(X, Y, X, Y), path, 0.1, schema=schema)


def names_in(folder: Path) -> set[str]:
    return {path.stem[3:].removesuffix("-untrained") for path in folder.iterdir()}


def test_exclusive_or(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema = Schema("classes", 2, 2, columns=("a", "b"), classes=("same", "other"))
    written = pictures.write_figures(
        tmp_path, view_of((2, 4, 1), XOR, np.array([0, 1, 1, 0]), schema)
    )
    drawn = names_in(tmp_path)
    assert {path.stem[3:].removesuffix("-untrained") for path in written} == drawn
    assert {"neurons", "weight-matrices", "descent", "surface", "surface-relief"} <= drawn
    assert {"starts", "confusion", "decision-surface"} <= drawn
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "the inputs are no square image" in said
    assert "mess" in said
    assert not {"mess", "weights", "noise", "mistakes", "predicted"} & drawn


def test_a_regression(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    X = RNG.normal([1900.0, 0.1, 5.0], [50.0, 0.01, 3.0], (80, 3))
    schema = Schema("regression", 3, 1, columns=("year", "share", "rooms"), target="price")
    pictures.write_figures(tmp_path, view_of((3, 6, 1), X, X[:, 0] * 100, schema))
    drawn = names_in(tmp_path)
    assert {"neurons", "weight-matrices", "descent", "starts", "predicted"} <= drawn
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "confusion" in said
    assert "a regression has no classes" in said
    assert not {"confusion", "shuffled-labels", "decision-surface"} & drawn


def test_a_descent_that_diverges_is_left_out_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def diverges(view: View) -> drawings.Drawn:
        raise fastgd.DivergenceError(1, 1e9, view.theta)
        yield

    monkeypatch.setattr(pictures, "PICTURES", {"starts": pictures.Picture(diverges)})
    schema = Schema("classes", 2, 2, classes=("same", "other"))
    view = view_of((2, 4, 1), XOR, np.array([0, 1, 1, 0]), schema)
    assert pictures.write_figures(tmp_path, view) == []
    assert capsys.readouterr().err == (
        "fastgd: not drawn: starts (a descent from another start diverges)\n"
    )


def test_a_path_along_one_line_spans_no_plane(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "PICTURES", {"surface": pictures.PICTURES["surface"]})
    schema = Schema("classes", 2, 2, classes=("same", "other"))
    view = view_of((2, 4, 1), XOR, np.array([0, 1, 1, 0]), schema, epochs=1)
    assert pictures.write_figures(tmp_path, view) == []
    assert capsys.readouterr().err == (
        "fastgd: not drawn: surface (the descent went along one line)\n"
    )


def test_reasons_are_told_together() -> None:
    told = pictures.told_of({"mess": "no image", "confusion": "no classes", "noise": "no image"})
    assert told == "mess, noise (no image); confusion (no classes)"
