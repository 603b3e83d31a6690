"""`sweeps.folds`: each row is held out once, classes are shared out, the best is by the mean."""

from __future__ import annotations

import numpy as np
import pytest
from tests.sweeps.common import digits, regression

import fastgd
from fastgd.sweeps.folds import drawn_folds


def test_every_row_is_held_out_once_and_classes_are_shared_out() -> None:
    cost = digits(203)
    labels = cost.targets.argmax(1)
    found = drawn_folds(cost, 4, np.random.default_rng(0))
    held = np.concatenate([rows for _, rows in found])
    assert sorted(held.tolist()) == list(range(203))
    for learned, rows in found:
        assert sorted([*learned.tolist(), *rows.tolist()]) == list(range(203))
        counts, all_counts = np.bincount(labels[rows], minlength=10), np.bincount(labels)
        assert np.abs(counts - all_counts / 4).max() < 1
    again = drawn_folds(cost, 4, np.random.default_rng(0))
    assert all((a[1] == b[1]).all() for a, b in zip(found, again, strict=True))


def test_the_mean_over_folds_is_of_their_own_costs() -> None:
    cost = regression()
    found = fastgd.cross_validate(
        cost, 3, learning_rate=[0.001, 0.2], batch_size=10, epochs=30, seed=[1, 2]
    )
    assert len(found.sweep) == 12
    assert found.table["fits"].tolist() == [6, 6]
    parts = drawn_folds(cost, 3, np.random.default_rng(0))
    wanted = []
    for learned, held in parts:
        for seed in (1, 2):
            rng = np.random.default_rng(seed)
            theta = cost.network.random_theta(rng=rng, dtype=cost.dtype)
            descent = fastgd.gradient_descent(
                cost.part(learned), theta, rng=rng, learning_rate=0.2, batch_size=10, epochs=30
            )
            wanted.append(cost.part(held)(descent.theta))
    assert found.table["mean"][1] == pytest.approx(np.mean(wanted), rel=1e-12)
    assert found.best == {"learning_rate": 0.2, "batch_size": 10, "epochs": 30}
    assert repr(found).endswith("learning_rate 0.2>")


def test_a_setting_that_fails_in_a_fold_is_not_the_best() -> None:
    found = fastgd.cross_validate(regression(), 3, learning_rate=[1e300, 0.05], epochs=5)
    assert found.table["failed"].tolist() == [3, 0]
    assert found.best["learning_rate"] == 0.05
    none = fastgd.cross_validate(regression(), 3, learning_rate=1e300, epochs=5)
    with pytest.raises(ValueError, match="every setting failed in a fold: the cost is not finite"):
        _ = none.best
    assert repr(none) == "<CrossValidation of 1 settings, all failed>"


def test_it_refuses() -> None:
    cost = regression()
    with pytest.raises(ValueError, match="n_folds: expected 2 to 120, got 1"):
        fastgd.cross_validate(cost, 1, learning_rate=0.1)
    with pytest.raises(TypeError, match="rows and validation are the folds"):
        fastgd.cross_validate(cost, rows=np.arange(3), learning_rate=0.1)
