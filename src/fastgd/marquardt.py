"""Levenberg's and Marquardt's method: no learning rate, for some 1,000 parameters at most.

Knows no network: it needs an object with ``normal_equations(theta)`` that can be called with theta.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._checks import as_count, as_real
from fastgd._engine.arrays import as_float_theta
from fastgd._engine.reals import check_finite
from fastgd._epoch import Callback, Epoch, as_callbacks, asked_to_stop
from fastgd._progress import bar
from fastgd._state import Resumable, Settings, State, beginning, check_resumed, state_of
from fastgd.descent import Descent, DivergenceError, log

Array = NDArray[Any]
# Of A: what gives x of b, A x = b.
Solver = Callable[[Array], Array]

# A step is corrected where twice the correction is at most this share of it (Transtrum and
# Sethna 2012).
MOST_BEND = 0.75
# What a state keeps beside what was asked: damping, its growth, and why theta rests.
KEPT = ("damping_now", "growth", "rested_by")


class SumOfSquares(Protocol):
    """What the method walks on: a `Cost`, or any other sum of squares."""

    def __call__(self, theta: Array) -> float:
        """The cost at theta."""
        ...

    def normal_equations(self, theta: Array) -> tuple[float, Array, Array]:
        """(cost, gradient (n_parameters,), 2 J^T J (n_parameters, n_parameters)) at theta.

        Where there is an ``acceleration_product(theta, v)`` too, steps follow the bend.
        """
        ...


def levenberg_marquardt(
    cost: SumOfSquares,
    theta: ArrayLike,
    *,
    damping: float = 0.1,
    epochs: int = 1000,
    gradient_tol: float = 1e-10,
    step_tol: float = 1e-10,
    cost_tol: float = 1e-9,
    callback: Callback | Sequence[Callback] | None = None,
    progress: bool = False,
    record: int | None = None,
    resume: Resumable | None = None,
) -> Descent:
    """Damped Gauss-Newton steps, each of which lowers the cost; there is no rate to choose.

    With g the gradient and A = 2 J^T J the Gauss-Newton approximation of the Hessian, a step p
    solves (A + mu I) p = -g (Levenberg 1944, Marquardt 1963): Newton's where the damping mu is
    small, a short one along -g where it is large. With r_pp the residuals' second derivative
    along p, half the solution q of (A + mu I) q = -2 J^T r_pp is added where q is short beside p
    (geodesic acceleration, Transtrum and Sethna 2012): the step follows the valley's bend. A step
    that would not lower the cost is not taken; mu grows until one does. What a step gained,
    beside what A promised, sets the next mu (Nielsen 1999, "Damping parameter in Marquardt's
    method").

    An epoch is a look at all examples and the step that follows; it takes time in proportion to
    n_examples n_outputs n_parameters^2 + n_parameters^3 / 3 where an epoch of `gradient_descent`
    takes n_examples n_parameters. Give the cost ``dtype=float``: A squares what float32 rounds.

    Parameters
    ----------
    cost : Cost, or any callable object with ``normal_equations(theta)``
        Of a `Cost` at most 4,096 parameters: see `Cost.normal_equations`.
    theta : (n_parameters,) array
        The start. Not modified.
    damping : float
        The first mu, in units of the largest diagonal entry of A at the start. Above 0.
    epochs : int
        The most epochs to walk.
    gradient_tol : float
        Stop where no entry of g is larger than this ("gradient").
    step_tol : float
        Stop where a step would move theta by no more than this share of its length ("step").
    cost_tol : float
        Stop where a step lowered the cost by no more than this share of it, and A promised no
        more ("cost").
    callback : callable, sequence of callables, or None
        As for `gradient_descent`: `callbacks.EarlyStopping` with examples held out is what keeps
        a network of many parameters from memorising.
    progress : bool
        Show a bar on stderr, by rich (extra ``cli``) or tqdm.
    record : int or None
        Keep theta at the start and after every `record`-th epoch, in ``path``.
    resume : State, Descent, `callbacks.Checkpoint`, or None
        Go on from there, in the bits of a walk that was never interrupted, up to `epochs` in
        all. It must be one of the same data and options.

    Returns
    -------
    Descent
        ``costs`` fall from epoch to epoch. ``stopped_by`` is "gradient", "step", "cost",
        "epochs", "callback", or "singular": it came to rest, and most columns of J are 0, which
        is where neurons are dead or saturated. ``theta`` is float64 where the start or the cost
        is.

    Raises
    ------
    DivergenceError
        Where the cost at the start is not finite, or its derivatives are not; it carries the last
        theta whose cost is.
    TypeError, ValueError
        Where an argument does not fit.

    Notes
    -----
    Cholesky's factors are SciPy's where it is installed, else NumPy's. Any other exception that
    ends the walk (Ctrl-C, an error in the callback) carries the `Descent` so far, as its
    attribute ``descent``.

    Examples
    --------
    >>> import numpy as np
    >>> import fastgd
    >>> x = np.linspace(-1, 1, 50)[:, None]
    >>> net = fastgd.Network((1, 6, 1), activation="tanh", output_activation="identity")
    >>> cost = fastgd.Cost(net, x, np.sin(4 * x))
    >>> descent = fastgd.levenberg_marquardt(cost, net.random_theta(rng=0), epochs=100)
    >>> bool(descent.cost < 1e-6)
    True
    """
    damping = as_real("damping", damping, "above 0", lambda x: x > 0)
    tolerances = {
        name: as_real(name, value, "at least 0", lambda x: x >= 0)
        for name, value in (
            ("gradient_tol", gradient_tol), ("step_tol", step_tol), ("cost_tol", cost_tol)
        )
    }  # fmt: skip
    epochs = as_count("epochs", epochs)
    record = None if record is None else as_count("record", record)
    callbacks = as_callbacks(callback)
    if not (callable(cost) and hasattr(cost, "normal_equations")):
        raise TypeError(
            f"cost: a {type(cost).__name__} has no normal_equations to solve; give a fastgd.Cost"
        )
    start = _as_start(theta, getattr(cost, "dtype", None))
    settings: Settings = {
        "solver": "levenberg_marquardt",
        "n_examples": getattr(cost, "n_examples", None),
        "arithmetic": str(getattr(cost, "dtype", None)),
        "dtype": str(start.dtype),
        "damping": damping,
        **tolerances,
    }
    state = None if resume is None else state_of(resume)
    if state is None:
        state = beginning(start)
    else:
        asked = {name: value for name, value in state.settings.items() if name not in KEPT}
        check_resumed(state._replace(settings=asked), len(start), settings)
        if len(state.costs) > epochs:
            raise ValueError(f"epochs: {len(state.costs)} are walked already, got {epochs}")
    walk = _Walk(cost, state, start.dtype, settings)
    path = [walk.theta] if record else []

    def ended(stopped_by: str) -> Descent:
        log.info("descent: %d epochs, cost %.6g, by %s", len(walk.costs), walk.cost, stopped_by)
        kept = np.array(path) if record else None
        costs = np.array(walk.costs)
        return Descent(walk.theta, walk.cost, costs, walk.steps, stopped_by, kept, walk.state())

    stopped_by = walk.rested_by or "epochs"
    try:
        log.info("descent: from epoch %d to at most %d, %s", len(walk.costs), epochs, settings)
        walk.begin()
        with bar("descending", epochs) if progress else nullcontext() as advance:
            while len(walk.costs) < epochs and stopped_by == "epochs":
                before = walk.cost
                if not walk.epoch():
                    stopped_by = walk.rested_by
                    break
                epoch = len(walk.costs)
                if record and epoch % record == 0:
                    path.append(walk.theta)
                if advance is not None:
                    advance(epoch, epochs, f"cost {before:.5g}")
                if callbacks and asked_to_stop(
                    callbacks, Epoch(epoch, walk.steps, before, walk.theta.copy(), walk.state)
                ):
                    stopped_by = "callback"
                elif walk.rested_by:
                    stopped_by = walk.rested_by
        return ended(stopped_by)
    except DivergenceError as error:
        log.info("descent: %s", error)
        raise
    except BaseException as error:
        error.descent = ended("interrupt")  # type: ignore[attr-defined]
        raise


class _Walk:
    """Where the walk is, and how much its next step is damped."""

    def __init__(
        self, cost: SumOfSquares, start: State, dtype: np.dtype[Any], settings: Settings
    ) -> None:
        kept = start.settings
        self.theta: Array = start.theta.astype(dtype, copy=False)
        self.cost = math.nan
        self.costs: list[float] = start.costs.tolist()
        self.steps = start.steps
        self.rested_by = str(kept.get("rested_by") or "")
        self._function, self._settings = cost, settings
        self._dtype = np.dtype(getattr(cost, "dtype", dtype))
        # mu, and by what it grows where a step is refused; None: not begun.
        damping = kept.get("damping_now")
        self._damping = None if damping is None else float(damping)
        self._growth = float(kept.get("growth") or 2.0)
        self._factorised = _factorisation()

    def state(self) -> State:
        """Where the walk is, to go on from."""
        kept: Settings = {}
        if self._damping is not None:
            kept = {"damping_now": self._damping, "growth": self._growth}
        if self.rested_by:
            kept["rested_by"] = self.rested_by
        return State(
            self.theta, None, np.array(self.costs), self.steps, bool(self.rested_by), None,
            self._settings | kept,
        )  # fmt: skip

    def begin(self) -> None:
        """Ask for the cost at the start."""
        self.cost = self._cost_at(self.theta)
        if not math.isfinite(self.cost):
            raise self._divergence()

    def epoch(self) -> bool:
        """A step that lowers the cost: False where there is none, and theta rests."""
        _, gradient, A = self._function.normal_equations(self.theta)
        gradient, A = np.asarray(gradient, np.float64), np.array(A, np.float64, order="C")
        on_diagonal = A.reshape(-1)[:: len(A) + 1]
        diagonal, steepest = on_diagonal.copy(), float(np.abs(gradient).max())
        if not (math.isfinite(steepest) and math.isfinite(A.sum())):
            raise self._divergence()
        if steepest <= float(self._settings["gradient_tol"] or 0):
            self._rest("gradient", diagonal)
            return False
        if self._damping is None:
            self._damping = float(self._settings["damping"] or 0) * diagonal.max()
        shortest = float(self._settings["step_tol"] or 0)
        shortest *= _length(self.theta) + shortest
        mu, growth = self._damping, self._growth
        while True:
            np.add(diagonal, mu, out=on_diagonal)
            solve = self._factorised(A)
            if solve is not None:
                # (A + mu I) p = -g
                p = solve(-gradient)
                if not _length(p) > shortest:
                    self._rest("step", diagonal)
                    return False
                theta = (self.theta + p + self._bend(p, solve)).astype(self.theta.dtype)
                cost = self._cost_at(theta)
                if cost < self.cost:
                    break
            mu, growth = mu * growth, 2 * growth
        # C(theta) - C(theta + p), where C is as A and g say
        promised = (p @ (mu * p - gradient)) / 2
        gained = self.cost - cost
        if max(gained, promised) <= float(self._settings["cost_tol"] or 0) * self.cost:
            self._rest("cost", diagonal)
        self.costs.append(self.cost)
        self.theta, self.cost, self.steps = theta, cost, self.steps + 1
        gain = min(gained / float(promised), 1.0) if promised > 0 else 1.0
        self._damping = float(mu) * max(1 / 3, 1 - (2 * gain - 1) ** 3)
        self._growth = 2.0
        return True

    def _bend(self, p: Array, solve: Solver) -> Array | float:
        """What corrects a step p: q / 2, or 0 where q is long or unknown."""
        if not hasattr(self._function, "acceleration_product"):
            return 0.0
        q = solve(-np.asarray(self._function.acceleration_product(self.theta, p), np.float64))
        return q / 2 if 2 * _length(q) <= MOST_BEND * _length(p) else 0.0

    def _rest(self, why: str, diagonal: Array) -> None:
        """Rest, at a Jacobian most of whose columns may have vanished."""
        vanished = diagonal <= np.finfo(np.float64).eps ** 2 * diagonal.max()
        self.rested_by = "singular" if 2 * vanished.sum() > len(vanished) else why
        log.info("descent: %d of %d columns of J are 0", vanished.sum(), len(vanished))

    def _cost_at(self, theta: Array) -> float:
        """Infinite where theta, or an output, leaves the range of the arithmetic."""
        with np.errstate(over="ignore"):
            seen = theta.astype(self._dtype, copy=False)
        if not np.isfinite(seen).all():
            return math.inf
        cost = float(self._function(theta))
        return math.inf if math.isnan(cost) else cost

    def _divergence(self) -> DivergenceError:
        return DivergenceError(len(self.costs) + 1, math.nan, self.theta)


def _length(v: Array) -> float:
    # Not np.linalg.norm: BLAS may wake threads of its own for it, and they spin.
    return math.sqrt(np.square(v, dtype=np.float64).sum())


def _factorisation() -> Callable[[Array], Solver | None]:
    """Cholesky's, of a symmetric A: None where it is not positive definite."""
    try:
        from scipy.linalg.lapack import dpotrf, dpotrs
    except ImportError:
        return _factorised_by_numpy

    def factorised(A: Array) -> Solver | None:
        factor, failed = dpotrf(A.T, lower=True, clean=False)
        return None if failed else lambda b: np.asarray(dpotrs(factor, b, lower=True)[0])

    return factorised


def _factorised_by_numpy(A: Array) -> Solver | None:
    try:
        L = np.linalg.cholesky(A)
    except np.linalg.LinAlgError:
        return None
    return lambda b: np.asarray(np.linalg.solve(L.T, np.linalg.solve(L, b)))


def _as_start(theta: ArrayLike, dtype: np.dtype[Any] | None) -> Array:
    """theta as floats of our own, as wide as those of the cost."""
    start = as_float_theta(theta)
    start = np.array(start, start.dtype if dtype is None else np.result_type(start.dtype, dtype))
    if start.ndim != 1:
        raise ValueError(f"theta: expected 1 dimension, got shape {start.shape}")
    check_finite("theta", start)
    return start
