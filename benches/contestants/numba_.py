"""numba: a whole epoch as one compiled function around BLAS products, free of Python calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from benches.contestants.numpy_ import Buffers, flat
from benches.workloads import Array, Problem


@numba.njit(fastmath=True)
def walk(
    parameters: Any, gradients: Any, a: Any, delta: Any, X: Any, Y: Any, order: Any, size: int,
    rate: float,
) -> None:  # fmt: skip
    """Steps over `order`, batch after batch, for sigmoid layers; `parameters` holds [W | b]^T."""
    n_layers = len(parameters)
    one, two = np.float32(1), np.float32(2)
    for first in range(0, len(order), size):
        n = min(size, len(order) - first)
        for i in range(n):
            a[0][i, :-1] = X[order[first + i]]
        for l in range(n_layers):
            z = delta[l][:n]
            np.dot(a[l][:n], parameters[l], z)
            for i in range(n):
                for j in range(z.shape[1]):
                    a[l + 1][i, j] = one / (one + np.exp(-z[i, j]))
        last = delta[n_layers - 1]
        for i in range(n):
            for j in range(last.shape[1]):
                output = a[n_layers][i, j]
                error = output - Y[order[first + i], j]
                last[i, j] = two * error * output * (one - output)
        for l in range(n_layers - 1, -1, -1):
            np.dot(a[l][:n].T, delta[l][:n], gradients[l])
            if l > 0:
                below = delta[l - 1]
                np.dot(delta[l][:n], parameters[l][:-1].T, below[:n])
                for i in range(n):
                    for j in range(below.shape[1]):
                        below[i, j] *= a[l][i, j] * (one - a[l][i, j])
        step = np.float32(rate / n)
        for l in range(n_layers):
            for k in range(parameters[l].shape[0]):
                for j in range(parameters[l].shape[1]):
                    parameters[l][k, j] -= step * gradients[l][k, j]


def epoch(problem: Problem) -> Callable[[], Any]:
    """A whole epoch as one compiled call."""
    size = problem.batch_size
    start: list[Array] = [np.ascontiguousarray(Wb.T) for Wb in Buffers(problem, 1).Wb]
    sizes = problem.network.layer_sizes
    gradients = tuple(np.empty_like(p) for p in start)
    a = tuple(np.ones((size, n + 1), np.float32) for n in sizes)
    delta = tuple(np.empty((size, n), np.float32) for n in sizes[1:])

    def run() -> Any:
        parameters = tuple(p.copy() for p in start)
        walk(
            parameters, gradients, a, delta, problem.X_float, problem.Y, problem.order, size,
            problem.learning_rate,
        )  # fmt: skip
        return np.concatenate([flat(p.T) for p in parameters])

    return run
