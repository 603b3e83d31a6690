"""The one object between Python and the kernels: a network's build, and a data set laid out.

It owns what a call needs: kernels, plan, data, weights, threads, working memory. It returns
sums over examples; `cost.py` divides them.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fastgd._engine import plane
from fastgd._engine.arrays import Array, SparseRows, for_kernels
from fastgd._engine.builds import Build, Workspaces
from fastgd._engine.full_batch import FullBatchSteps
from fastgd._engine.layouts import as_it_is, columns, lay_out
from fastgd._engine.mini_batches import BatchSteps
from fastgd._engine.team import Teams, timed
from fastgd._engine.threads import threads_for


class Engine:
    """Sums over the examples of one data set, for one network.

    Parameters
    ----------
    build : Build
    X : what `as_inputs` gives
    Y, weight : what `as_targets` and `as_weights` give, or None
        Y is None where only activations are asked for.
    n_threads : int or None

    Attributes
    ----------
    dtype : numpy.dtype
    n_examples : int
    layout : str
        How X is kept.
    """

    def __init__(
        self,
        build: Build,
        X: Array | SparseRows,
        Y: Array | None = None,
        weight: Array | None = None,
        n_threads: int | None = None,
    ) -> None:
        self._kernels, self._plan = build.kernels, build.plan
        self.dtype = build.dtype
        self.n_threads = n_threads
        if Y is None and not isinstance(X, SparseRows):
            # One forward pass does not pay for compressing X.
            laid_out = as_it_is(self._kernels, self._plan, X)
        else:
            laid_out = lay_out(self._kernels, self._plan, self.dtype, X, Y, weight, n_threads)
        self._data, self.layout, self._rows = laid_out
        self._making_columns = threading.Lock()
        self.n_examples: int = self._data.n
        self._weight = weight
        self._workspaces = build.workspaces if Y is None else Workspaces(self.dtype)
        self.teams = build.teams if Y is None else Teams()

    def on_threads(self, n_threads: int | None) -> Engine:
        """The same data on `n_threads`, with working memory of its own."""
        other = copy.copy(self)
        other.n_threads = n_threads
        other._workspaces = Workspaces(self.dtype)
        other.teams = Teams()
        return other

    def weight_sum(self, order: NDArray[np.int64] | None = None) -> float:
        """Sum of the weights over `order`, or over all examples; their number without weights."""
        if self._weight is None:
            return float(self.n_examples if order is None else len(order))
        weight = self._weight if order is None else self._weight[order]
        return float(weight.sum(dtype=np.float64))

    def sums(
        self, theta: Array, order: NDArray[np.int64] | None, out: Array | None
    ) -> tuple[float, float]:
        """(cost_sum, weight_sum) over `order`, the gradient's sum in `out` where given."""
        n = self.n_examples if order is None else len(order)
        work = self._data.work_per_example * (1 if out is not None else 0.5)
        n_groups = self._plan.n_groups(n)
        most = min(threads_for(self.n_threads, n * work), n_groups)
        own = for_kernels(theta, self.dtype)
        if out is not None and order is None and self._data.wants_columns:
            self._make_columns()
        as_asked = out is None or out.dtype == self.dtype
        gradient = out if as_asked else np.empty(len(own), self.dtype)
        workspace = self._workspaces.take(self._plan.work_size(n_groups, most))
        kind = ("cost" if out is None else "gradient") + ("" if order is None else " of rows")
        team = self.teams.of(kind, n * work, most, fixed=self.n_threads is not None)
        cost_sum = timed(team, n, self._kernels.sums, self._data, own, order, gradient, workspace)
        self._workspaces.leave(workspace)
        if out is not None and not as_asked:
            out[:] = gradient
        return cost_sum, self.weight_sum(order)

    def activations(self, theta: Array, first_layer: int) -> list[Array]:
        """Activations (n, n_l) of the layers from `first_layer` on; layer 0 follows the input.

        theta is as `for_kernels` gives it.
        """
        n, sizes = self.n_examples, self._plan.layer_sizes[first_layer + 1 :]
        out = np.empty(n * sum(sizes), self.dtype)
        work = n * self._data.work_per_example / 2
        most = min(threads_for(self.n_threads, work), -(-n // self._plan.block))
        workspace = self._workspaces.take(self._plan.work_size(0, most))
        team = self.teams.of("activations", work, most, fixed=self.n_threads is not None)
        timed(team, work, self._kernels.activations, self._data, theta, first_layer, out, workspace)
        self._workspaces.leave(workspace)
        ends = n * np.cumsum(sizes)
        return [a.reshape(n, -1) for a in np.split(out, ends[:-1])]

    def mini_batches(
        self, theta: Array, batch_size: int, learning_rate: float, momentum: float
    ) -> BatchSteps:
        """Mini-batch descent from theta, whole epochs inside the kernel."""
        return BatchSteps(
            self._kernels, self._data, for_kernels(theta, self.dtype), batch_size, learning_rate,
            momentum, self.n_threads, self.teams,
        )  # fmt: skip

    def full_batch(
        self, theta: Array, learning_rate: float, momentum: float, tol: float
    ) -> FullBatchSteps:
        """Full-batch descent from theta, many steps inside the kernel."""
        if self._data.wants_columns:
            self._make_columns()
        work = self.n_examples * self._data.work_per_example
        n_groups = self._plan.n_groups(self.n_examples)
        most = min(threads_for(self.n_threads, work), n_groups)
        return FullBatchSteps(
            self._kernels, self._data, for_kernels(theta, self.dtype), self.weight_sum(),
            learning_rate, momentum, tol,
            np.zeros(self._plan.work_size(n_groups, most), self.dtype),
            self.teams.of("full batch", work, most, fixed=self.n_threads is not None, cut=True),
        )  # fmt: skip

    def plane_sums(
        self,
        corners: tuple[Array, Array, Array],
        a: NDArray[np.float64],
        b: NDArray[np.float64],
        report: Callable[[int, int], object] | None = None,
    ) -> NDArray[np.float64]:
        """Sums of costs at center + a u + b v for each pair in a and b."""
        return plane.sums(
            self._kernels, self._data, self.dtype, corners, a, b, self.n_threads, report
        )

    def _make_columns(self) -> None:
        """The nonzeros by column, which only the gradient over all examples in order walks."""
        with self._making_columns:
            if self._rows is not None and self._data.wants_columns:
                self._data.take_columns(columns(self._rows, self.dtype, self._plan, self.n_threads))
