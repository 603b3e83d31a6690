"""`DivergenceError`: raised wherever a cost or gradient is not finite, with the last good theta."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import numpy as np
import pytest
from tests.bowl import Bowl, descend
from tests.common import Problem, problem

from fastgd import DivergenceError


def steep() -> Problem:
    """Identity outputs: nothing bounds the cost."""
    return problem((3, 4, 2), 60, output_activation="identity")


@pytest.mark.parametrize("batch_size", [None, 10, 60])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("learning_rate", [3.0, 1e3, 1e38])
def test_divergence_is_told_with_the_last_good_theta(
    batch_size: int | None, dtype: str, learning_rate: float
) -> None:
    p = steep()
    cost = p.cost(dtype)
    start = p.theta.astype(dtype)
    with pytest.raises(DivergenceError) as caught:
        descend(cost, start, learning_rate=learning_rate, batch_size=batch_size, rng=0)
    error = caught.value
    assert error.epoch >= 1
    assert error.learning_rate == learning_rate
    assert error.theta.dtype == dtype
    assert math.isfinite(cost(error.theta))


def test_divergence_is_a_floating_point_error() -> None:
    assert issubclass(DivergenceError, FloatingPointError)


def test_divergence_names_epoch_and_rate() -> None:
    assert str(DivergenceError(7, 0.5, np.zeros(2))) == (
        "the cost is not finite in epoch 7 at learning rate 0.5; try a smaller one"
    )


def test_divergence_counts_epochs_from_one() -> None:
    class Cliff(Bowl):
        calls = 0

        def value_and_gradient(self, theta: Any) -> tuple[float, Any]:
            self.calls += 1
            return (math.inf if self.calls == 3 else 1.0), np.ones(2)

    with pytest.raises(DivergenceError) as caught:
        descend(Cliff())
    assert caught.value.epoch == 3
    assert caught.value.theta.tolist() == [-0.25, -0.25]


@pytest.mark.parametrize("how", [copy.copy, lambda e: pickle.loads(pickle.dumps(e))])
def test_divergence_pickles(how: Any) -> None:
    back = how(DivergenceError(7, 0.5, np.arange(2.0)))
    assert (back.epoch, back.learning_rate, back.theta.tolist()) == (7, 0.5, [0.0, 1.0])


def test_a_gradient_that_is_not_finite_is_divergence() -> None:
    class Edge(Bowl):
        def value_and_gradient(self, theta: Any) -> tuple[float, Any]:
            return 1.0, np.array([np.nan, 0.0])

    with pytest.raises(DivergenceError):
        descend(Edge())


def test_an_end_that_is_not_finite_is_divergence() -> None:
    class Edge(Bowl):
        def __call__(self, theta: Any) -> float:
            return math.nan

    with pytest.raises(DivergenceError):
        descend(Edge(), epochs=1)
