"""`kernels/nonzeros.pxi`: walks over compressed rows for first layers of any number of panels."""

from __future__ import annotations

import numpy as np
import pytest
from tests.common import TOLERANCE, distance, problem, spec, twin_sums

from fastgd import _reference

N, N_INPUTS = 330, 90  # two blocks; halves of 45 columns

# Whole panels, one vector past a panel, and an odd neuron, for vectors of 2 to 16 reals.
widths = pytest.mark.parametrize("width", [16, 33, 64, 100, 128, 129, 256])
dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])


@widths
@dtypes
def test_full_gradients_by_column_are_the_twin_s(width: int, dtype: str) -> None:
    p = problem((N_INPUTS, width, 5), N, zeros=0.8)
    cost, gradient, _ = p.cost(dtype).sums(p.theta)
    expected_cost, expected, _ = twin_sums(p)
    assert cost == pytest.approx(expected_cost, rel=TOLERANCE[dtype])
    assert distance(gradient, expected) <= TOLERANCE[dtype]


@widths
@dtypes
def test_gradients_over_rows_in_random_order_are_the_twin_s(width: int, dtype: str) -> None:
    p = problem((N_INPUTS, width, 5), N, zeros=0.8)
    rows = np.random.default_rng(0).integers(0, N, 300)
    _, gradient, _ = p.cost(dtype).sums(p.theta, rows)
    assert distance(gradient, twin_sums(p.of_rows(rows))[1]) <= TOLERANCE[dtype]


@widths
@dtypes
@pytest.mark.parametrize("to_share", [1.0, 1e18], ids=["by halves of the columns", "whole"])
def test_mini_batches_are_the_twin_s(
    width: int, dtype: str, to_share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fastgd._engine.mini_batches.WORK_TO_SHARE", to_share)
    p = problem((N_INPUTS, width, 5), N, zeros=0.8)
    order = np.random.default_rng(0).permutation(N)
    walk = p.cost(dtype).mini_batches(p.theta, batch_size=32, learning_rate=0.02)
    walk.epoch(order)
    theta = p.theta.copy()
    _reference.descend(*spec(p.network), theta, p.X, p.Y, order, 32, 0.02)
    assert distance(walk.theta, theta) <= 20 * TOLERANCE[dtype]
