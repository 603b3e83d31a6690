"""Parts that walk mini-batches apart and meet now and then: descent where the network is slow.

Each part walks some steps from where all are; then the changes of thetas and velocities are
averaged by the parts' weights ("local SGD", Stich 2019, "Local SGD converges fast and communicates
little"). Changes, since these are small: rounded on the wire, they lose little of theta. A round
is one sum over parts, of ranks or in one process: whoever makes a `LocalBatches` adds it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._checks import as_count
from fastgd._rule import Rule
from fastgd.cost import Cost
from fastgd.parts.adding import BESIDE

Vector = NDArray[np.float64]


class Round(NamedTuple):
    """What every part is to do until all meet again."""

    theta: NDArray[Any]
    velocity: NDArray[Any] | None
    rule: Rule
    batch_size: int
    seed: tuple[int, ...]
    """Of the epoch's orders."""
    meeting: int
    meetings: int
    """This one's number in the epoch, and how many there are."""

    @property
    def length(self) -> int:
        """Of a part's vector: theta, velocity, costs, weight."""
        return len(self.theta) * (1 if self.velocity is None else 2) + BESIDE

    def __str__(self) -> str:
        return f"round {self[2:]}"


class Orders:
    """The orders of parts' rows in the epoch that is walked."""

    def __init__(self) -> None:
        self._seed: tuple[int, ...] = ()
        self._found: dict[int, NDArray[np.int64]] = {}

    def rows(self, number: int, n: int, asked: Round) -> NDArray[np.int64]:
        """Those of `n` that part `number` walks in a round: whole batches."""
        if asked.seed != self._seed:
            self._seed, self._found = asked.seed, {}
        if number not in self._found:
            rng = np.random.default_rng([number, *asked.seed])
            self._found[number] = rng.permutation(n)
        batches = -(-n // asked.batch_size)
        ends = (batches * r // asked.meetings for r in (asked.meeting, asked.meeting + 1))
        first, end = (asked.batch_size * end for end in ends)
        return self._found[number][first:end]


def walked(part: Any, number: int, asked: Round, orders: Orders) -> Vector:
    """Weighted changes of theta and velocity by a part's steps; its batches' costs, its weight."""
    if not isinstance(part, Cost):
        return np.zeros(asked.length)
    own = part.sample_weight
    weight = float(part.n_examples if own is None else own.sum(dtype=np.float64))
    theta, velocity, cost = asked.theta, asked.velocity, 0.0
    rows = orders.rows(number, part.n_examples, asked)
    if len(rows):
        batches = part.mini_batches(
            theta, batch_size=asked.batch_size, velocity=velocity, **asked.rule._asdict()
        )
        cost = batches.epoch(rows) * batches.steps
        theta, velocity = batches.exact, batches.velocity
    change = joined(theta, velocity) - joined(asked.theta, asked.velocity)
    return np.append(weight * change, [cost, weight])


def joined(theta: NDArray[Any], velocity: NDArray[Any] | None) -> Vector:
    """theta and, where there is one, the velocity."""
    both = theta if velocity is None else np.concatenate([theta, velocity])
    return both.astype(np.float64)


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
        The sum of what all parts have `walked` in a `Round`.
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
        add: Callable[[Round], Vector],
        theta: NDArray[Any],
        counted: Vector,
        local_steps: float,
        *,
        batch_size: int,
        velocity: ArrayLike | None = None,
        **rule: Any,
    ) -> None:
        self.rule: Rule = Rule(**rule)
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
        self._meetings: int = max(1, round(mean_steps / local_steps))
        self._met = 0

    @property
    def steps(self) -> int:
        """Steps of all parts so far."""
        return self._met * self._steps_per_epoch // self._meetings

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
        total, n, dtype = 0.0, len(self._theta), self._theta.dtype
        for meeting in range(self._meetings):
            asked = Round(
                self._theta, self._velocity, self.rule, self._batch_size, tuple(seeds.tolist()),
                meeting, self._meetings,
            )  # fmt: skip
            summed = self._add(asked)
            total += float(summed[-2])
            if not np.isfinite(summed).all():
                return math.nan
            start = joined(self._theta, self._velocity)
            mean = (start + summed[:-BESIDE] / summed[-1]).astype(dtype)
            self._theta, self._met = mean[:n], self._met + 1
            if self._velocity is not None:
                self._velocity = mean[n:]
        return total / self._steps_per_epoch
