"""`plots`: what is drawn is what was given, on one's own axes or on new ones, without pyplot."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

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
    STARTS,
    THETA,
    WALKED,
    png,
)

from fastgd import curves, inside, landscape, minima, plots, spatial

matplotlib = pytest.importorskip("matplotlib")
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

ON_AXES: dict[str, Any] = {
    "cost_plane": lambda ax: plots.cost_plane(GROUND, ax=ax),
    "cost_plane with a path": lambda ax: plots.cost_plane(GROUND, WALKED, ax=ax),
    "cost_line": lambda ax: plots.cost_line(landscape.line(COST, THETA, GROUND.u), ax=ax),
    "slope_histogram": lambda ax: plots.slope_histogram(minima.steepest(COST, THETA, 50), ax=ax),
    "starts": lambda ax: plots.starts(STARTS, ax=ax),
    "memorising": lambda ax: plots.memorising(MEMORISED, ax=ax),
    "neurons": lambda ax: plots.neurons(NETWORK.activations(THETA, IMAGES[0]), ax=ax),
    "nudges": lambda ax: plots.nudges(NUDGES, ax=ax),
    "confusion": lambda ax: plots.confusion(
        inside.confusion(NETWORK, THETA, IMAGES, LABELS), ax=ax
    ),
    "order_in_weights": lambda ax: plots.order_in_weights(
        spatial.morans_i(GRIDS, n_permutations=9), ax=ax
    ),
}
FIGURES: dict[str, Any] = {
    "descent_curves": lambda: plots.descent_curves(CURVES),
    "mess": lambda: plots.mess(inside.mess(NETWORK, PATH[0], THETA, IMAGES[0])),
    "weights": lambda: plots.weights(GRIDS),
    "noise": lambda: plots.noise(inside.noise(NETWORK, THETA, 20, rng=0)),
    "mistakes": lambda: plots.mistakes(
        inside.worst_mistakes(NETWORK, THETA, IMAGES, 2 - LABELS), IMAGES
    ),
}


@pytest.mark.parametrize("name", ON_AXES)
def test_axes_given_are_drawn_on_and_returned(name: str) -> None:
    figure = Figure()
    ax = figure.add_subplot()
    assert ON_AXES[name](ax) is ax
    assert png(figure)
    made = ON_AXES[name](None)
    assert isinstance(made, Axes)
    assert made.get_title()
    assert png(made.figure)


@pytest.mark.parametrize("name", FIGURES)
def test_several_axes_come_as_a_figure(name: str) -> None:
    figure = FIGURES[name]()
    assert isinstance(figure, Figure)
    assert figure.get_suptitle()
    assert png(figure)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="colors: expected lesson or safe, got 'blue'"):
        plots.weights(GRIDS, colors="blue")
    bare = curves.Memorising(
        MEMORISED.true._replace(accuracies=None), MEMORISED.shuffled, MEMORISED.chance
    )
    with pytest.raises(ValueError, match="accuracies"):
        plots.memorising(bare)


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
