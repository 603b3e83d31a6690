"""`sweeps.ensembles`: the mean of the members, and how far they differ."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.sweeps.common import alone, regression

import fastgd

OPTIONS: dict[str, Any] = {"learning_rate": 0.1, "batch_size": 16, "epochs": 20}


def test_an_ensemble_is_the_mean_of_fits_alone() -> None:
    cost = regression()
    several = fastgd.ensemble(cost, 3, rng=5, **OPTIONS)
    rng = np.random.default_rng(5)
    X = np.random.default_rng(1).uniform(-1, 1, (7, 3))
    outputs = []
    for theta, seed in zip(several.thetas, rng.integers(2**32, size=3).tolist(), strict=True):
        rows = rng.integers(120, size=120)
        assert (theta == alone(cost, seed, rows, **OPTIONS).theta).all()
        outputs.append(cost.network(theta, X))
    assert several(X) == pytest.approx(np.mean(outputs, 0))
    assert several.spread(X) == pytest.approx(np.std(outputs, 0, ddof=1))
    low, high = several.interval(X, 0.5)
    assert (low <= several(X) + 0.1).all()
    assert (low < high).all()
    assert several(X[0]).shape == (1,)
    assert repr(several) == f"<Ensemble of 3 {cost.network!r}>"


def test_without_bootstrap_only_starts_differ() -> None:
    cost = regression()
    several = fastgd.ensemble(cost, 2, bootstrap=False, **OPTIONS)
    assert several.sweep.names == ("seed", "learning_rate", "batch_size", "epochs")
    assert not np.array_equal(several.thetas[0], several.thetas[1])


def test_it_refuses() -> None:
    cost = regression()
    with pytest.raises(ValueError, match="n_members: expected at least 2, got 1"):
        fastgd.ensemble(cost, 1, **OPTIONS)
    with pytest.raises(TypeError, match="learning_rate: one value for all members, got a list"):
        fastgd.ensemble(cost, 2, learning_rate=[0.1, 0.2])
    with pytest.raises(TypeError, match="seed: is drawn for each member"):
        fastgd.ensemble(cost, 2, seed=1, **OPTIONS)
    with pytest.raises(ValueError, match="n_members: 0 of 2 have a result; the cost is not finite"):
        fastgd.ensemble(cost, 2, learning_rate=1e300, epochs=5)
    with pytest.raises(ValueError, match="level: expected a finite number above 0 and below 1"):
        fastgd.ensemble(cost, 2, **OPTIONS).interval(np.zeros((1, 3)), 1.0)
