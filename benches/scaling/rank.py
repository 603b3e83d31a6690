"""One rank of a measurement: ``mpiexec -n P python -m benches.scaling.rank EXAMPLES STEPS``.

Rank 0 prints a line of JSON: seconds a step, the median of several turns, and of its compute.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np

import fastgd
from benches.workloads import digits
from fastgd.parts import RankCost, mpi_ranks

TURNS = 7


def main(n_examples: int, steps: int) -> None:
    """Of `n_examples` in all; so many steps a turn."""
    ranks = mpi_ranks()
    X, labels = digits()
    mine = np.array_split(np.arange(n_examples) % len(X), ranks.size)[ranks.rank]
    net = fastgd.Network((784, 16, 16, 10))
    cost = fastgd.Cost(net, X[mine], labels[mine], n_threads=1)
    whole, theta = RankCost(cost, ranks), net.random_theta(rng=0)
    out = np.empty_like(theta)
    whole.value_and_gradient(theta, out=out)
    together, alone = [], []
    for _ in range(TURNS):
        began = time.perf_counter()
        for _ in range(steps):
            whole.value_and_gradient(theta, out=out)
        together.append((time.perf_counter() - began) / steps)
        began = time.perf_counter()
        for _ in range(steps):
            cost.value_and_gradient(theta, out=out)
        alone.append((time.perf_counter() - began) / steps)
        ranks(np.zeros(1))
    if ranks.rank == 0:
        print(json.dumps({"step": float(np.median(together)), "compute": float(np.median(alone))}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
