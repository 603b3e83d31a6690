"""`plots.tables`: right and wrong in a confusion, where classes meet, predictions on their line."""

from __future__ import annotations

import numpy as np
import pytest

from fastgd import inside, plots

pytest.importorskip("matplotlib")
from tests.plots.legible import words

X = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
GRID = np.linspace(-0.25, 1.25, 7)


def surface(*outputs: np.ndarray) -> inside.DecisionSurface:
    return inside.DecisionSurface(GRID, GRID, np.stack(outputs, axis=-1))


def test_right_is_blue_and_wrong_orange() -> None:
    figure = plots.confusion(np.array([[3, 1], [0, 4]]), classes=["no", "yes"])
    right, wrong = figure.axes[0].images
    assert right.get_array().mask.tolist() == [[False, True], [True, False]]
    assert wrong.get_array().mask.tolist() == [[True, False], [False, True]]
    assert right.get_array()[0, 0] == 75
    assert wrong.get_array()[0, 1] == 25
    red, _, blue, _ = right.cmap(0.9)
    assert blue > red
    red, _, blue, _ = wrong.cmap(0.9)
    assert red > blue
    assert {"no", "yes", "3", "1", "4"} <= set(words(figure).split("\n"))
    assert "87.5 % right" in figure.axes[0].get_title()


def test_a_confusion_of_many_classes_has_no_numbers() -> None:
    assert not plots.confusion(np.full((20, 20), 7)).axes[0].texts


def test_the_line_between_two_classes_is_where_the_output_is_a_half() -> None:
    tilted = np.add.outer(GRID, GRID) / 2
    figure = plots.decision_surface(surface(tilted), X, [0, 0, 0, 1], classes=["no", "yes"])
    said = words(figure)
    assert "On the line the output is 0.5." in said
    assert "output: 0 is no, 1 is yes" in said
    (line,) = [c for c in figure.axes[0].collections if c.get_linewidth()[0] == 1.6]
    for x, y in line.get_paths()[0].vertices:
        assert (x + y) / 2 == pytest.approx(0.5)


def test_a_network_that_tells_no_classes_apart_is_said_to() -> None:
    figure = plots.decision_surface(surface(np.full((7, 7), 0.2)), X, [0, 1, 1, 0])
    assert "tells no classes apart" in words(figure).replace("\n", " ")


def test_of_several_outputs_the_highest_colours_the_ground() -> None:
    across, up = np.meshgrid(GRID, GRID)
    figure = plots.decision_surface(
        surface(across, up, 0.4 + 0 * up), X, [2, 1, 0, 0], inputs=["x", "y"]
    )
    ax = figure.axes[0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x", "y")
    assert {"is 0", "is 1", "is 2"} <= set(words(figure).split("\n"))
    marks = [line.get_xydata().tolist() for line in ax.lines]
    assert marks == [[[1, 0], [1, 1]], [[0, 1]], [[0, 0]]]


def test_predictions_lie_over_what_is_true_on_equal_scales() -> None:
    found = inside.Predictions(np.array([[1.0], [2.0], [4.0]]), np.array([[1.5], [2.0], [3.0]]))
    figure = plots.predicted_against_true(found, name="price")
    ax = figure.axes[0]
    line, points = ax.lines
    assert (line.get_xdata() == line.get_ydata()).all()
    np.testing.assert_array_equal(points.get_xydata(), [[1, 1.5], [2, 2], [4, 3]])
    assert ax.get_xlim() == ax.get_ylim()
    said = words(figure)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("price, true", "price, predicted")
    assert f"{found.r2[0]:.3f}" in said
    assert f"{found.rmse[0]:.4g}" in said
