"""What a full-batch step takes on many workers: a model of few constants, and its simulation.

A step is the slowest worker's compute + theta's way out + the sums' way back + an overhead.
Which constants are measured, and which are assumed, is told by `measured` and `projected`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Engine(NamedTuple):
    """How theta and sums travel.

    Attributes
    ----------
    name : str
    overhead : float
        Seconds a step, whatever the number of workers.
    latency : float
        Seconds a message.
    per_byte : float
        Seconds.
    star : bool
        One client sends to and hears from each worker, one after the other; else workers
        exchange slices of the sums (reduce-scatter, then allgather).
    """

    name: str
    overhead: float
    latency: float
    per_byte: float
    star: bool


class Fleet(NamedTuple):
    """What goes wrong on many workers.

    Attributes
    ----------
    spread : float
        Deviation of the logarithm of a worker's compute time, drawn anew in each step.
    slow, slowness : float
        Share of computations that something else on the machine delays, and how many times.
    between_failures : float
        Seconds from one failure of a worker to its next, on average; exponential.
    recovery : float
        Seconds until its shards are computed elsewhere.
    """

    spread: float = 0.0
    slow: float = 0.0
    slowness: float = 1.0
    between_failures: float = math.inf
    recovery: float = 0.0


NOTHING_WRONG = Fleet()
# Assumed, from what is usual in rented machines; stated beside the projection.
USUAL = Fleet(0.05, 1e-3, 3.0, 30 * 86400.0, 60.0)


def compute(n_examples: float, per_example: float, workers: int, cores: float = math.inf) -> float:
    """Seconds of the slowest worker's share; workers beyond the cores take turns on them."""
    share = math.ceil(n_examples / workers) * per_example
    return share * max(1.0, workers / cores)


def travel(engine: Engine, workers: int, n_bytes: float) -> float:
    """Seconds that theta and the sums are on their way."""
    if workers == 1:
        return 0.0
    if engine.star:
        return 2 * workers * (engine.latency + n_bytes * engine.per_byte)
    share = (workers - 1) / workers * n_bytes * engine.per_byte
    return 2 * (math.ceil(math.log2(workers)) * engine.latency + share)


def step(
    engine: Engine, n_examples: float, per_example: float, n_bytes: float, workers: int,
    cores: float = math.inf,
) -> float:  # fmt: skip
    """Seconds of a step where nothing goes wrong."""
    apart = compute(n_examples, per_example, workers, cores)
    return apart + beside(engine, workers, n_bytes)


def beside(engine: Engine, workers: int, n_bytes: float) -> float:
    """Seconds of a step that are no compute; a rank alone speaks to nobody."""
    if workers == 1 and not engine.star:
        return 0.0
    return travel(engine, workers, n_bytes) + engine.overhead


def slowest(fleet: Fleet, workers: int, draws: int = 200, seed: int = 0) -> float:
    """How many times a worker's usual compute the slowest of all takes, on average.

    Of many workers the greatest of log-normal times is drawn at once, from its distribution.
    """
    rng = np.random.default_rng(seed)
    usual, slow = np.ones(draws), np.zeros(draws)
    if fleet.spread:
        usual = greatest_log_normal(fleet.spread, workers, rng.random(draws))
    if fleet.slow:
        n_slow = rng.binomial(workers, fleet.slow, draws)
        slow = np.where(n_slow > 0, fleet.slowness, 0.0)
        if fleet.spread:
            slow *= greatest_log_normal(fleet.spread, np.maximum(n_slow, 1), rng.random(draws))
    return float(np.maximum(usual, slow).mean())


def greatest_log_normal(
    spread: float, n: int | NDArray[np.int64], u: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The greatest of n log-normal numbers: their distribution's u^(1/n) quantile."""
    from scipy.special import ndtri

    return np.asarray(np.exp(spread * ndtri(u ** (1 / np.asarray(n, np.float64)))))


def expected(
    engine: Engine, fleet: Fleet, n_examples: float, per_example: float, n_bytes: float,
    workers: int,
) -> float:  # fmt: skip
    """Seconds a step on average, stragglers waited for and failures recovered from.

    A failure costs its recovery and half of the step that it spoils.
    """
    apart = compute(n_examples, per_example, workers) * slowest(fleet, workers)
    calm = apart + beside(engine, workers, n_bytes)
    rate = workers / fleet.between_failures
    lost = rate * (fleet.recovery + calm / 2)
    return calm / (1 - lost) if lost < 1 else math.inf


def efficiency(
    engine: Engine, fleet: Fleet, n_examples: float, per_example: float, n_bytes: float,
    workers: int,
) -> float:  # fmt: skip
    """Share of the workers' time that is the gradient of an example."""
    ideal = n_examples * per_example / workers
    return ideal / expected(engine, fleet, n_examples, per_example, n_bytes, workers)
