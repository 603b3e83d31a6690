"""`_engine/threads`: the same bits with any number of threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.common import problem

from fastgd._built import processor
from fastgd._engine import mini_batches

COUNTS = (2, 3, 4, 7, 16)
# Enough blocks of examples for 16 threads, and batches large enough to be shared.
LARGE = (64, 32, 10)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("zeros", [0.0, 0.8], ids=["dense", "sparse"])
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_sums_have_the_same_bits(dtype: str, zeros: float, weighted: bool) -> None:
    p = problem(LARGE, 9001, weighted=weighted, zeros=zeros)
    cost, gradient, _ = p.cost(dtype, n_threads=1).sums(p.theta)
    for n_threads in COUNTS:
        other_cost, other, _ = p.cost(dtype, n_threads=n_threads).sums(p.theta)
        assert other_cost == cost
        assert np.array_equal(other, gradient)


@pytest.mark.parametrize("zeros", [0.0, 0.8], ids=["dense", "sparse"])
def test_numbers_of_examples_beside_the_ends_of_groups_have_the_same_bits(zeros: float) -> None:
    """One group, its last example alone in another, a prime number of examples."""
    offsets = [(0, 64 * 32, 64 * 32 + 32), (2080, 2080 + 320, 2080 + 330)]
    plan = processor.kernels("float32").Plan(LARGE, offsets, ["sigmoid"] * 2)
    ends = [n for n in range(1, 3000) if plan.n_groups(n) < plan.n_groups(n + 1)]
    for n in {1, 2, 2003} | {end + by for end in (ends[0], ends[1]) for by in (-1, 0, 1)}:
        p = problem(LARGE, n, zeros=zeros)
        cost, gradient, _ = p.cost("float32", n_threads=1).sums(p.theta)
        for n_threads in COUNTS:
            other_cost, other, _ = p.cost("float32", n_threads=n_threads).sums(p.theta)
            assert (n, other_cost) == (n, cost)
            assert np.array_equal(other, gradient)


@pytest.mark.parametrize("zeros", [0.0, 0.8], ids=["dense", "sparse"])
def test_sums_over_rows_have_the_same_bits(zeros: float) -> None:
    p = problem(LARGE, 9001, zeros=zeros)
    rows = np.random.default_rng(0).integers(0, 9001, 8000)
    cost, gradient, _ = p.cost("float32", n_threads=1).sums(p.theta, rows)
    for n_threads in COUNTS:
        other_cost, other, _ = p.cost("float32", n_threads=n_threads).sums(p.theta, rows)
        assert other_cost == cost
        assert np.array_equal(other, gradient)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("zeros", [0.0, 0.8], ids=["dense", "sparse"])
@pytest.mark.parametrize(
    "product", ["hessian_vector_product", "gauss_newton_product", "acceleration_product"]
)
def test_products_have_the_same_bits(dtype: str, zeros: float, product: str) -> None:
    p = problem(LARGE, 9001, weighted=True, zeros=zeros)
    v = np.random.default_rng(0).normal(size=len(p.theta))
    expected = getattr(p.cost(dtype, n_threads=1), product)(p.theta, v)
    for n_threads in COUNTS:
        got = getattr(p.cost(dtype, n_threads=n_threads), product)(p.theta, v)
        assert np.array_equal(got, expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("zeros", [0.0, 0.8], ids=["dense", "sparse"])
def test_normal_equations_have_the_same_bits(dtype: str, zeros: float) -> None:
    p = problem((20, 6, 2), 5001, weighted=True, zeros=zeros)
    one = p.cost(dtype, n_threads=1)
    expected, J = one.normal_equations(p.theta), one.jacobian(p.theta)
    for n_threads in COUNTS:
        cost = p.cost(dtype, n_threads=n_threads)
        got = cost.normal_equations(p.theta)
        assert all(np.array_equal(a, b) for a, b in zip(got, expected, strict=True))
        assert np.array_equal(cost.jacobian(p.theta), J)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("zeros", [0.0, 0.8], ids=["dense", "sparse"])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("batch_size", [10, 8192])
def test_mini_batches_have_the_same_bits(
    dtype: str, zeros: float, momentum: float, batch_size: int
) -> None:
    p = problem(LARGE, 9001, zeros=zeros)
    order = np.random.default_rng(0).permutation(9001)

    def walked(n_threads: int) -> Any:
        walk = p.cost(dtype, n_threads=n_threads).mini_batches(
            p.theta, batch_size=batch_size, learning_rate=0.1, momentum=momentum
        )
        return walk.epoch(order), walk.theta

    mean, theta = walked(1)
    for n_threads in COUNTS:
        other_mean, other = walked(n_threads)
        assert other_mean == mean
        assert np.array_equal(other, theta)


@pytest.mark.skipif(processor.openmp_threads() == 0, reason="built without OpenMP")
@pytest.mark.parametrize("zeros", [0.0, 0.8])
def test_large_batches_are_shared(zeros: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the test above would show nothing."""
    made = []

    class Seen(mini_batches.BatchSteps):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            made.append((self.n_groups, self.n_threads))

    monkeypatch.setattr("fastgd._engine.engine.BatchSteps", Seen)
    p = problem(LARGE, 9001, zeros=zeros)
    p.cost(n_threads=4).mini_batches(p.theta, batch_size=8192, learning_rate=0.1)
    assert made == [(mini_batches.GROUPS, 4)]


def test_none_has_the_same_bits() -> None:
    p = problem(LARGE, 9001)
    assert np.array_equal(
        p.cost("float32").gradient(p.theta), p.cost("float32", n_threads=1).gradient(p.theta)
    )
