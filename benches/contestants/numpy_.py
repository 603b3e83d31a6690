"""NumPy at its best: matrix products, float32, results written in place, every buffer made once.

A layer's weights and biases form one matrix [W | b], and each activation carries a column of ones.
So one product serves both: z = [a | 1] [W | b]^T, d[W | b] = delta^T [a | 1]. That saves a third of
the calls, which matters in small batches, where a call costs more than its arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benches.workloads import Array, Problem


class Buffers:
    """Parameters, activations and deltas of one network for up to `n` examples."""

    def __init__(self, problem: Problem, n: int) -> None:
        network = problem.network
        sizes = network.layer_sizes
        self.hidden, self.last = network.activation, network.output_activation
        self.Wb = [np.ascontiguousarray(np.column_stack([W, b])) for W, b in problem.layer_arrays]
        self.dWb = [np.empty_like(Wb) for Wb in self.Wb]
        self.a = [np.ones((n, size + 1), np.float32) for size in sizes[1:-1]]
        self.a.append(np.empty((n, sizes[-1]), np.float32))
        self.delta = [np.empty((n, size), np.float32) for size in sizes[1:]]
        self.slope = [np.empty((n, size), np.float32) for size in sizes[1:]]

    def value_and_gradient(self, X1: Any, Y: Array, X1_T: Any = None) -> float:
        """Return the sum of the cost over [X | 1] and Y; leave the gradient's sum in dWb.

        X1 and its transpose X1_T may be CSR matrices of SciPy.
        """
        n, last = len(Y), len(self.Wb) - 1
        inputs = X1
        for l, Wb in enumerate(self.Wb):
            z = self.delta[l][:n]
            if l == 0 and X1_T is not None:
                z[:] = X1 @ Wb.T
            else:
                np.dot(inputs, Wb.T, out=z)
            activate(self.last if l == last else self.hidden, z)
            if l == last:
                break
            a = self.a[l][:n]
            a[:, :-1] = z
            inputs = a
        output, delta = self.a[last][:n], self.delta[last][:n]
        output[:] = delta
        delta -= Y
        cost = float(np.dot(delta.ravel(), delta.ravel()))
        delta *= np.float32(2)
        times_slope(self.last, output, delta, self.slope[last][:n])
        for l in range(last, 0, -1):
            a, below = self.a[l - 1][:n], self.delta[l - 1][:n]
            np.dot(delta.T, a, out=self.dWb[l])
            np.dot(delta, self.Wb[l][:, :-1], out=below)
            times_slope(self.hidden, a[:, :-1], below, self.slope[l - 1][:n])
            delta = below
        if X1_T is None:
            np.dot(delta.T, X1, out=self.dWb[0])
        else:
            self.dWb[0][:] = (X1_T @ delta).T
        return cost


def activate(name: str, z: Array) -> None:
    """a = f(z), in place."""
    if name == "sigmoid":
        np.negative(z, out=z)
        np.exp(z, out=z)
        z += np.float32(1)
        np.reciprocal(z, out=z)
    elif name == "tanh":
        np.tanh(z, out=z)
    elif name == "relu":
        np.maximum(z, np.float32(0), out=z)


def times_slope(name: str, a: Array, delta: Array, slope: Array) -> None:
    """delta *= f'(z), computed from a = f(z)."""
    if name == "sigmoid":
        np.subtract(np.float32(1), a, out=slope)
        slope *= a
        delta *= slope
    elif name == "tanh":
        np.multiply(a, a, out=slope)
        np.subtract(np.float32(1), slope, out=slope)
        delta *= slope
    elif name == "relu":
        np.greater(a, np.float32(0), out=slope)
        delta *= slope


def with_ones(X: Array) -> Array:
    """[X | 1]."""
    return np.column_stack([X, np.ones(len(X), np.float32)])


def full_batch(problem: Problem) -> Callable[[], Any]:
    """All examples at once: on two threads, chunks that fit the cache were slower."""
    return gradient_of(problem, with_ones(problem.X_float))


