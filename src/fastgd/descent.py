"""Walking downhill: steps along the negative gradient until they stop moving theta.

Knows no network: full-batch descent needs only an object with `value_and_gradient(theta)`.
A cost that offers `mini_batches` (a `fastgd.Cost`) runs its mini-batch epochs itself.
`_steps.py` walks one epoch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._checks import as_count, as_real
from fastgd._engine.arrays import as_float_theta, check_finite
from fastgd._progress import bar
from fastgd._steps import Differentiable, StepPerBatch, Walk, full_batch_walk


class DivergenceError(FloatingPointError):
    """The cost is no longer finite: the learning rate is too large for this surface.

    Attributes
    ----------
    epoch : int
        The epoch in which it happened, counted from 1.
    learning_rate : float
    theta : (n_parameters,) array
        The last one known to have a finite cost.
    """

    def __init__(self, epoch: int, learning_rate: float, theta: NDArray[Any]) -> None:
        super().__init__(epoch, learning_rate, theta)
        self.epoch = epoch
        self.learning_rate = learning_rate
        self.theta = theta

    def __str__(self) -> str:
        return (
            f"the cost is not finite in epoch {self.epoch} at learning rate "
            f"{self.learning_rate:g}; try a smaller one"
        )


class Epoch(NamedTuple):
    """What a callback is shown at the end of each epoch."""

    epoch: int
    """Epochs finished."""
    steps: int
    """Steps taken."""
    cost: float
    """This epoch's number in `Descent.costs`."""
    theta: NDArray[Any]
    """A fresh copy, (n_parameters,)."""


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
    path : (n_kept, n_parameters) array or None
        With ``record=k``: theta at the start and after every k-th epoch.
    """

    theta: NDArray[Any]
    cost: float
    costs: NDArray[np.float64]
    steps: int
    stopped_by: str
    path: NDArray[Any] | None = None

    def __repr__(self) -> str:
        return (
            f"<Descent to cost {self.cost:.6g} in {len(self.costs)} epochs, {self.steps} steps, "
            f"stopped by {self.stopped_by}>"
        )


def gradient_descent(
    cost: Differentiable,
    theta: ArrayLike,
    *,
    learning_rate: float,
    momentum: float = 0.0,
    batch_size: int | None = None,
    epochs: int = 1000,
    tol: float = 1e-6,
    rng: np.random.Generator | int | None = None,
    callback: Callable[[Epoch], object] | None = None,
    progress: bool = False,
    record: int | None = None,
) -> Descent:
    """Step along the negative gradient until the steps stop moving theta.

    With g the gradient and v the velocity, a step is v = momentum v + g and
    theta -= learning_rate v (Polyak's heavy ball; plain descent where momentum is 0).

    Parameters
    ----------
    cost : Cost, or any object with ``value_and_gradient(theta)``
    theta : (n_parameters,) array
        The start. Not modified.
    learning_rate : float
        Above 0.
    momentum : float
        At least 0, below 1.
    batch_size : int or None
        None: one step an epoch, on all examples. A number: an epoch walks all examples in
        random order, a step on the mean gradient of each `batch_size` of them (needs a
        `Cost`).
    epochs : int
        The most epochs to walk.
    tol : float
        Full batch: stop once a step moves theta by no more than this (Euclidean length),
        and a step without momentum would not either.
    rng : Generator, int or None
        Draws the order of the examples (``numpy.random.default_rng``).
    callback : callable or None
        Called with an `Epoch` at the end of each; a true result or StopIteration stops.
    progress : bool
        Show a bar on stderr (extra ``cli``).
    record : int or None
        Keep theta at the start and after every `record`-th epoch, in ``path``.

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
    `Descent` so far, as its attribute ``descent``.

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
    learning_rate = as_real("learning_rate", learning_rate, "above 0", lambda x: x > 0)
    momentum = as_real("momentum", momentum, "at least 0 and below 1", lambda x: 0 <= x < 1)
    tol = as_real("tol", tol, "at least 0", lambda x: x >= 0)
    epochs = as_count("epochs", epochs)
    record = None if record is None else as_count("record", record)
    if callback is not None and not callable(callback):
        raise TypeError(f"callback: expected a function or None, got {callback!r}")
    start = _as_start(theta)
    generator = np.random.default_rng(rng)
    walk: Walk
    if batch_size is None:
        walk = full_batch_walk(cost, start, learning_rate, momentum, tol)
    else:
        batch_size = as_count("batch_size", batch_size)
        if not hasattr(cost, "mini_batches"):
            raise TypeError(
                f"batch_size: a {type(cost).__name__} has no examples to draw; give a fastgd.Cost"
            )
        walk = StepPerBatch(cost, start, learning_rate, momentum, batch_size, generator)
    costs = walk.costs
    path = [start] if record else []
    stopped_by = "epochs"
    # Where nobody looks between epochs, one call may walk many.
    at_once = 1 if callback or progress else record or epochs

    def ended(stopped_by: str, final_cost: float) -> Descent:
        kept = np.array(path) if record else None
        return Descent(walk.theta, final_cost, np.array(costs), walk.steps, stopped_by, kept)

    try:
        with bar("descending", epochs) if progress else nullcontext() as advance:
            while len(costs) < epochs and stopped_by == "epochs":
                to_look = at_once - len(costs) % at_once
                why = walk.epochs(min(to_look, epochs - len(costs)))
                if why == "diverged":
                    raise DivergenceError(len(costs) + 1, learning_rate, walk.last_good)
                epoch = len(costs)
                if record and epoch % record == 0:
                    path.append(walk.theta)
                if advance is not None:
                    advance(epoch, epochs, f"cost {costs[-1]:.5g}")
                if callback and _asked_to_stop(callback, walk, epoch):
                    stopped_by = "callback"
                elif why:
                    stopped_by = why
        final = _cost_at(cost, walk.theta)
        if not math.isfinite(final):
            raise DivergenceError(len(costs), learning_rate, walk.last_good)
    except DivergenceError:
        raise
    except BaseException as error:
        final = costs[-1] if costs else math.nan
        error.descent = ended("interrupt", final)  # type: ignore[attr-defined]
        raise
    return ended(stopped_by, final)


def _cost_at(cost: Any, theta: NDArray[Any]) -> float:
    return float(cost(theta) if callable(cost) else cost.value_and_gradient(theta)[0])


def _asked_to_stop(callback: Callable[[Epoch], object], walk: Walk, epoch: int) -> bool:
    try:
        return bool(callback(Epoch(epoch, walk.steps, walk.costs[-1], walk.theta.copy())))
    except StopIteration:
        return True


def _as_start(theta: ArrayLike) -> NDArray[Any]:
    """theta as a float array of our own."""
    start = np.array(as_float_theta(theta))
    if start.ndim != 1:
        raise ValueError(f"theta: expected 1 dimension, got shape {start.shape}")
    check_finite("theta", start)
    return start
