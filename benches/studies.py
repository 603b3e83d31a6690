"""What is timed beside the workloads: fastgd's own choices against each other, and against NumPy.

Each study sets up runs to be timed in turns; `checks` are (slow, fast, least ratio of their times).
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

import fastgd
from benches import workloads
from benches.contestants import fastgd_, numpy_
from benches.workloads import EPOCH, FULL_BATCH, Problem, Workload
from fastgd import _cpu

Runs = dict[str, Callable[[], Any]]
Check = tuple[str, str, float]
LESSON = Workload("784-16-16-10", FULL_BATCH)
DENSE = Workload("784-16-16-10, dense", FULL_BATCH, data="random")


@dataclass(frozen=True)
class Study:
    """Runs timed in turns, under one name."""

    name: str
    setup: Callable[[bool], Runs]  # of whether it is to be short
    checks: tuple[Check, ...] = ()
    per: dict[str, int] = field(default_factory=dict, hash=False)  # divides a run's time


def problem_of(workload: Workload, quick: bool) -> Problem:
    return workloads.problem(workload.shortened() if quick else workload)


def layout(quick: bool) -> Runs:
    """Preparing the data, which `Cost` does once."""
    p = problem_of(LESSON, quick)
    labels = p.Y.argmax(1)
    return {
        "prepare": lambda: fastgd.Cost(p.network, p.X, labels),
        "NumPy": numpy_.full_batch(p),
    }


@contextmanager
def level(name: str) -> Iterator[None]:
    """Another build of the kernels than the one chosen at import, for what is set up meanwhile."""
    chosen = _cpu.LEVEL
    _cpu.LEVEL = name  # type: ignore[misc]
    try:
        yield
    finally:
        _cpu.LEVEL = chosen  # type: ignore[misc]


def levels(workload: Workload) -> Callable[[bool], Runs]:
    """Every build this processor runs."""

    def setup(quick: bool) -> Runs:
        runs = {}
        for name in _cpu.supported():
            with level(name):
                runs[name] = fastgd_.full_batch(problem_of(workload, quick))
        return runs | {"NumPy": numpy_.full_batch(problem_of(workload, quick))}

    return setup


def dtypes(workload: Workload) -> Callable[[bool], Runs]:
    """float64 beside float32."""

    def setup(quick: bool) -> Runs:
        p = problem_of(workload, quick)
        runs: Runs = {}
        for dtype in (np.float32, np.float64):
            cost = fastgd.Cost(p.network, p.X, p.Y, dtype=dtype)
            runs[dtype.__name__] = bind(cost, p.theta.astype(dtype))
        return runs

    return setup


def threads(workload: Workload) -> Callable[[bool], Runs]:
    """One thread beside two."""

    def setup(quick: bool) -> Runs:
        p = problem_of(workload, quick)
        return on_one_and_two(p, lambda cost: bind(cost, p.theta))

    return setup


def on_one_and_two(p: Problem, run_of: Callable[[fastgd.Cost], Callable[[], Any]]) -> Runs:
    """The run of a cost on one thread, and on two."""
    costs = {n: fastgd.Cost(p.network, p.X, p.Y, n_threads=n) for n in (1, 2)}
    return {f"{n} thread{'s' * (n > 1)}": run_of(cost) for n, cost in costs.items()}


def shared_batches(quick: bool) -> Runs:
    """One thread beside two that share each mini-batch."""
    p = problem_of(Workload("784-16-16-10", EPOCH, batch_size=128), quick)

    def run_of(cost: fastgd.Cost) -> Callable[[], Any]:
        walk = cost.mini_batches(p.theta, batch_size=p.batch_size, learning_rate=p.learning_rate)
        return partial(walk.epoch, p.order)

    return on_one_and_two(p, run_of)


def bind(cost: fastgd.Cost, theta: Any) -> Callable[[], Any]:
    """The cost and gradient at theta, as a run."""
    out = np.empty_like(theta)
    return lambda: cost.value_and_gradient(theta, out=out)


SIZES = {f"{n:,} examples": n for n in (1_000, 10_000, 60_000, 250_000, 1_000_000)}


def sizes(quick: bool) -> Runs:
    """Digits, again and again."""
    X, labels = workloads.digits()
    net = fastgd.Network(LESSON.layer_sizes)
    theta, runs = net.random_theta(rng=1), {}
    for name, n in SIZES.items():
        rows = np.arange(n // 100 if quick else n) % len(X)
        runs[name] = bind(fastgd.Cost(net, X[rows], labels[rows]), theta)
    return runs


def working_memory(quick: bool) -> int:
    """Bytes that cost and gradient of the lesson's network take beyond the prepared data.

    Everything is allocated by NumPy, which tells tracemalloc.
    """
    p = problem_of(LESSON, quick)
    cost = fastgd.Cost(p.network, p.X, p.Y)
    tracemalloc.start()
    try:
        cost.value_and_gradient(p.theta)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


WIDTHS = (8, 16, 45, 46, 64, 128, 256, 512)
BATCHES = (1, 10, 128, None)


def grid(width: int, n_hidden: int, batch_size: int | None) -> Study:
    """One network of the grid: an epoch, or all examples at once, dense, beside NumPy."""
    n = 2_000 if batch_size else 10_000
    if batch_size == 1:
        n = 500
    name = f"grid: {n_hidden} x {width}, batch {batch_size or 'all'}"
    task = EPOCH if batch_size else FULL_BATCH
    workload = Workload(
        name, task, (784, *[width] * n_hidden, 10), "random", n, batch_size, learning_rate=0.01
    )

    def setup(quick: bool) -> Runs:
        p = problem_of(workload, quick)
        task = workload.task.replace(" ", "_")
        return {"fastgd": getattr(fastgd_, task)(p), "NumPy": getattr(numpy_, task)(p)}

    return Study(name, setup, (("NumPy", "fastgd", 1.0),))


STUDIES = (
    Study("layout: preparing 784-pixel digits", layout, (("NumPy", "prepare", 1.0),)),
    Study("FASTGD_CPU, MNIST, full batch", levels(LESSON),
          (("v4", "v3", 0.75), ("NumPy", "v2", 1.0))),
    Study("FASTGD_CPU, dense, full batch", levels(DENSE), (("v4", "v3", 0.75),)),
    Study("float64, MNIST, full batch", dtypes(LESSON), (("float32", "float64", 0.45),)),
    Study("float64, dense, full batch", dtypes(DENSE), (("float32", "float64", 0.45),)),
    Study("threads, MNIST, full batch", threads(LESSON), (("1 thread", "2 threads", 1.85),)),
    Study("threads, dense, full batch", threads(DENSE), (("1 thread", "2 threads", 1.85),)),
    Study("threads, MNIST, epoch in 128s", shared_batches, (("1 thread", "2 threads", 1.5),)),
    Study("time an example, MNIST", sizes,
          tuple((a, b, 1 / 1.15) for a in SIZES for b in SIZES if a != b), SIZES),
)  # fmt: skip
GRID = tuple(grid(w, h, b) for h in (1, 2, 3) for b in BATCHES for w in WIDTHS)
