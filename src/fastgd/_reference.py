"""The kernels' functions in plain NumPy: specification, test oracle, bench baseline.

Written to be read beside the lesson: sums over examples, no padding, no blocks, no
threads. theta may be complex, so that a complex step differentiates the cost exactly.
Arguments are not checked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# f(z), and f'(z) as a function of a = f(z)
ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "sigmoid": (lambda z: 1 / (1 + np.exp(-z)), lambda a: a * (1 - a)),
    "tanh": (np.tanh, lambda a: 1 - a * a),
    "relu": (lambda z: z * (z.real > 0), lambda a: 1.0 * (a.real > 0)),
    "identity": (lambda z: z, lambda a: np.ones_like(a)),
}


def layers(layer_sizes: Sequence[int], theta: Array) -> list[tuple[Array, Array]]:
    """(weights (n_out, n_in), biases (n_out,)) of each layer, in theta's order."""
    out, at = [], 0
    for n_in, n_out in pairwise(layer_sizes):
        weights = theta[at : at + n_out * n_in].reshape(n_out, n_in)
        at += n_out * n_in
        out.append((weights, theta[at : at + n_out]))
        at += n_out
    return out


def names(layer_sizes: Sequence[int], hidden: str | Sequence[str], output: str) -> list[str]:
    """The activation of each layer: `hidden` is one name for all hidden layers, or one for each."""
    n_hidden = len(layer_sizes) - 2
    return [*([hidden] * n_hidden if isinstance(hidden, str) else hidden), output]


def activations(
    layer_sizes: Sequence[int],
    activation: str | Sequence[str],
    output_activation: str,
    theta: Array,
    X: Array,
) -> list[Array]:
    """a_0 = X and a_l = f(a_(l-1) W_l^T + b_l), each (n, n_l)."""
    a = [X]
    functions = names(layer_sizes, activation, output_activation)
    for name, (weights, biases) in zip(functions, layers(layer_sizes, theta), strict=True):
        f, _ = ACTIVATIONS[name]
        with np.errstate(over="ignore"):  # exp(-z) = inf gives sigmoid(z) = 0
            a.append(f(a[-1] @ weights.T + biases))
    return a


def sums(
    layer_sizes: Sequence[int],
    activation: str | Sequence[str],
    output_activation: str,
    theta: Array,
    X: Array,
    Y: Array,
    weight: Array | None = None,
) -> tuple[Any, Array, float]:
    """(sum of w sum_j (y_j - a_j)^2, its gradient, sum of w) over the examples."""
    a = activations(layer_sizes, activation, output_activation, theta, X)
    w = np.ones(len(X), X.dtype) if weight is None else weight
    error = a[-1] - Y
    cost = (w[:, None] * error**2).sum()
    gradient = np.empty_like(theta)
    parameters = layers(layer_sizes, theta)
    slots = layers(layer_sizes, gradient)
    functions = names(layer_sizes, activation, output_activation)
    _, derivative = ACTIVATIONS[output_activation]
    delta = 2 * w[:, None] * error * derivative(a[-1])  # dC/dz of the last layer
    for l in range(len(parameters), 0, -1):
        dW, db = slots[l - 1]
        dW[:] = delta.T @ a[l - 1]
        db[:] = delta.sum(axis=0)
        if l > 1:
            _, derivative = ACTIVATIONS[functions[l - 2]]
            delta = (delta @ parameters[l - 1][0]) * derivative(a[l - 1])
    return cost, gradient, float(w.sum())


def descend(
    layer_sizes: Sequence[int],
    activation: str | Sequence[str],
    output_activation: str,
    theta: Array,
    X: Array,
    Y: Array,
    order: NDArray[np.int64],
    batch_size: int,
    learning_rate: float,
    momentum: float = 0.0,
    velocity: Array | None = None,
    weight: Array | None = None,
) -> tuple[float, int]:
    """Steps over `order`, batch after batch, in place: (sum of mean costs, steps).

    v = momentum v + g and theta -= learning_rate v, g the batch's mean gradient.
    """
    total, steps = 0.0, 0
    if velocity is None:
        velocity = np.zeros_like(theta)
    for first in range(0, len(order), batch_size):
        rows = order[first : first + batch_size]
        cost, gradient, n = sums(
            layer_sizes,
            activation,
            output_activation,
            theta,
            X[rows],
            Y[rows],
            None if weight is None else weight[rows],
        )
        steps += 1
        if n == 0:
            continue
        velocity *= momentum
        velocity += gradient / n
        theta -= learning_rate * velocity
        total += cost / n
    return total, steps
