"""Mini-batch epochs of a `Cost`, run whole inside the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._arrays import as_theta, for_kernels
from fastgd._threads import WORK_A_LOOK, run, threads_for

if TYPE_CHECKING:
    from fastgd.cost import Cost

# Large batches of compressed rows are split among groups of blocks, each with a gradient
# of its own: multiply-adds of a batch that pay for it, so many in all and so many for each
# parameter that is to be zeroed and added up.
GROUPS = 8
WORK_TO_GROUP = 16e6
WORK_A_PARAMETER = 960
# Threads share smaller ones and meet twice a batch: multiply-adds that pay for it, some
# 5 us of them for each thread, and the rows of a register tile.
WORK_TO_SHARE = 1e5
EXAMPLES_TO_SHARE = 4


class MiniBatches:
    """A walk of mini-batch steps: theta and velocity between the kernel's runs.

    Attributes
    ----------
    n_examples : int
        Rows to draw from.
    steps : int
        Taken so far.
    """

    def __init__(
        self,
        cost: Cost,
        theta: ArrayLike,
        batch_size: int,
        learning_rate: float,
        momentum: float,
    ) -> None:
        theta = as_theta(theta, cost.network.n_parameters, str(cost.network))
        self.n_examples = cost.n_examples
        self.steps = 0
        self._cost = cost
        self._result_dtype = theta.dtype
        self._theta = np.array(for_kernels(theta, cost.dtype))
        self._batch_size = batch_size = min(batch_size, cost.n_examples)
        self._rates = learning_rate, momentum
        plan = cost._plan
        self._velocity = np.zeros(plan.velocity_size, cost.dtype) if momentum else None
        work = batch_size * cost._work_per_example
        a_look = WORK_A_LOOK * cost._kernels.LANES
        self._steps_a_look = max(1, int(a_look / (work + cost.network.n_parameters)))
        # Of the problem alone, as all that decides the order of additions must be.
        compressed = cost.layout.startswith("compressed")
        a_group = WORK_A_PARAMETER * cost.network.n_parameters
        grouped = compressed and work >= max(WORK_TO_GROUP, a_group)
        self._n_groups = GROUPS if grouped else 1
        self._halves = compressed and not grouped and work >= WORK_TO_SHARE
        if compressed:
            most = GROUPS if grouped else 2 if self._halves else 1
        else:
            most = max(1, min(int(work / WORK_TO_SHARE), batch_size // EXAMPLES_TO_SHARE))
        # One team stays together for many steps, so all of them pay for waking it.
        pays = work if grouped else work * self._steps_a_look
        self._threads = min(threads_for(cost.n_threads, pays), most)
        scratches = self._threads if grouped else 1
        self._workspace = np.zeros(plan.work_size(self._n_groups, scratches), cost.dtype)

    @property
    def theta(self) -> NDArray[Any]:
        """A fresh copy of where the walk is, of the start's dtype."""
        with np.errstate(over="ignore"):  # infinite in float32: the walk has diverged
            return self._theta.astype(self._result_dtype)

    def epoch(self, order: NDArray[np.int64]) -> float:
        """Steps over the rows in `order`, batch after batch: the mean of their costs.

        Where a batch's cost is not finite that mean is not either, and theta stays where
        the last look found it finite. Ctrl-C is answered between looks.
        """
        total, before = 0.0, self.steps
        stride = self._steps_a_look * self._batch_size
        for first in range(0, len(order), stride):
            cost, taken = run(
                self._threads, self._cost._kernels.descend, self._cost._plan,
                self._cost._examples, self._theta, order[first : first + stride],
                self._batch_size, *self._rates, self._velocity, self._workspace, self._n_groups,
                self._halves,
            )  # fmt: skip
            self.steps += taken
            total += cost
            if not np.isfinite(total):
                break
        return total / (self.steps - before)
