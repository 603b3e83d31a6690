"""What a network is to learn, and the descent that learns it.

Training and drawing go through here, so that a descent can be walked again bit for bit. Which
examples and settings there are is `examples`' and `settings`' business.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import fastgd
from fastgd._state import State
from fastgd.callbacks import Epoch
from fastgd.cli.examples import Parts, as_digits, targets
from fastgd.cli.scales import Scales
from fastgd.cli.settings import Settings
from fastgd.cli.shards import FOR_HELD_OUT, MEMORY, chunked_cost
from fastgd.cli.view import View
from fastgd.cli.watch import Best, Watch
from fastgd.datasets import Examples, Shards
from fastgd.parts import ChunkedCost, PartError


class Learned(NamedTuple):
    """What a descent learned."""

    descent: fastgd.Descent
    theta: NDArray[Any]
    """(n_parameters,) on numbers as they stand; with patience that of the lowest held-out cost."""
    validation_costs: list[float]
    """One an epoch; empty where none are held out."""
    best_epoch: int | None
    """The epoch of `theta` where it is not the last."""


@dataclass(frozen=True)
class Task:
    """A network, how it is trained, and on what."""

    network: fastgd.Network
    settings: Settings
    parts: Parts
    scales: Scales
    n_threads: int | None = None
    memory: int = MEMORY
    """Bytes that shards may take."""

    @cached_property
    def cost(self) -> fastgd.Cost | ChunkedCost:
        """On the training examples, scaled."""
        aside = self.memory // FOR_HELD_OUT if self.parts.validation else 0
        return self.scaled_cost_of(self.parts.train, self.memory - aside)

    @cached_property
    def validation_cost(self) -> fastgd.Cost | ChunkedCost | None:
        """On the held-out examples, scaled."""
        held_out = self.parts.validation
        if held_out is None:
            return None
        return self.scaled_cost_of(held_out, self.memory // FOR_HELD_OUT)

    def scaled_cost_of(self, part: Examples | Shards, memory: int) -> fastgd.Cost | ChunkedCost:
        """On some examples as the descent sees them."""
        if isinstance(part, Shards):
            return chunked_cost(self.network, part, self.scales, memory, self.n_threads)
        return self.cost_of(self.scaled(part))

    def scaled(self, part: Examples) -> Examples:
        """Some examples as the descent sees them."""
        inputs, outputs = self.scales
        X = part.X if inputs is None else inputs.transform(part.X)
        Y = part.Y if outputs is None or part.Y is None else outputs.transform(part.Y)
        return replace(part, X=X, Y=Y)

    def cost_of(self, part: Examples) -> fastgd.Cost:
        """On some examples as they stand."""
        return fastgd.Cost(self.network, part.X, targets(part), n_threads=self.n_threads)

    def start(self) -> tuple[NDArray[Any], np.random.Generator]:
        """The first theta, and the generator that draws on."""
        rng = np.random.default_rng(self.settings.seed)
        train = self.parts.train
        dtype = self.cost.dtype if isinstance(train, Shards) else train.X.dtype
        dtype = np.dtype(np.float64 if dtype == np.float64 else np.float32)
        return self.network.random_theta(rng=rng, dtype=dtype), rng

    def descend(
        self,
        epochs: int,
        *,
        going_on: State | None = None,
        best: Best | None = None,
        report: Callable[[Epoch], object] | None = None,
        record: bool = False,
    ) -> Learned:
        """Walk to so many epochs in all, from the first theta or from where a descent was."""
        theta, rng = self.start()
        watch = None
        if self.validation_cost is not None:
            n_before = 0 if going_on is None else len(going_on.costs)
            watch = Watch(self.validation_cost, self.settings.patience, best, n_before)
        try:
            descent = fastgd.gradient_descent(
                self.cost,
                theta,
                epochs=epochs,
                rng=rng,
                resume=going_on,
                callback=[call for call in (report, watch) if call is not None],
                record=1 if record else None,
                **self.settings.of_descent(),
            )
        except (KeyboardInterrupt, PartError) as end:
            if hasattr(end, "descent"):
                end.learned = self.learned(end.descent, watch)  # type: ignore[union-attr]
            raise
        return self.learned(descent, watch)

    def path_of(self, learned: Learned) -> NDArray[Any]:
        """(n_kept, n_parameters) the recorded way to a theta, on numbers as they stand."""
        path = learned.descent.path
        assert path is not None
        if learned.best_epoch is not None:
            n_before = len(learned.descent.costs) - (len(path) - 1)
            path = path[: max(1, learned.best_epoch - n_before + 1)]
        found = np.array([self.scales.fold(self.network, theta) for theta in path])
        found[-1] = learned.theta
        return found

    def view_of(self, path: NDArray[Any] | None, theta: NDArray[Any], colors: str) -> View:
        """What there is to draw; without a path random weights stand for the untrained network."""
        start = self.scales.fold(self.network, self.start()[0]) if path is None else path[0]
        return View(
            self.network, start, theta, as_digits(self.parts), path, self.settings.learning_rate,
            self.n_threads, colors, self.parts.train.schema,
        )  # fmt: skip

    def learned(self, descent: fastgd.Descent, watch: Watch | None) -> Learned:
        """What a descent learned: its end, or its best."""
        theta, best_epoch = self.scales.fold(self.network, descent.theta), None
        if watch is not None and self.settings.patience is not None and watch.best_epoch:
            best_epoch = watch.best_epoch
            if watch.best_theta is not None:
                theta = self.scales.fold(self.network, watch.best_theta)
            elif watch.before is not None:
                theta = watch.before
        return Learned(descent, theta, [] if watch is None else watch.costs, best_epoch)
