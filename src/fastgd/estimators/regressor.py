"""A network that predicts numbers, one output for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd._epoch import Callback
from fastgd.estimators.base import BaseNetwork
from fastgd.estimators.examples import Examples
from fastgd.estimators.library import RegressorMixin, checks_parameters, r2_score

Array = NDArray[Any]


class NetworkRegressor(RegressorMixin, BaseNetwork):
    """Regressor: a fully connected network, squared error, plain gradient descent.

    Parameters and attributes are `NetworkClassifier`'s, classes apart; scores are R^2. Scale
    targets that are not of the size of 1 (`sklearn.compose.TransformedTargetRegressor`): steps
    are proportional to errors.

    Parameters
    ----------
    output_activation : {"identity", "logistic", "tanh", "relu"}
        "identity" gives any number, "logistic" those between 0 and 1.
    solver : {"sgd", "lm"}
        "lm" fits small networks (some 1,000 parameters) in few epochs, without a learning rate.

    Examples
    --------
    >>> from sklearn.compose import TransformedTargetRegressor
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from fastgd.estimators import NetworkRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> network = NetworkRegressor(early_stopping=True, random_state=0)
    >>> model = TransformedTargetRegressor(
    ...     make_pipeline(StandardScaler(), network), transformer=StandardScaler()
    ... )
    >>> bool(model.fit(X, y).score(X, y) > 0.5)
    True
    """

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str | Sequence[str] = "tanh",
        *,
        output_activation: str = "identity",
        solver: str = "sgd",
        batch_size: int | None = 32,
        learning_rate_init: float = 0.01,
        max_iter: int = 200,
        momentum: float = 0.0,
        tol: float = 1e-4,
        n_iter_no_change: float = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        warm_start: bool = False,
        random_state: Any = None,
        callback: Callback | Sequence[Callback] | None = None,
        n_threads: int | None = None,
        verbose: bool = False,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.output_activation = output_activation
        self.solver = solver
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.momentum = momentum
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.warm_start = warm_start
        self.random_state = random_state
        self.callback = callback
        self.n_threads = n_threads
        self.verbose = verbose

    @checks_parameters
    def partial_fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Any:
        """Train for one epoch on these samples, from where the network is.

        Parameters, result and errors as for `fit`.
        """
        return self._fit_epoch(X, y, sample_weight, (X_val, y_val, sample_weight_val))

    def predict(self, X: Any) -> Array:
        """The outputs for each row of X, (n_samples,) or (n_samples, n_outputs)."""
        outputs = self._outputs(X)
        return outputs[:, 0] if self.n_outputs_ == 1 else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _learn_targets(self, y: Array, classes: None) -> None:
        self.n_outputs_ = 1 if y.ndim == 1 else y.shape[1]

    def _check_targets(self, y: Array, classes: None, whole: bool) -> None:
        pass  # `_targets` does

    def _targets(self, y: Array, dtype: Any) -> Array:
        Y = np.asarray(y, dtype).reshape(len(y), -1)
        if Y.shape[1] != self.n_outputs_:
            raise ValueError(
                f"y has {Y.shape[1]} outputs, but {type(self).__name__} was fitted with "
                f"{self.n_outputs_}."
            )
        return Y

    def _strata(self, y: Array) -> None:
        return None

    def _score_outputs(self, outputs: Array, examples: Examples) -> float:
        return float(r2_score(examples.Y, outputs, sample_weight=examples.weight))
