"""Descents on one machine, and of shards that meet: what each ends at, and sends."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

import fastgd
from benches.slow_networks.meetings import Outer, Shards
from fastgd.datasets import Digits

NETWORK = fastgd.Network((784, 16, 16, 10))
BATCH_SIZE = 10
SEEDS = (0, 1, 2)


class End(NamedTuple):
    """Where descents of several seeds ended."""

    cost: float
    """On all training examples, the mean over seeds."""
    spread: float
    """Half of what lies between the least and the greatest cost."""
    accuracy: float
    """On the test examples, the mean."""
    sent: float
    """Bytes a rank sends in an epoch."""


class Plan(NamedTuple):
    """How examples are walked."""

    rate: float
    epochs: int
    batch_size: int | None = BATCH_SIZE
    seeds: tuple[int, ...] = SEEDS

    def descend(self, cost: Any, seed: int) -> Any:
        """theta at the end."""
        return fastgd.gradient_descent(
            cost, NETWORK.random_theta(rng=seed), learning_rate=self.rate, epochs=self.epochs,
            batch_size=self.batch_size, rng=seed,
        ).theta  # fmt: skip


class Data:
    """Digits to learn, and others to test on."""

    def __init__(self, digits: Digits) -> None:
        self._digits = digits
        self._train = (digits.train_images, digits.train_labels)
        self._test = (digits.test_images, digits.test_labels)

    def first(self, n: int) -> Data:
        """The first n to learn."""
        X, labels = self._train
        return Data(self._digits._replace(train_images=X[:n], train_labels=labels[:n]))

    @property
    def n_examples(self) -> int:
        """To learn from."""
        return len(self._train[0])

    @cached_property
    def whole(self) -> fastgd.Cost:
        """The cost over all of them."""
        return fastgd.Cost(NETWORK, *self._train)

    def shards(self, n: int) -> list[fastgd.Cost]:
        """The examples in n shards, as they come."""
        X, labels = self._train
        rows = np.array_split(np.arange(len(X)), n)
        return [fastgd.Cost(NETWORK, X[r], labels[r], n_threads=1) for r in rows]

    def exact(self, plan: Plan) -> End:
        """A descent on one machine."""
        return self._end([plan.descend(self.whole, seed) for seed in plan.seeds])

    def apart(
        self, plan: Plan, n_shards: int, local_steps: int | str | None = None,
        wire: str = "float64", outer: Outer | None = None,
    ) -> End:  # fmt: skip
        """A rank each shard; without `local_steps` each step is on all examples."""
        shards = self.shards(n_shards)
        costs = [Shards(shards, local_steps, wire, outer) for _ in plan.seeds]
        thetas = [plan.descend(c, seed) for c, seed in zip(costs, plan.seeds, strict=True)]
        return self._end(thetas, costs[0].sent / plan.epochs)

    def _end(self, thetas: list[Any], sent: float = 0.0) -> End:
        costs = [self.whole(theta) for theta in thetas]
        right = [fastgd.inside.accuracy(NETWORK, theta, *self._test) for theta in thetas]
        half = (max(costs) - min(costs)) / 2
        return End(float(np.mean(costs)), half, float(np.mean(right)), sent)
