"""`plots.network`: neurons, weights and nudges have the brightness and colours of their numbers."""

from __future__ import annotations

import numpy as np
import pytest
from tests.plots.common import GRIDS, IMAGES, NETWORK, NUDGES, THETA

from fastgd import plots


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
