"""scikit-learn's `MLPRegressor`, as close as it gets: its outputs are the identity.

It offers no sigmoid outputs, so it does slightly less work than the others. Its cost has a factor
1/2, so it gets twice the learning rate. It takes its batches in the order of the rows, so the rows
are put in order beforehand, and it need not gather them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.neural_network import MLPRegressor

from benches.workloads import Problem

ACTIVATIONS = {"sigmoid": "logistic", "tanh": "tanh", "relu": "relu"}


def fitted(problem: Problem, X: Any, Y: Any) -> MLPRegressor:
    """A regressor that has its arrays, at the first theta."""
    regressor = MLPRegressor(
        hidden_layer_sizes=problem.network.layer_sizes[1:-1],
        activation=ACTIVATIONS[problem.network.activation],
        solver="sgd",
        alpha=0.0,
        batch_size=problem.batch_size,
        learning_rate_init=2 * problem.learning_rate,
        shuffle=False,
        momentum=0.0,
        nesterovs_momentum=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        regressor.partial_fit(
            X[: problem.batch_size], Y[: problem.batch_size]
        )  # allocates its arrays
    reset(regressor, problem.layer_arrays)
    return regressor


def reset(regressor: MLPRegressor, layers: Any) -> None:
    """Set the weights and biases to these."""
    for coefs, intercepts, (W, b) in zip(
        regressor.coefs_, regressor.intercepts_, layers, strict=True
    ):
        coefs[:], intercepts[:] = W.T, b


def targets(problem: Problem) -> Any:
    """Y; one output is a vector."""
    return problem.Y[:, 0] if problem.Y.shape[1] == 1 else problem.Y


def epoch(problem: Problem) -> Callable[[], Any]:
    """One epoch from the first theta: `partial_fit` on all examples."""
    X, Y = problem.X_float[problem.order], targets(problem)[problem.order]
    regressor, layers = fitted(problem, X, Y), problem.layer_arrays

    def run() -> Any:
        reset(regressor, layers)
        regressor.partial_fit(X, Y)
        return np.concatenate(
            [
                np.concatenate([coefs.T.ravel(), intercepts])
                for coefs, intercepts in zip(regressor.coefs_, regressor.intercepts_, strict=True)
            ]
        )

    return run


def outputs(problem: Problem) -> Callable[[], Any]:
    """`predict`."""
    X = problem.X_float
    regressor = fitted(problem, X, targets(problem))
    return lambda: regressor.predict(X)
