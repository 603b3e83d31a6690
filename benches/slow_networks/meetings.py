"""Shards in one process that meet as ranks on a network do: bytes rounded, and counted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import fastgd
from fastgd.parts import CostOfSums, Sums
from fastgd.parts.adding import BESIDE, add_pairs, as_buffer, as_sums, blocks_of, total_of
from fastgd.parts.local import LocalBatches, Orders, Round, as_local_steps, steps_of, walked
from fastgd.parts.wires import WIRES

Vector = NDArray[np.float64]
# Beside a sum: whether a rank failed, a number of what it has, its square.
CHECKS = 3


class Outer(NamedTuple):
    """A Nesterov step along the averaged change (Douillard 2023, "DiLoCo").

    v = momentum v + (mean - theta), then theta = theta + rate (mean - theta + momentum v). A rate
    of 1 without momentum: all go on from the mean.
    """

    rate: float = 1.0
    momentum: float = 0.0


class Shards(CostOfSums):
    """The cost over shards, one a rank; bits and bytes are those of `parts.RankCost`.

    Attributes
    ----------
    sent : int
        Bytes that a rank has sent for gradients or meetings.
    """

    def __init__(
        self,
        shards: list[fastgd.Cost],
        local_steps: int | str | None = None,
        wire: str = "float64",
        outer: Outer | None = None,
    ) -> None:
        self.network, self.dtype = shards[0].network, shards[0].dtype
        self.sent = 0
        self._shards, self._local_steps = shards, as_local_steps(local_steps)
        self._wire, self._outer = WIRES[wire], outer

    def sums(self, theta: Any) -> Sums:
        """Of all shards, as they arrive."""
        own = self.as_theta(theta)
        n = len(own)
        each = (as_buffer(shard.sums(own), n) for shard in self._shards)
        return as_sums(self._added(each, n + BESIDE))

    def cost_sums(self, theta: Any) -> tuple[float, float]:
        """What a descent asks for once, at its end: not counted."""
        found: tuple[float, float] = add_pairs(shard.cost_sums(theta) for shard in self._shards)
        return found

    def mini_batches(self, /, theta: Any, **options: Any) -> LocalBatches:
        """As `gradient_descent` walks them."""
        orders, v = Orders(), np.zeros(len(theta))

        def add(asked: Round) -> Vector:
            each = (walked(part, i, asked, orders) for i, part in enumerate(self._shards))
            summed = self._added(each, asked.length)
            if self._outer is not None:
                rate, momentum = self._outer
                change = summed[:-BESIDE] / summed[-1]
                v[:] = momentum * v + change
                summed[:-BESIDE] = summed[-1] * rate * (change + momentum * v)
            return summed

        counted = np.array(steps_of(self._shards, options["batch_size"]), np.float64)
        assert self._local_steps is not None
        return LocalBatches(add, theta, counted, self._local_steps, **options)

    def _added(self, each: Iterable[Vector], length: int) -> Vector:
        """Each rank's vector to whoever adds a slice of it; then each slice's sum to all."""
        total = self._travelled(total_of(blocks_of(map(self._travelled, each)), length))
        others, numbers = len(self._shards) - 1, length - BESIDE
        stride = -(-numbers // len(self._shards))
        self.sent += others * (2 * stride * self._wire.dtype.itemsize + 8 * (BESIDE + CHECKS))
        return total

    def _travelled(self, vector: Vector) -> Vector:
        """As it arrives; the sums of costs and weights stay exact."""
        rounded = self._wire.unpack(self._wire.pack(vector[:-BESIDE]))
        return np.concatenate([rounded, vector[-BESIDE:]])
