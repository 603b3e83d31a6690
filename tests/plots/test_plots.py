"""`plots`: what is drawn is what was given, on one's own axes or on new ones, without pyplot."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import fastgd
from fastgd import curves, inside, landscape, minima, plots, spatial

matplotlib = pytest.importorskip("matplotlib")
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

NETWORK = fastgd.Network((9, 4, 3))
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (40, 9)).astype(np.uint8)
LABELS = RNG.integers(0, 3, 40)
COST = fastgd.Cost(NETWORK, IMAGES, LABELS)
DESCENT = fastgd.gradient_descent(
    COST, NETWORK.random_theta(rng=0), learning_rate=1.0, batch_size=5, epochs=6, record=1, rng=0
)
assert DESCENT.path is not None
PATH = DESCENT.path
THETA = DESCENT.theta
GROUND = landscape.plane(COST, *landscape.principal_directions(PATH)[:3], resolution=9)
WALKED = landscape.project(GROUND, COST, PATH)
CURVES = curves.curves(COST, PATH, images=IMAGES, labels=LABELS)
MEMORISED = curves.memorise(NETWORK, IMAGES, LABELS, rng=0, learning_rate=1.0, epochs=3)
STARTS = minima.multi_start(COST, 3, rng=0, learning_rate=1.0, epochs=4)
GRIDS = inside.weight_grids(NETWORK, THETA)
NUDGES = inside.read_gradient(NETWORK, COST.gradient(THETA), 5)

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


def png(figure: Figure) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()


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


def test_plane_and_its_path() -> None:
    ax = plots.cost_plane(GROUND, WALKED, labels=("one", "two"))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("one", "two")
    line = ax.lines[0].get_xydata()
    np.testing.assert_allclose(line, np.transpose([WALKED.a, WALKED.b]))
    points = next(c for c in ax.collections if len(c.get_offsets()) == len(WALKED.a))
    np.testing.assert_allclose(points.get_array(), WALKED.costs)
    legend = ax.get_legend()
    assert f"{WALKED.distances.max():.2g}" in legend.get_title().get_text()


def test_flat_and_negative_costs() -> None:
    for height in (0.0, -3.0):
        flat = landscape.plane(lambda t, h=height: h, [0, 0], [1, 0], [0, 1], resolution=3)
        assert png(plots.cost_plane(flat).figure)


def test_relief() -> None:
    figure = plots.cost_relief(GROUND, WALKED).figure
    assert png(figure)
    with pytest.raises(ValueError, match="projection"):
        plots.cost_relief(GROUND, ax=Figure().add_subplot())


@pytest.mark.parametrize("colors", ["lesson", "safe"])
def test_black_is_exactly_zero(colors: str) -> None:
    figure = plots.weights(np.array([[[-1.0, 0.0, 1.0]]]), colors=colors)
    image = figure.axes[0].images[0]
    minus, zero, plus = image.cmap(image.norm(np.array([-1.0, 0.0, 1.0])))
    assert zero.tolist() == [0, 0, 0, 1]
    assert plus[:3].max() > 0.9
    assert minus[:3].max() > 0.9
    if colors == "lesson":
        assert plus.argmax() == 1 or plus[1] > plus[0]
        assert minus[0] > minus[1]
    assert image.get_clim() == (-1, 1)


def test_every_grid_is_drawn_as_it_is() -> None:
    figure = plots.weights(GRIDS, limit=2.0)
    drawn = [ax.images[0] for ax in figure.axes if ax.images]
    assert len(drawn) == len(GRIDS)
    for image, grid in zip(drawn, GRIDS, strict=True):
        assert (image.get_array() == grid).all()
        assert image.get_clim() == (-2, 2)


def test_neurons_are_as_bright_as_their_activations() -> None:
    activations = NETWORK.activations(THETA, IMAGES[0])
    weights = [layer.weights for layer in NETWORK.layers(THETA)]
    ax = plots.neurons(activations, weights)
    bright = [patch.get_facecolor()[0] for patch in ax.patches]
    np.testing.assert_allclose(bright, np.concatenate(activations[1:]), rtol=1e-6)
    assert len(ax.collections[0].get_segments()) == 4 * 3


def test_nudges_up_and_down_have_their_colours() -> None:
    ax = plots.nudges(NUDGES)
    for bar, nudge in zip(ax.patches, NUDGES, strict=True):
        assert bar.get_width() == nudge.amount
        red, green = bar.get_facecolor()[:2]
        assert (green > red) == (nudge.direction == "up")


def test_no_mistakes_at_all() -> None:
    read = NETWORK(THETA, IMAGES).argmax(1)
    none = inside.worst_mistakes(NETWORK, THETA, IMAGES, read)
    assert png(plots.mistakes(none, IMAGES))


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
