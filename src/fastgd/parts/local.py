"""Parts that walk mini-batches apart and meet now and then: descent where the network is slow.

Each part walks some steps from where all are; then thetas and velocities are averaged by the
parts' weights ("local SGD", Stich 2019, "Local SGD converges fast and communicates little").
A round is one sum over parts, of ranks or in one process: whoever makes a `LocalBatches` adds it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._checks import as_count
from fastgd._rule import Rule
from fastgd.cost import Cost
from fastgd.parts.adding import BESIDE

Vector = NDArray[np.float64]
# ``add(what, theta, of, length)``: the sum of ``of(part, number)`` (length,) over all parts.
Add = Callable[[str, NDArray[Any], Callable[[Any, int], Vector], int], Vector]


def as_local_steps(local_steps: int | str | None) -> float | None:
    """Steps between two meetings; infinite for an epoch."""
    if local_steps is None:
        return None
    if local_steps == "epoch":
        return math.inf
    if isinstance(local_steps, str):
        raise ValueError(f"local_steps: expected a number or 'epoch', got {local_steps!r}")
    return as_count("local_steps", local_steps)


def check_parts(parts: Sequence[Any]) -> None:
    """Raise TypeError where a part cannot walk rows of its own."""
    for part in parts:
        if not isinstance(part, Cost) and getattr(part, "n_examples", None) != 0:
            raise TypeError(f"local_steps: expected parts that are Costs, got {part!r}")


def steps_of(parts: Sequence[Any], batch_size: int) -> tuple[int, int]:
    """Mini-batch steps of an epoch of these parts, and parts that have any."""
    steps = [-(-part.n_examples // batch_size) for part in parts if isinstance(part, Cost)]
    return sum(steps), len(steps)


class LocalBatches:
    """Mini-batch descents of parts, averaged each round: what `gradient_descent` walks.

    Parameters
    ----------
    add : callable
        Adds a vector of each part over all parts.
    theta : (n_parameters,) array
        The start; not modified.
    counted : (2,) array
        `steps_of` all parts.
    local_steps : float
        Steps between two meetings, of a part of the mean size.
    batch_size, velocity
        As `Cost.mini_batches` has them, and the rule's four numbers too.

    Attributes
    ----------
    epochs_at_once : int
    rule : Rule
        Of the steps to come.
    """

    epochs_at_once: int = 1

    def __init__(
        self,
        add: Add,
        theta: NDArray[Any],
        counted: Vector,
        local_steps: float,
        *,
        batch_size: int,
        velocity: ArrayLike | None = None,
        **rule: Any,
    ) -> None:
        self.rule = Rule(**rule)
        self._add = add
        self._theta = theta
        self._velocity = None
        if self.rule.momentum:
            start = np.zeros_like(theta) if velocity is None else velocity
            self._velocity = np.array(start, theta.dtype)
        self._batch_size = batch_size
        self._steps_per_epoch = int(counted[0])
        if not self._steps_per_epoch:
            raise ValueError("no part has an example: there is nothing to walk on")
        mean_steps = counted[0] / counted[1]
        self._rounds = max(1, round(mean_steps / local_steps))
        self._walked = 0  # rounds

    @property
    def steps(self) -> int:
        """Steps of all parts so far."""
        return self._walked * self._steps_per_epoch // self._rounds

    @property
    def exact(self) -> NDArray[Any]:
        """Where all are, or met last; of the arithmetic's dtype, a fresh copy."""
        return self._theta.copy()

    @property
    def velocity(self) -> NDArray[Any] | None:
        """Averaged as theta is, (n_parameters,), a fresh copy; None without momentum."""
        return None if self._velocity is None else self._velocity.copy()

    def orders(self, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """(n, 2) the seed of each of n epochs, so that ranks of different sizes draw alike."""
        return rng.integers(1 << 62, size=(n, 2))

    def epoch(self, seeds: NDArray[np.int64]) -> float:
        """All examples once, in orders drawn from seeds (2,): the mean of the batches' costs.

        It is not finite where a batch's cost is not: theta is then that of the meeting before.
        """
        seed = seeds.tolist()
        orders: dict[int, NDArray[np.int64]] = {}
        total, n = 0.0, len(self._theta)
        length = n * (1 if self._velocity is None else 2) + BESIDE
        for meeting in range(self._rounds):

            def walked(part: Any, number: int, meeting: int = meeting) -> Vector:
                if not isinstance(part, Cost):
                    return np.zeros(length)
                if number not in orders:
                    rng = np.random.default_rng([number, *seed])
                    orders[number] = rng.permutation(part.n_examples)
                return self._walk(part, self._piece(orders[number], meeting))

            what = f"round {meeting} of {self._rounds} {self._batch_size} {self.rule} {seed}"
            summed = self._add(what, self._theta, walked, length)
            total += float(summed[-2])
            if not np.isfinite(summed).all():
                return math.nan
            mean = (summed[:-BESIDE] / summed[-1]).astype(self._theta.dtype)
            self._theta, self._walked = mean[:n], self._walked + 1
            if self._velocity is not None:
                self._velocity = mean[n:]
        return total / self._steps_per_epoch

    def _piece(self, order: NDArray[np.int64], meeting: int) -> NDArray[np.int64]:
        """A part's rows of a round: whole batches, as many in each round as there are."""
        batches = -(-len(order) // self._batch_size)
        first, end = (batches * r // self._rounds for r in (meeting, meeting + 1))
        return order[first * self._batch_size : end * self._batch_size]

    def _walk(self, part: Cost, rows: NDArray[np.int64]) -> Vector:
        """Weighted theta and velocity after a part's steps; its batches' costs and its weight."""
        own = part.sample_weight
        weight = float(part.n_examples if own is None else own.sum(dtype=np.float64))
        theta, velocity, cost = self._theta, self._velocity, 0.0
        if len(rows):
            batches = part.mini_batches(
                theta, batch_size=self._batch_size, velocity=velocity, **self.rule._asdict()
            )
            cost = batches.epoch(rows) * batches.steps
            theta, velocity = batches.exact, batches.velocity
        found = theta if velocity is None else np.concatenate([theta, velocity])
        return np.append(weight * found.astype(np.float64), [cost, weight])
