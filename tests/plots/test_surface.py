"""`plots.surface`: planes with their path, in flat and negative costs too, and relief."""

from __future__ import annotations

import numpy as np
import pytest
from tests.plots.common import GROUND, WALKED, png

from fastgd import landscape, plots

pytest.importorskip("matplotlib")
from matplotlib.figure import Figure


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
