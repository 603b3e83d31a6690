"""A network's builds: the kernels of a dtype and a plan for them; outputs for arrays as they stand.

What is kept here belongs to the network and is shared by all data: `engine.py` adds the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from fastgd._built import processor
from fastgd._engine.reals import FLOATS, Array
from fastgd._engine.team import Teams, timed
from fastgd._engine.threads import threads_for

if TYPE_CHECKING:
    from fastgd._kernels import Plan

# Whether all arithmetic is such that every processor gives its bits; see `kernels/processor.pyx`.
EVERYWHERE: bool = processor.EVERYWHERE
# Rows that a thread must have to share the outputs for a block.
ROWS_TO_SHARE = 16


class Workspaces:
    """Working memory that a call leaves for the next one.

    A list's pop and append are atomic, so threads that share this share no memory. Each is
    zeros when it is made; the kernels leave what must stay zero as it is.
    """

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._dtype = dtype
        self._left: list[Array] = []

    def take(self, size: int) -> Array:
        """At least `size` reals."""
        try:
            workspace = self._left.pop()
        except IndexError:
            return np.zeros(size, self._dtype)
        return workspace if len(workspace) >= size else np.zeros(size, self._dtype)

    def leave(self, workspace: Array) -> None:
        """For the next call."""
        self._left.append(workspace)


class Build:
    """The kernels of one dtype, a network's plan for them, working memory for its outputs."""

    def __init__(self, kernels: ModuleType, plan: Plan, dtype: np.dtype[Any]) -> None:
        self.kernels = kernels
        self.plan = plan
        self.dtype = dtype
        self.workspaces: Workspaces = Workspaces(dtype)
        self.teams: Teams = Teams()
        self._work_per_row = plan.work_per_example(plan.n_inputs) / 2

    def outputs(self, theta: Array, X: Array, n_threads: int | None) -> Array | None:
        """The outputs for X, one example or many; None where anything asks for full checks."""
        kind = X.dtype.char
        x = wide = pixels = None
        if kind == self.dtype.char:
            x = X
        elif kind == "B":
            pixels = X
        elif kind == "d":
            wide = X
        else:
            return None
        plan = self.plan
        if X.ndim == 1:
            output = np.empty(plan.n_outputs, self.dtype)
            fits = self.kernels.output_of_one(plan, theta, x, wide, pixels, output)
            return output if fits else None
        if X.ndim != 2:
            return None
        n = X.shape[0]
        output = np.empty((n, plan.n_outputs), self.dtype)
        if plan.few(n):
            fits = self.kernels.outputs(plan, theta, x, wide, pixels, output, None, 1)
            return output if fits else None
        work = n * self._work_per_row
        most = min(threads_for(n_threads, work), n // ROWS_TO_SHARE + 1)
        workspace = self.workspaces.take(plan.work_size(0, most))
        fits = timed(
            self.teams.of("outputs", work, most, fixed=n_threads is not None), work,
            self.kernels.outputs, plan, theta, x, wide, pixels, output, workspace,
        )  # fmt: skip
        self.workspaces.leave(workspace)
        return output if fits else None


class Builds(dict[str, Build]):
    """A network's builds by their dtype's character, each made where it is first asked for.

    Parameters
    ----------
    layer_sizes : tuple of int
    offsets : sequence of (weights, biases, end)
        Where each layer lies in theta.
    activations : sequence of str
        One name for each layer.
    """

    def __init__(
        self,
        layer_sizes: tuple[int, ...],
        offsets: Sequence[tuple[int, int, int]],
        activations: Sequence[str],
    ) -> None:
        super().__init__()
        self._network = layer_sizes, offsets, activations

    def __missing__(self, char: str) -> Build:
        dtype = np.dtype(char)
        if dtype not in FLOATS:
            raise KeyError(char)
        kernels = processor.kernels(dtype.name)
        return self.setdefault(char, Build(kernels, kernels.Plan(*self._network), dtype))

    def outputs(self, theta: Array, X: Array, n_threads: int | None) -> Array | None:
        """The outputs for arrays that the kernels take as they are, else None."""
        try:
            return self[theta.dtype.char].outputs(theta, X, n_threads)
        except (KeyError, ValueError):  # a dtype, dimension or stride that kernels do not read
            return None
