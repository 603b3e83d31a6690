"""The one object between Python and the kernels: sums over examples.

It owns what a call needs: kernels, plan, data, weights (`held.py`), threads, working memory. It
returns sums; `cost.py` divides them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fastgd._engine import plane
from fastgd._engine.arrays import for_kernels
from fastgd._engine.full_batch import FullBatchSteps
from fastgd._engine.held import Held
from fastgd._engine.mini_batches import BatchSteps
from fastgd._engine.reals import Array
from fastgd._engine.team import timed
from fastgd._engine.threads import threads_for
from fastgd._rule import Rule

# What a product with the Hessian costs, in gradients.
PRODUCT_WORK = 2.0


class Engine(Held):
    """Sums over the examples of one data set, for one network; made as `Held` is."""

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
