"""How epochs of a descent are walked: on all examples at once, or batch after batch.

`descent.py` decides when to stop and what to keep of the path.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from fastgd._engine.reals import all_finite
from fastgd._rule import Rule
from fastgd._state import State

# Steps of a call into the kernel, at most: their costs are kept meanwhile.
COSTS_AT_ONCE = 4096


class Differentiable(Protocol):
    """What full-batch descent walks on."""

    def value_and_gradient(self, theta: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        """(cost, gradient (n_parameters,)) at theta."""
        ...


class Point(NamedTuple):
    """What a walk knows of a `State`; costs are the first `n_epochs` of the walk's."""

    theta: NDArray[Any]
    velocity: NDArray[Any] | None
    n_epochs: int
    steps: int
    generator: Mapping[str, Any] | None


class Walk(Protocol):
    """Where a descent is, and how it goes on."""

    costs: list[float]
    """One number for each epoch walked."""

    @property
    def theta(self) -> NDArray[Any]:
        """Where the walk is: an array that nobody changes."""
        ...

    @property
    def steps(self) -> int:
        """Steps taken."""
        ...

    @property
    def last_good(self) -> NDArray[Any]:
        """The last theta known to have a finite cost (the start where none is)."""
        ...

    def epochs(self, most: int, learning_rate: float) -> str | None:
        """Walk 1 to `most` epochs: "tol" where theta has come to rest, "diverged", or None."""
        ...

    def point(self) -> Point:
        """The end of the last whole epoch, or of the last call where one covers many."""
        ...


class NotBegun:
    """A walk that has not left its start."""

    def __init__(self, start: State) -> None:
        self.costs: list[float] = start.costs.tolist()
        self.theta: NDArray[Any] = start.theta
        self.last_good: NDArray[Any] = start.theta
        self.steps: int = start.steps
        self._start = start

    def epochs(self, most: int, learning_rate: float) -> str | None:
        """None: it goes nowhere."""
        return None

    def point(self) -> Point:
        """The start."""
        theta, velocity, costs, steps, _, generator, _ = self._start
        return Point(theta, velocity, len(costs), steps, generator)


def full_batch_walk(cost: Differentiable, start: State, rule: Rule, tol: float) -> Walk:
    """A step an epoch, on the gradient of all examples: inside the kernel where a cost can."""
    decay = None
    if rule.l2:
        mask = cost.is_weight() if hasattr(cost, "is_weight") else np.ones(len(start.theta))
        decay = (2 * rule.l2 * mask).astype(start.theta.dtype)
    if hasattr(cost, "full_batch"):
        steps = cost.full_batch(start.theta, rule, tol, decay, start.velocity)
        if steps is not None:
            return StepsInside(steps, start)
    return StepPerEpoch(cost, start, rule, tol, decay)


class StepPerEpoch:
    """One step an epoch, on the gradient of any function."""

    def __init__(
        self,
        cost: Differentiable,
        start: State,
        rule: Rule,
        tol: float,
        decay: NDArray[Any] | None,
    ) -> None:
        self.last_good = start.theta
        self.costs: list[float] = start.costs.tolist()
        self._cost = cost
        self._rule = rule
        self._tol = tol
        self._decay = decay
        # A float64 theta may leave the range of a float32 cost.
        self._dtype = np.dtype(getattr(cost, "dtype", start.theta.dtype))
        velocity = start.velocity if rule.momentum else None
        if rule.momentum and velocity is None:
            velocity = np.zeros_like(start.theta)
        # Replaced whole, so that Ctrl-C finds a step taken or not.
        self._point = Point(start.theta, velocity, len(self.costs), start.steps, None)

    @property
    def theta(self) -> NDArray[Any]:
        """Where the walk is."""
        return self._point.theta

    @property
    def steps(self) -> int:
        """Steps taken."""
        return self._point.steps

    def point(self) -> Point:
        """The end of the last step."""
        return self._point

    def epochs(self, most: int, learning_rate: float) -> str | None:
        """One step, as `Rule` says."""
        _, velocity, n_epochs, steps, _ = self._point
        _, momentum, nesterov, _ = self._rule
        cost, g = self._cost.value_and_gradient(self.theta)
        gradient = np.asarray(g)
        if gradient.shape != self.theta.shape:
            raise ValueError(
                f"cost: its gradient has shape {gradient.shape}; theta has shape {self.theta.shape}"
            )
        if not math.isfinite(cost):
            return "diverged"
        self.last_good = self.theta
        with np.errstate(over="ignore", invalid="ignore"):
            if self._decay is not None:
                gradient = gradient + self._decay * self.theta
            along = gradient
            if velocity is not None:
                velocity = momentum * velocity + gradient
                along = gradient + momentum * velocity if nesterov else velocity
            step = learning_rate * along
            length = _length(step)
            theta = (self.theta - step).astype(self.theta.dtype, copy=False)
            seen = theta.astype(self._dtype, copy=False)
        if not (math.isfinite(length) and all_finite(seen)):
            return "diverged"
        self.costs.append(float(cost))
        self._point = Point(theta, velocity, n_epochs + 1, steps + 1, None)
        # A turning heavy ball stands still too, so a step without momentum must be as short.
        still = length <= self._tol and _length(learning_rate * gradient) <= self._tol
        return "tol" if still else None


