"""`plots.answers`: right and wrong in two colours, typical beside surest, and nothing to draw."""

from __future__ import annotations

import numpy as np
import pytest
from tests.plots.common import IMAGES, LABELS, NETWORK, THETA, png

from fastgd import inside, plots

pytest.importorskip("matplotlib")
from matplotlib.colors import to_rgb
from tests.plots.legible import words

from fastgd.plots.style import RIGHT, WRONG


def test_no_mistakes_at_all() -> None:
    read = NETWORK(THETA, IMAGES).argmax(1)
    none = inside.worst_mistakes(NETWORK, THETA, IMAGES, read)
    assert png(plots.mistakes(none, IMAGES))


def test_a_wrong_answer_has_another_colour_than_a_right_one() -> None:
    found = inside.Mess(np.zeros(9), np.array([0.1, 0.8]), np.array([0.7, 0.2]), 0)
    _, untrained, trained = plots.mess(found).axes
    assert to_rgb(untrained.patches[1].get_facecolor()) == to_rgb(WRONG)
    assert untrained.get_title() == "untrained: 1, wrong"
    assert to_rgb(trained.patches[0].get_facecolor()) == to_rgb(RIGHT)
    assert trained.get_title() == "trained: 0, right"


def test_an_image_of_unknown_label_is_neither_right_nor_wrong() -> None:
    found = inside.Mess(np.zeros(9), np.array([0.1, 0.8]), np.array([0.7, 0.2]))
    said = words(plots.mess(found))
    assert "wrong" not in said
    assert "right" not in said


def test_typical_mistakes_stand_beside_the_costliest() -> None:
    given = NETWORK, THETA, IMAGES, 2 - LABELS, 3
    worst, typical = inside.worst_mistakes(*given), inside.typical_mistakes(*given)
    figure = plots.mistakes(worst, IMAGES, typical, classes=["nought", "one", "two"])
    lines = words(figure).split("\n")
    assert {"the costliest", "typical"} <= set(lines)
    assert lines.count(f"read as {['nought', 'one', 'two'][worst.outputs[0].argmax()]}") >= 1
    drawn = [ax.images[0].get_array().ravel() for ax in figure.axes]
    np.testing.assert_array_equal(drawn, IMAGES[np.append(worst.rows, typical.rows)])


def test_typical_noise_is_that_of_the_middle() -> None:
    found = inside.noise(NETWORK, THETA, 30, rng=0)
    figure = plots.noise(found, 2)
    shown = [ax.images[0].get_array().ravel() for ax in figure.axes if ax.images]
    np.testing.assert_array_equal(shown, found.images[[0, 1, 14, 15]])
    assert f"the middle: {np.median(found.confidence):.2f}" in words(figure)
