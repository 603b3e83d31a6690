"""Beside scikit-learn's networks: a grid search on digits, one small fit, a first epoch.

The models get the same layers, batches and epochs, and each its own learning rates: the steps of
log-loss, of half a squared error and of a whole one differ in length. A run fails where its score
is lower than the wanted one, which all reach.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import fastgd
from benches.measure import DisagreementError

Runs = dict[str, Callable[[], Any]]
EPOCHS = 10
LAYERS = [(16, 16), (30,)]


def hits(model: Any, X: Any, y: Any) -> float:
    """The share of rows whose largest output stands where that of y does."""
    return float((model.predict(X).argmax(axis=1) == y.argmax(axis=1)).mean())


def grid_search(quick: bool) -> Runs:
    """24 fits on the embedded digits: 2 networks x 4 learning rates x 3 folds."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    from fastgd.estimators import NetworkClassifier

    digits = fastgd.datasets.digits()
    n = 300 if quick else len(digits.train_labels)
    X = np.float32(digits.train_images[:n]) / 255
    labels = digits.train_labels[:n]
    one_hot = fastgd.datasets.one_hot(labels, 10)
    alike = {"activation": "logistic", "batch_size": 10, "max_iter": EPOCHS, "random_state": 0,
             "n_iter_no_change": np.inf}  # fmt: skip
    plain = {"solver": "sgd", "momentum": 0.0, "nesterovs_momentum": False, "alpha": 0.0}
    searched = {
        "fastgd": (NetworkClassifier(**alike), labels, None, [0.25, 0.5, 1.0, 2.0]),
        "MLPClassifier": (MLPClassifier(**alike, **plain), labels, None, [0.03, 0.1, 0.3, 1.0]),
        "MLPRegressor": (MLPRegressor(**alike, **plain), one_hot, hits, [0.03, 0.1, 0.3, 1.0]),
    }
    return {
        name: partial(reaching, 0.0 if quick else 0.89, best_score, model, X, y, scoring, rates)
        for name, (model, y, scoring, rates) in searched.items()
    }


def best_score(model: Any, X: Any, y: Any, scoring: Any, rates: list[float]) -> float:
    """The score of the best of a model's networks, over three folds."""
    from sklearn.model_selection import GridSearchCV, KFold

    grid = {"hidden_layer_sizes": LAYERS, "learning_rate_init": rates}
    folds = KFold(3, shuffle=True, random_state=0)
    search = GridSearchCV(model, grid, cv=folds, scoring=scoring, refit=False)
    return float(quietly(search.fit, X, y).best_score_)


def small_fit(quick: bool) -> Runs:
    """One fit of 500 x 13, 100 epochs of 13-32-1 in batches of 16: the score on 500 more rows."""
    from sklearn.datasets import make_friedman1
    from sklearn.neural_network import MLPRegressor

    from fastgd.estimators import NetworkRegressor

    X, y = make_friedman1(1000, 13, noise=1.0, random_state=0)
    X, y = X * 2 - 1, (y - y.mean()) / y.std()
    alike = {"hidden_layer_sizes": (32,), "activation": "tanh", "batch_size": 16,
             "n_iter_no_change": np.inf, "random_state": 0}  # fmt: skip
    alike["max_iter"] = 5 if quick else 100
    plain = {"solver": "sgd", "momentum": 0.0, "nesterovs_momentum": False, "alpha": 0.0}
    models = {
        "fastgd": NetworkRegressor(learning_rate_init=0.1, **alike),
        "MLPRegressor": MLPRegressor(learning_rate_init=0.2, **plain, **alike),
        "MLPRegressor, Adam": MLPRegressor(learning_rate_init=0.01, **alike),
    }

    def run(model: Any) -> float:
        return float(quietly(model.fit, X[:500], y[:500]).score(X[500:], y[500:]))

    wanted = -9.0 if quick else 0.85
    return {name: partial(reaching, wanted, run, model) for name, model in models.items()}


def first_epoch(quick: bool) -> Runs:
    """From arrays in memory: preparing them, and one epoch of 784-16-16-10 in 32s."""
    from sklearn.neural_network import MLPRegressor

    full = bool(os.environ.get("FASTGD_MNIST")) and not quick
    data = fastgd.datasets.mnist() if full else fastgd.datasets.digits()
    n = 300 if quick else len(data.train_labels)
    X, labels = data.train_images[:n], data.train_labels[:n]
    X_float, one_hot = np.float32(X) / 255, fastgd.datasets.one_hot(labels, 10)
    net = fastgd.Network((784, 16, 16, 10))
    theta = net.random_theta(rng=0)
    model = MLPRegressor(
        hidden_layer_sizes=(16, 16), activation="logistic", solver="sgd", alpha=0.0, batch_size=32,
        learning_rate_init=1.0, momentum=0.0, nesterovs_momentum=False, max_iter=1, random_state=0,
    )  # fmt: skip

    def walk() -> Any:
        cost = fastgd.Cost(net, X, labels)
        return fastgd.gradient_descent(
            cost, theta, learning_rate=0.5, batch_size=32, epochs=1, rng=0
        )

    return {"fastgd": walk, "MLPRegressor": partial(quietly, model.fit, X_float, one_hot)}


def reaching(wanted: float, run: Callable[..., float], *arguments: Any) -> float:
    """What the run returns, a score; it must be at least the `wanted` one."""
    score = run(*arguments)
    if score < wanted:
        raise DisagreementError(f"a score of {score:.3f}, wanted {wanted:.3f}")
    return score


def quietly(fit: Callable[..., Any], *arguments: Any) -> Any:
    """The fit, without the warning that so many epochs were not enough."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return fit(*arguments)
