"""Walking downhill: steps along the negative gradient until the steps stop moving.

Knows no network: full-batch descent needs only an object with `value_and_gradient(theta)`.
A cost that offers `mini_batches` (a `fastgd.Cost`) runs its mini-batch epochs itself.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Differentiable(Protocol):
    """What full-batch descent walks on."""

    def value_and_gradient(self, theta: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        """(cost, gradient (n_parameters,)) at theta."""
        ...


class DivergenceError(FloatingPointError):
    """The cost is no longer finite: the learning rate is too large for this surface.

    Attributes
    ----------
    epoch : int
        In which it happened, counted from 1.
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
        One number an epoch: the cost the step started from; for mini-batches the mean of
        the batches' costs, each seen just before its own step.
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
        At most so many.
    tol : float
        Full batch: stop once a step moves theta by no more than this (Euclidean length).
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
    Where anything else ends the walk (Ctrl-C, an error in the callback), what was learned
    goes with the exception, as its attribute ``descent``.

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
    _check_arguments(learning_rate, momentum, batch_size, epochs, tol, callback, record)
    start = _checked_start(theta)
    generator = np.random.default_rng(rng)
    walk: _Walk
    if batch_size is None:
        walk = _FullBatch(cost, start, learning_rate, momentum, tol)
    elif hasattr(cost, "mini_batches"):
        walk = _MiniBatch(cost, start, learning_rate, momentum, batch_size, generator)
    else:
        raise TypeError(
            f"batch_size: a {type(cost).__name__} has no examples to draw; give a fastgd.Cost"
        )
    costs: list[float] = []
    path = [start] if record else []
    stopped_by = "epochs"

    def ended(stopped_by: str, final_cost: float) -> Descent:
        kept = np.array(path) if record else None
        return Descent(walk.theta, final_cost, np.array(costs), walk.steps, stopped_by, kept)

    try:
        with _bar(progress, epochs) as show:
            for epoch in range(1, epochs + 1):
                mean, still = walk.epoch()
                if not math.isfinite(mean):
                    raise DivergenceError(epoch, learning_rate, walk.last_good)
                costs.append(mean)
                if record and epoch % record == 0:
                    path.append(walk.theta)
                show(mean)
                if callback and _asked_to_stop(callback, Epoch(epoch, walk.steps, mean, walk.theta)):
                    stopped_by = "callback"
                    break
                if still:
                    stopped_by = "tol"
                    break
    except DivergenceError:
        raise
    except BaseException as error:
        final = costs[-1] if costs else math.nan
        error.descent = ended("interrupt", final)  # type: ignore[attr-defined]
        raise
    final = float(cost(walk.theta) if callable(cost) else cost.value_and_gradient(walk.theta)[0])
    if not math.isfinite(final):
        raise DivergenceError(len(costs), learning_rate, walk.last_good)
    return ended(stopped_by, final)


class _Walk(Protocol):
    steps: int
    theta: NDArray[Any]
    last_good: NDArray[Any]

    def epoch(self) -> tuple[float, bool]:
        """(the epoch's cost, whether theta has come to rest)."""
        ...


class _FullBatch:
    """One step an epoch, on the gradient of all examples."""

    def __init__(
        self,
        cost: Differentiable,
        start: NDArray[Any],
        learning_rate: float,
        momentum: float,
        tol: float,
    ) -> None:
        self.steps = 0
        self.theta = self.last_good = start
        self._cost = cost
        self._rates = learning_rate, momentum
        self._tol = tol
        self._velocity = np.zeros_like(start)

    def epoch(self) -> tuple[float, bool]:
        mean, gradient = self._cost.value_and_gradient(self.theta)
        if not math.isfinite(mean):
            return math.nan, False
        self.last_good = self.theta
        learning_rate, momentum = self._rates
        with np.errstate(over="ignore", invalid="ignore"):
            self._velocity = momentum * self._velocity + gradient
            step = learning_rate * self._velocity
            # Not np.linalg.norm: BLAS would wake threads of its own for it, and they spin.
            length = math.sqrt(np.square(step, dtype=np.float64).sum())
            theta = (self.theta - step).astype(self.theta.dtype, copy=False)
        if not (math.isfinite(length) and np.isfinite(theta).all()):
            return math.nan, False
        self.theta = theta
        self.steps += 1
        return float(mean), length <= self._tol


