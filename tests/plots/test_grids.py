"""`plots.grids`: weights and nudges have the colours of their numbers, and scales have ticks."""

from __future__ import annotations

import numpy as np
import pytest
from tests.plots.common import GRIDS, NUDGES, SHUFFLED, WEIGHTS

from fastgd import plots

pytest.importorskip("matplotlib")
from tests.plots.legible import words


@pytest.mark.parametrize("colors", ["lesson", "safe"])
def test_black_is_exactly_zero(colors: str) -> None:
    figure = plots.weights(np.array([[[-1.0, 0.0, 1.0]]]), colors=colors)
    image = figure.axes[0].images[0]
    minus, zero, plus = image.cmap(image.norm(np.array([-1.0, 0.0, 1.0])))
    assert zero.tolist() == [0, 0, 0, 1]
    assert plus[:3].max() > 0.9
    assert minus[:3].max() > 0.9
    if colors == "lesson":
        assert plus[1] > plus[0]
        assert minus[0] > minus[1]
    assert image.get_clim() == (-1, 1)


def test_every_grid_is_drawn_as_it_is() -> None:
    figure = plots.weights(GRIDS, limit=2.0)
    drawn = [ax.images[0] for ax in figure.axes if ax.images]
    assert len(drawn) == len(GRIDS)
    for image, grid in zip(drawn, GRIDS, strict=True):
        assert (image.get_array() == grid).all()
        assert image.get_clim() == (-2, 2)


@pytest.mark.parametrize("limit", [1.2, 0.034, 7.0, 1000.0])
def test_the_scale_of_colours_tells_values_apart(limit: float) -> None:
    scale = plots.weights(GRIDS, limit=limit).axes[-1]
    named = [label.get_text() for label in scale.get_yticklabels()]
    assert len(named) == len(set(named)) >= 5
    assert "0" in named


@pytest.mark.parametrize(
    ("numbers", "arrows"), [([-1.0, 1.0], "neither"), ([-3.0, 1.0], "min"), ([-3.0, 9.0], "both")]
)
def test_the_scale_says_where_numbers_lie_beyond(numbers: list[float], arrows: str) -> None:
    figure = plots.weights(np.array([[numbers]]), limit=1.0)
    assert figure.axes[0].images[0].colorbar.extend == arrows


def test_matrices_are_the_weights_on_one_scale() -> None:
    figure = plots.weight_matrices(WEIGHTS, inputs=list("abcdefghi"), classes=["x", "y", "z"])
    first, second, _ = figure.axes
    for ax, W in zip((first, second), WEIGHTS, strict=True):
        assert (ax.images[0].get_array() == W).all()
    assert first.images[0].get_clim() == second.images[0].get_clim()
    assert [label.get_text() for label in first.get_xticklabels()] == list("abcdefghi")
    assert [label.get_text() for label in second.get_yticklabels()] == ["x", "y", "z"]
    assert second.get_xlabel() == "from hidden 1"


def test_a_small_matrix_has_its_numbers() -> None:
    figure = plots.weight_matrices([np.array([[0.25, -1.5]])])
    assert {"0.25", "-1.5"} <= set(words(figure).split("\n"))


def test_nudges_up_and_down_have_their_colours() -> None:
    ax = plots.nudges(NUDGES).axes[0]
    for bar, nudge in zip(ax.patches, NUDGES, strict=True):
        assert bar.get_width() == nudge.amount
        red, green = bar.get_facecolor()[:2]
        assert (green > red) == (nudge.direction == "up")


def test_moran_s_i_and_p_are_explained() -> None:
    said = words(plots.order_in_weights(SHUFFLED)).replace("\n", " ")
    assert "Moran's I: 1 where neighbouring weights are alike" in said
    assert "p: the share of 9 shuffles" in said
    assert f"{SHUFFLED.p_values.min():.3g}" in said
