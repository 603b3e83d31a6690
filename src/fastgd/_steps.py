"""How one epoch of a descent is walked: on all examples at once, or batch after batch.

`descent.py` decides when to stop and what to keep of the path.
"""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fastgd._engine.arrays import all_finite


class Differentiable(Protocol):
    """What full-batch descent walks on."""

    def value_and_gradient(self, theta: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        """(cost, gradient (n_parameters,)) at theta."""
        ...


class Walk(Protocol):
    """Where a descent is, and how it goes on."""

    theta: NDArray[Any]

    @property
    def steps(self) -> int:
        """Steps taken."""
        ...

    @property
    def last_good(self) -> NDArray[Any]:
        """The last theta known to have a finite cost (the start where none is)."""
        ...

    def epoch(self) -> tuple[float, bool]:
        """Walk one epoch: (its cost, NaN where it diverged; whether theta has come to rest)."""
        ...


class StepPerEpoch:
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
        """One step: v = momentum v + g, theta -= learning_rate v."""
        cost, g = self._cost.value_and_gradient(self.theta)
        gradient = np.asarray(g)
        if gradient.shape != self.theta.shape:
            raise ValueError(
                f"cost: its gradient has shape {gradient.shape}; theta has shape {self.theta.shape}"
            )
        if not math.isfinite(cost):
            return math.nan, False
        self.last_good = self.theta
        learning_rate, momentum = self._rates
        with np.errstate(over="ignore", invalid="ignore"):
            self._velocity = momentum * self._velocity + gradient if momentum else gradient
            step = learning_rate * self._velocity
            length = _length(step)
            theta = (self.theta - step).astype(self.theta.dtype, copy=False)
        if not (math.isfinite(length) and all_finite(theta)):
            return math.nan, False
        self.theta = theta
        self.steps += 1
        # A turning heavy ball stands still too, so a step without momentum must be as short.
        still = length <= self._tol and _length(learning_rate * gradient) <= self._tol
        return float(cost), still


def _length(v: NDArray[Any]) -> float:
    # Not np.linalg.norm: BLAS would wake threads of its own for it, and they spin.
    return math.sqrt(np.square(v, dtype=np.float64).sum())


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
        self._cost = cost
        self._rng = rng
        self._batches = cost.mini_batches(
            start, batch_size=batch_size, learning_rate=learning_rate, momentum=momentum
        )
        # thetas to fall back on: where the walk and its last two epochs started.
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

    def epoch(self) -> tuple[float, bool]:
        """Every example once, in batches in random order; never at rest."""
        self._trail = [self._trail[0], *self._trail[1:][-1:], self.theta]
        order = self._rng.permutation(self._batches.n_examples)
        try:
            cost = self._batches.epoch(order)
        finally:  # Ctrl-C keeps the steps taken so far
            self.theta = self._batches.theta
        if not (math.isfinite(cost) and np.isfinite(self.theta).all()):
            return math.nan, False
        return cost, False