def _length(v: NDArray[Any]) -> float:
    # Not np.linalg.norm: BLAS would wake threads of its own for it, and they spin.
    return math.sqrt(np.square(v, dtype=np.float64).sum())


class StepsInside:
    """`StepPerEpoch` inside the kernel, many epochs a call."""

    def __init__(self, steps: Any, start: State) -> None:
        self.costs: list[float] = start.costs.tolist()
        self._steps = steps

    @property
    def steps(self) -> int:
        """Steps taken."""
        return len(self.costs)

    @property
    def theta(self) -> NDArray[Any]:
        """A fresh copy of where the walk is."""
        return np.array(self._steps.theta)

    @property
    def last_good(self) -> NDArray[Any]:
        """The last theta known to have a finite cost (the start where none is)."""
        return np.array(self._steps.last_good)

    def point(self) -> Point:
        """The end of the last step."""
        velocity = self._steps.velocity
        velocity = None if velocity is None else velocity.copy()
        return Point(self.theta, velocity, len(self.costs), self.steps, None)

    def epochs(self, most: int, learning_rate: float) -> str | None:
        """Steps until something ends them."""
        self._steps.rule = self._steps.rule._replace(learning_rate=learning_rate)
        costs = np.full(min(most, COSTS_AT_ONCE), np.nan)
        try:
            rested = self._steps.walk(costs)
        finally:  # Ctrl-C keeps the steps taken so far
            finite = np.isfinite(costs)
            self.costs += costs[finite].tolist()
        if rested:
            return "tol"
        return None if finite.all() else "diverged"


class StepPerBatch:
    """A step for each batch of examples in random order."""

    def __init__(
        self,
        cost: Any,
        start: State,
        dtype: np.dtype[Any],
        rule: Rule,
        batch_size: int,
        rng: np.random.Generator,
    ) -> None:
        self.costs: list[float] = start.costs.tolist()
        self._cost = cost
        self._rng = rng
        self._before = start.steps
        self._batches = cost.mini_batches(
            start.theta, batch_size=batch_size, velocity=start.velocity, **rule._asdict()
        )
        self._dtype = dtype
        self.theta = self._shown()
        # thetas to fall back on: where the walk and its last two calls started.
        self._trail = [self.theta]
        self._began: Point | None = None

    @property
    def steps(self) -> int:
        """Steps taken."""
        return self._before + int(self._batches.steps)

    def point(self) -> Point:
        """The end of the last call: of an epoch, or of many where one call covers them."""
        return self._began or self._point()

    def _point(self) -> Point:
        batches, generator = self._batches, self._rng.bit_generator.state
        return Point(batches.exact, batches.velocity, len(self.costs), self.steps, generator)

    def _shown(self) -> NDArray[Any]:
        """A fresh copy of where the walk is, in the start's dtype."""
        with np.errstate(over="ignore"):  # infinite in float32: the walk has diverged
            return np.asarray(self._batches.exact, self._dtype)

    @property
    def last_good(self) -> NDArray[Any]:
        """The last theta whose cost over all examples is finite.

        A batch's cost is that before its step, on its own examples: all are asked for here.
        """
        newest_first: list[NDArray[Any]] = [self.theta, *reversed(self._trail)]
        for theta in newest_first:
            if np.isfinite(theta).all() and math.isfinite(self._cost(theta)):
                return theta
        return self._trail[0]

    def epochs(self, most: int, learning_rate: float) -> str | None:
        """Every example once an epoch, in batches in random order; never at rest."""
        # The order is drawn, and steps are taken, before the epoch ends: Ctrl-C goes back to here.
        self._began = self._point()
        self._batches.rule = self._batches.rule._replace(learning_rate=learning_rate)
        n = min(most, self._batches.epochs_at_once)
        drawn = self._batches.orders(n, self._rng)
        if n == 1 or not self._at_once(drawn):
            # One by one: where the cost is no longer finite, this tells the epoch.
            for order in drawn:
                if not self._epoch(order):
                    return "diverged"
        elif not np.isfinite(self.theta).all():  # infinite in the start's dtype alone
            return "diverged"
        self._began = None
        return None

    def _at_once(self, orders: Any) -> bool:
        """Some epochs in one call: False where it diverged, and all is as before."""
        costs = np.empty(len(orders))
        self._leave_trail()
        try:
            return bool(self._batches.epochs(orders, costs))
        finally:  # Ctrl-C keeps the steps taken so far
            self.theta = self._shown()
            self.costs += costs[np.isfinite(costs)].tolist()

    def _epoch(self, order: Any) -> bool:
        """One epoch: False where it diverged."""
        self._leave_trail()
        try:
            cost = self._batches.epoch(order)
        finally:
            self.theta = self._shown()
        if not (math.isfinite(cost) and np.isfinite(self.theta).all()):
            return False
        self.costs.append(cost)
        return True

    def _leave_trail(self) -> None:
        self._trail = [self._trail[0], *self._trail[1:][-1:], self.theta]
