"""`plots.descent`: two costs on a log axis, one cost in curve and legend, memorising as it was."""

from __future__ import annotations

import numpy as np
import pytest
from tests.plots.common import CURVES, STARTS

from fastgd import curves, minima, plots

pytest.importorskip("matplotlib")
from tests.plots.legible import words


def test_training_and_test_cost_are_drawn_on_a_log_axis() -> None:
    figure = plots.descent_curves(CURVES._replace(record=5))
    ax = figure.axes[0]
    assert ax.get_yscale() == "log"
    training, test = (line for line in ax.lines if len(line.get_xdata()) > 1)
    assert training.get_xdata().tolist() == [0, 5, 10, 15, 20, 25, 30]
    np.testing.assert_array_equal(training.get_ydata(), CURVES.costs)
    np.testing.assert_array_equal(test.get_ydata(), CURVES.test_costs)
    assert f"test: {CURVES.test_costs[-1]:.3g} in the end" in words(figure)


def test_step_and_epoch_are_told_apart() -> None:
    said = words(plots.descent_curves(CURVES))
    assert "each batch of it is one step" in said
    assert "distance moved in an epoch" in said
    assert "distance moved in 5 epochs" in words(plots.descent_curves(CURVES._replace(record=5)))


def test_a_cost_of_nothing_has_no_logarithm() -> None:
    zero = curves.Curves(np.array([1.0, 0.0]), np.ones(2), np.ones(1), None)
    assert plots.descent_curves(zero).axes[0].get_yscale() == "linear"


@pytest.mark.parametrize("recorded", [True, False])
def test_legend_and_curves_of_starts_show_one_cost(recorded: bool) -> None:
    found = STARTS if recorded else minima.MultiStart(STARTS.descents, STARTS.starts)
    figure = plots.starts(found)
    ends = sorted(float(line.get_ydata()[-1]) for line in figure.axes[0].lines)
    said = words(figure)
    assert f"the best of 3: {ends[0]:.4g} in the end" in said
    assert f"the others: {ends[1]:.4g} to {ends[2]:.4g}" in said
    if recorded:
        np.testing.assert_allclose(ends, [descent.cost for descent in STARTS.descents], rtol=1e-6)
        assert figure.axes[0].lines[0].get_xdata().tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (0.94, "Shuffled labels are memorised, too: 94 % of them"),
        (0.5, "Shuffled labels are partly memorised: 50 %, by chance 10 %"),
        (0.15, "Shuffled labels are hardly memorised: 15 %, by chance 10 %"),
    ],
)
def test_the_title_of_memorising_says_what_happened(end: float, told: str) -> None:
    ones = np.ones(2)
    true = curves.Curves(ones, ones, ones[1:], np.array([0.1, 1.0]), record=10)
    shuffled = true._replace(accuracies=np.array([0.1, end]))
    ax = plots.memorising(curves.Memorising(true, shuffled, 0.1)).axes[0]
    assert ax.get_title() == told
    assert ax.lines[0].get_xdata().tolist() == [0, 10]