class _MiniBatch:
    """A step for each batch of examples in random order."""

    def __init__(
        self,
        cost: Any,
        start: NDArray[Any],
        learning_rate: float,
        momentum: float,
        batch_size: int,
        rng: np.random.Generator,
    ) -> None:
        self.steps = 0
        self.theta = self.last_good = start
        self._batches = cost.mini_batches(
            start, batch_size=batch_size, learning_rate=learning_rate, momentum=momentum
        )
        self._rng = rng

    def epoch(self) -> tuple[float, bool]:
        order = self._rng.permutation(self._batches.n_examples)
        try:
            mean, steps = self._batches.epoch(order)
            self.steps += steps
        finally:
            self.last_good = self.theta
            self.theta = self._batches.theta
        if not (math.isfinite(mean) and np.isfinite(self.theta).all()):
            self.last_good = self.theta if np.isfinite(self.theta).all() else self.last_good
            return math.nan, False
        return mean, False


def _asked_to_stop(callback: Callable[[Epoch], object], epoch: Epoch) -> bool:
    try:
        return bool(callback(epoch))
    except StopIteration:
        return True


@contextmanager
def _bar(progress: bool, epochs: int) -> Iterator[Callable[[float], None]]:
    """A function to call with each epoch's cost; it moves a bar on stderr where asked for."""
    if not progress:
        yield lambda cost: None
        return
    try:
        from rich.console import Console
        from rich.progress import Progress
    except ImportError as error:
        raise ImportError('progress=True needs rich: pip install "fastgd[cli]"') from error
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("descending", total=epochs)
        yield lambda cost: bar.update(task, advance=1, description=f"cost {cost:.5g}")


def _checked_start(theta: ArrayLike) -> NDArray[Any]:
    """theta as a float array of our own."""
    if theta is None:
        raise TypeError("theta: expected an array of numbers, got None")
    start = np.array(theta)
    if start.dtype.kind not in "fiu":
        raise TypeError(f"theta: expected an array of numbers, got dtype {start.dtype}")
    if start.ndim != 1:
        raise ValueError(f"theta: expected 1 dimension, got shape {start.shape}")
    if not np.isfinite(start).all():
        raise ValueError("theta: expected finite numbers")
    return start if start.dtype in (np.float32, np.float64) else start.astype(np.float64)


def _check_arguments(
    learning_rate: float,
    momentum: float,
    batch_size: int | None,
    epochs: int,
    tol: float,
    callback: object,
    record: int | None,
) -> None:
    _check_real("learning_rate", learning_rate, "above 0", lambda x: x > 0)
    _check_real("momentum", momentum, "at least 0 and below 1", lambda x: 0 <= x < 1)
    _check_real("tol", tol, "at least 0", lambda x: x >= 0)
    for name, value in (("epochs", epochs), ("batch_size", batch_size), ("record", record)):
        if value is None and name != "epochs":
            continue
        try:
            number = operator.index(value)  # type: ignore[arg-type]
        except TypeError:
            raise TypeError(f"{name}: expected an integer, got {value!r}") from None
        if isinstance(value, bool) or number < 1:
            raise ValueError(f"{name}: expected an integer of at least 1, got {value!r}")
    if callback is not None and not callable(callback):
        raise TypeError(f"callback: expected a function or None, got {callback!r}")


def _check_real(name: str, value: float, wanted: str, fits: Callable[[float], bool]) -> None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: expected a number, got {value!r}") from None
    if isinstance(value, str | bool):
        raise TypeError(f"{name}: expected a number, got {value!r}")
    if not (math.isfinite(number) and fits(number)):
        raise ValueError(f"{name}: expected a finite number {wanted}, got {value!r}")
