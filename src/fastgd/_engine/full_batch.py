"""Full-batch steps inside the kernel: many a call, by whichever team is the fastest meanwhile."""

from __future__ import annotations

import time
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd._engine.reals import Array
from fastgd._engine.regions import run
from fastgd._engine.team import Team
from fastgd._rule import Rule


class FullBatchSteps:
    """Descent on all examples: theta and velocity between the kernel's calls.

    Parameters
    ----------
    kernels : module
    data : kernels.Data
        With its columns, where it wants them.
    theta : (n_parameters,) array of the kernels' dtype
        The start; not modified.
    weight : float
        Sum of the examples' weights.
    rule : Rule
    tol : float
    decay : (n_parameters,) array or None
        2 l2 at weights and 0 at biases, where there is a penalty.
    velocity : (n_parameters,) array or None
        What to begin with; None: at rest.
    workspace : array
        Zeros, of the plan's `work_size`.
    team : Team

    Attributes
    ----------
    theta, last_good : (n_parameters,) array
        Where the walk is; the last theta found to have a finite cost.
    velocity : (n_parameters,) array or None
        None where there is no momentum.
    rule : Rule
        Of the steps to come.
    """

    def __init__(
        self,
        kernels: ModuleType,
        data: Any,
        theta: Array,
        weight: float,
        rule: Rule,
        tol: float,
        decay: Array | None,
        velocity: Array | None,
        workspace: Array,
        team: Team,
    ) -> None:
        self._kernels = kernels
        self._data = data
        self.theta: Array = theta.copy()
        self.last_good: Array = theta.copy()
        self.velocity: Array | None = None
        if rule.momentum:
            self.velocity = np.zeros_like(theta) if velocity is None else velocity.copy()
        self.rule = rule
        self._decay, self._gradient, self._product = decay, *np.empty((2, len(theta)), theta.dtype)
        self._weight, self._tol = weight, tol
        self._workspace = workspace
        self._team = team

    def walk(self, costs: NDArray[np.float64]) -> bool:
        """At most a step for each of `costs`, which receives the cost before it: theta rests.

        A cost that is not finite is the last one written.
        """
        n, rested = 0, False
        while n < len(costs) and not rested and (n == 0 or np.isfinite(costs[n - 1])):
            n_threads, limit = self._team.choose()
            began = time.perf_counter()
            rate, momentum, nesterov, _ = self.rule
            found, rested = run(
                n_threads, self._kernels.descend_on_all, self._data, self.theta, self.last_good,
                self.velocity, self._decay, self._gradient, self._product, costs[n:],
                self._weight, rate, momentum, nesterov, self._tol, limit, self._workspace,
            )  # fmt: skip
            self._team.tell(n_threads, found, time.perf_counter() - began)
            n += found
        return bool(rested)
