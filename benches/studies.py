"""Studies: fastgd's own choices timed against each other and against NumPy.

Each study sets up runs that are timed in turns, and says by its checks what is wanted of the times.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

import fastgd
from benches import estimators, sweeps, workloads
from benches.contestants import fastgd_, numpy_
from benches.workloads import DESCENT, EPOCH, FULL_BATCH, WORKLOADS, Problem, Workload
from fastgd._built import processor

Runs = dict[str, Callable[[], Any]]
LESSON = Workload("784-16-16-10", FULL_BATCH)
DENSE = Workload("784-16-16-10, dense", FULL_BATCH, data="random")
SMALL = tuple(
    Workload(f"{name}, 20,000 examples", FULL_BATCH, sizes, "random", 20_000,
             activation="tanh", output_activation="identity")
    for name, sizes in {"8-50-1": (8, 50, 1), "20-64-64-1": (20, 64, 64, 1)}.items()
)  # fmt: skip


class Check(NamedTuple):
    """What is wanted of one run: the time of `beside` is at least `least` times its own.

    With `least` below 1 the judged run may be the slower one, by no more than 1 / `least`. A
    shorter time of the judged run is never a shortfall.
    """

    beside: str
    judged: str
    least: float


@dataclass(frozen=True)
class Study:
    """Runs timed in turns, under one name."""

    name: str
    setup: Callable[[bool], Runs]  # takes `quick`: whether the runs are to be short
    checks: tuple[Check, ...] = ()
    per: dict[str, int] = field(default_factory=dict, hash=False)  # divides a run's time
    slow: bool = False  # runs of seconds: three rounds of one call


def problem_of(workload: Workload, quick: bool) -> Problem:
    """The workload's problem, on few examples where `quick`."""
    return workloads.problem(workload.shortened() if quick else workload)


def preparing(quick: bool) -> Runs:
    """Preparing the data, which `Cost` does once, beside a full batch in NumPy."""
    p = problem_of(LESSON, quick)
    labels, X_float = p.Y.argmax(1), p.X_float
    return {
        "uint8": lambda: fastgd.Cost(p.network, p.X, labels),
        "float32": lambda: fastgd.Cost(p.network, X_float, labels),
        "NumPy": numpy_.full_batch(p),
    }


@contextmanager
def level(name: str) -> Iterator[None]:
    """Inside a `with` block new objects use this build of the kernels, not the one of the import.

    No public name does this: FASTGD_CPU is read once, at the import.
    """
    chosen = processor.LEVEL
    processor.LEVEL = name  # type: ignore[misc]
    try:
        yield
    finally:
        processor.LEVEL = chosen  # type: ignore[misc]


def levels(workload: Workload) -> Callable[[bool], Runs]:
    """Every build of the kernels that this processor runs, beside NumPy."""

    def setup(quick: bool) -> Runs:
        runs = {}
        for name in fastgd.show_config()["supported"]:
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


def products(workload: Workload) -> Study:
    """The Hessian times a vector, and its Gauss-Newton part: at most 3 gradients' time."""

    def setup(quick: bool) -> Runs:
        p = problem_of(workload, quick)
        cost = fastgd.Cost(p.network, p.X, p.Y)
        v = np.random.default_rng(1).standard_normal(len(p.theta), np.float32)
        return {
            "gradient": bind(cost, p.theta),
            "Hessian": partial(cost.hessian_vector_product, p.theta, v),
            "Gauss-Newton": partial(cost.gauss_newton_product, p.theta, v),
        }

    wanted = [Check("gradient", judged, 1 / 3) for judged in ("Hessian", "Gauss-Newton")]
    return Study(f"products with the Hessian: {workload.name}", setup, tuple(wanted))


def on_one_and_two(p: Problem, run_of: Callable[[fastgd.Cost], Callable[[], Any]]) -> Runs:
    """One run of a `Cost` on one thread, and one of a `Cost` on two."""
    costs = {n: fastgd.Cost(p.network, p.X, p.Y, n_threads=n) for n in (1, 2)}
    return {f"{n} thread{'s' * (n > 1)}": run_of(cost) for n, cost in costs.items()}


def default_threads(workload: Workload) -> Study:
    """The number of threads left to fastgd, beside one and two: no more than a little slower."""

    def setup(quick: bool) -> Runs:
        p = problem_of(workload, quick)
        run_of = getattr(fastgd_, workload.task.replace(" ", "_"))
        return {
            "default": run_of(p), "1 thread": run_of(p, n_threads=1),
            "2 threads": run_of(p, n_threads=2),
        }  # fmt: skip

    wanted = [Check(beside, "default", 0.95) for beside in ("1 thread", "2 threads")]
    return Study(f"default threads beside one and two: {workload.name}", setup, tuple(wanted))


