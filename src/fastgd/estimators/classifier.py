"""A network that tells classes apart: an output for each, trained towards 1 for its class, else 0.

Two classes share one output. Samples may also bear several labels at once, an output for each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd._epoch import Callback
from fastgd.estimators.base import BaseNetwork
from fastgd.estimators.examples import Examples
from fastgd.estimators.library import (
    ClassifierMixin,
    check_classification_targets,
    checks_parameters,
    type_of_target,
)

Array = NDArray[Any]


class NetworkClassifier(ClassifierMixin, BaseNetwork):
    """Classifier: a fully connected network, squared error, plain gradient descent.

    The parameters that `sklearn.neural_network.MLPClassifier` has too mean the same there.
    The cost is fastgd's: the squared differences summed over outputs, without a factor 1/2.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int
        Neurons of each hidden layer.
    activation : {"logistic", "tanh", "relu", "identity"}, or a sequence of these
        Of the hidden layers: one name for all, or one for each.
    output_activation : {"logistic", "tanh", "relu", "identity"}
    solver : {"sgd", "lm"}
        "lm": `fastgd.levenberg_marquardt`, in float64, of at most 4,096 parameters. It takes no
        `batch_size`, `learning_rate_init` or `momentum`, and there is no `partial_fit`. Where
        more digits are wanted, give it a smaller `tol`.
    batch_size : int or None
        Samples that a step is taken on. None: all of them, one step an epoch.
    learning_rate_init : float
        The length of a step, in gradients.
    max_iter : int
        The most epochs.
    momentum : float
        At least 0, below 1; Polyak's heavy ball. `partial_fit` and warm starts go on with it.
    tol, n_iter_no_change : float, int or inf
        Training ends after more than `n_iter_no_change` epochs in a row that were not better
        than the best by `tol`: in the training loss, or with `early_stopping` in the score on
        the validation set.
    early_stopping : bool
        Judge by a validation set, and end with the parameters of its best epoch. In
        `partial_fit`: the call in which patience ends puts them back and sets `stopped_by_`
        to "validation"; another call goes on from there.
    validation_fraction : float
        Share of the samples that `early_stopping` holds out where no ``X_val`` is given: the
        same ones in each call with as many samples.
    warm_start : bool
        `fit` goes on from where the last one ended.
    random_state : int, RandomState or None
        Draws the start, the order of the samples and those held out. The same int gives the
        same bits.
    callback : callable, sequence of callables, or None
        Each is called with a `fastgd.descent.Epoch` after each epoch; a true result or
        StopIteration ends the training.
    n_threads : int or None
        None: as many as pay. The result has the same bits for any number.
    verbose : bool
        Print each epoch's loss.

    Attributes
    ----------
    classes_ : (n_classes,) array
        For several labels at once, their numbers.
    network_ : fastgd.Network
    theta_ : (n_parameters,) array
        Its parameters, float32 where X is, else float64; of solver "lm" float64.
    coefs_, intercepts_ : lists of arrays
        `theta_` layer by layer, as views.
    loss_curve_ : list of float
        The mean of the batches' costs in each epoch, each before its own step; of solver "lm"
        the cost before each step.
    validation_loss_curve_, validation_scores_ : lists of float, or None
        Cost and score on the validation set after each epoch.
    loss_, best_loss_, best_validation_score_ : float, or None
    stopped_by_ : {"tol", "validation", "callback", "max_iter", "interrupt"}
        What ended the last call; "max_iter" where all its epochs were walked.
    n_iter_ : int
        Epochs of the last call.
    t_ : int
        Samples seen since the start.
    n_outputs_, n_features_in_ : int
    feature_names_in_ : (`n_features_in_`,) array
        Only where X has names.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from fastgd.estimators import NetworkClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), NetworkClassifier(random_state=0))
    >>> bool(model.fit(X, y).score(X, y) > 0.95)
    True
    """

    classes_: NDArray[Any]

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str | Sequence[str] = "tanh",
        *,
        output_activation: str = "logistic",
        solver: str = "sgd",
        batch_size: int | None = 32,
        learning_rate_init: float = 0.3,
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
        classes: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Any:
        """Train for one epoch on these samples, from where the network is.

        Parameters
        ----------
        X, y, sample_weight, X_val, y_val, sample_weight_val
            As for `fit`.
        classes : (n_classes,) array
            All classes that will ever come; needed in the first call.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            Where `classes` is missing in the first call or changes later, and as for `fit`.
        """
        if classes is None and not hasattr(self, "theta_"):
            raise ValueError("classes must be passed on the first call to partial_fit.")
        validation = X_val, y_val, sample_weight_val
        return self._fit_epoch(X, y, sample_weight, validation, classes)

    def predict(self, X: Any) -> Array:
        """The class of each row of X, or its labels as 0 and 1: (n_samples,) or (..., n_labels).

        The class is that of the largest output; of two classes, the second where their one
        output is above 1/2.
        """
        outputs = self._outputs(X)
        if self._several_labels:
            return (outputs > 0.5).astype(int)
        return self.classes_[self._index(outputs)]

    def predict_proba(self, X: Any) -> Array:
        """Each class's share of the outputs, (n_samples, n_classes).

        With logistic outputs, squared error makes each one estimate the probability of its own
        class (it is the Brier score), but apart from the others: nothing in the training makes
        a row sum to 1. So each row is divided by its sum. Rank by these shares; for calibrated
        probabilities use `sklearn.calibration.CalibratedClassifierCV`. Two classes share one
        output p and get 1 - p and p; several labels at once get their outputs as they are.
        Outputs that are not logistic are first cut to what is at least 0.
        """
        outputs = np.maximum(self._outputs(X), 0)
        if self._several_labels:
            return np.minimum(outputs, 1)
        if len(self.classes_) == 2:
            outputs = np.minimum(outputs, 1)
            return np.hstack([1 - outputs, outputs])
        total = outputs.sum(axis=1, keepdims=True)
        equal = np.full_like(outputs, 1 / outputs.shape[1])
        return np.divide(outputs, total, out=equal, where=total > 0)

    def predict_log_proba(self, X: Any) -> Array:
        """The logarithm of `predict_proba`, (n_samples, n_classes)."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _index(self, outputs: Array) -> Array:
        """Which class (n,) the outputs (n, n_outputs) name."""
        if outputs.shape[1] == 1 and len(self.classes_) == 2:
            return (outputs[:, 0] > 0.5).astype(np.intp)
        return outputs.argmax(axis=1)

    def _learn_targets(self, y: Array, classes: Any) -> None:
        check_classification_targets(y)
        self._several_labels = y.ndim == 2
        if classes is None:
            classes = np.arange(y.shape[1]) if self._several_labels else y
        self.classes_ = np.unique(classes)
        n = len(self.classes_)
        self.n_outputs_ = 1 if n == 2 and not self._several_labels else n

    def _check_targets(self, y: Array, classes: Any, whole: bool) -> None:
        if classes is not None and not np.array_equal(self.classes_, np.unique(classes)):
            raise ValueError(
                f"`classes={classes!r}` is not the same as on last call to partial_fit, was: "
                f"{self.classes_!r}"
            )
        if whole and y.ndim == 1 and not np.array_equal(self.classes_, np.unique(y)):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous "
                f"call to fit. Previously got {self.classes_}, `y` has {np.unique(y)}"
            )

    def _targets(self, y: Array, dtype: Any) -> Array:
        check_classification_targets(y)
        if y.ndim == 2 or self._several_labels:
            n = len(self.classes_)
            expected = (len(y), n) if self._several_labels else (len(y),)
            if y.shape != expected or type_of_target(y) != "multilabel-indicator":
                raise ValueError(
                    f"y has shape {y.shape} and is {type_of_target(y)}; {type(self).__name__} "
                    "takes one class a sample, or labels as a matrix of 0 and 1, and here "
                    f"expected shape {expected}."
                )
            return np.asarray(y, dtype)
        if len(np.setdiff1d(y, self.classes_)):
            raise ValueError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. "
                f"'y' has {np.unique(y)}."
            )
        classes = self.classes_[1:] if len(self.classes_) == 2 else self.classes_
        return (y[:, np.newaxis] == classes).astype(dtype)

    def _strata(self, y: Array) -> Array | None:
        return None if self._several_labels else y

    def _score_outputs(self, outputs: Array, examples: Examples) -> float:
        if self._several_labels:
            hits = ((outputs > 0.5) == (examples.Y > 0.5)).all(axis=1)
        else:
            hits = self._index(outputs) == self._index(examples.Y)
        return float(np.average(hits, weights=examples.weight))
