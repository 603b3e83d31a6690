"""numba: a whole epoch as one compiled function around BLAS products, free of Python calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from benches.contestants.numpy_ import Buffers, flat
from benches.workloads import Array, Problem

SIGMOID, TANH, RELU, IDENTITY = range(4)
CODES = {"sigmoid": SIGMOID, "tanh": TANH, "relu": RELU, "identity": IDENTITY}


@numba.njit(fastmath=True)
def activate(code: int, z: Any, a: Any) -> None:
    """a = f(z)."""
    one = np.float32(1)
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            if code == SIGMOID:
                a[i, j] = one / (one + np.exp(-z[i, j]))
            elif code == TANH:
                a[i, j] = np.tanh(z[i, j])
            elif code == RELU:
                a[i, j] = max(z[i, j], np.float32(0))
            else:
                a[i, j] = z[i, j]


@numba.njit(fastmath=True)
def times_slope(code: int, a: Any, delta: Any) -> None:
    """delta *= f'(z), computed from a = f(z)."""
    one = np.float32(1)
    for i in range(delta.shape[0]):
        for j in range(delta.shape[1]):
            if code == SIGMOID:
                delta[i, j] *= a[i, j] * (one - a[i, j])
            elif code == TANH:
                delta[i, j] *= one - a[i, j] * a[i, j]
            elif code == RELU and a[i, j] <= 0:
                delta[i, j] = 0


@numba.njit(fastmath=True)
def walk(
    parameters: Any, gradients: Any, a: Any, delta: Any, X: Any, Y: Any, order: Any, size: int,
    rate: float, hidden: int, output: int, epochs: int,
) -> None:  # fmt: skip
    """Epochs over `order`, batch after batch; `parameters` holds [W | b]^T.

    A batch of all examples is gathered once.
    """
    n_layers = len(parameters)
    two = np.float32(2)
    for step in range(epochs * ((len(order) + size - 1) // size)):
        first = step * size % ((len(order) + size - 1) // size * size)
        n = min(size, len(order) - first)
        if step == 0 or size < len(order):
            for i in range(n):
                a[0][i, :-1] = X[order[first + i]]
        for l in range(n_layers):
            z = delta[l][:n]
            np.dot(a[l][:n], parameters[l], z)
            activate(hidden if l < n_layers - 1 else output, z, a[l + 1])
        last = delta[n_layers - 1]
        for i in range(n):
            for j in range(last.shape[1]):
                last[i, j] = two * (a[n_layers][i, j] - Y[order[first + i], j])
        times_slope(output, a[n_layers], last[:n])
        for l in range(n_layers - 1, -1, -1):
            np.dot(a[l][:n].T, delta[l][:n], gradients[l])
            if l > 0:
                below = delta[l - 1]
                np.dot(delta[l][:n], parameters[l][:-1].T, below[:n])
                times_slope(hidden, a[l], below[:n])
        step = np.float32(rate / n)
        for l in range(n_layers):
            for k in range(parameters[l].shape[0]):
                for j in range(parameters[l].shape[1]):
                    parameters[l][k, j] -= step * gradients[l][k, j]


def epoch(problem: Problem) -> Callable[[], Any]:
    """All epochs as one compiled call."""
    size = problem.batch_size
    start: list[Array] = [np.ascontiguousarray(Wb.T) for Wb in Buffers(problem, 1).Wb]
    sizes = problem.network.layer_sizes
    gradients = tuple(np.empty_like(p) for p in start)
    a = tuple(np.ones((size, n + 1), np.float32) for n in sizes)
    delta = tuple(np.empty((size, n), np.float32) for n in sizes[1:])
    hidden, output = CODES[problem.network.activation], CODES[problem.network.output_activation]

    def run() -> Any:
        parameters = tuple(p.copy() for p in start)
        walk(
            parameters, gradients, a, delta, problem.X_float, problem.Y, problem.order, size,
            problem.learning_rate, hidden, output, problem.steps,
        )  # fmt: skip
        return np.concatenate([flat(p.T) for p in parameters])

    return run


descent = epoch  # its one batch holds all examples
