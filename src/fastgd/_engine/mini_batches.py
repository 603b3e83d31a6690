"""Mini-batch steps inside the kernel: how threads share a batch, and what a call covers."""

from __future__ import annotations

import time
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd._engine.builds import EVERYWHERE
from fastgd._engine.regions import run
from fastgd._engine.team import Teams
from fastgd._engine.threads import threads_for
from fastgd._rule import Rule

# Large batches are split into groups of examples, each with a gradient of its own. For compressed
# rows groups pay above this much work per batch, and per parameter, in multiply-adds. The rule for
# dense ones is the plan's: the C interface shares it.
GROUPS = 8
WORK_TO_GROUP = 16e6
WORK_PER_PARAMETER = 960
# Threads share smaller batches and meet twice in each. That pays from this much work on, some
# 5 us of it: per batch for compressed rows, per thread for dense ones, which also need so many
# examples per thread.
WORK_TO_SHARE = 1e5
EXAMPLES_TO_SHARE = 4
# Rows of epochs whose orders are drawn ahead, so that one walk covers them.
ROWS_AHEAD = 1 << 16
# Multiply-adds of each lane in one walk, some 50 ms. A descent that diverges ends at the theta
# of its last finite walk: counted in work and not in time, that is always the same.
WORK_PER_WALK = 1.5e8


def groups_of(data: Any, batch_size: int, work: float) -> int:
    """Groups of a batch of so much work, each with a gradient of its own; 1 for none."""
    if EVERYWHERE or not data.compressed:  # then the bits depend on no layout
        return int(data.plan.groups_of_batch(batch_size))
    to_group = max(WORK_TO_GROUP, WORK_PER_PARAMETER * data.plan.n_parameters)
    return GROUPS if work >= to_group else 1


class BatchSteps:
    """Mini-batch descent: theta and velocity between the kernel's calls.

    Parameters
    ----------
    kernels : module
    data : kernels.Data
    theta : (n_parameters,) array of the kernels' dtype
        The start; not modified.
    batch_size : int
    rule : Rule
    n_threads : int or None
    teams : Teams
        What is known of the threads that pay.
    velocity : (n_parameters,) array of the kernels' dtype, or None
        What to begin with; None: at rest.
    rows : (n,) array or None
        Of the data's rows, those that are walked over: an order counts in them. None: all.

    Attributes
    ----------
    theta : (n_parameters,) array
        Where the walk is.
    rule : Rule
        Of the steps to come.
    n_groups, n_threads : int
        How a batch is shared.
    steps_per_epoch : int
    """

    def __init__(
        self,
        kernels: ModuleType,
        data: Any,
        theta: NDArray[Any],
        batch_size: int,
        rule: Rule,
        n_threads: int | None,
        teams: Teams,
        velocity: NDArray[Any] | None = None,
        rows: NDArray[np.int64] | None = None,
    ) -> None:
        plan = data.plan
        self.theta: NDArray[Any] = np.array(theta)
        self._rows = rows
        self._n: int = data.n if rows is None else len(rows)
        self._batch_size = batch_size = min(batch_size, self._n)
        self.rule = rule
        work = batch_size * data.work_per_example
        per_walk = WORK_PER_WALK * kernels.LANES
        self._steps_per_walk = max(1, int(per_walk / (work + plan.n_parameters)))
        self.steps_per_epoch: int = -(-self._n // batch_size)
        # Groups and halves are independent of the threads: they fix the order of additions.
        self.n_groups: int = groups_of(data, batch_size, work)
        halves = not EVERYWHERE and data.compressed and self.n_groups == 1 and work >= WORK_TO_SHARE
        if self.n_groups > 1:
            most = self.n_groups
        elif data.compressed:
            most = 2 if halves else 1
        else:
            most = max(1, min(int(work / WORK_TO_SHARE), batch_size // EXAMPLES_TO_SHARE))
        # A team wakes once a walk.
        self.n_threads: int = min(threads_for(n_threads, work * self._steps_per_walk), most)
        self._team = teams.of(
            "mini-batches", work, self.n_threads, fixed=n_threads is not None, cut=True
        )
        scratches = self.n_threads if self.n_groups > 1 else 1
        self._velocity = np.zeros(plan.slot_size, theta.dtype) if rule.momentum else None
        workspace = np.zeros(plan.work_size(self.n_groups, scratches), theta.dtype)
        self._descent = kernels.BatchDescent(
            data, self.theta, self._velocity, workspace, self.n_groups, halves
        )
        if velocity is not None and rule.momentum:
            self._descent.take_velocity(velocity)

    @property
    def steps(self) -> int:
        """Steps taken so far."""
        return int(self._descent.steps)

    @property
    def velocity(self) -> NDArray[Any] | None:
        """A fresh copy in theta's order, (n_parameters,); None where there is no momentum."""
        if self._velocity is None:
            return None
        out = np.empty_like(self.theta)
        self._descent.give_velocity(out)
        return out

    @property
    def epochs_at_once(self) -> int:
        """Epochs that one walk may cover; 1 where it covers no more than a part of one."""
        fit = min(self._steps_per_walk // self.steps_per_epoch, ROWS_AHEAD // self._n)
        return max(1, int(fit))

    def epoch(self, order: NDArray[np.int64]) -> float:
        """Steps over the rows in `order`, batch after batch: the sum of the batches' mean costs.

        Where a batch's cost is not finite the sum is not either, and theta is that of the last
        walk whose costs were. After Ctrl-C theta is where the last whole step led.
        """
        total = 0.0
        stride = self._steps_per_walk * self._batch_size
        for first in range(0, len(order), stride):
            sums = np.zeros(1)
            self._walk(order[np.newaxis, first : first + stride], sums)
            total += sums[0]
            if not np.isfinite(total):
                break
        return float(total)

    def epochs(self, orders: NDArray[np.int64], totals: NDArray[np.float64]) -> bool:
        """`epoch` for each row of `orders`, in one walk; `totals`, zeros at first, are their sums.

        False where a cost or theta is not finite: then all is as it was before, so that the epoch
        can be told by walking one after another.
        """
        theta, steps = self.theta.copy(), self._descent.steps
        velocity = None if self._velocity is None else self._velocity.copy()
        self._walk(orders, totals)
        if np.isfinite(totals).all() and np.isfinite(self.theta).all():
            return True
        self.theta[:], self._descent.steps = theta, steps
        if self._velocity is not None:
            self._velocity[:] = velocity
        return False

    def _walk(self, orders: NDArray[np.int64], totals: NDArray[np.float64]) -> None:
        """Steps over the rows of some epochs, by whichever team is the fastest meanwhile."""
        if self._rows is not None:
            orders = self._rows[orders]
        batch, n_batches = 0, len(orders) * -(-orders.shape[1] // self._batch_size)
        try:
            while batch < n_batches:
                n_threads, limit = self._team.choose()
                began, before = time.perf_counter(), batch
                batch = run(
                    n_threads, self._descent.descend, orders, totals, batch, self._batch_size,
                    *self.rule, limit,
                )  # fmt: skip
                self._team.tell(n_threads, batch - before, time.perf_counter() - began)
        finally:  # Ctrl-C between two calls keeps the steps taken so far
            self._descent.settle()
