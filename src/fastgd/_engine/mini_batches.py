"""Mini-batch steps inside the kernel: how threads share a batch, and what a call covers."""

from __future__ import annotations

import time
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd._engine.team import Teams
from fastgd._engine.threads import run, threads_for

# Large batches of compressed rows are split into groups of blocks, each with a gradient of
# its own. Groups pay above this much work per batch, and per parameter, in multiply-adds.
GROUPS = 8
WORK_TO_GROUP = 16e6
WORK_PER_PARAMETER = 960
# Threads share smaller batches and meet twice in each. That pays from this much work on, some
# 5 us of it: per batch for compressed rows, per thread for dense ones, which also need so many
# examples per thread.
WORK_TO_SHARE = 1e5
EXAMPLES_TO_SHARE = 4
# Multiply-adds of each lane in one walk, some 50 ms. A descent that diverges ends at the theta
# of its last finite walk: counted in work and not in time, that is always the same.
WORK_PER_WALK = 1.5e8


class BatchSteps:
    """Mini-batch descent: theta and velocity between the kernel's calls.

    Parameters
    ----------
    kernels : module
    data : kernels.Data
    theta : (n_parameters,) array of the kernels' dtype
        The start; not modified.
    batch_size : int
    learning_rate, momentum : float
    n_threads : int or None
    teams : Teams
        What is known of the threads that pay.

    Attributes
    ----------
    theta : (n_parameters,) array
        Where the walk is.
    n_groups, n_threads : int
        How a batch is shared.
    """

    def __init__(
        self,
        kernels: ModuleType,
        data: Any,
        theta: NDArray[Any],
        batch_size: int,
        learning_rate: float,
        momentum: float,
        n_threads: int | None,
        teams: Teams,
    ) -> None:
        plan = data.plan
        self.theta = np.array(theta)
        self._batch_size = batch_size = min(batch_size, data.n)
        self._rates = learning_rate, momentum
        work = batch_size * data.work_per_example
        per_walk = WORK_PER_WALK * kernels.LANES
        self._steps_per_walk = max(1, int(per_walk / (work + plan.n_parameters)))
        # Groups and halves are independent of the threads: they fix the order of additions.
        to_group = max(WORK_TO_GROUP, WORK_PER_PARAMETER * plan.n_parameters)
        grouped = data.compressed and work >= to_group
        halves = data.compressed and not grouped and work >= WORK_TO_SHARE
        if data.compressed:
            most = GROUPS if grouped else 2 if halves else 1
        else:
            most = max(1, min(int(work / WORK_TO_SHARE), batch_size // EXAMPLES_TO_SHARE))
        # A team that shares batches wakes once a walk; groups wake their threads in every batch.
        pays = work if grouped else work * self._steps_per_walk
        self.n_threads = min(threads_for(n_threads, pays), most)
        self._team = teams.of(
            "mini-batches", work, self.n_threads, fixed=n_threads is not None, cut=True
        )
        self.n_groups, scratches = (GROUPS, self.n_threads) if grouped else (1, 1)
        velocity = np.zeros(plan.slot_size, theta.dtype) if momentum else None
        workspace = np.zeros(plan.work_size(self.n_groups, scratches), theta.dtype)
        self._descent = kernels.BatchDescent(
            data, self.theta, velocity, workspace, self.n_groups, halves
        )

    @property
    def steps(self) -> int:
        """Steps taken so far."""
        return int(self._descent.steps)

    def epoch(self, order: NDArray[np.int64]) -> float:
        """Steps over the rows in `order`, batch after batch: the sum of the batches' mean costs.

        Where a batch's cost is not finite the sum is not either, and theta is that of the last
        walk whose costs were. After Ctrl-C theta is where the last whole step led.
        """
        total = 0.0
        stride = self._steps_per_walk * self._batch_size
        for first in range(0, len(order), stride):
            total += self._walk(order[first : first + stride])
            if not np.isfinite(total):
                break
        return total

    def _walk(self, rows: NDArray[np.int64]) -> float:
        """Steps over some rows, by whichever team is the fastest meanwhile."""
        batch, n_batches = 0, -(-len(rows) // self._batch_size)
        try:
            while batch < n_batches:
                n_threads, limit = self._team.choose()
                began, before = time.perf_counter(), batch
                batch = run(
                    n_threads, self._descent.descend, rows, batch, self._batch_size,
                    *self._rates, limit,
                )  # fmt: skip
                self._team.tell(n_threads, batch - before, time.perf_counter() - began)
        finally:  # Ctrl-C between two calls keeps the steps taken so far
            self._descent.settle()
        return float(self._descent.total)
