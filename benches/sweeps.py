"""Many networks in a call: 64 small ones beside JAX's vmap, a grid in folds, 1,000 starts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np

import fastgd
from benches.estimators import quietly

Runs = dict[str, Callable[[], Any]]
N_NETWORKS, N_EXAMPLES, BATCH, RATE = 64, 2_000, 32, 0.05
SIZES = (8, 16, 1)
STARTS = 1_000


def table(n: int) -> tuple[Any, Any]:
    """X (n, 8) and Y (n, 1), float32."""
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (n, SIZES[0])).astype(np.float32)
    return X, np.sin(2 * X.sum(1, keepdims=True)).astype(np.float32)


def many_small(quick: bool) -> Runs:
    """64 networks 8-16-1, tanh, 2,000 examples, batches of 32: so many epochs of all of them."""
    X, Y = table(200 if quick else N_EXAMPLES)
    n_networks = 4 if quick else N_NETWORKS
    net = fastgd.Network(SIZES, activation="tanh", output_activation="identity")
    cost = fastgd.Cost(net, X, Y)

    def side_by_side() -> Any:
        found = fastgd.sweep(
            cost, seed=range(n_networks), learning_rate=RATE, batch_size=BATCH,
            epochs=epochs_of(quick),
        )  # fmt: skip
        return found.columns["cost"]

    runs: Runs = {"fastgd": side_by_side}
    with suppress(ImportError):
        runs["JAX vmap"] = vmapped(net, X, Y, n_networks, epochs_of(quick))
    return runs


def epochs_of(quick: bool) -> int:
    """Epochs of a run."""
    return 2 if quick else 50


def vmapped(net: fastgd.Network, X: Any, Y: Any, n_networks: int, epochs: int) -> Callable[[], Any]:
    """One scan over all steps of all networks, each with batches in an order of its own."""
    import jax
    import jax.numpy as jnp

    X, Y = jnp.asarray(X), jnp.asarray(Y)
    n_batches = len(X) // BATCH

    def cost_of(layers: Any, x: Any, y: Any) -> Any:
        (W1, b1), (W2, b2) = layers
        return jnp.mean(jnp.sum((jnp.tanh(x @ W1.T + b1) @ W2.T + b2 - y) ** 2, axis=1))

    def one(layers: Any, key: Any) -> Any:
        def epoch(layers: Any, key: Any) -> Any:
            order = jax.random.permutation(key, len(X))[: n_batches * BATCH]

            def step(layers: Any, rows: Any) -> Any:
                gradient = jax.grad(cost_of)(layers, X[rows], Y[rows])
                return jax.tree.map(lambda p, g: p - RATE * g, layers, gradient), None

            return jax.lax.scan(step, layers, order.reshape(n_batches, BATCH))[0], None

        layers, _ = jax.lax.scan(epoch, layers, jax.random.split(key, epochs))
        return cost_of(layers, X, Y)

    thetas = [net.layers(net.random_theta(rng=seed)) for seed in range(n_networks)]
    layers = [[tuple(layer) for layer in theta] for theta in thetas]
    stacked = jax.tree.map(lambda *a: jnp.stack(a), *layers)
    keys = jax.random.split(jax.random.key(0), n_networks)
    run = jax.jit(jax.vmap(one))
    return lambda: np.asarray(run(stacked, keys))


def cross_validated(quick: bool) -> Runs:
    """12 settings, 5 folds, the embedded digits (2,000 of them): the best mean accuracy."""
    from sklearn.model_selection import GridSearchCV
    from sklearn.neural_network import MLPClassifier

    digits = fastgd.datasets.digits()
    n, epochs = (300, 1) if quick else (2_000, 20)
    X, labels = np.float32(digits.train_images[:n]) / 255, digits.train_labels[:n]
    sizes, rates = [(16,), (32,), (16, 16)], [0.25, 0.5, 1.0, 2.0]
    their_rates = [0.03, 0.1, 0.3, 1.0]
    model = MLPClassifier(
        activation="logistic", solver="sgd", momentum=0.0, nesterovs_momentum=False, alpha=0.0,
        batch_size=10, max_iter=epochs, n_iter_no_change=np.inf, random_state=0,
    )  # fmt: skip

    def ours() -> float:
        cost = fastgd.Cost(fastgd.Network((784, 16, 10)), X, labels)
        found = fastgd.cross_validate(
            cost, 5, hidden_layer_sizes=sizes, learning_rate=rates, batch_size=10, epochs=epochs
        )
        return float(found.table["accuracy"].max())

    def theirs() -> float:
        grid = {"hidden_layer_sizes": sizes, "learning_rate_init": their_rates}
        search = GridSearchCV(model, grid, cv=5, n_jobs=2, refit=False)
        return float(quietly(search.fit, X, labels).best_score_)

    return {"fastgd": ours, "GridSearchCV, n_jobs=2": theirs}


def starts(quick: bool) -> Runs:
    """1,000 starts of 784-16-16-10 on the embedded digits, 10 epochs in batches of 10."""
    digits = fastgd.datasets.digits()
    cost = fastgd.Cost(fastgd.Network((784, 16, 16, 10)), digits.train_images, digits.train_labels)
    n, epochs = (4, 1) if quick else (STARTS, 10)
    return {
        "fastgd": partial(
            fastgd.sweep, cost, seed=range(n), learning_rate=0.5, batch_size=10, epochs=epochs
        )
    }
