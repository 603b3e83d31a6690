"""scikit-learn's `MLPRegressor`, as close as it gets: logistic hidden layers, identity outputs.

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


def epoch(problem: Problem) -> Callable[[], Any]:
    """One epoch from the first theta: `partial_fit` on all examples."""
    X, Y = problem.X_float[problem.order], problem.Y[problem.order]
    layers = problem.layer_arrays
    regressor = MLPRegressor(
        hidden_layer_sizes=problem.network.layer_sizes[1:-1],
        activation="logistic",
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

    def run() -> Any:
        for coefs, intercepts, (W, b) in zip(
            regressor.coefs_, regressor.intercepts_, layers, strict=True
        ):
            coefs[:], intercepts[:] = W.T, b
        regressor.partial_fit(X, Y)
        return np.concatenate(
            [
                np.concatenate([coefs.T.ravel(), intercepts])
                for coefs, intercepts in zip(regressor.coefs_, regressor.intercepts_, strict=True)
            ]
        )

    return run
