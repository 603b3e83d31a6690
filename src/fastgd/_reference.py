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
# f''(z) as a function of a = f(z); relu's is 0 at its kink too
SECOND_DERIVATIVES: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda a: a * (1 - a) * (1 - 2 * a),
    "tanh": lambda a: -2 * a * (1 - a * a),
    "relu": np.zeros_like,
    "identity": np.zeros_like,
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


def product(
    layer_sizes: Sequence[int],
    activation: str | Sequence[str],
    output_activation: str,
    theta: Array,
    v: Array,
    X: Array,
    Y: Array,
    weight: Array | None = None,
    *,
    gauss_newton: bool = False,
) -> Array:
    """The Hessian of the sum of costs times v: R g, with R = d/dr at theta + r v, r = 0.

    R of each line of `sums` (Pearlmutter, "Fast exact multiplication by the Hessian", 1994).
    With `gauss_newton` the errors' own part is left out: 2 sum of J^T w J v, J = da_L/dtheta.
    """
    a = activations(layer_sizes, activation, output_activation, theta, X)
    w = np.ones(len(X), X.dtype) if weight is None else weight
    parameters, directions = layers(layer_sizes, theta), layers(layer_sizes, v)
    each = names(layer_sizes, activation, output_activation)
    slopes = [ACTIVATIONS[f][1](a_l) for f, a_l in zip(each, a[1:], strict=True)]
    bends = [SECOND_DERIVATIVES[f](a_l) for f, a_l in zip(each, a[1:], strict=True)]
    Rz, Ra = [], [np.zeros_like(X)]
    for (W, _), (V, c), before, slope in zip(parameters, directions, a, slopes, strict=False):
        Rz.append(before @ V.T + Ra[-1] @ W.T + c)  # z = a W^T + b
        Ra.append(slope * Rz[-1])  # a = f(z)
    error = np.zeros_like(a[-1]) if gauss_newton else 2 * w[:, None] * (a[-1] - Y)  # dC/da
    R_error = 2 * w[:, None] * Ra[-1]
    out = np.empty_like(theta)
    for l in range(len(parameters) - 1, -1, -1):
        (W, _), (V, _) = parameters[l], directions[l]
        delta = error * slopes[l]  # dC/dz
        R_delta = R_error * slopes[l] + error * bends[l] * Rz[l]
        R_dW, R_db = layers(layer_sizes, out)[l]
        R_dW[:] = R_delta.T @ a[l] + delta.T @ Ra[l]
        R_db[:] = R_delta.sum(axis=0)
        error, R_error = delta @ W, R_delta @ W + delta @ V
    return out


def jacobian(
    layer_sizes: Sequence[int],
    activation: str | Sequence[str],
    output_activation: str,
    theta: Array,
    X: Array,
    weight: Array | None = None,
) -> Array:
    """sqrt(w) da_L,j/dtheta for each example and output j: (n, n_outputs, n_parameters).

    Backpropagation once for each output, from 1 at that output instead of its error.
    """
    a = activations(layer_sizes, activation, output_activation, theta, X)
    root = np.ones(len(X), X.dtype) if weight is None else np.sqrt(weight)
    parameters = layers(layer_sizes, theta)
    functions = names(layer_sizes, activation, output_activation)
    out = np.empty((len(X), layer_sizes[-1], len(theta)), theta.dtype)
    for j in range(layer_sizes[-1]):
        slope = np.zeros_like(a[-1])  # da_L,j/da_l
        slope[:, j] = root
        after = len(theta)
        for l in range(len(parameters), 0, -1):
            delta = slope * ACTIVATIONS[functions[l - 1]][1](a[l])  # da_L,j/dz_l
            W, b = parameters[l - 1]
            before = after - W.size - b.size
            products = delta[:, :, None] * a[l - 1][:, None, :]
            out[:, j, before : before + W.size] = products.reshape(len(X), -1)
            out[:, j, before + W.size : after] = delta
            slope, after = delta @ W, before
    return out


def acceleration(
    layer_sizes: Sequence[int],
    activation: str | Sequence[str],
    output_activation: str,
    theta: Array,
    v: Array,
    X: Array,
    weight: Array | None = None,
) -> Array:
    """Sum over examples of J^T w RR a_L: RR = d2/dr2 at theta + r v, r = 0; J = da_L/dtheta."""
    a = activations(layer_sizes, activation, output_activation, theta, X)
    each = names(layer_sizes, activation, output_activation)
    parameters, directions = layers(layer_sizes, theta), layers(layer_sizes, v)
    Ra, RRa = np.zeros_like(X), np.zeros_like(X)
    for l, ((W, _), (V, c)) in enumerate(zip(parameters, directions, strict=True)):
        Rz = a[l] @ V.T + Ra @ W.T + c
        RRz = 2 * Ra @ V.T + RRa @ W.T
        slope = ACTIVATIONS[each[l]][1](a[l + 1])
        RRa = slope * RRz + SECOND_DERIVATIVES[each[l]](a[l + 1]) * Rz**2
        Ra = slope * Rz
    root = np.ones(len(X), X.dtype) if weight is None else np.sqrt(weight)
    J = jacobian(layer_sizes, activation, output_activation, theta, X, weight)
    return np.asarray(np.einsum("ijk,ij->k", J, root[:, None] * RRa))


def normal_equations(
    layer_sizes: Sequence[int],
    activation: str | Sequence[str],
    output_activation: str,
    theta: Array,
    X: Array,
    Y: Array,
    weight: Array | None = None,
) -> tuple[Any, Array, Array, float]:
    """(r^T r, J^T r, J^T J, sum of w), r = sqrt(w) (a_L - y) and J = dr/dtheta.

    r^T r is the sum of costs, 2 J^T r its gradient, 2 J^T J its Hessian without the errors' own
    part.
    """
    a = activations(layer_sizes, activation, output_activation, theta, X)[-1]
    w = np.ones(len(X), X.dtype) if weight is None else weight
    J = jacobian(layer_sizes, activation, output_activation, theta, X, weight)
    J = J.reshape(-1, len(theta))
    r = (np.sqrt(w)[:, None] * (a - Y)).reshape(-1)
    return r @ r, J.T @ r, J.T @ J, float(w.sum())


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
    *,
    nesterov: bool = False,
    l2: float = 0.0,
) -> tuple[float, int]:
    """Steps over `order`, batch after batch, in place: (sum of mean costs, steps).

    v = momentum v + g and theta -= learning_rate v, g the batch's mean gradient plus 2 l2 w for
    each weight w; with `nesterov` theta -= learning_rate (g + momentum v).
    """
    total, steps = 0.0, 0
    is_weight = np.ones_like(theta)
    for _, biases in layers(layer_sizes, is_weight):
        biases[:] = 0
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
        g = gradient / n + 2 * l2 * is_weight * theta
        velocity *= momentum
        velocity += g
        theta -= learning_rate * (g + momentum * velocity if nesterov else velocity)
        total += cost / n
    return total, steps
