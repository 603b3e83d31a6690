"""`plots`: what comes back, and that it can be read: networks of every kind, axes of any size."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from tests.plots.common import (
    COST,
    CURVES,
    GRIDS,
    GROUND,
    IMAGES,
    LABELS,
    MEMORISED,
    NETWORK,
    NUDGES,
    PATH,
    SHUFFLED,
    STARTS,
    THETA,
    WALKED,
    WEIGHTS,
    png,
)

import fastgd
from fastgd import curves, inside, landscape, minima, plots, spatial

matplotlib = pytest.importorskip("matplotlib")
from matplotlib.figure import Figure  # noqa: E402
from tests.plots.legible import faults  # noqa: E402

MOST = landscape.principal_directions(PATH)
XOR = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
BEND = fastgd.Network((2, 4, 1))
BENT = inside.decision_surface(BEND, BEND.random_theta(rng=0), XOR, resolution=11)
LINES = inside.predictions(BEND, BEND.random_theta(rng=0), XOR, [0.0, 1, 1, 0])
SWEEP = fastgd.sweep(COST, learning_rate=[0.1, 0.5], seed=[0, 1], batch_size=20, epochs=2)
ON_AXES: dict[str, Any] = {
    "spread": lambda ax: plots.spread(SWEEP.columns["cost"], ax=ax),
    "cost_plane": lambda ax: plots.cost_plane(GROUND, ax=ax),
    "cost_plane with a path": lambda ax: plots.cost_plane(
        GROUND, WALKED, labels=MOST.labels, ax=ax
    ),
    "cost_line": lambda ax: plots.cost_line(landscape.line(COST, THETA, GROUND.u), ax=ax),
    "slope_histogram": lambda ax: plots.slope_histogram(minima.steepest(COST, THETA, 50), ax=ax),
    "starts": lambda ax: plots.starts(STARTS, ax=ax),
    "memorising": lambda ax: plots.memorising(MEMORISED, ax=ax),
    "neurons": lambda ax: plots.neurons(
        NETWORK.activations(THETA, IMAGES[0]), WEIGHTS, label=1, ax=ax
    ),
    "nudges": lambda ax: plots.nudges(NUDGES, ax=ax),
    "confusion": lambda ax: plots.confusion(
        inside.confusion(NETWORK, THETA, IMAGES, LABELS), ax=ax
    ),
    "order_in_weights": lambda ax: plots.order_in_weights(SHUFFLED, SHUFFLED, ax=ax),
    "decision_surface": lambda ax: plots.decision_surface(BENT, XOR, [0, 1, 1, 0], ax=ax),
    "predicted_against_true": lambda ax: plots.predicted_against_true(LINES, ax=ax),
}
FIGURES: dict[str, Any] = {
    "sweep": lambda: plots.sweep(SWEEP),
    "descent_curves": lambda: plots.descent_curves(CURVES),
    "mess": lambda: plots.mess(inside.mess(NETWORK, PATH[0], THETA, IMAGES[0], 1)),
    "weights": lambda: plots.weights(GRIDS),
    "weight_matrices": lambda: plots.weight_matrices(WEIGHTS),
    "noise": lambda: plots.noise(inside.noise(NETWORK, THETA, 20, rng=0)),
    "mistakes": lambda: plots.mistakes(
        inside.worst_mistakes(NETWORK, THETA, IMAGES, 2 - LABELS, 4),
        IMAGES,
        inside.typical_mistakes(NETWORK, THETA, IMAGES, 2 - LABELS, 4),
    ),
}


@pytest.mark.parametrize("name", ON_AXES)
@pytest.mark.parametrize("size", [(5, 4), (6.4, 4.8), (12, 5)])
def test_axes_given_are_drawn_on_and_returned(name: str, size: tuple[float, float]) -> None:
    figure = Figure(figsize=size, layout="constrained")
    ax = figure.add_subplot()
    assert ON_AXES[name](ax) is ax
    assert ax.get_title()
    assert faults(figure) == []


@pytest.mark.parametrize("name", [*ON_AXES, *FIGURES])
def test_without_axes_a_figure_comes_back(name: str) -> None:
    figure = ON_AXES[name](None) if name in ON_AXES else FIGURES[name]()
    assert isinstance(figure, Figure)
    assert faults(figure) == []
    assert figure.get_suptitle() or any(ax.get_title() for ax in figure.axes)
    assert figure.get_figwidth() <= 8.0


def test_a_notebook_shows_the_figure() -> None:
    assert plots.weights(GRIDS)._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]


def network_of(sizes: tuple[int, ...], activation: str, output: str) -> list[Figure]:
    """The pictures of a network that depend on its sizes and activations."""
    network = fastgd.Network(sizes, activation=activation, output_activation=output)
    theta = network.random_theta(rng=0)
    example = np.random.default_rng(0).random(sizes[0])
    layers = [layer.weights for layer in network.layers(theta)]
    found = [
        plots.neurons(network.activations(theta, example), layers, label=0),
        plots.weight_matrices(layers),
        plots.nudges(inside.read_gradient(network, theta, 20)),
        plots.mess(inside.mess(network, theta, -theta, example, 0)),
        plots.noise(inside.noise(network, theta, 12, rng=0)),
    ]
    if sizes[0] == 784:
        grids = inside.weight_grids(network, theta)
        found += [
            plots.weights(grids),
            plots.order_in_weights(spatial.morans_i(grids, n_permutations=9)),
        ]
    return found


@pytest.mark.parametrize(
    ("sizes", "activation", "output"),
    [
        pytest.param((784, 16, 16, 10), "sigmoid", "sigmoid", id="the lesson's"),
        pytest.param((784, 10), "sigmoid", "sigmoid", id="no hidden layer"),
        pytest.param((784, 100, 50, 10), "sigmoid", "sigmoid", id="wide"),
        pytest.param((784, 30, 10), "relu", "identity", id="relu"),
        pytest.param((2, 4, 1), "tanh", "sigmoid", id="xor"),
        pytest.param((8, 32, 16, 1), "relu", "identity", id="regression"),
        pytest.param((30, 8, 3), "tanh", "sigmoid", id="table of many columns"),
    ],
)
def test_networks_of_every_kind_can_be_read(
    sizes: tuple[int, ...], activation: str, output: str
) -> None:
    for figure in network_of(sizes, activation, output):
        assert faults(figure) == []


def test_long_names_can_be_read() -> None:
    inputs = ["median_income_of_the_block", "age", "n_rooms", "n_bedrooms"]
    classes = ["Iris setosa", "Iris versicolor", "Iris virginica"]
    network = fastgd.Network((4, 5, 3))
    theta = network.random_theta(rng=0)
    layers = [layer.weights for layer in network.layers(theta)]
    activations = network.activations(theta, np.arange(4.0))
    counts = np.array([[50, 0, 0], [0, 47, 3], [0, 2, 48]])
    for figure in (
        plots.neurons(activations, layers, inputs=inputs, classes=classes, label=2),
        plots.weight_matrices(layers, inputs=inputs, classes=classes),
        plots.confusion(counts, classes=classes),
    ):
        assert faults(figure) == []


def test_a_long_title_is_wrapped() -> None:
    title = "Where descents from random starts end, and how far apart the ends are, " * 2
    for figure in (plots.starts(STARTS, title=title), plots.weights(GRIDS, title=title)):
        assert faults(figure) == []


def test_refusals() -> None:
    with pytest.raises(ValueError, match="colors: expected lesson or safe, got 'blue'"):
        plots.weights(GRIDS, colors="blue")
    bare = curves.Memorising(
        MEMORISED.true._replace(accuracies=None), MEMORISED.shuffled, MEMORISED.chance
    )
    with pytest.raises(ValueError, match="accuracies"):
        plots.memorising(bare)
    with pytest.raises(ValueError, match="expected 3 names, got 2"):
        plots.confusion(np.eye(3), classes=["a", "b"])


def test_no_global_state_and_no_matplotlib_before_it_is_needed() -> None:
    code = """
import sys, numpy as np, fastgd
from fastgd import plots
assert "matplotlib" not in sys.modules
plots.weights(np.zeros((2, 3, 3))).savefig("/dev/null", format="png")
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r'pip install "fastgd\[plots\]"'):
        plots.weights(GRIDS)


def test_every_public_picture_is_drawn_here() -> None:
    here = {name.split(" ")[0] for name in [*ON_AXES, *FIGURES]}
    assert here | {"cost_relief"} == set(plots.__all__)
    assert png(plots.cost_relief(GROUND, WALKED))
