"""Walking downhill: steps along the negative gradient until they stop moving theta.

Knows no network: full-batch descent needs only an object with `value_and_gradient(theta)`.
A cost that offers `mini_batches` (a `fastgd.Cost`) runs its mini-batch epochs itself.
`_steps.py` walks one epoch.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._checks import as_count, as_real
from fastgd._draws import generator_of
from fastgd._engine.arrays import as_float_theta
from fastgd._engine.reals import check_finite
from fastgd._epoch import Callback, Epoch, as_callbacks, asked_to_stop
from fastgd._notebook import curve, paragraph
from fastgd._progress import bar
from fastgd._rule import Rule
from fastgd._state import Resumable, Settings, State, beginning, check_resumed, state_of, wind
from fastgd._steps import Differentiable, NotBegun, StepPerBatch, Walk, full_batch_walk

log: logging.Logger = logging.getLogger("fastgd")
TOL = 1e-6
EPOCHS = 1000


class DivergenceError(FloatingPointError):
    """The cost is no longer finite: the learning rate is too large for this surface.

    Attributes
    ----------
    epoch : int
        The epoch in which it happened, counted from 1.
    learning_rate : float
        NaN of `levenberg_marquardt`, which has none.
    theta : (n_parameters,) array
        The last one known to have a finite cost.
    """

    def __init__(self, epoch: int, learning_rate: float, theta: NDArray[Any]) -> None:
        super().__init__(epoch, learning_rate, theta)
        self.epoch = epoch
        self.learning_rate = learning_rate
        self.theta = theta

    def __str__(self) -> str:
        if math.isnan(self.learning_rate):
            return f"the cost is not finite in epoch {self.epoch}; start from smaller weights"
        return (
            f"the cost is not finite in epoch {self.epoch} at learning rate "
            f"{self.learning_rate:g}; try a smaller one"
        )


@dataclass(frozen=True)
class Descent:
    """Where a descent ended and how it got there.

    Attributes
    ----------
    theta : (n_parameters,) array
        Where it ended.
    cost : float
        The cost there, over all examples (after an interruption the last of `costs`).
    costs : (n_epochs,) float64 array
        One number per epoch: the cost before its step; for mini-batches the mean of the
        batches' costs, each before its own step.
    steps : int
    stopped_by : {"tol", "epochs", "callback", "interrupt"}
        Of `levenberg_marquardt` "gradient", "step", "cost" or "singular" instead of "tol".
    path : (n_kept, n_parameters) array or None
        With ``record=k``: theta at the start and after every k-th epoch.
    state : State
        Where it ended, to go on from: ``gradient_descent(..., resume=descent)``. After an
        interruption within an epoch of mini-batches, the end of the last whole epoch (where
        nobody looked between epochs, one some 50 ms earlier).
    """

    theta: NDArray[Any]
    cost: float
    costs: NDArray[np.float64]
    steps: int
    stopped_by: str
    path: NDArray[Any] | None = None
    state: State | None = None

    def __repr__(self) -> str:
        return f"<Descent {self}>"

    def __str__(self) -> str:
        start = f"from cost {self.costs[0]:.4g} " if len(self.costs) else ""
        return (
            f"{start}to {self.cost:.4g} in {counted(len(self.costs), 'epoch')}, "
            f"{counted(self.steps, 'step')}, stopped by {self.stopped_by}"
        )

    def _repr_html_(self) -> str:
        """In a notebook: the cost of each epoch as a curve."""
        said = f"Descent {self}"
        return paragraph(said) + (curve(self.costs, said) if len(self.costs) > 1 else "")


def gradient_descent(
    cost: Differentiable,
    theta: ArrayLike,
    *,
    learning_rate: float | Callable[[int], float],
    momentum: float = 0.0,
    nesterov: bool = False,
    l2: float = 0.0,
    batch_size: int | None = None,
    epochs: int = EPOCHS,
    tol: float | None = None,
    rng: np.random.Generator | int | None = None,
    callback: Callback | Sequence[Callback] | None = None,
    progress: bool = False,
    record: int | None = None,
    resume: Resumable | None = None,
) -> Descent:
    """Step along the negative gradient until the steps stop moving theta.

    With g the gradient and v the velocity, a step is v = momentum v + g and
    theta -= learning_rate v (Polyak's heavy ball; plain descent where momentum is 0).

    Parameters
    ----------
    cost : Cost, or any object with ``value_and_gradient(theta)``
    theta : (n_parameters,) array
        The start. Not modified.
    learning_rate : float or callable
        Above 0. A function is asked for each epoch's, with the number of epochs before it:
        ``lambda epoch: 0.5 * 0.9**epoch``.
    momentum : float
        At least 0, below 1.
    nesterov : bool
        Step along g + momentum v instead: theta -= learning_rate (g + momentum v), with the
        same v (Nesterov's momentum as Sutskever et al. 2013 have it).
    l2 : float
        At least 0. Walks down cost + l2 ``|w|^2``, with w the weights of a `Cost` (its biases are
        free), or all of theta: 2 l2 w is added to g. The costs told are without the penalty.
    batch_size : int or None
        None: one step an epoch, on all examples. A number: an epoch walks all examples in
        random order, a step on the mean gradient of each `batch_size` of them (needs a
        `Cost`).
    epochs : int
        The most epochs to walk.
    tol : float or None
        Full batch: stop once a step moves theta by no more than this (Euclidean length),
        and a step without momentum would not either. None: 1e-6. Mini-batches take steps of
        one length for ever and have none: `epochs` or `callbacks.EarlyStopping` ends them.
    rng : Generator, int or None
        Draws the order of the examples (``numpy.random.default_rng``).
    callback : callable, sequence of callables, or None
        Each is called with an `Epoch` at the end of each; a true result or StopIteration of
        any stops. `fastgd.callbacks` has some ready.
    progress : bool
        Show a bar on stderr, by rich (extra ``cli``) or tqdm; in a notebook tqdm comes first.
    record : int or None
        Keep theta at the start and after every `record`-th epoch, in ``path``.
    resume : State, Descent, `callbacks.Checkpoint`, or None
        Go on from there, in the bits of a descent that was never interrupted, up to `epochs`
        in all. It must be one of the same data and options (`epochs`, `callback`, `progress`
        and `record` apart); `theta` tells its dtype alone; `rng` is set to where the order of
        examples was. ``path`` begins where it goes on. A checkpoint without a file begins.

    Returns
    -------
    Descent

    Raises
    ------
    DivergenceError
        Where a cost is not finite; it carries the last good theta.
    TypeError, ValueError
        Where an argument does not fit.

    Notes
    -----
    Any other exception that ends the walk (Ctrl-C, an error in the callback) carries the
    `Descent` so far, as its attribute ``descent``; Ctrl-C before the first step that of the start.

    A descent that leads nowhere ends like any other: `inside.has_learned` says whether a network
    has learned, and what to try.

    Examples
    --------
    Any differentiable function will do:

    >>> class Bowl:
    ...     def value_and_gradient(self, theta):
    ...         return float(theta @ theta), 2 * theta
    >>> descent = gradient_descent(Bowl(), [3.0, 4.0], learning_rate=0.25)
    >>> descent.stopped_by, bool(descent.cost < 1e-10)
    ('tol', True)
    """
    walk: Walk | None = None
    state: State | None = None
    path: list[NDArray[Any]] = []
    rested, settings = False, Settings()

    def state_now() -> State:
        assert walk is not None
        theta, velocity, n_epochs, steps, drawn = walk.point()
        return State(
            theta, velocity, np.array(walk.costs[:n_epochs]), steps, rested, drawn, settings
        )

    def ended(walk: Walk, stopped_by: str, final_cost: float) -> Descent:
        costs, kept = np.array(walk.costs), np.array(path) if record else None
        log.info("descent: %d epochs, cost %.6g, by %s", len(costs), final_cost, stopped_by)
        return Descent(walk.theta, final_cost, costs, walk.steps, stopped_by, kept, state_now())

    try:
        rate = learning_rate if callable(learning_rate) else as_rate("learning_rate", learning_rate)
        momentum = as_real("momentum", momentum, "at least 0 and below 1", lambda x: 0 <= x < 1)
        l2 = as_real("l2", l2, "at least 0", lambda x: x >= 0)
        rest = TOL if tol is None else as_real("tol", tol, "at least 0", lambda x: x >= 0)
        epochs = as_count("epochs", epochs)
        record = None if record is None else as_count("record", record)
        callbacks = as_callbacks(callback)
        if not isinstance(nesterov, bool):
            raise TypeError(f"nesterov: expected True or False, got {nesterov!r}")
        start = _as_start(theta)
        generator = generator_of(rng)
        if batch_size is not None:
            batch_size = as_count("batch_size", batch_size)
            if not hasattr(cost, "mini_batches"):
                raise TypeError(
                    f"batch_size: a {type(cost).__name__} has no examples to draw; "
                    "give a fastgd.Cost"
                )
            if tol:
                raise ValueError(
                    f"tol: {tol!r} ends full-batch descent alone; with batch_size={batch_size} "
                    "leave it out, and stop by epochs or callbacks.EarlyStopping"
                )
        settings = {
            "n_examples": getattr(cost, "n_examples", None),
            "arithmetic": str(getattr(cost, "dtype", None)),
            "dtype": str(start.dtype),
            "learning_rate": "a function" if callable(rate) else rate,
            "momentum": momentum,
            "nesterov": nesterov,
            "l2": l2,
            "batch_size": batch_size,
            "tol": rest,
        }
        state = None if resume is None else state_of(resume)
        if state is None:
            state = beginning(start)
        else:
            check_resumed(state, len(start), settings)
            if len(state.costs) > epochs:
                raise ValueError(f"epochs: {len(state.costs)} are walked already, got {epochs}")
            if state.generator is not None:
                wind(generator, state.generator)
        rule = Rule(math.nan if callable(rate) else rate, momentum, nesterov, l2)
        if batch_size is None:
            walk = full_batch_walk(cost, state, rule, rest)
        else:
            walk = StepPerBatch(cost, state, start.dtype, rule, batch_size, generator)
        costs = walk.costs
        path = [walk.theta] if record else []
        rested = state.rested
        stopped_by = "tol" if rested else "epochs"
        now = rule.learning_rate
        # Where nobody looks between epochs, one call may walk many.
        at_once = 1 if callbacks or progress or callable(rate) else record or epochs

        log.info("descent: from epoch %d to at most %d, %s", len(costs), epochs, settings)
        with bar("descending", epochs) if progress else nullcontext() as advance:
            while len(costs) < epochs and stopped_by == "epochs":
                epoch = len(costs)
                to_look = min(at_once - epoch % at_once, epochs - epoch)
                now = as_rate(f"learning_rate({epoch})", rate(epoch)) if callable(rate) else rate
                why = walk.epochs(to_look, now)
                if why == "diverged":
                    raise DivergenceError(len(costs) + 1, now, walk.last_good)
                epoch, rested = len(costs), why == "tol"
                if record and epoch % record == 0:
                    path.append(walk.theta)
                if advance is not None:
                    advance(epoch, epochs, f"cost {costs[-1]:.5g}")
                if callbacks and asked_to_stop(
                    callbacks, Epoch(epoch, walk.steps, costs[-1], walk.theta.copy(), state_now)
                ):
                    stopped_by = "callback"
                elif why:
                    stopped_by = why
        final = _cost_at(cost, walk.theta)
        if not math.isfinite(final):
            raise DivergenceError(len(costs), now, walk.last_good)
        return ended(walk, stopped_by, final)
    except DivergenceError as error:
        log.info("descent: %s", error)
        raise
    except BaseException as error:
        if walk is None:
            if isinstance(error, Exception):  # an argument that will not do
                raise
            state = state or beginning(_as_start(theta))
            walk, rested = NotBegun(state), state.rested
        so_far = None
        while so_far is None:
            with suppress(KeyboardInterrupt):  # a second one
                so_far = ended(walk, "interrupt", walk.costs[-1] if walk.costs else math.nan)
        error.descent = so_far  # type: ignore[attr-defined]
        raise


def counted(n: int, what: str) -> str:
    """ "1 epoch", "2,000 epochs"."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def as_rate(name: str, value: object) -> float:
    """A learning rate."""
    return as_real(name, value, "above 0", lambda x: x > 0)


def _cost_at(cost: Any, theta: NDArray[Any]) -> float:
    return float(cost(theta) if callable(cost) else cost.value_and_gradient(theta)[0])


def _as_start(theta: ArrayLike) -> NDArray[Any]:
    """theta as a float array of our own."""
    start = np.array(as_float_theta(theta))
    if start.ndim != 1:
        raise ValueError(f"theta: expected 1 dimension, got shape {start.shape}")
    check_finite("theta", start)
    return start
