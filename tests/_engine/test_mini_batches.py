"""`_engine/mini_batches`: they walk as the twin, in the same bits however many calls they take."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.common import (
    TOLERANCE,
    distance,
    problem,
    spec,
)

from fastgd import Cost, _reference, gradient_descent

DTYPES = ("float32", "float64")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("batch_size", [1, 7, 64, 1000])
@pytest.mark.parametrize("weighted", [False, True])
def test_mini_batches_walk_as_the_twin(
    dtype: str, momentum: float, batch_size: int, weighted: bool
) -> None:
    p = problem((6, 9, 4), 300, weighted=weighted)
    rng = np.random.default_rng(0)
    walk = p.cost(dtype).mini_batches(
        p.theta, batch_size=batch_size, learning_rate=0.02, momentum=momentum
    )
    theta, velocity = p.theta.copy(), np.zeros_like(p.theta)
    for _ in range(2):
        order = rng.permutation(300)
        mean = walk.epoch(order)
        total, steps = _reference.descend(
            *spec(p.network), theta, p.X, p.Y, order, batch_size, 0.02, momentum, velocity, p.weight
        )
        assert mean == pytest.approx(total / steps, rel=20 * TOLERANCE[dtype])
    assert walk.steps == 2 * steps
    assert distance(walk.theta, theta) <= 20 * TOLERANCE[dtype]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sizes", [(6, 9, 4), (5, 90, 1), (3, 33, 70)], ids=str)
def test_a_velocity_comes_out_as_it_went_in(dtype: str, sizes: tuple[int, ...]) -> None:
    p = problem(sizes, 20)
    velocity = np.random.default_rng(0).normal(size=len(p.theta)).astype(dtype)
    walk = p.cost(dtype).mini_batches(
        p.theta, batch_size=5, learning_rate=0.1, momentum=0.5, velocity=velocity
    )
    assert walk.velocity is not None
    assert np.array_equal(walk.velocity, velocity)


@pytest.mark.parametrize("batch_size", [1, 30])
def test_a_velocity_is_what_the_first_step_begins_with(batch_size: int) -> None:
    p = problem((5, 90, 1), 30)
    order, velocity = np.arange(30), np.random.default_rng(0).normal(size=len(p.theta))
    walk = p.cost().mini_batches(
        p.theta, batch_size=batch_size, learning_rate=1e-3, momentum=0.5, velocity=velocity
    )
    walk.epoch(order)
    theta = p.theta.copy()
    _reference.descend(
        *spec(p.network), theta, p.X, p.Y, order, batch_size, 1e-3, 0.5, velocity.copy()
    )
    assert distance(walk.theta, theta) < 1e-13


def test_velocities_that_do_not_fit_are_refused() -> None:
    p = problem(n=4)
    with pytest.raises(ValueError, match="velocity has 3 entries; a 5-4-3 network has 39"):
        p.cost().mini_batches(
            p.theta, batch_size=2, learning_rate=0.3, momentum=0.5, velocity=np.zeros(3)
        )


def test_a_batch_without_weight_is_no_step() -> None:
    p = problem(n=4)
    weight = np.array([0.0, 0.0, 1.0, 1.0])
    cost = Cost(p.network, p.X, p.Y, sample_weight=weight)
    walk = cost.mini_batches(p.theta, batch_size=2, learning_rate=0.3)
    walk.epoch(np.array([0, 1]))
    assert np.array_equal(walk.theta, p.theta)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_mini_batches_are_the_same_bits_however_many_calls_they_take(
    momentum: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    p = problem((6, 9, 4), 300)
    order = np.random.default_rng(0).permutation(300)

    def walked() -> Any:
        walk = p.cost("float32").mini_batches(
            p.theta, batch_size=8, learning_rate=0.02, momentum=momentum
        )
        walk.epoch(order)
        return walk.theta

    expected = walked()
    monkeypatch.setattr("fastgd._engine.mini_batches.WORK_PER_WALK", 1.0)
    assert np.array_equal(walked(), expected)


def test_mini_batches_of_every_example_are_full_batch_steps() -> None:
    p = problem(n=50)
    full = gradient_descent(p.cost(), p.theta, learning_rate=0.5, epochs=5, tol=0)
    batches = gradient_descent(p.cost(), p.theta, learning_rate=0.5, epochs=5, batch_size=50)
    assert distance(batches.theta, full.theta) < 1e-12
    assert batches.costs == pytest.approx(full.costs, rel=1e-12)