def sparse_full_batch(problem: Problem) -> Callable[[], Any]:
    """The same, with SciPy's CSR products in the first layer, for data with many zeros."""
    from scipy import sparse

    X1 = sparse.csr_matrix(with_ones(problem.X_float))
    return gradient_of(problem, X1, sparse.csr_matrix(X1.T))


def gradient_of(problem: Problem, X1: Any, X1_T: Any = None) -> Callable[[], Any]:
    """Cost and gradient, averaged over all of [X | 1]."""
    Y, n = problem.Y, len(problem.Y)
    buffers = Buffers(problem, n)
    return lambda: (
        buffers.value_and_gradient(X1, Y, X1_T) / n,
        np.concatenate([flat(dWb) for dWb in buffers.dWb]) / np.float32(n),
    )


def flat(Wb: Array) -> Array:
    """W, then b, as in theta."""
    return np.concatenate([Wb[:, :-1].ravel(), Wb[:, -1]])


def epoch(problem: Problem) -> Callable[[], Any]:
    """Each batch's rows are gathered into one buffer, then theta takes its step."""
    X1, Y, order, size = with_ones(problem.X_float), problem.Y, problem.order, problem.batch_size
    buffers = Buffers(problem, size)
    start = [Wb.copy() for Wb in buffers.Wb]
    batch_X, batch_Y = np.empty_like(X1[:size]), np.empty_like(Y[:size])

    def run() -> Any:
        for Wb, Wb0 in zip(buffers.Wb, start, strict=True):
            Wb[:] = Wb0
        for first in range(0, len(order), size):
            rows = order[first : first + size]
            n = len(rows)
            x, y = batch_X[:n], batch_Y[:n]
            X1.take(rows, axis=0, out=x, mode="clip")  # "raise" would buffer the output
            Y.take(rows, axis=0, out=y, mode="clip")
            buffers.value_and_gradient(x, y)
            rate = np.float32(problem.learning_rate / n)
            for Wb, dWb in zip(buffers.Wb, buffers.dWb, strict=True):
                dWb *= rate
                Wb -= dWb
        return np.concatenate([flat(Wb) for Wb in buffers.Wb])

    return run


def descent(problem: Problem) -> Callable[[], Any]:
    """Steps on all examples, theta changed in place."""
    X1, Y = with_ones(problem.X_float), problem.Y
    buffers = Buffers(problem, len(Y))
    start = [Wb.copy() for Wb in buffers.Wb]
    rate = np.float32(problem.learning_rate / len(Y))

    def run() -> Any:
        for Wb, Wb0 in zip(buffers.Wb, start, strict=True):
            Wb[:] = Wb0
        for _ in range(problem.steps):
            buffers.value_and_gradient(X1, Y)
            for Wb, dWb in zip(buffers.Wb, buffers.dWb, strict=True):
                dWb *= rate
                Wb -= dWb
        return np.concatenate([flat(Wb) for Wb in buffers.Wb])

    return run


def one_example(problem: Problem) -> Callable[[], Any]:
    """The forward pass for one vector."""
    x, network = problem.X_float[0], problem.network
    layers = problem.layer_arrays
    names = [network.activation] * (len(layers) - 1) + [network.output_activation]

    def run() -> Any:
        a = x
        for (W, b), name in zip(layers, names, strict=True):
            a = W.dot(a)
            a += b
            activate(name, a)
        return a

    return run


def outputs(problem: Problem) -> Callable[[], Any]:
    """The forward pass for all rows, every layer into a buffer of its own."""
    X, network = problem.X_float, problem.network
    layers = [(W.T, b) for W, b in problem.layer_arrays]
    names = [network.activation] * (len(layers) - 1) + [network.output_activation]
    buffers = [np.empty((len(X), len(b)), np.float32) for _, b in layers]

    def run() -> Any:
        a = X
        for (W_T, b), name, z in zip(layers, names, buffers, strict=True):
            np.dot(a, W_T, out=z)
            z += b
            activate(name, z)
            a = z
        return a

    return run
