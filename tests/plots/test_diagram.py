"""`plots.diagram`: neurons as bright as they are, joined to the image, with names and a key."""

from __future__ import annotations

import numpy as np
import pytest
from tests.plots.common import IMAGES, NETWORK, THETA, WEIGHTS

import fastgd
from fastgd import plots

pytest.importorskip("matplotlib")
from matplotlib.colors import to_rgb
from tests.plots.legible import words

from fastgd.plots.style import RIGHT_ON_DARK, WRONG_ON_DARK

LESSON = fastgd.Network((784, 16, 16, 10))
THETA_0 = LESSON.random_theta(rng=0)
LAYERS = [layer.weights for layer in LESSON.layers(THETA_0)]
IMAGE = fastgd.datasets.digits().test_images[0]


def test_neurons_are_as_bright_as_their_activations() -> None:
    activations = NETWORK.activations(THETA, IMAGES[0])
    ax = plots.neurons(activations, WEIGHTS).axes[0]
    bright = [patch.get_facecolor()[0] for patch in ax.patches]
    np.testing.assert_allclose(bright, np.concatenate(activations), rtol=1e-6)
    assert [len(c.get_segments()) for c in ax.collections] == [9 * 4, 4 * 3]


def test_the_image_is_joined_to_the_first_layer() -> None:
    activations = LESSON.activations(THETA_0, IMAGE)
    ax = plots.neurons(activations, LAYERS).axes[0]
    (image,) = ax.images
    right = image.get_extent()[1]
    lines = ax.collections[0]
    assert len(lines.get_segments()) == 28 * 16
    assert {segment[0, 0] for segment in lines.get_segments()} == {right}
    # A line is green where weight times pixel, summed over its row, is above 0.
    sums = (LAYERS[0] * activations[0]).reshape(16, 28, 28).sum(2).ravel()
    red, green, _, strength = lines.get_colors().T
    assert ((green > red) == (sums > 0))[strength > 0].all()
    assert (strength[sums == 0] == 0).all()


def test_layers_are_named_and_there_is_a_key() -> None:
    said = words(plots.neurons(LESSON.activations(THETA_0, IMAGE), LAYERS))
    for name in ("input\n784 pixels", "hidden 1\n16 neurons", "hidden 2\n16 neurons", "output\n10"):
        assert name in said
    for meaning in ("positive", "negative", "zero"):
        assert meaning in said.split("\n")


def test_without_weights_the_key_has_no_lines() -> None:
    said = words(plots.neurons(LESSON.activations(THETA_0, IMAGE)))
    assert "positive" not in said
    assert "activations" in said


@pytest.mark.parametrize(
    ("label", "verdict", "color"), [(1, "right", RIGHT_ON_DARK), (0, "wrong", WRONG_ON_DARK)]
)
def test_a_wrong_answer_has_another_colour(label: int, verdict: str, color: str) -> None:
    outputs = np.array([0.2, 0.9])
    ax = plots.neurons([np.zeros(4), outputs], label=label).axes[0]
    (said,) = [text for text in ax.texts if text.get_text() == f"1  0.90  {verdict}"]
    assert to_rgb(said.get_color()) == to_rgb(color)


def test_of_many_neurons_some_are_drawn_and_said_to_be() -> None:
    ax = plots.neurons([np.zeros(784), np.linspace(0, 1, 100), np.ones(3)]).axes[0]
    assert len(ax.patches) == 20 + 3
    assert any("100 neurons, 20 drawn" in text.get_text() for text in ax.texts)


def test_what_white_is_is_said_where_it_is_not_one() -> None:
    ax = plots.neurons([np.zeros(4), np.array([0.0, 2.5]), np.array([0.5])]).axes[0]
    assert any("white: 2.5" in text.get_text() for text in ax.texts)
    assert ax.patches[4 + 1].get_facecolor()[0] == 1


def test_inputs_in_units_of_their_own_are_all_grey() -> None:
    drawn = plots.neurons([np.array([1900.0, 3.5]), np.array([0.5])], inputs=["year", "rooms"])
    year, rooms = drawn.axes[0].patches[:2]
    assert year.get_facecolor() == rooms.get_facecolor()
    assert {"year  1900", "rooms  3.5"} <= set(words(drawn).split("\n"))
