"""Time to accuracy: from arrays in memory to digits read right, laying out and testing included."""

from __future__ import annotations

import os
import time
from typing import NamedTuple

import numpy as np

import fastgd


class Race(NamedTuple):
    """How long it took."""

    name: str
    seconds: float  # median over the seeds
    spread: tuple[float, float]
    epochs: float
    reached: int  # of how many seeds
    seeds: int


GOALS = (((784, 16, 16, 10), 0.94, 0.90), ((784, 30, 10), 0.95, 0.91))


def races(quick: bool, seeds: int = 5, most_epochs: int = 40) -> list[Race]:
    """Each network to its goal: on all of MNIST, or to the lower one on the embedded digits."""
    full = bool(os.environ.get("FASTGD_MNIST")) and not quick
    data = fastgd.datasets.mnist() if full else fastgd.datasets.digits()
    found = []
    for layer_sizes, goal, goal_embedded in GOALS:
        wanted = goal if full else goal_embedded
        net, runs = fastgd.Network(layer_sizes), []
        for seed in range(1 if quick else seeds):
            start = time.perf_counter()
            epochs = to_accuracy(net, data, wanted, seed, most_epochs)
            runs.append((time.perf_counter() - start, epochs or np.inf))
        seconds = [s for s, epochs in runs if np.isfinite(epochs)] or [np.nan]
        found.append(
            Race(
                f"{net} to {wanted:.0%} of {len(data.test_labels):,} test digits",
                float(np.median(seconds)),
                (min(seconds), max(seconds)),
                float(np.median([epochs for _, epochs in runs])),
                sum(np.isfinite(epochs) for _, epochs in runs),
                len(runs),
            )
        )
    return found


def to_accuracy(
    net: fastgd.Network, data: fastgd.datasets.Digits, wanted: float, seed: int, most_epochs: int
) -> int | None:
    """Epochs of batches of 10 until `wanted` of the test digits are read right, tested after each."""
    rng = np.random.default_rng(seed)
    cost = fastgd.Cost(net, data.train_images, data.train_labels)
    reached: list[int] = []

    def test(epoch: fastgd.descent.Epoch) -> bool:
        read = net(epoch.theta, data.test_images).argmax(axis=1)
        if (read == data.test_labels).mean() >= wanted:
            reached.append(epoch.epoch)
        return bool(reached)

    fastgd.gradient_descent(
        cost, net.random_theta(rng=rng), learning_rate=0.5, batch_size=10, epochs=most_epochs,
        rng=rng, callback=test,
    )  # fmt: skip
    return reached[0] if reached else None
