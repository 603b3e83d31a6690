"""The same bits, over and over: `python -m tests.everywhere.repeats 300`.

Descents on every number of threads, so often each, while other processes keep all processors busy.
Each must end at the theta and the costs of one thread on a quiet machine.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.common import problem
from tests.everywhere.descents import digest
from tests.promises import keep

import fastgd

THREADS = (1, 2, 3, 4, 7, 16)
# (zeros, dtype, options): what teams share in different ways.
DESCENTS: dict[str, tuple[float, str, dict[str, Any]]] = {
    "batches in groups": (0.0, "float32", {"batch_size": 1000, "momentum": 0.9}),
    "groups of compressed rows": (0.8, "float32", {"batch_size": 4096}),
    "halves of the columns": (0.8, "float64", {"batch_size": 128}),
    "shared batches": (0.0, "float32", {"batch_size": 96}),
    "full batch": (0.8, "float32", {"momentum": 0.5}),
    "full batch, dense": (0.0, "float64", {}),
}


def busy() -> None:
    """Keep a processor from anybody else, in bursts of random length."""
    word, end = os.getpid(), time.monotonic() + 3600
    while time.monotonic() < end and os.getppid() != 1:
        for _ in range(200_000 + word % 300_000):
            word = (word * 6364136223846793005 + 1442695040888963407) % 2**64
        time.sleep((word >> 40) % 5 / 1000)


@contextmanager
def load(n: int) -> Iterator[None]:
    """So many busy processes beside us."""
    beside = [multiprocessing.get_context("spawn").Process(target=busy) for _ in range(n)]
    for process in beside:
        process.start()
    try:
        yield
    finally:
        for process in beside:
            process.terminate()
            process.join()


def descents() -> dict[str, Callable[[int], str]]:
    """Each as a function of the number of threads, to the hash of what it found."""

    def of(zeros: float, dtype: str, options: dict[str, Any]) -> Callable[[int], str]:
        p = problem((64, 32, 10), 5000, zeros=zeros)
        cost = p.cost(dtype)
        options = {"learning_rate": 0.05, "epochs": 2, "rng": 0, **options}

        def run(n_threads: int) -> str:
            found = fastgd.gradient_descent(cost.on_threads(n_threads), p.theta, **options)
            return digest(found.theta, found.costs)

        return run

    return {name: of(*asked) for name, asked in DESCENTS.items()}


def main(n_runs: int) -> None:
    runs = descents()
    expected = {name: run(1) for name, run in runs.items()}
    tried = lost = 0
    began, n_busy = time.monotonic(), os.cpu_count() or 1
    with load(n_busy):
        for n_threads in THREADS:
            for _ in range(n_runs):
                for name, run in runs.items():
                    tried += 1
                    lost += run(n_threads) != expected[name]
            print(f"{n_threads} threads: {tried:,} descents, {lost} with other bits", flush=True)
    keep(
        "same-bits", tried=tried, lost=lost, how=f"make repeats RUNS={n_runs}",
        facts={
            "threads": ", ".join(map(str, THREADS)), "runs of each": n_runs,
            "descents in a run": len(runs), "busy processes beside": n_busy,
            "processors": os.cpu_count(), "build": fastgd.show_config()["cpu"],
            "seconds": round(time.monotonic() - began),
        },
    )  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]))
