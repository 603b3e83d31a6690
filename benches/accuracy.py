"""Time to accuracy: how long it takes until a wanted share of the test digits is read right.

The clock starts with the arrays in memory. It includes preparing the data, and the test after each
epoch.
"""

from __future__ import annotations

import os
import time
from typing import NamedTuple

import numpy as np

import fastgd


class Race(NamedTuple):
    """How long one network took, over several seeds."""

    name: str
    seconds: float  # median over the seeds that reached the goal
    spread: tuple[float, float]  # fastest and slowest of those
    epochs: float  # median over all seeds
    reached: int  # number of seeds that reached the goal
    seeds: int  # number of seeds tried


# Layer sizes, the goal on all of MNIST, the goal on the embedded digits.
GOALS = (((784, 16, 16, 10), 0.94, 0.90), ((784, 30, 10), 0.95, 0.91))


def races(quick: bool, seeds: int = 5, most_epochs: int = 40) -> list[Race]:
    """Train each network to its goal: on MNIST where there is one, else on the embedded digits."""
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
                sum(bool(np.isfinite(epochs)) for _, epochs in runs),
                len(runs),
            )
        )
    return found


def to_accuracy(
    net: fastgd.Network, data: fastgd.datasets.Digits, wanted: float, seed: int, most_epochs: int
) -> int | None:
    """Epochs, in batches of 10, until the share `wanted` of the test digits is read right.

    None where `most_epochs` are not enough.
    """
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
