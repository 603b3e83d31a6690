"""`kernels/layers`: layers of few outputs, whose weights are kept the other way round."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.common import TOLERANCE, distance, problem, spec, twin

from fastgd import _reference
from fastgd._engine import mini_batches

# One to four outputs behind enough inputs; behind one, two and three vectors of any build; twice.
NARROW = [(5, 40, 1), (5, 65, 3), (3, 200, 4), (7, 33, 2), (6, 64, 1, 5), (4, 130, 2, 40, 1)]
narrow = pytest.mark.parametrize("layer_sizes", NARROW, ids=str)
dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])


@narrow
@dtypes
@pytest.mark.parametrize("weighted", [False, True])
def test_cost_and_gradient_agree_with_the_twin(
    layer_sizes: tuple[int, ...], dtype: str, weighted: bool
) -> None:
    p = problem(layer_sizes, 300, weighted=weighted)
    cost, gradient = p.cost(dtype).value_and_gradient(p.theta.astype(dtype))
    expected_cost, expected = twin(p)
    assert cost == pytest.approx(expected_cost, rel=TOLERANCE[dtype])
    assert distance(gradient, expected) <= TOLERANCE[dtype]
    for layer in p.network.layers(gradient):
        assert np.any(layer.weights != 0)


@narrow
@dtypes
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("batch_size", [7, 50, 300])
def test_mini_batches_walk_as_the_twin(
    layer_sizes: tuple[int, ...], dtype: str, momentum: float, batch_size: int
) -> None:
    p = problem(layer_sizes, 300)
    order = np.random.default_rng(0).permutation(300)
    walk = p.cost(dtype).mini_batches(
        p.theta, batch_size=batch_size, learning_rate=0.02, momentum=momentum
    )
    walk.epoch(order)
    theta, velocity = p.theta.copy(), np.zeros_like(p.theta)
    _reference.descend(
        *spec(p.network), theta, p.X, p.Y, order, batch_size, 0.02, momentum, velocity
    )
    assert distance(walk.theta, theta) <= 20 * TOLERANCE[dtype]


@narrow
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("options", [{"WORK_TO_SHARE": 1.0, "groups_of": lambda *_: 1}, {}])
def test_any_number_of_threads_gives_the_same_bits(
    layer_sizes: tuple[int, ...],
    momentum: float,
    options: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in options.items():
        monkeypatch.setattr(mini_batches, name, value)
    p = problem(layer_sizes, 900)

    def walked(n_threads: int) -> bytes:
        walk = p.cost("float32", n_threads=n_threads).mini_batches(
            p.theta, batch_size=300, learning_rate=0.02, momentum=momentum
        )
        walk.epoch(np.arange(900))
        return walk.theta.tobytes()

    assert len({walked(n_threads) for n_threads in (1, 2, 3, 7)}) == 1
