"""Mini-batch descent over chunks: batches are drawn from some of the chunks at a time.

Which chunks are in a window, and reading them, is left to `chunked`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd._rule import Rule
from fastgd.cost import Cost

# From an order of the chunks to costs of several of them each.
Windows = Callable[[Iterable[int]], Generator[Cost, None, None]]


class ChunkedBatches:
    """Mini-batch descent on a `ChunkedCost`: what its `mini_batches` returns.

    Parameters
    ----------
    windows : callable
        From an order of the chunks to the costs of some of them at a time.
    n_chunks : int
    theta : (n_parameters,) array of the arithmetic's dtype
        The start; not modified.
    batch_size : int
    rule : Rule
    velocity : (n_parameters,) array or None

    Attributes
    ----------
    rule : Rule
        How the steps to come are taken.
    steps : int
        Taken so far.
    exact : (n_parameters,) array
        Where the walk is.
    velocity : (n_parameters,) array or None
        None without momentum.
    epochs_at_once : int
        1: an epoch is a pass.
    """

    def __init__(
        self,
        windows: Windows,
        n_chunks: int,
        theta: NDArray[Any],
        batch_size: int,
        rule: Rule,
        velocity: NDArray[Any] | None,
    ) -> None:
        self._windows = windows
        self._n_chunks = n_chunks
        self._batch_size = batch_size
        self.rule: Rule = rule
        self.steps: int = 0
        self.epochs_at_once: int = 1
        self.exact: NDArray[Any] = theta.copy()
        self.velocity: NDArray[Any] | None = None
        if rule.momentum:
            self.velocity = np.zeros_like(theta) if velocity is None else velocity.copy()

    def orders(self, n: int, rng: np.random.Generator) -> list[int]:
        """What draws the order of the examples in each of n epochs, as `epoch` takes it."""
        return [int(seed) for seed in rng.integers(1 << 63, size=n)]

    def epoch(self, order: int) -> float:
        """Steps over all examples, window after window: the mean of the batches' costs.

        It is not finite where a batch's cost is not.
        """
        rng = np.random.default_rng(order)
        total, before = 0.0, self.steps
        with closing(self._windows(rng.permutation(self._n_chunks).tolist())) as windows:
            for window in windows:
                rows = rng.permutation(window.n_examples)
                batches = window.mini_batches(
                    self.exact, batch_size=self._batch_size, velocity=self.velocity,
                    **self.rule._asdict(),
                )  # fmt: skip
                try:
                    mean = batches.epoch(rows)
                finally:  # Ctrl-C keeps the steps taken so far
                    self.steps += batches.steps
                    self.exact, self.velocity = batches.exact, batches.velocity
                total += mean * batches.steps
                if not math.isfinite(total):
                    break
        return total / max(1, self.steps - before)
