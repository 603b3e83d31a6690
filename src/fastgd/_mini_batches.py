"""Mini-batch descent on a cost: the engine's sums of batches' costs become means of an epoch's.

`_steps.py` draws the orders; `_engine/mini_batches.py` shares a batch among threads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd._engine.mini_batches import BatchSteps
from fastgd._rule import Rule


class MiniBatches:
    """Mini-batch descent on a `Cost`: what `Cost.mini_batches` returns.

    Attributes
    ----------
    n_examples : int
        Rows to draw from.
    """

    def __init__(self, steps: BatchSteps, n_examples: int, dtype: np.dtype[Any]) -> None:
        self.n_examples = n_examples
        self._steps = steps
        self._dtype = dtype

    @property
    def steps(self) -> int:
        """Steps taken so far."""
        return self._steps.steps

    @property
    def theta(self) -> NDArray[Any]:
        """A fresh copy of where the walk is, of the start's dtype."""
        with np.errstate(over="ignore"):  # infinite in float32: the walk has diverged
            return self._steps.theta.astype(self._dtype)

    @property
    def exact(self) -> NDArray[Any]:
        """`theta` of the arithmetic's dtype, a fresh copy."""
        return self._steps.theta.copy()

    @property
    def velocity(self) -> NDArray[Any] | None:
        """Of the arithmetic's dtype, (n_parameters,), a fresh copy; None without momentum."""
        return self._steps.velocity

    @property
    def rule(self) -> Rule:
        """How the steps to come are taken; its learning rate may change from epoch to epoch."""
        return self._steps.rule

    @rule.setter
    def rule(self, rule: Rule) -> None:
        self._steps.rule = rule

    def orders(self, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """(n, n_examples) the order of the rows in each of n epochs, as `epoch` takes it."""
        orders = np.tile(np.arange(self.n_examples), (n, 1))
        rng.permuted(orders, axis=1, out=orders)  # draws as n calls of `permutation` do
        return orders

    def epoch(self, order: NDArray[np.int64]) -> float:
        """Steps over the rows in `order`, batch after batch: the mean of the batches' costs.

        It is not finite where a batch's cost is not.
        """
        before = self.steps
        total = self._steps.epoch(order)
        return total / (self.steps - before)

    @property
    def epochs_at_once(self) -> int:
        """How many `epochs` may walk in a call."""
        return self._steps.epochs_at_once

    def epochs(self, orders: NDArray[np.int64], costs: NDArray[np.float64]) -> bool:
        """`epoch` for each row of `orders`; `costs` receives what it returns, NaN if not ended.

        False where a cost or theta is not finite: then all is as it was before.
        """
        totals, before = np.zeros(len(orders)), self.steps
        costs[:] = np.nan
        per_epoch = self._steps.steps_per_epoch
        try:
            return self._steps.epochs(orders, totals)
        finally:
            ended = (self.steps - before) // per_epoch
            costs[:ended] = totals[:ended] / per_epoch
