"""The one object between Python and the kernels: a network's build, and a data set laid out.

It owns what a call needs: kernels, plan, data, weights, threads, working memory. It returns
sums over examples; `cost.py` divides them.
"""

from __future__ import annotations

import copy
import math
import os
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastgd._engine import plane
from fastgd._engine.arrays import as_targets, for_kernels
from fastgd._engine.builds import EVERYWHERE, Build, Workspaces
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
    like : LaidOut or None
        Another X, so that both can be joined.

    Attributes
    ----------
    dtype : numpy.dtype
    n_examples : int
    layout : str
        How X is kept.
    rows : (n_examples,) int64 array or None
        Of the rows of X, those that the sums are over; None: all of them.
    """

    def __init__(
        self,
        build: Build,
        X: Array | SparseRows | LaidOut,
        Y: Array | None = None,
        weight: Array | None = None,
        n_threads: int | None = None,
        like: LaidOut | None = None,
    ) -> None:
        self._build, self._kernels, self._plan = build, build.kernels, build.plan
        self.dtype = build.dtype
        self.n_threads = n_threads
        if isinstance(X, LaidOut):
            self._laid_out = X
        elif Y is None and not isinstance(X, SparseRows):
            # One forward pass does not pay for compressing X.
            self._laid_out = as_it_is(X)
        else:
            self._laid_out = lay_out(self.dtype, X, n_threads, like)
        self.layout = self._laid_out.name
        self._data = self._laid_out.data(self._kernels, self._plan, Y, weight)
        self._making_columns = _Lock()
        self.n_examples: int = self._data.n
        self.rows: NDArray[np.int64] | None = None
        self._Y, self._weight = Y, weight
        self._workspaces = build.workspaces if Y is None else Workspaces(self.dtype)
        self.teams = build.teams if Y is None else Teams()

    @property
    def targets(self) -> Array:
        """(n_examples, n_outputs), where there are any."""
        assert self._Y is not None
        Y = self._Y[:, : self._plan.n_outputs]
        return Y if self.rows is None else Y[self.rows]

    @property
    def weight(self) -> Array | None:
        """(n_examples,), or None where all count the same."""
        return (
            self._weight if self.rows is None or self._weight is None else self._weight[self.rows]
        )

    @property
    def examples(self) -> Examples:
        """What `of_examples` makes another engine from, where there are targets."""
        return self.some(slice(None))

    def some(self, rows: slice | NDArray[np.int64]) -> Examples:
        """Some of its examples; entries of compressed rows and a slice of dense ones are shared."""
        if self.rows is not None:
            rows = self.rows[rows]
        assert self._Y is not None
        Y = self._Y[rows, : self._plan.n_outputs]
        weight = None if self._weight is None else np.ascontiguousarray(self._weight[rows])
        whole = isinstance(rows, slice) and rows == slice(None)
        X = self._laid_out if whole else self._laid_out.part(rows)
        return Examples(self.dtype, X, Y, weight)

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

    def on_rows(self, rows: NDArray[np.int64]) -> Engine:
        """Some of its rows, read where they are; what takes no order copies them."""
        other = self.on_threads(self.n_threads)
        other.rows = self._ordered(rows)
        other.n_examples = len(rows)
        return other

    def _ordered(self, order: NDArray[np.int64] | None) -> NDArray[np.int64] | None:
        """Rows of X for rows of the engine; None: all of X, in order."""
        if self.rows is None or order is None:
            return order if self.rows is None else self.rows
        return self.rows[order]

    def _gathered(self) -> Engine:
        """Itself, its rows copied where they are not all of X."""
        if self.rows is None:
            return self
        return Engine.of_examples(self._build, self.examples, self.n_threads)

    def with_memory_of(self, engine: Engine) -> Engine:
        """The same data, computed in another engine's working memory and by its teams."""
        other = copy.copy(self)
        other._workspaces, other.teams = engine._workspaces, engine.teams
        return other

    @property
    def nbytes(self) -> int:
        """Bytes of the examples as they are kept."""
        kept = [array.nbytes for array in (self._Y, self._weight) if array is not None]
        return self._laid_out.nbytes + sum(kept)

    def weight_sum(self, order: NDArray[np.int64] | None = None) -> float:
        """Sum of the weights over `order`, or over all examples; their number without weights."""
        if self._weight is None:
            return float(self.n_examples if order is None else len(order))
        order = self._ordered(order)
        weight = self._weight if order is None else self._weight[order]
        # NumPy's order of additions is its own affair; an exact sum has none.
        return math.fsum(weight) if EVERYWHERE else float(weight.sum(dtype=np.float64))

    def sums(
        self, theta: Array, order: NDArray[np.int64] | None, out: Array | None
    ) -> tuple[float, float]:
        """(cost_sum, weight_sum) over `order`, the gradient's sum in `out` where given."""
        asked, order = order, self._ordered(order)
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
        return cost_sum, self.weight_sum(asked)

    def products(self, theta: Array, v: Array, gauss_newton: bool) -> tuple[Array, float]:
        """(sum of the Hessian of the costs, or its Gauss-Newton part, times v; weight_sum)."""
        kind = "Gauss-Newton" if gauss_newton else "Hessian"
        size = self._plan.product_work_size
        return self._along(kind, self._kernels.products, size, theta, v, gauss_newton)

    def accelerations(self, theta: Array, v: Array) -> tuple[Array, float]:
        """(sum of J^T w times the outputs' second derivative along v; weight_sum)."""

        def size(n_groups: int, n_threads: int) -> int:
            found: int = self._kernels.acceleration_work_size(self._plan, n_groups, n_threads)
            return found

        return self._along("acceleration", self._kernels.accelerations, size, theta, v)

    def _along(
        self,
        kind: str,
        function: Callable[..., None],
        work_size: Callable[[int, int], int],
        theta: Array,
        v: Array,
        *options: bool,
    ) -> tuple[Array, float]:
        """(sum over the examples of what a function of theta and v gives; weight_sum)."""
        if self.rows is not None:
            return self._gathered()._along(kind, function, work_size, theta, v, *options)
        own, direction = for_kernels(theta, self.dtype), for_kernels(v, self.dtype, "v")
        self._make_columns()
        n_groups = self._plan.n_groups(self.n_examples)
        work = PRODUCT_WORK * self.n_examples * self._data.work_per_example
        most = min(threads_for(self.n_threads, work), n_groups)
        workspace = self._workspaces.take(work_size(n_groups, most))
        team = self.teams.of(kind, work, most, fixed=self.n_threads is not None)
        out = np.empty(len(own), self.dtype)
        timed(team, work, function, self._data, own, direction, *options, out, workspace)
        self._workspaces.leave(workspace)
        with np.errstate(over="ignore"):
            return out.astype(theta.dtype, copy=False), self.weight_sum()

    def jacobian(self, theta: Array, order: NDArray[np.int64] | None) -> tuple[Array, float]:
        """(sqrt(w) da_L,j/dtheta for each example of `order` and output j, weight_sum of all)."""
        own, plan = for_kernels(theta, self.dtype), self._plan
        order = self._ordered(order)
        n = self.n_examples if order is None else len(order)
        out = np.empty((n * plan.n_outputs, plan.n_parameters), self.dtype)
        work = n * plan.n_outputs * self._data.work_per_example
        most = min(threads_for(self.n_threads, work), -(-n // plan.block)) or 1
        workspace = self._workspaces.take(self._kernels.jacobian_work_size(plan, most))
        team = self.teams.of("Jacobian", work, most, fixed=self.n_threads is not None)
        timed(team, work, self._kernels.jacobian, self._data, own, order, out, workspace)
        self._workspaces.leave(workspace)
        return out.astype(theta.dtype, copy=False), self.weight_sum()

    def normal_equations(self, theta: Array) -> tuple[float, Array, Array, float]:
        """(r^T r, J^T r, J^T J, weight_sum), with r = sqrt(w) (a_L - y) and J = dr/dtheta."""
        if self.rows is not None:
            return self._gathered().normal_equations(theta)
        own, plan, n = for_kernels(theta, self.dtype), self._plan, self.n_examples
        P = plan.n_parameters
        # A multiply-add for each entry of the triangle and each output.
        work = n * (self._data.work_per_example + plan.n_outputs * P * (P + 1) / 2)
        most = min(threads_for(self.n_threads, work), self._kernels.normal_groups(plan, n))
        workspace = self._workspaces.take(self._kernels.normal_work_size(plan, n, most))
        team = self.teams.of("normal equations", work, most, fixed=self.n_threads is not None)
        gradient, gauss_newton = np.empty(P, self.dtype), np.empty((P, P), self.dtype)
        total = timed(
            team, work, self._kernels.normal_equations, self._data, own, gradient, gauss_newton,
            workspace,
        )  # fmt: skip
        self._workspaces.leave(workspace)
        with np.errstate(over="ignore"):
            gradient = gradient.astype(theta.dtype, copy=False)
            squares = gauss_newton.astype(theta.dtype, copy=False)
        return total, gradient, squares, self.weight_sum()

    def activations(
        self, theta: Array, first_layer: int, order: NDArray[np.int64] | None = None
    ) -> list[Array]:
        """Activations (n, n_l) of the layers from `first_layer` on; layer 0 follows the input.

        Of the examples of `order`, or of all. theta is as `for_kernels` gives it.
        """
        order = self._ordered(order)
        n = self.n_examples if order is None else len(order)
        sizes = self._plan.layer_sizes[first_layer + 1 :]
        out = np.empty(n * sum(sizes), self.dtype)
        work = n * self._data.work_per_example / 2
        most = min(threads_for(self.n_threads, work), -(-n // self._plan.block))
        workspace = self._workspaces.take(self._plan.work_size(0, most))
        team = self.teams.of("activations", work, most, fixed=self.n_threads is not None)
        timed(
            team, work, self._kernels.activations, self._data, theta, order, first_layer, out,
            workspace,
        )  # fmt: skip
        self._workspaces.leave(workspace)
        ends = n * np.cumsum(sizes)
        return [a.reshape(n, -1) for a in np.split(out, ends[:-1])]

    def mini_batches(
        self, theta: Array, batch_size: int, rule: Rule, velocity: Array | None
    ) -> BatchSteps:
        """Mini-batch descent from theta, whole epochs inside the kernel."""
        return BatchSteps(
            self._kernels, self._data, for_kernels(theta, self.dtype), batch_size, rule,
            self.n_threads, self.teams, self._own(velocity), self.rows,
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
            self._kernels, self._gathered()._data, self.dtype, corners, a, b, self.n_threads, report
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
