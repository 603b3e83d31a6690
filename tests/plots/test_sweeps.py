"""`plots.sweeps`: which pictures a sweep has, and what is in them."""

from __future__ import annotations

import numpy as np
import pytest
from tests.sweeps.common import regression

import fastgd
from fastgd import plots


def test_scores_curves_and_ends() -> None:
    found = fastgd.sweep(
        regression(), learning_rate=[0.01, 0.1, 1e300], seed=range(4), batch_size=16, epochs=5,
        validation=slice(0, 30),
    )  # fmt: skip
    figure = plots.sweep(found)
    scores, curves, ends = figure.axes
    assert figure.get_suptitle() == "8 fits, side by side; 4 more failed"
    points, means = scores.lines
    assert sorted(points.get_ydata()) == sorted(f.validation_cost for f in found if not f.error)
    assert means.get_xdata().tolist() == [0.01, 0.1]
    assert means.get_ydata()[0] == np.mean([f.validation_cost for f in list(found)[:4]])
    assert scores.get_xscale() == "log"
    assert len(curves.lines) == 8
    best = curves.lines[-1].get_ydata()
    assert best.tolist() == found.best.costs.tolist()
    assert sum(patch.get_height() for patch in ends.patches) == 8
    assert ends.get_xlabel() == "cost on held-out examples"


def test_a_setting_of_names_and_none_at_all() -> None:
    cost = regression()
    named = fastgd.sweep(cost, activation=["tanh", "relu"], learning_rate=0.1, epochs=3)
    labels = [t.get_text() for t in plots.sweep(named).axes[0].get_xticklabels()]
    assert labels == ["tanh", "relu"]
    seeds = fastgd.sweep(cost, seed=range(3), learning_rate=0.1, epochs=3)
    assert len(plots.sweep(seeds).axes) == 2
    assert len(plots.sweep(seeds, over="seed").axes) == 3


def test_it_refuses() -> None:
    cost = regression()
    found = fastgd.sweep(cost, learning_rate=[0.1, 0.2], epochs=2)
    with pytest.raises(ValueError, match="over: expected one of learning_rate, got 'seed'"):
        plots.sweep(found, over="seed")
    with pytest.raises(ValueError, match="found: every fit failed: the cost is not finite"):
        plots.sweep(fastgd.sweep(cost, learning_rate=1e300, epochs=5))
