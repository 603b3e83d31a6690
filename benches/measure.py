"""How times are taken: every answer is checked, then the contestants take turns in one process.

A turn begins when the threads of the contestant before have fallen asleep. One call wakes this
contestant's threads; then calls are timed for about `TURN` seconds. A turn is repeated where other
processes used more than the share `FOREIGN` of the machine.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benches import busy
from benches.contestants import Contestant
from benches.workloads import DESCENT, EPOCH, FULL_BATCH, OUTPUTS, Array, Problem
from fastgd import _reference

PAUSE = 0.03  # seconds
AWAKE = 0.1  # share of a processor that threads use in a pause where one still spins
MOST_PAUSES = 20
TURN = 0.2  # seconds
FOREIGN = 0.06  # share of all processors
MOST_RETRIES = 2  # of a disturbed turn; the last one is kept


@dataclass
class Timing:
    """Seconds per call, one number for each turn."""

    seconds: list[float] = field(default_factory=list)
    disturbed: int = 0  # turns kept although other processes used the machine

    def summary(self, per: int = 1) -> dict[str, Any]:
        """Median and quartiles of the time of a call, divided by `per`."""
        low, median, high = (float(s) / per for s in np.percentile(self.seconds, [25, 50, 75]))
        return {
            "median": median,
            "quartiles": [low, high],
            "slowest": max(self.seconds) / per,
            "turns": len(self.seconds),
            "disturbed": self.disturbed,
        }


class DisagreementError(AssertionError):
    """A contestant's answer differs from the reference."""


def prepared(problem: Problem, contestants: Iterable[Contestant]) -> dict[str, Callable[[], Any]]:
    """Runs of the contestants that offer this workload, once the answer of each is checked."""
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
    """A run's result as one vector; of (cost, gradient) the cost comes first."""
    return np.hstack([np.ravel(r) for r in (result if isinstance(result, tuple) else [result])])


def reference(problem: Problem, output_activation: str | None = None) -> Array:
    """The right answer: `fastgd._reference`, plain NumPy, in float64."""
    network, workload = problem.network, problem.workload
    how = (
        network.layer_sizes,
        network.activation,
        output_activation or network.output_activation,
    )
    X, Y, theta = problem.X_float, problem.Y.astype(float), problem.theta.astype(float)
    if workload.task in (EPOCH, DESCENT):
        for _ in range(workload.steps):
            _reference.descend(
                *how, theta, X, Y, problem.order, problem.batch_size, problem.learning_rate
            )
        return theta
    if workload.task == FULL_BATCH:
        cost, gradient, n = _reference.sums(*how, theta, X, Y)
        return np.append(cost, gradient) / n
    outputs = _reference.activations(*how, theta, X)[-1]
    return outputs.ravel() if workload.task == OUTPUTS else outputs[0]


def check(name: str, found: Array, expected: Array) -> None:
    """Raise where the answer is further off than float32 rounding over thousands of steps."""
    error = float(np.abs(found - expected).max() / np.abs(expected).max())
    if not error < 1e-3:
        raise DisagreementError(f"{name} is {error:.2g} away from the reference")


def in_turns(
    runs: dict[str, Callable[[], Any]], rounds: int, turn: float = TURN
) -> dict[str, Timing]:
    """Times of each run; the runs take turns: A B C A B C ..."""
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
    """Time one turn, and repeat it while others disturb it. `turn` 0 means one call, no repeats."""
    for attempt in range(MOST_RETRIES + 1 if turn else 1):
        if turn:
            fall_asleep()
            time.sleep(0 if attempt == 0 else 0.3)
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


def fall_asleep() -> None:
    """Wait for this process's threads: pools spin after their last work, some for 0.1 s."""
    for _ in range(MOST_PAUSES):
        before = time.process_time()
        time.sleep(PAUSE)
        if time.process_time() - before < AWAKE * PAUSE:
            return


class Foreign:
    """Measures the share of all processors that other processes use inside a `with` block.

    The process that keeps a core busy on purpose (`busy.one_core`) is not counted. On
    systems other than Linux the share is 0.
    """

    share = 0.0

    def __enter__(self) -> Foreign:
        self._start = time.perf_counter(), known_seconds(), busy_seconds()
        return self

    def __exit__(self, *error: object) -> None:
        wall, known, used = self._start
        wall = time.perf_counter() - wall
        others = busy_seconds() - used - (known_seconds() - known)
        self.share = max(0.0, others) / (wall * (os.cpu_count() or 1))


def known_seconds() -> float:
    """Processor seconds used by this process, and by the one that keeps a core busy."""
    return time.process_time() + busy.seconds()


def busy_seconds() -> float:
    """Processor seconds used by all processes since the machine started."""
    try:
        with open("/proc/stat") as stat:
            times = [int(word) for word in stat.readline().split()[1:9]]
    except OSError:
        return 0.0
    idle, waiting = times[3], times[4]
    return (sum(times) - idle - waiting) / float(os.sysconf("SC_CLK_TCK"))
