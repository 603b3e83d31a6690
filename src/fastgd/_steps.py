"""How epochs of a descent are walked: on all examples at once, or batch after batch.

`descent.py` decides when to stop and what to keep of the path.
"""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fastgd._engine.arrays import all_finite

# Steps of a call into the kernel, at most: their costs are kept meanwhile.
COSTS_AT_ONCE = 4096


class Differentiable(Protocol):
    """What full-batch descent walks on."""

    def value_and_gradient(self, theta: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        """(cost, gradient (n_parameters,)) at theta."""
        ...


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

    def epochs(self, most: int) -> str | None:
        """Walk 1 to `most` epochs: "tol" where theta has come to rest, "diverged", or None."""
        ...


def full_batch_walk(
    cost: Differentiable,
    start: NDArray[Any],
    learning_rate: float,
    momentum: float,
    tol: float,
) -> Walk:
    """A step an epoch, on the gradient of all examples: inside the kernel where a cost can."""
    if hasattr(cost, "full_batch"):
        steps = cost.full_batch(start, learning_rate=learning_rate, momentum=momentum, tol=tol)
        if steps is not None:
            return StepsInside(steps)
    return StepPerEpoch(cost, start, learning_rate, momentum, tol)


class StepPerEpoch:
    """One step an epoch, on the gradient of any function."""

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
        self.costs: list[float] = []
        self._cost = cost
        self._rates = learning_rate, momentum
        self._tol = tol
        self._velocity = np.zeros_like(start)

    def epochs(self, most: int) -> str | None:
        """One step: v = momentum v + g, theta -= learning_rate v."""
        cost, g = self._cost.value_and_gradient(self.theta)
        gradient = np.asarray(g)
        if gradient.shape != self.theta.shape:
            raise ValueError(
                f"cost: its gradient has shape {gradient.shape}; theta has shape {self.theta.shape}"
            )
        if not math.isfinite(cost):
            return "diverged"
        self.last_good = self.theta
        learning_rate, momentum = self._rates
        with np.errstate(over="ignore", invalid="ignore"):
            self._velocity = momentum * self._velocity + gradient if momentum else gradient
            step = learning_rate * self._velocity
            length = _length(step)
            theta = (self.theta - step).astype(self.theta.dtype, copy=False)
        if not (math.isfinite(length) and all_finite(theta)):
            return "diverged"
        self.theta = theta
        self.steps += 1
        self.costs.append(float(cost))
        # A turning heavy ball stands still too, so a step without momentum must be as short.
        still = length <= self._tol and _length(learning_rate * gradient) <= self._tol
        return "tol" if still else None


def _length(v: NDArray[Any]) -> float:
    # Not np.linalg.norm: BLAS would wake threads of its own for it, and they spin.
    return math.sqrt(np.square(v, dtype=np.float64).sum())


class StepsInside:
    """`StepPerEpoch` inside the kernel, many epochs a call."""

    def __init__(self, steps: Any) -> None:
        self.costs: list[float] = []
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

    def epochs(self, most: int) -> str | None:
        """Steps until something ends them."""
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
        start: NDArray[Any],
        learning_rate: float,
        momentum: float,
        batch_size: int,
        rng: np.random.Generator,
    ) -> None:
        self.theta: NDArray[Any] = start
        self.costs: list[float] = []
        self._cost = cost
        self._rng = rng
        self._batches = cost.mini_batches(
            start, batch_size=batch_size, learning_rate=learning_rate, momentum=momentum
        )
        # thetas to fall back on: where the walk and its last two calls started.
        self._trail = [start]

    @property
    def steps(self) -> int:
        """Steps taken."""
        return int(self._batches.steps)

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

    def epochs(self, most: int) -> str | None:
        """Every example once an epoch, in batches in random order; never at rest."""
        n = min(most, self._batches.epochs_at_once)
        orders = np.tile(np.arange(self._batches.n_examples), (n, 1))
        self._rng.permuted(orders, axis=1, out=orders)  # draws as n calls of `permutation` do
        if n == 1 or not self._at_once(orders):
            # One by one: where the cost is no longer finite, this tells the epoch.
            for order in orders:
                if not self._epoch(order):
                    return "diverged"
        return None

    def _at_once(self, orders: NDArray[np.int64]) -> bool:
        """Some epochs in one call: False where it diverged, and all is as before."""
        costs = np.empty(len(orders))
        self._leave_trail()
        try:
            return bool(self._batches.epochs(orders, costs))
        finally:  # Ctrl-C keeps the steps taken so far
            self.theta = self._batches.theta
            self.costs += costs[np.isfinite(costs)].tolist()

    def _epoch(self, order: NDArray[np.int64]) -> bool:
        """One epoch: False where it diverged."""
        self._leave_trail()
        try:
            cost = self._batches.epoch(order)
        finally:
            self.theta = self._batches.theta
        if not (math.isfinite(cost) and np.isfinite(self.theta).all()):
            return False
        self.costs.append(cost)
        return True

    def _leave_trail(self) -> None:
        self._trail = [self._trail[0], *self._trail[1:][-1:], self.theta]
