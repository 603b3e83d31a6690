"""What an engine holds: a network's build and a data set laid out; its parts, copies and sizes.

What is computed on it is `engine.py`'s.
"""

from __future__ import annotations

import copy
import math
import os
import threading
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from fastgd._engine.arrays import as_targets
from fastgd._engine.builds import EVERYWHERE, Build, Workspaces
from fastgd._engine.layouts import LaidOut, as_it_is, columns, lay_out
from fastgd._engine.reals import Array
from fastgd._engine.sparse_rows import SparseRows
from fastgd._engine.team import Teams


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


class Held:
    """The examples of one data set, for one network.

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
    def of_examples(cls, build: Build, examples: Examples, n_threads: int | None) -> Self:
        """An engine of examples that another one kept, maybe in another process."""
        n, n_outputs = examples.Y.shape
        Y = as_targets(examples.Y, n, n_outputs, build.dtype, build.plan.row_outputs)
        return cls(build, examples.X, Y, examples.weight, n_threads)

    def on_threads(self, n_threads: int | None) -> Self:
        """The same data on `n_threads`, with working memory of its own."""
        other = copy.copy(self)
        other.n_threads = n_threads
        other._workspaces = Workspaces(self.dtype)
        other.teams = Teams()
        return other

    def on_rows(self, rows: NDArray[np.int64]) -> Self:
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

    def _gathered(self) -> Self:
        """Itself, its rows copied where they are not all of X."""
        if self.rows is None:
            return self
        return self.of_examples(self._build, self.examples, self.n_threads)

    def with_memory_of(self, engine: Held) -> Self:
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

    def _make_columns(self) -> None:
        """The nonzeros by column, which only sums over all examples in order walk."""
        rows = self._laid_out.rows
        if rows is None or not self._data.wants_columns:
            return
        with self._making_columns.of_this_process():
            if self._data.wants_columns:
                self._data.take_columns(columns(rows, self.dtype, self._plan, self.n_threads))