def shared_batches(quick: bool) -> Runs:
    """An epoch on one thread, beside two threads that share each mini-batch."""
    p = problem_of(Workload("784-16-16-10", EPOCH, batch_size=128), quick)

    def run_of(cost: fastgd.Cost) -> Callable[[], Any]:
        walk = cost.mini_batches(p.theta, batch_size=p.batch_size, learning_rate=p.learning_rate)
        return partial(walk.epoch, p.order)

    return on_one_and_two(p, run_of)


def bind(cost: fastgd.Cost, theta: Any) -> Callable[[], Any]:
    """The cost and gradient at theta, as a run."""
    out = np.empty_like(theta)
    return lambda: cost.value_and_gradient(theta, out=out)


# In rising order, which the checks of "time an example" rely on.
SIZES = {f"{n:,} examples": n for n in (1_000, 10_000, 60_000, 250_000, 1_000_000)}


def sizes(quick: bool) -> Runs:
    """Full batches of 1,000 to 1,000,000 examples: the digits, repeated as often as needed."""
    X, labels = workloads.digits()
    net = fastgd.Network(LESSON.layer_sizes)
    theta, runs = net.random_theta(rng=1), {}
    for name, n in SIZES.items():
        rows = np.arange(n // 100 if quick else n) % len(X)
        runs[name] = bind(fastgd.Cost(net, X[rows], labels[rows]), theta)
    return runs


def working_memory(quick: bool) -> int:
    """Bytes that one cost and gradient of 784-16-16-10 allocate, the prepared data not counted.

    tracemalloc sees them all, because NumPy allocates all of fastgd's memory.
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
    """One network of the grid on dense data, beside NumPy: an epoch, or a full batch for None."""
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

    return Study(name, setup, (Check("NumPy", "fastgd", 1.0),))


STUDIES = (
    # At most 0.4 and 0.8 of NumPy's time.
    Study("preparing 784-pixel digits", preparing,
          (Check("NumPy", "uint8", 1 / 0.4), Check("NumPy", "float32", 1 / 0.8))),
    Study("FASTGD_CPU, MNIST, full batch", levels(LESSON),
          (Check("v4", "v3", 0.75), Check("NumPy", "v2", 1.0))),
    Study("FASTGD_CPU, dense, full batch", levels(DENSE), (Check("v4", "v3", 0.75),)),
    Study("float64, MNIST, full batch", dtypes(LESSON), (Check("float32", "float64", 0.45),)),
    Study("float64, dense, full batch", dtypes(DENSE), (Check("float32", "float64", 0.45),)),
    Study("threads, MNIST, full batch", threads(LESSON), (Check("1 thread", "2 threads", 1.85),)),
    Study("threads, dense, full batch", threads(DENSE), (Check("1 thread", "2 threads", 1.85),)),
    Study("threads, MNIST, epoch in 128s", shared_batches, (Check("1 thread", "2 threads", 1.5),)),
    # The time per example may fall as the examples grow in number, but not rise by over 15 %.
    Study("time an example, MNIST", sizes,
          tuple(Check(fewer, more, 1 / 1.15) for fewer, more in combinations(SIZES, 2)), SIZES),
    *(products(workload) for workload in (LESSON, DENSE, *SMALL)),
    Study("a first epoch, in 32s, preparation included", estimators.first_epoch,
          (Check("MLPRegressor", "fastgd", 10),)),
    Study("estimators: a small fit, 500 x 13", estimators.small_fit,
          (Check("MLPRegressor", "fastgd", 10), Check("MLPRegressor, Adam", "fastgd", 10))),
    Study("estimators: a grid search of 24 fits, digits", estimators.grid_search,
          (Check("MLPClassifier", "fastgd", 10), Check("MLPRegressor", "fastgd", 10)), slow=True),
    Study("sweeps: 64 networks 8-16-1, 50 epochs of 2,000 in 32s", sweeps.many_small,
          (Check("JAX vmap", "fastgd", 10),)),
    Study("sweeps: 12 settings, 5 folds, 2,000 digits", sweeps.cross_validated,
          (Check("GridSearchCV, n_jobs=2", "fastgd", 20),), slow=True),
    Study("sweeps: 1,000 starts of 784-16-16-10, 10 epochs of 10,000 digits in 10s", sweeps.starts,
          slow=True),
    *(default_threads(w) for w in WORKLOADS if w.task in (EPOCH, FULL_BATCH, DESCENT)),
)  # fmt: skip
GRID = tuple(grid(w, h, b) for h in (1, 2, 3) for b in BATCHES for w in WIDTHS)
