"""How it is timed: agreement first, then contestants in turns, in one process, one run.

A turn is a pause in which the last contestant's threads fall asleep, one call to wake this one's,
and calls for about `TURN` seconds. A turn in which other processes took more than `FOREIGN` of
the machine is taken again.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benches.contestants import Contestant
from benches.workloads import EPOCH, FULL_BATCH, Array, Problem
from fastgd import _reference

PAUSE = 0.06  # OpenBLAS's threads spin for 25 ms after their last work
TURN = 0.2
FOREIGN = 0.06
MOST_RETRIES = 2


@dataclass
class Timing:
    """Seconds a call, one number a turn."""

    seconds: list[float] = field(default_factory=list)
    disturbed: int = 0  # turns kept although the machine was not ours alone

    def summary(self, per: int = 1) -> dict[str, Any]:
        """Median and quartiles of a `per`-th of a call."""
        low, median, high = (float(s) / per for s in np.percentile(self.seconds, [25, 50, 75]))
        return {
            "median": median,
            "quartiles": [low, high],
            "turns": len(self.seconds),
            "disturbed": self.disturbed,
        }


class DisagreementError(AssertionError):
    """A contestant's answer is not the answer."""


def prepared(problem: Problem, contestants: Iterable[Contestant]) -> dict[str, Callable[[], Any]]:
    """The contestants that offer this workload, each with its answer found right."""
    expected: dict[str | None, Array] = {}
    runs = {}
    for contestant in contestants:
        run = contestant.prepare(problem)
        if run is None:
            continue
        outputs = contestant.output_activation
        if outputs not in expected:
            expected[outputs] = reference(problem, outputs)
        check(contestant.name, answer(run()), expected[outputs])
        runs[contestant.name] = run
    return runs


def answer(result: Any) -> Array:
    """A run's result as one vector; (cost, gradient) are put end to end."""
    return np.hstack([np.ravel(part) for part in result] if isinstance(result, tuple) else result)


def reference(problem: Problem, output_activation: str | None = None) -> Array:
    """The answer, by the specification in float64."""
    network, workload = problem.network, problem.workload
    how = (
        network.layer_sizes,
        network.activation,
        output_activation or network.output_activation,
    )
    X, Y, theta = problem.X_float, problem.Y.astype(float), problem.theta.astype(float)
    if workload.task == EPOCH:
        _reference.descend(
            *how, theta, X, Y, problem.order, problem.batch_size, problem.learning_rate
        )
        return theta
    if workload.task == FULL_BATCH:
        cost, gradient, n = _reference.sums(*how, theta, X, Y)
        return np.append(cost, gradient) / n
    return _reference.activations(*how, theta, X[:1])[-1][0]


def check(name: str, found: Array, expected: Array) -> None:
    """Agreement within what float32 allows over thousands of steps."""
    error = float(np.abs(found - expected).max() / np.abs(expected).max())
    if not error < 1e-3:
        raise DisagreementError(f"{name} is {error:.2g} away from the reference")


def in_turns(
    runs: dict[str, Callable[[], Any]], rounds: int, turn: float = TURN
) -> dict[str, Timing]:
    """Times of each run, A B C A B C ..."""
    timings = {name: Timing() for name in runs}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, run in runs.items():
                take_turn(run, timings[name], turn)
    finally:
        gc.enable()
    return timings


def take_turn(run: Callable[[], Any], timing: Timing, turn: float) -> None:
    """One turn, again while others disturb it; with `turn` 0 one call, whatever else goes on."""
    for attempt in range(MOST_RETRIES + 1 if turn else 1):
        if turn:
            time.sleep(PAUSE if attempt == 0 else 0.3)
        start = time.perf_counter()
        run()
        once = time.perf_counter() - start
        calls = max(1, round(turn / once))
        with Foreign() as foreign:
            start = time.perf_counter()
            for _ in range(calls):
                run()
            seconds = (time.perf_counter() - start) / calls
        if foreign.share <= FOREIGN:
            break
    else:
        timing.disturbed += bool(turn)
    timing.seconds.append(seconds)


class Foreign:
    """The share of the machine that other processes took meanwhile (Linux; 0 elsewhere)."""

    share = 0.0

    def __enter__(self) -> Foreign:
        self._start = time.perf_counter(), time.process_time(), busy_seconds()
        return self

    def __exit__(self, *error: object) -> None:
        wall, own, busy = self._start
        wall = time.perf_counter() - wall
        others = busy_seconds() - busy - (time.process_time() - own)
        self.share = max(0.0, others) / (wall * (os.cpu_count() or 1))


def busy_seconds() -> float:
    """Processor seconds used by everyone since the machine started."""
    try:
        with open("/proc/stat") as stat:
            times = [int(word) for word in stat.readline().split()[1:9]]
    except OSError:
        return 0.0
    idle, waiting = times[3], times[4]
    return (sum(times) - idle - waiting) / float(os.sysconf("SC_CLK_TCK"))
