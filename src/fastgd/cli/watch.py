"""The held-out examples, looked at after each epoch: what they cost, when to stop, what was best.

`callbacks.EarlyStopping` judges; this lets it go on where a saved descent was.
"""

from __future__ import annotations

import math
import sys
from typing import Any, NamedTuple

from numpy.typing import NDArray

import fastgd
from fastgd._state import State
from fastgd.callbacks import EarlyStopping, Epoch
from fastgd.parts import ChunkedCost


class Best(NamedTuple):
    """What a saved descent knew of the held-out examples."""

    costs: list[float]
    """One an epoch, up to its last."""
    theta: NDArray[Any]
    """(n_parameters,) of the lowest, on numbers as they stand."""


def no_state() -> State:
    """Of epochs gone through again: nobody asks."""
    raise NotImplementedError


class Watch:
    """A callback that takes down the held-out examples' cost, and stops where patience ends.

    Parameters
    ----------
    cost : Cost
        Of the held-out examples.
    patience : int or None
        None: it never stops.
    best : Best or None
        What a descent that goes on knew.
    n_before : int
        Epochs walked before.
    """

    def __init__(
        self,
        cost: fastgd.Cost | ChunkedCost,
        patience: int | None,
        best: Best | None,
        n_before: int,
    ) -> None:
        known = [] if best is None else list(best.costs)
        self.before: NDArray[Any] | None = None if best is None else best.theta
        self._stopping = EarlyStopping(
            lambda theta: known.pop(0) if known else cost(theta), patience=patience or sys.maxsize
        )
        for number in range(n_before - len(known) + 1, n_before + 1):  # epochs gone through again
            assert self.before is not None
            self._stopping(Epoch(number, 0, math.nan, self.before, no_state))
        self._best_before = self._stopping.best_epoch

    def __call__(self, epoch: Epoch) -> bool:
        """Whether patience is at its end."""
        return self._stopping(epoch)

    @property
    def costs(self) -> list[float]:
        """One an epoch, those known before first."""
        return self._stopping.costs

    @property
    def best_epoch(self) -> int:
        """The epoch of the lowest; 0 before the first."""
        return self._stopping.best_epoch

    @property
    def best_theta(self) -> NDArray[Any] | None:
        """Of the lowest, as the descent has it; None where `before` is still the best."""
        now = self._stopping
        return None if now.best_epoch == self._best_before else now.best_theta
