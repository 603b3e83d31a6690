"""`_engine/held`: nonzeros by column are made for the first full gradient, once, for all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from tests.common import Problem, problem

from fastgd import Cost, gradient_descent, landscape
from fastgd._engine import held, layouts

N = 700
ROWS = np.arange(N)
made_by = layouts.columns


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """An entry for each time that columns were made."""
    times: list[int] = []

    def columns(*args: Any) -> Any:
        times.append(1)
        return made_by(*args)

    monkeypatch.setattr(held, "columns", columns)
    return times


def sparse_problem() -> Problem:
    return problem((40, 17, 5), N, zeros=0.8)


def walk(cost: Cost, p: Problem) -> None:
    cost.mini_batches(p.theta, batch_size=50, learning_rate=0.1).epoch(ROWS)


def some_rows(cost: Cost, p: Problem) -> None:
    cost.sums(p.theta, ROWS[::2])


def picture(cost: Cost, p: Problem) -> None:
    u, v = (landscape.random_direction(p.network, p.theta, rng=seed) for seed in (1, 2))
    landscape.plane(cost, p.theta, u, v, resolution=3)


WITHOUT: dict[str, Callable[[Cost, Problem], object]] = {
    "mini-batches": walk,
    "cost": lambda cost, p: cost(p.theta),
    "sums over rows": some_rows,
    "plane": picture,
}


@pytest.mark.parametrize("ask", WITHOUT.values(), ids=WITHOUT.keys())
def test_whoever_asks_for_no_full_gradient_makes_no_columns(
    ask: Callable[[Cost, Problem], object], made: list[int]
) -> None:
    p = sparse_problem()
    cost = p.cost()
    assert cost.layout == "compressed reals"
    ask(cost, p)
    assert made == []
    cost.gradient(p.theta)
    assert made == [1]


def test_descents_on_mini_batches_make_no_columns(made: list[int]) -> None:
    p = sparse_problem()
    gradient_descent(p.cost(), p.theta, learning_rate=0.1, epochs=2, batch_size=50, rng=0)
    assert made == []


def test_columns_are_made_once(made: list[int]) -> None:
    p = sparse_problem()
    cost = p.cost()
    for _ in range(3):
        cost.value_and_gradient(p.theta)
    assert made == [1]


def test_dense_data_need_no_columns(made: list[int]) -> None:
    p = problem((40, 17, 5), N)
    p.cost().gradient(p.theta)
    assert made == []


@pytest.mark.parametrize("first", ["the cost", "a copy"])
def test_copies_on_other_threads_share_the_columns(first: str, made: list[int]) -> None:
    p = sparse_problem()
    cost = p.cost()
    costs = [cost, cost.on_threads(1), cost.on_threads(2)]
    if first == "a copy":
        costs.reverse()
    expected = p.cost(n_threads=1).gradient(p.theta)
    made.clear()
    for each in [*costs, cost.on_threads(1)]:
        assert np.array_equal(each.gradient(p.theta), expected)
    assert made == [1]


def test_threads_that_ask_at_once_make_columns_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second asks while the first makes them."""
    p = sparse_problem()
    expected = p.cost().gradient(p.theta)
    cost, times, second_asks = p.cost(), [], threading.Event()

    def columns(*args: Any) -> Any:
        times.append(1)
        assert second_asks.wait(60)
        return made_by(*args)

    monkeypatch.setattr(held, "columns", columns)

    def second() -> Any:
        second_asks.set()
        return cost.on_threads(1).gradient(p.theta)

    with ThreadPoolExecutor(2) as pool:
        gradients = [pool.submit(cost.gradient, p.theta), pool.submit(second)]
        for gradient in gradients:
            assert np.array_equal(gradient.result(), expected)
    assert times == [1]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n_threads", [1, 2])
def test_gradients_have_the_same_bits_before_and_after_mini_batches(
    dtype: str, n_threads: int
) -> None:
    p = sparse_problem()
    early, late = p.cost(dtype, n_threads=n_threads), p.cost(dtype, n_threads=n_threads)
    expected = early.sums(p.theta)
    walk(early, p)
    walk(late, p)
    for cost in (early, late):
        got = cost.sums(p.theta)
        assert got[0] == expected[0]
        assert np.array_equal(got[1], expected[1])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_mini_batches_walk_the_same_bits_before_and_after_a_full_gradient(dtype: str) -> None:
    p = sparse_problem()
    cost = p.cost(dtype)

    def walked() -> Any:
        steps = cost.mini_batches(p.theta, batch_size=50, learning_rate=0.1, momentum=0.9)
        return steps.epoch(ROWS), steps.theta.tobytes()

    expected = walked()
    cost.gradient(p.theta)
    assert walked() == expected
