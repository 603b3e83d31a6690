"""What classifier and regressor share: parameters, the data a fit sees, and the fit itself.

What the targets mean, and how good outputs are, is the subclasses'. When to stop is `track.py`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd._draws import generator_of
from fastgd._epoch import Callback, Epoch, as_callbacks, asked_to_stop
from fastgd.cost import Cost
from fastgd.descent import Descent
from fastgd.estimators.examples import Examples, hold_out
from fastgd.estimators.hooks import EpochHooks
from fastgd.estimators.library import (
    BaseEstimator,
    CallbackSupportMixin,
    check_is_fitted,
    check_random_state,
    check_sample_weight,
    checks_parameters,
    column_or_1d,
    is_regressor,
    validate_data,
    with_callbacks,
)
from fastgd.estimators.parameters import CONSTRAINTS, network_of
from fastgd.estimators.track import Track, Validation
from fastgd.estimators.unfinished import warn_of_unfinished
from fastgd.estimators.walks import RESTED, walk_of
from fastgd.network import Network

Array = NDArray[Any]

# A uint8 X becomes numbers here: estimators take values, `Cost` would take pixels.
DTYPES = (np.float64, np.float32)


class BaseNetwork(CallbackSupportMixin, BaseEstimator):
    """A network as scikit-learn sees it. A subclass says what targets are.

    It has ``_learn_targets(y, classes)``, which sets ``n_outputs_``; ``_check_targets(y,
    classes, whole)``, whether a fit can go on with these; ``_targets(y, dtype)``, the outputs
    wanted (n, n_outputs); ``_strata(y)``, what a split keeps in proportion; and
    ``_score_outputs(outputs, examples)``.
    """

    hidden_layer_sizes: int | Sequence[int]
    activation: str | Sequence[str]
    output_activation: str
    solver: str
    batch_size: int | None
    learning_rate_init: float
    max_iter: int
    momentum: float
    tol: float
    n_iter_no_change: float
    early_stopping: bool
    validation_fraction: float
    warm_start: bool
    random_state: Any
    callback: Callback | Sequence[Callback] | None
    n_threads: int | None
    verbose: bool
    network_: Network
    theta_: Array
    n_outputs_: int
    n_iter_: int
    t_: int
    loss_: float
    best_loss_: float | None
    best_validation_score_: float | None
    stopped_by_: str
    loss_curve_: list[float]
    validation_loss_curve_: list[float] | None
    validation_scores_: list[float] | None
    # what partial_fit goes on with: the best value so far, its theta, epochs without gain
    _patience: tuple[float, Array | None, int] | None
    # of theta_; None: at rest, or another theta's than the last step's
    _velocity: Array | None

    _parameter_constraints = CONSTRAINTS

    @with_callbacks
    @checks_parameters
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Any:
        """Train the network, from a random start or, with `warm_start`, from where it is.

        Parameters
        ----------
        X : (n_samples, n_features) array or sparse matrix
            uint8 are values like any others, not pixels.
        y : (n_samples,) or (n_samples, n_outputs) array
        sample_weight : (n_samples,) array or None
            A weight of 2 equals the sample twice (in mini-batches: on average).
        X_val, y_val, sample_weight_val : arrays or None
            Examples to judge by: their cost and score after each epoch are kept, and
            `early_stopping` goes by them instead of holding some of X out.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            Where an argument does not fit, or the cost diverges.
        """
        start_over = not (self.warm_start and hasattr(self, "theta_"))
        validation = X_val, y_val, sample_weight_val
        start, train, held_out = self._begin(
            X, y, sample_weight, validation, start_over, whole=True
        )
        context = None
        if getattr(self, "_skl_callbacks", None):
            context = self._init_callback_context(max_subtasks=self.max_iter)
        hooks = EpochHooks(self, context, train, {"network_": start[0]})
        track = self._track(start[0], held_out)
        cost = self._walk(start, train, track, self.max_iter, hooks)
        if track.by_score and track.best_theta is not None:
            self._go_back(track.best_theta)
        hooks.end_fit(self.theta_)
        warn_of_unfinished(cost, self.theta_, self.max_iter, self.stopped_by_)
        return self

    def _fit_epoch(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        validation: tuple[Any, Any, Any],
        classes: Any = None,
    ) -> Any:
        """What `partial_fit` does: one epoch, judged as in `fit`."""
        if self.solver == "lm":
            raise ValueError("partial_fit goes with solver='sgd'; solver='lm' needs all samples.")
        start_over = not hasattr(self, "theta_")
        start, train, held_out = self._begin(
            X, y, sample_weight, validation, start_over, classes=classes
        )
        track = self._track(start[0], held_out)
        if self._patience is not None:
            track.best, track.best_theta, track.n_without_gain = self._patience
        self._walk(start, train, track, 1, EpochHooks(self, None, train, {}))
        if self.stopped_by_ == "validation" and track.best_theta is not None:
            self._go_back(track.best_theta)
            track.n_without_gain = 0
        self._patience = track.best, track.best_theta, track.n_without_gain
        return self

    # ------------------------------------------------------------------------- the data

    def _begin(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        validation: tuple[Any, Any, Any],
        start_over: bool,
        *,
        whole: bool = False,
        classes: Any = None,
    ) -> tuple[tuple[Network, Array], Examples, Examples | None]:
        """Where the walk starts, what to train on, and what to judge by."""
        # J^T J squares what float32 rounds.
        dtypes: Any = np.float64 if self.solver == "lm" else DTYPES
        X, y = self._checked(X, y, dtypes if start_over else self.theta_.dtype, reset=start_over)
        if start_over:
            self.__dict__.pop("theta_", None)  # a fit that fails leaves nothing to predict with
            self._learn_targets(y, classes)
        else:
            self._check_targets(y, classes, whole)
        network = network_of(
            X.shape[1], self.hidden_layer_sizes, self.n_outputs_, self.activation,
            self.output_activation,
        )  # fmt: skip
        if start_over:
            random_state = check_random_state(self.random_state)
            seed, self._split_seed = map(int, random_state.randint(2**31 - 1, size=2))
            self._rng = generator_of(seed)
            theta = network.random_theta(self._rng, dtype=X.dtype)
            self.loss_curve_ = []
            self.validation_loss_curve_ = self.validation_scores_ = None
            self.t_ = 0
            self._patience = self._velocity = None
        elif network != self.network_:
            raise ValueError(
                f"This {type(self).__name__} was fitted as {self.network_!r} and cannot go on as "
                f"{network!r}."
            )
        else:
            theta = self.theta_
        train = self._with_targets(X, y, sample_weight)
        return (network, theta), *self._held_out(train, *validation)

    def _held_out(
        self, train: Examples, X_val: Any, y_val: Any, sample_weight_val: Any
    ) -> tuple[Examples, Examples | None]:
        """What to train on, and what to judge by: given, held out, or nothing."""
        if X_val is not None and y_val is not None:
            X_val, y_val = self._checked(X_val, y_val, train.X.dtype, reset=False)
            return train, self._with_targets(X_val, y_val, sample_weight_val)
        if X_val is not None or y_val is not None:
            given, missing = ("X_val", "y_val") if y_val is None else ("y_val", "X_val")
            raise ValueError(f"{given} is provided, but {missing} was not provided.")
        if sample_weight_val is not None:
            raise ValueError("sample_weight_val is provided, but X_val and y_val were not.")
        if self.early_stopping:
            strata = self._strata(train.y)
            return hold_out(train, self.validation_fraction, self._split_seed, strata)
        return train, None

    def _checked(self, X: Any, y: Any, dtype: Any, *, reset: bool) -> tuple[Any, Array]:
        X, y = validate_data(
            self, X, y, accept_sparse="csr", multi_output=True, dtype=dtype, reset=reset,
            y_numeric=is_regressor(self),
        )  # fmt: skip
        if hasattr(y, "toarray"):  # labels in a sparse matrix
            y = y.toarray()
        return X, column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y

    def _with_targets(self, X: Any, y: Array, sample_weight: Any) -> Examples:
        weight = None
        if sample_weight is not None:
            weight = check_sample_weight(sample_weight, X, dtype=X.dtype, ensure_non_negative=True)
        return Examples(X, y, self._targets(y, X.dtype), weight)

    # ------------------------------------------------------------------------- the walk

    def _track(self, network: Network, held_out: Examples | None) -> Track:
        validation = None
        if held_out is not None:
            # The curves of a fit that goes on go on too.
            costs, scores = self.validation_loss_curve_ or [], self.validation_scores_ or []
            self.validation_loss_curve_, self.validation_scores_ = costs, scores
            validation = Validation(
                network, held_out, self._score_outputs, self.n_threads, costs, scores
            )
        by_score = self.early_stopping
        return Track(self.tol, self.n_iter_no_change, by_score, self.loss_curve_, validation)

    def _walk(
        self,
        start: tuple[Network, Array],
        train: Examples,
        track: Track,
        epochs: int,
        hooks: EpochHooks,
    ) -> Cost:
        """Walk downhill for some epochs, keep where it led, and return what was walked on."""
        network, theta = start
        cost = Cost(
            network, train.X, train.Y,
            sample_weight=train.weight, dtype=train.X.dtype, n_threads=self.n_threads,
        )  # fmt: skip
        callbacks = as_callbacks(self.callback)
        stopped_by = "max_iter"

        def after(epoch: Epoch) -> bool:
            nonlocal stopped_by
            if track.note(epoch.cost, epoch.theta):
                stopped_by = "validation" if track.by_score else "tol"
            if self.verbose:
                print(track)
            asked = asked_to_stop(callbacks, epoch)
            if hooks.end(epoch.theta) or asked:
                stopped_by = "callback"
            if stopped_by == "max_iter" and epoch.epoch < epochs:
                hooks.begin(epoch.theta)
            return stopped_by != "max_iter"

        hooks.begin_fit(theta)
        try:
            descent = walk_of(self, cost, theta, epochs, self._rng, self._velocity, after)
        except BaseException as error:  # Ctrl-C, or a callback's: what was learned stays
            if hasattr(error, "descent"):
                self._keep(network, error.descent, track, cost)
            raise
        self._keep(network, descent, track, cost)
        assert descent.state is not None
        self._velocity = descent.state.velocity
        # A step of length 0 ends a full-batch descent.
        self.stopped_by_ = "tol" if descent.stopped_by in RESTED else stopped_by
        return cost

    def _keep(self, network: Network, descent: Descent, track: Track, cost: Cost) -> None:
        self.network_, self.theta_, self._velocity = network, descent.theta, None
        self.n_iter_ = len(descent.costs)
        self.t_ += self.n_iter_ * cost.n_examples
        self.loss_ = self.loss_curve_[-1] if self.loss_curve_ else np.nan
        self.best_loss_ = None if track.by_score else track.best
        self.best_validation_score_ = -track.best if track.by_score else None
        self.stopped_by_ = "interrupt"

    def _go_back(self, theta: Array) -> None:
        """Take an earlier theta, at rest unless it is the last."""
        if not np.array_equal(theta, self.theta_):
            self.theta_, self._velocity = theta, None

    # ---------------------------------------------------------------------- what came out

    @property
    def coefs_(self) -> list[Array]:
        """Each layer's weights (n_in, n_out), as views: writing them writes `theta_`."""
        check_is_fitted(self, "theta_")
        return [layer.weights.T for layer in self.network_.layers(self.theta_)]

    @property
    def intercepts_(self) -> list[Array]:
        """Each layer's biases (n_out,), as views."""
        check_is_fitted(self, "theta_")
        return [layer.biases for layer in self.network_.layers(self.theta_)]

    def _outputs(self, X: Any) -> Array:
        """(n, n_outputs)"""
        check_is_fitted(self, "theta_")
        X = validate_data(self, X, accept_sparse="csr", dtype=DTYPES, reset=False)
        return self.network_(self.theta_, X, n_threads=self.n_threads)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
