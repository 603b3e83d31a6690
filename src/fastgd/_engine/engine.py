"""The one object between Python and the kernels: a network's build, and a data set laid out.

It owns what a call needs: kernels, plan, data, weights, threads, working memory. It returns
sums over examples; `cost.py` divides them.
"""

from __future__ import annotations

import copy
import os
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastgd._engine import plane
from fastgd._engine.arrays import as_targets, for_kernels
from fastgd._engine.builds import Build, Workspaces
from fastgd._engine.full_batch import FullBatchSteps
from fastgd._engine.layouts import LaidOut, as_it_is, columns, lay_out
from fastgd._engine.mini_batches import BatchSteps
from fastgd._engine.reals import Array
from fastgd._engine.sparse_rows import SparseRows
from fastgd._engine.team import Teams, timed
from fastgd._engine.threads import threads_for
from fastgd._rule import Rule

# What a product with the Hessian costs, in gradients.
PRODUCT_WORK = 2.0


class Examples(NamedTuple):
    """Examples as an engine keeps them; nothing here depends on the build or the threads."""

    dtype: np.dtype[Any]
    X: LaidOut
    Y: Array
    """(n_examples, n_outputs)"""
    weight: Array | None


class _Lock:
    """A lock that a fork leaves behind: whoever held it is not in the child."""

    def __init__(self) -> None:
        self._made = os.getpid(), threading.Lock()

    def of_this_process(self) -> threading.Lock:
        """The lock itself."""
        if self._made[0] != os.getpid():
            self._made = os.getpid(), threading.Lock()
        return self._made[1]


class Engine:
    """Sums over the examples of one data set, for one network.

    Parameters
    ----------
    build : Build
    X : what `as_inputs` gives, or the `LaidOut` of another engine
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
        X: Array | SparseRows | LaidOut,
        Y: Array | None = None,
        weight: Array | None = None,
        n_threads: int | None = None,
    ) -> None:
        self._kernels, self._plan = build.kernels, build.plan
        self.dtype = build.dtype
        self.n_threads = n_threads
        if isinstance(X, LaidOut):
            self._laid_out = X
        elif Y is None and not isinstance(X, SparseRows):
            # One forward pass does not pay for compressing X.
            self._laid_out = as_it_is(X)
        else:
            self._laid_out = lay_out(self.dtype, X, n_threads)
        self.layout = self._laid_out.name
        self._data = self._laid_out.data(self._kernels, self._plan, Y, weight)
        self._making_columns = _Lock()
        self.n_examples: int = self._data.n
        self._Y, self._weight = Y, weight
        self._workspaces = build.workspaces if Y is None else Workspaces(self.dtype)
        self.teams = build.teams if Y is None else Teams()

    @property
    def examples(self) -> Examples:
        """What `of_examples` makes another engine from, where there are targets."""
        assert self._Y is not None
        Y = self._Y[:, : self._plan.n_outputs]
        return Examples(self.dtype, self._laid_out, Y, self._weight)

    @property
    def kept(self) -> tuple[Array, ...]:
        """Arrays that may be the caller's own, read where they stand."""
        return tuple(a for a in (self._laid_out.dense, self._weight) if a is not None)

    @classmethod
    def of_examples(cls, build: Build, examples: Examples, n_threads: int | None) -> Engine:
        """An engine of examples that another one kept, maybe in another process."""
        n, n_outputs = examples.Y.shape
        Y = as_targets(examples.Y, n, n_outputs, build.dtype, build.plan.row_outputs)
        return cls(build, examples.X, Y, examples.weight, n_threads)

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
        if out is not None and order is None:
            self._make_columns()
        as_asked = out is None or out.dtype == self.dtype
        gradient = out if as_asked else np.empty(len(own), self.dtype)
        workspace = self._workspaces.take(self._plan.work_size(n_groups, most))
        kind = ("cost" if out is None else "gradient") + ("" if order is None else " of rows")
        team = self.teams.of(kind, n * work, most, fixed=self.n_threads is not None)
        cost_sum = timed(team, n, self._kernels.sums, self._data, own, order, gradient, workspace)
        self._workspaces.leave(workspace)
        if out is not None and not as_asked:
            with np.errstate(over="ignore"):  # infinite in float32: the walk has diverged
                out[:] = gradient
        return cost_sum, self.weight_sum(order)

    def products(self, theta: Array, v: Array, gauss_newton: bool) -> tuple[Array, float]:
        """(sum of the Hessian of the costs, or its Gauss-Newton part, times v; weight_sum)."""
        own, direction = for_kernels(theta, self.dtype), for_kernels(v, self.dtype, "v")
        self._make_columns()
        n_groups = self._plan.n_groups(self.n_examples)
        work = PRODUCT_WORK * self.n_examples * self._data.work_per_example
        most = min(threads_for(self.n_threads, work), n_groups)
        workspace = self._workspaces.take(self._plan.product_work_size(n_groups, most))
        team = self.teams.of(
            "Gauss-Newton" if gauss_newton else "Hessian", work, most,
            fixed=self.n_threads is not None,
        )  # fmt: skip
        product = np.empty(len(own), self.dtype)
        timed(
            team, work, self._kernels.products, self._data, own, direction, gauss_newton, product,
            workspace,
        )  # fmt: skip
        self._workspaces.leave(workspace)
        with np.errstate(over="ignore"):
            return product.astype(theta.dtype, copy=False), self.weight_sum()

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
        self, theta: Array, batch_size: int, rule: Rule, velocity: Array | None
    ) -> BatchSteps:
        """Mini-batch descent from theta, whole epochs inside the kernel."""
        return BatchSteps(
            self._kernels, self._data, for_kernels(theta, self.dtype), batch_size, rule,
            self.n_threads, self.teams, self._own(velocity),
        )  # fmt: skip

    def full_batch(
        self, theta: Array, rule: Rule, tol: float, decay: Array | None, velocity: Array | None
    ) -> FullBatchSteps:
        """Full-batch descent from theta, many steps inside the kernel."""
        if self._data.wants_columns:
            self._make_columns()
        work = self.n_examples * self._data.work_per_example
        n_groups = self._plan.n_groups(self.n_examples)
        most = min(threads_for(self.n_threads, work), n_groups)
        return FullBatchSteps(
            self._kernels, self._data, for_kernels(theta, self.dtype), self.weight_sum(),
            rule, tol, decay, self._own(velocity),
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

    def _own(self, velocity: Array | None) -> Array | None:
        return None if velocity is None else for_kernels(velocity, self.dtype, "velocity")

    def _make_columns(self) -> None:
        """The nonzeros by column, which only sums over all examples in order walk."""
        rows = self._laid_out.rows
        if rows is None or not self._data.wants_columns:
            return
        with self._making_columns.of_this_process():
            if self._data.wants_columns:
                self._data.take_columns(columns(rows, self.dtype, self._plan, self.n_threads))
