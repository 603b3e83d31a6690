"""fastgd itself, through its public functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import fastgd
from benches.workloads import Problem


def full_batch(problem: Problem, n_threads: int | None = None) -> Callable[[], Any]:
    """Cost and gradient, written into an array made once."""
    cost = fastgd.Cost(problem.network, problem.X, problem.Y, n_threads=n_threads)
    theta, out = problem.theta, np.empty_like(problem.theta)
    return lambda: cost.value_and_gradient(theta, out=out)


def epoch(problem: Problem, n_threads: int | None = None) -> Callable[[], Any]:
    """One epoch of mini-batches in the given order, from the first theta to a copy of the last."""
    cost = fastgd.Cost(problem.network, problem.X, problem.Y, n_threads=n_threads)

    def run() -> Any:
        walk = cost.mini_batches(
            problem.theta, batch_size=problem.batch_size, learning_rate=problem.learning_rate
        )
        walk.epoch(problem.order)
        return walk.theta

    return run


def descent(problem: Problem, n_threads: int | None = None) -> Callable[[], Any]:
    """`gradient_descent` on all examples, which no step is too short for with `tol` 0."""
    cost = fastgd.Cost(problem.network, problem.X, problem.Y, n_threads=n_threads)

    def run() -> Any:
        return fastgd.gradient_descent(
            cost, problem.theta, learning_rate=problem.learning_rate, epochs=problem.steps, tol=0.0
        ).theta

    return run


def one_example(problem: Problem) -> Callable[[], Any]:
    """`net(theta, x)`."""
    network, theta, x = problem.network, problem.theta, problem.X_float[0]
    return lambda: network(theta, x)


def outputs(problem: Problem) -> Callable[[], Any]:
    """`net(theta, X)`."""
    network, theta, X = problem.network, problem.theta, problem.X_float
    return lambda: network(theta, X)
