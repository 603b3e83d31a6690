"""`_brief`: every result that a person may see is one short line."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import fastgd
from fastgd import Cost, Layer, Network, curves, inside, landscape, minima, scaling, spatial
from fastgd._brief import brief, shorter, value
from fastgd.datasets.examples import Schema

NET = Network((16, 3, 2))
RNG = np.random.default_rng(0)
X = RNG.integers(0, 256, (12, 16), np.uint8)
LABELS = np.arange(12) % 2
COST = Cost(NET, X, LABELS)
THETA = NET.random_theta(rng=0)
EPOCHS: list[Any] = []
DESCENT = fastgd.gradient_descent(
    COST, THETA, learning_rate=0.5, epochs=3, record=1, callback=EPOCHS.append
)
assert DESCENT.path is not None
PLANE = landscape.plane(COST, THETA, *landscape.parameter_directions(NET, 0, 1), resolution=3)
RESULTS = [
    NET, COST, DESCENT, DESCENT.state, EPOCHS[0], PLANE, NET.layers(THETA)[0],
    fastgd.Model(NET, THETA, {"name": "of nothing " * 50}), fastgd.datasets.digits(),
    inside.mess(NET, THETA, DESCENT.theta, X[0]), inside.noise(NET, THETA, 5, rng=0),
    inside.worst_mistakes(NET, THETA, X, LABELS), inside.has_learned(COST, THETA),
    inside.read_gradient(NET, COST.gradient(THETA), 1)[0],
    minima.is_minimum(COST, THETA, n_probes=3), minima.steepest(COST, THETA, 20, rng=0),
    minima.multi_start(COST, 2, rng=0, learning_rate=0.1, epochs=2),
    landscape.line(COST, THETA, THETA, resolution=3),
    landscape.principal_directions(DESCENT.path), landscape.project(PLANE, COST, DESCENT.path),
    inside.predictions(NET, THETA, X, np.zeros((12, 2))), scaling.Standard.of(np.ones((9, 40))),
    inside.decision_surface(Network((2, 1)), [1, 2, 3], np.eye(2), resolution=5),
    Schema("regression", 100, 1, columns=tuple(f"column {i}" for i in range(100))),
    curves.curves(COST, DESCENT.path), spatial.morans_i(inside.weight_grids(NET, THETA), rng=0),
]  # fmt: skip


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: type(result).__name__)
def test_one_short_line(result: Any) -> None:
    text = repr(result)
    assert "\n" not in text
    assert "array(" not in text
    assert " at 0x" not in text
    assert type(result).__name__ in text or text.startswith("<2 descents")
    assert len(text) <= 350


def test_arrays_are_dtype_and_shape() -> None:
    assert brief(Layer(np.zeros((2, 3), np.float32), np.zeros(9))) == (
        "Layer(weights=float32 (2, 3), biases=float64 (9,))"
    )


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (np.array([1.0, 0.123456789]), "[1, 0.123457]"),
        (np.array([3, 4], np.uint8), "[3, 4]"),
        (np.array([True]), "bool (1,)"),
        (0.123456789, "0.123457"),
        (7, "7"),
        (None, "None"),
        ("word", "'word'"),
        ({"a": 1}, "{'a': 1}"),
        (list(range(100)), "<list of 100>"),
        (Layer(np.zeros((28, 28)), np.zeros((100, 100, 100))), "<Layer>"),
        (test_one_short_line, "<function>"),
    ],
)
def test_values(given: object, shown: str) -> None:
    assert value(given) == shown


def test_what_came_from_a_file_is_one_line_and_not_too_long() -> None:
    assert shorter("two\nlines") == "two lines"
    assert shorter("x" * 301) == "x" * 300 + "..."
    assert shorter((1, 2), 3) == "(1,..."
