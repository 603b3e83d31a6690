"""`plots.surface` and `plots.relief`: axes, scales and points of planes; flat, negative costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.plots.common import GROUND, PATH, WALKED, png

from fastgd import landscape, plots

pytest.importorskip("matplotlib")
from matplotlib.figure import Figure
from tests.plots.legible import faults, words

MOST = landscape.principal_directions(PATH)


def bowl(theta: Any) -> float:
    return float(theta @ theta) + 0.01


def test_plane_and_its_path() -> None:
    ax = plots.cost_plane(GROUND, WALKED, labels=("one", "two")).axes[0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("one", "two")
    line = ax.lines[0].get_xydata()
    np.testing.assert_allclose(line, np.transpose([WALKED.a, WALKED.b]))
    points = next(c for c in ax.collections if len(c.get_offsets()) == len(WALKED.a))
    np.testing.assert_allclose(points.get_array(), WALKED.costs)


def test_axes_say_which_direction_they_are_and_how_much_it_holds() -> None:
    said = words(plots.cost_plane(GROUND, WALKED, labels=MOST.labels)).replace("\n", " ")
    first, second = (round(100 * share) for share in MOST.shares)
    assert f"first principal direction of the descent, {first} % of its movement" in said
    assert f"second principal direction of the descent, {second} % of its movement" in said
    assert f"up to {WALKED.distances.max():.2g} off this plane" in said
    assert f"start: cost {WALKED.costs[0]:.3g}" in said
    assert f"end: cost {WALKED.costs[-1]:.3g}" in said


@pytest.mark.parametrize(("length", "to_scale"), [(1.0, True), (3.0, True), (5.0, False)])
def test_scales_are_true_or_said_not_to_be(length: float, to_scale: bool) -> None:
    ground = landscape.plane(bowl, [0.0, 0], [length, 0], [0, 1.0], resolution=5)
    figure = plots.cost_plane(ground)
    ax = figure.axes[0]
    assert faults(figure) == []
    said = words(figure).replace("\n", " ")
    assert f"1 is {length:.3g} across and 1 up in theta-space" in said
    assert ("not drawn to one scale" in said) is not to_scale
    if to_scale:  # a length along u is drawn as long as the same length along v
        box = ax.get_window_extent()
        (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
        across, up = box.width / (length * (right - left)), box.height / (high - low)
        assert across == pytest.approx(up, rel=0.02)


@pytest.mark.parametrize("height", [0.0, -3.0])
def test_flat_and_negative_costs(height: float) -> None:
    flat = landscape.plane(lambda t: height, [0, 0], [1, 0], [0, 1], resolution=3)
    assert png(plots.cost_plane(flat))
    assert png(plots.cost_relief(flat))


@pytest.mark.parametrize("factor", [1.0, 1.0001, 3.0, 5.0, 50.0, 1e4])
def test_the_scale_of_costs_tells_values_apart(factor: float) -> None:
    ground = landscape.plane(
        lambda t: 0.04 * factor ** float(t[0]), [0, 0], [0.5, 0], [0, 0.5], resolution=9
    )
    scale = plots.cost_plane(ground).axes[1]
    named = [label.get_text() for label in scale.get_yticklabels() or scale.get_xticklabels()]
    assert len(named) == len(set(named)) >= 4


def test_relief_has_start_end_drop_lines_and_a_log_cost() -> None:
    ground = landscape.plane(bowl, [0.0, 0, 0], [1.0, 0, 0], [0, 1.0, 0], resolution=41)
    path = [[-0.9, 0.5, 0.3], [0.0, 0.25, 0.2], [0.5, 0.0, 0.0]]
    walked = landscape.project(ground, bowl, path)
    figure = plots.cost_relief(ground, walked)
    assert faults(figure, overlaps=False) == []
    said = words(figure)
    assert "cost (logarithmic scale)" in said
    assert "start: cost 1.16" in said
    assert "end: cost 0.26" in said
    lines = [np.transpose(line.get_data_3d()) for line in figure.axes[0].lines]
    drops = [line for line in lines if len(line) == 2]
    assert len(drops) == len(path)
    for drop, point in zip(drops, path, strict=True):
        above, below = drop
        assert above[2] == pytest.approx(np.log10(bowl(np.array(point))))
        on_plane = np.array([*point[:2], 0.0])
        assert below[2] == pytest.approx(np.log10(bowl(on_plane)), abs=0.02)


def test_relief_needs_axes_in_three_dimensions() -> None:
    with pytest.raises(ValueError, match="projection"):
        plots.cost_relief(GROUND, ax=Figure().add_subplot())
    ax = Figure().add_subplot(projection="3d")
    assert plots.cost_relief(GROUND, WALKED, ax=ax) is ax


def test_the_lowest_point_of_a_line_and_where_it_starts_are_told() -> None:
    line = landscape.line(bowl, [-1.0, 0.0], [1.0, 0.0], extent=(0, 3))
    said = words(plots.cost_line(line, label="learning rate"))
    assert "lowest: cost 0.01 at 1" in said
    assert "here: cost 1.01 at 0" in said
    assert "learning rate" in said


def test_a_path_in_its_plane_is_said_to_be() -> None:
    ground = landscape.plane(bowl, [0.0, 0], [1.0, 0], [0, 1.0], resolution=5)
    walked = landscape.project(ground, bowl, [[-0.5, 0.5], [0.0, 0.0]])
    assert "It lies in this plane." in words(plots.cost_plane(ground, walked)).replace("\n", " ")
