"""JAX on the CPU: value and gradient under `jit`, and all steps as one `lax.scan`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benches.workloads import Problem

FUNCTIONS = {
    "sigmoid": jax.nn.sigmoid, "tanh": jnp.tanh, "relu": jax.nn.relu, "identity": lambda z: z,
}  # fmt: skip


def forward(problem: Problem) -> Callable[[Any, Any], Any]:
    """The network as a function of its parameters, a list of (weights, biases)."""
    network = problem.network
    n_layers = len(network.layer_sizes) - 1
    names = [network.activation] * (n_layers - 1) + [network.output_activation]

    def outputs(parameters: Any, x: Any) -> Any:
        for (W, b), name in zip(parameters, names, strict=True):
            x = FUNCTIONS[name](x @ W.T + b)
        return x

    return outputs


def cost_function(problem: Problem) -> Callable[[Any, Any, Any], Any]:
    """The mean over examples of the summed squared differences."""
    outputs = forward(problem)
    return lambda parameters, x, y: jnp.sum((outputs(parameters, x) - y) ** 2) / x.shape[0]


def flat(parameters: Any) -> Any:
    """The parameters as one NumPy vector, in theta's order."""
    return np.concatenate([np.asarray(p).ravel() for layer in parameters for p in layer])


def start(problem: Problem) -> Any:
    """The first theta's layers, on the device."""
    return [(jnp.asarray(W), jnp.asarray(b)) for W, b in problem.layer_arrays]


def full_batch(problem: Problem) -> Callable[[], Any]:
    """One compiled function."""
    both = jax.jit(jax.value_and_grad(cost_function(problem)))
    parameters, X, Y = start(problem), jnp.asarray(problem.X_float), jnp.asarray(problem.Y)

    def run() -> Any:
        cost, gradient = both(parameters, X, Y)
        return float(cost), flat(gradient)

    return run


def epoch(problem: Problem) -> Callable[[], Any]:
    """One scan over all whole batches, then one step for the examples left over."""
    gradient_of = jax.grad(cost_function(problem))
    rate, size = problem.learning_rate, problem.batch_size
    n_whole = len(problem.order) // size * size
    X, Y = jnp.asarray(problem.X_float), jnp.asarray(problem.Y)
    batches = jnp.asarray(problem.order[:n_whole].reshape(-1, size).astype(np.int32))
    rest = jnp.asarray(problem.order[n_whole:].astype(np.int32))
    parameters = start(problem)

    @jax.jit
    def walk(parameters: Any, X: Any, Y: Any, batches: Any, rest: Any) -> Any:
        def step(parameters: Any, rows: Any) -> Any:
            gradient = gradient_of(parameters, X[rows], Y[rows])
            return jax.tree.map(lambda p, g: p - rate * g, parameters, gradient), None

        parameters, _ = jax.lax.scan(step, parameters, batches)
        return step(parameters, rest)[0] if rest.size else parameters

    return lambda: flat(walk(parameters, X, Y, batches, rest))


def descent(problem: Problem) -> Callable[[], Any]:
    """One scan over all steps; each has the cost, too, as fastgd's have."""
    both, rate = jax.value_and_grad(cost_function(problem)), problem.learning_rate
    parameters, X, Y = start(problem), jnp.asarray(problem.X_float), jnp.asarray(problem.Y)

    @jax.jit
    def walk(parameters: Any, X: Any, Y: Any) -> Any:
        def step(parameters: Any, _: Any) -> Any:
            cost, gradient = both(parameters, X, Y)
            return jax.tree.map(lambda p, g: p - rate * g, parameters, gradient), cost

        return jax.lax.scan(step, parameters, length=problem.steps)

    return lambda: flat(walk(parameters, X, Y)[0])


def one_example(problem: Problem) -> Callable[[], Any]:
    """The compiled forward pass, its answer as a NumPy array."""
    outputs, parameters = jax.jit(forward(problem)), start(problem)
    x = problem.X_float[0]
    return lambda: np.asarray(outputs(parameters, x))


def outputs(problem: Problem) -> Callable[[], Any]:
    """The compiled forward pass on NumPy's rows, its answer as a NumPy array."""
    run, parameters = jax.jit(forward(problem)), start(problem)
    X = problem.X_float
    return lambda: np.asarray(run(parameters, X))
