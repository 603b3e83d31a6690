"""Which layout of X the kernels walk over, and how it is made.

Inputs that are mostly zero are compressed (`kernels/layouts.pyx`); the others stay dense,
uint8 or real, where they stand. Checks are `arrays.py`'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastgd._built import layouts
from fastgd._engine.arrays import as_reals
from fastgd._engine.reals import Array, from_pixels, pieces
from fastgd._engine.regions import run
from fastgd._engine.sparse_rows import SparseRows
from fastgd._engine.threads import threads_for

# Below this share of nonzeros, walking an index and a value for each nonzero costs less than
# a multiply-add for each input. docs/performance-log.md has the measured crossover.
COMPRESS_BELOW = 0.45
# With fewer inputs than this, dense is cheaper whatever they hold.
FEWEST_INPUTS = 16


def rules() -> str:
    """The choice of layout, in words."""
    return (
        f"compressed where under {COMPRESS_BELOW:.0%} of at least {FEWEST_INPUTS} inputs are "
        "nonzero, else dense; uint8 stays uint8"
    )


class LaidOut(NamedTuple):
    """X in its layout, which is the same for every build of a dtype: it can be pickled."""

    dense: Array | None
    """uint8 or reals, where X is not compressed."""
    rows: _Rows | None
    """The lists of compressed rows."""

    @property
    def name(self) -> str:
        """The layout's name."""
        if self.rows is not None:
            return "compressed uint8" if self.rows.value_size == 1 else "compressed reals"
        return "dense uint8" if self._dense_uint8 else "dense reals"

    @property
    def _dense_uint8(self) -> bool:
        return self.dense is not None and self.dense.dtype == np.uint8

    @property
    def nbytes(self) -> int:
        """Bytes of X in its layout."""
        if self.rows is not None:
            return self.rows.lists.nbytes + self.rows.entries.nbytes
        return 0 if self.dense is None else self.dense.nbytes

    @classmethod
    def joined(cls, each: Sequence[LaidOut], memory: NDArray[np.uint8] | None) -> LaidOut:
        """The rows of all, in `memory` where they fit; compressed ones were laid out alike."""
        lists = [one.rows for one in each if one.rows is not None]
        if not lists:
            return cls(_concatenated([o.dense for o in each if o.dense is not None], memory), None)
        if len(lists) < len(each) or len({rows[2:] for rows in lists}) > 1:
            raise ValueError("rows of different layouts cannot be joined")
        all_lists = np.concatenate([rows.lists for rows in lists])
        ends = np.cumsum([len(rows.lists) for rows in lists])
        at = 0
        for end, rows in zip(ends, lists, strict=True):
            all_lists["first"][end - len(rows.lists) : end] += at
            at += len(rows.entries)
        entries = _concatenated([rows.entries for rows in lists], memory)
        return cls(None, lists[0]._replace(lists=all_lists, entries=entries))

    def part(self, rows: slice | NDArray[np.int64]) -> LaidOut:
        """Some of the rows; those of compressed X share its entries."""
        if self.rows is not None:
            lists = np.ascontiguousarray(self.rows.lists[rows])
            return LaidOut(None, self.rows._replace(lists=lists))
        assert self.dense is not None
        return LaidOut(np.ascontiguousarray(self.dense[rows]), None)

    def data(self, kernels: ModuleType, plan: Any, Y: Array | None, weight: Array | None) -> Any:
        """`kernels.Data`: what a build walks over."""
        if self.rows is not None:
            return kernels.Data(plan, compressed=self.rows, Y=Y, weight=weight)
        if self._dense_uint8:
            return kernels.Data(plan, pixels=self.dense, Y=Y, weight=weight)
        return kernels.Data(plan, dense=self.dense, Y=Y, weight=weight)


def _concatenated(arrays: Sequence[Array], memory: NDArray[np.uint8] | None) -> Array:
    """Arrays of one dtype, one after the other, at the start of `memory` where they fit."""
    shape = (sum(len(array) for array in arrays), *arrays[0].shape[1:])
    fits = memory is not None and memory.nbytes >= sum(array.nbytes for array in arrays)
    out = np.ndarray(shape, arrays[0].dtype, memory) if fits else np.empty(shape, arrays[0].dtype)
    return np.concatenate(arrays, out=out)


def lay_out(
    dtype: np.dtype[Any],
    X: Array | SparseRows,
    n_threads: int | None = None,
    other: LaidOut | None = None,
) -> LaidOut:
    """X in its best layout, or like another X, so that both can be joined."""
    like = None if other is None else other.rows
    if isinstance(X, SparseRows):
        few = len(X.values) < COMPRESS_BELOW * X.shape[0] * X.shape[1]
        if like is not None or (few and other is None):
            return LaidOut(None, _sparse_rows(X, like))
        return as_it_is(as_reals(X, dtype))
    if other is not None and like is None:
        return as_it_is(X)
    rows = _compressed_rows(X, dtype, n_threads, like)
    return as_it_is(X) if rows is None else LaidOut(None, rows)


def as_it_is(X: Array) -> LaidOut:
    """X dense where it stands."""
    return LaidOut(X, None)


# The struct that says where a list begins and how long it is, as the kernels declare it.
LIST = np.asarray(layouts.LIST_SAMPLE).dtype


class _Rows(NamedTuple):
    """What `layouts.compress` fills, and what its bytes mean."""

    lists: NDArray[Any]
    entries: NDArray[np.uint8]
    index_size: int
    value_size: int
    middle: int


def _room(
    count: NDArray[np.int64], n_inputs: int, value_size: int, middle: int, like: _Rows | None
) -> tuple[NDArray[np.int64], _Rows]:
    """Where lists of `count` nonzeros begin, and empty `_Rows` to hold them.

    Indices are steps of one byte, unless stepping stones could add over a quarter more entries;
    they are those of `like` where it is given.
    """
    stones = layouts.stepping_stones(n_inputs)
    steps = 4 * (stones - 1) * len(count) <= count.sum()
    start = np.empty(len(count) + 1, np.int64)
    index_size = 1 if steps else 4
    if like is not None:
        index_size = like.index_size
    layouts.list_starts(count, stones, index_size, value_size, start)
    entries = np.empty(start[-1], np.uint8)
    return start, _Rows(np.empty(len(count), LIST), entries, index_size, value_size, middle)


def _compressed_rows(
    X: Array, dtype: np.dtype[Any], n_threads: int | None, like: _Rows | None
) -> _Rows | None:
    """The lists of X's nonzeros, or None where there are too many of them and none `like` it."""
    n, n_inputs = X.shape
    if n_inputs < FEWEST_INPUTS and like is None:
        return None
    threads = threads_for(n_threads, X.size)
    count = np.empty(n, np.int64)
    # Where the first rows are far too dense, the rest need not be counted.
    few = X[: 1 + n // 32]
    layouts.count_nonzeros(few, count, 1)
    if like is None and count[: len(few)].sum() > 2 * COMPRESS_BELOW * few.size:
        return None
    parts = list(pieces(n, X.size))  # signals are heard between two of them
    for part in parts:
        run(threads, layouts.count_nonzeros, X[part], count[part])
    if like is None and count.sum() >= COMPRESS_BELOW * X.size:
        return None
    if like is None:
        middle = _middle(np.count_nonzero(X[:EXAMPLES_FOR_MIDDLE], axis=0))
    else:
        middle = like.middle
    start, rows = _room(count, n_inputs, X.itemsize, middle, like)
    if rows.index_size > 1:
        return _sparse_rows(_as_sparse(X, count, dtype), like)
    work = np.empty((threads, layouts.list_room(n_inputs, 1)), np.uint8)
    for part in parts:
        run(
            threads, layouts.compress, X[part], rows.middle, start[part], rows.lists[part],
            rows.entries, work,
        )  # fmt: skip
    return rows


# The first examples, about so many, decide where the halves of all lists meet.
EXAMPLES_FOR_MIDDLE = 500


def _middle(count: NDArray[np.int64]) -> int:
    """The median of the entries' columns, of which column k has `count[k]`."""
    ends = np.cumsum(count)
    n = ends[-1] if len(ends) else 0
    low, high = np.searchsorted(ends, [(n - 1) // 2, n // 2], side="right") if n else (0, 0)
    return int(low + high) // 2


def _as_sparse(X: Array, count: NDArray[np.int64], dtype: np.dtype[Any]) -> SparseRows:
    """Dense X as `as_inputs` would give it from a sparse matrix."""
    starts = np.r_[0, np.cumsum(count)]
    column, values = np.empty(starts[-1], np.int64), np.empty(starts[-1], X.dtype)
    for part in pieces(len(X), X.size):
        these = slice(starts[part.start], starts[part.stop])
        row, column[these] = np.nonzero(X[part])
        values[these] = X[part][row, column[these]]
    if values.dtype == np.uint8:
        values = from_pixels(values, dtype)
    return SparseRows(starts, column, values, X.shape)


def _sparse_rows(X: SparseRows, like: _Rows | None = None) -> _Rows:
    """The lists of a sparse matrix's entries."""
    first = X.columns[: X.starts[:EXAMPLES_FOR_MIDDLE][-1]]
    middle = _middle(np.bincount(first)) if like is None else like.middle
    start, rows = _room(np.diff(X.starts), X.shape[1], X.values.itemsize, middle, like)
    work = np.empty(layouts.list_room(X.shape[1], 4), np.uint8)
    for part in pieces(X.shape[0], 4 * len(X.values)):
        starts = X.starts[part.start : part.stop + 1]
        these = slice(starts[0], starts[-1])
        layouts.compress_sparse(
            starts - starts[0], X.columns[these].astype(np.int32), X.values[these],
            rows.middle, start[part], rows.lists[part], rows.entries, work, rows.index_size == 1,
        )  # fmt: skip
    return rows


def columns(
    rows: _Rows, dtype: np.dtype[Any], plan: Any, n_threads: int | None
) -> tuple[int, Array, Array, Array]:
    """The same nonzeros by column within each block of examples."""
    length = rows.lists["n"].astype(np.int64)
    total = np.add.reduceat(length, np.arange(0, len(length), plan.block))
    most = np.minimum(total, plan.n_inputs)
    # Each list may be filled up by 3 entries, and then to a multiple of 8 bytes.
    size = ((total + 3 * most) * (1 + rows.value_size) + 7 * most + 7) // 8 * 8
    spans = np.stack([np.cumsum(most) - most, most, np.cumsum(size) - size], axis=1)
    lists = np.empty((max(1, most.sum()), 2), np.int32)
    entries = np.empty(max(1, size.sum()), np.uint8)
    values = rows.entries.view(np.uint8 if rows.value_size == 1 else dtype)
    indices = rows.entries.view(np.uint8 if rows.index_size == 1 else np.int32)
    threads = threads_for(n_threads, 4.0 * length.sum())
    work = np.zeros((threads, 3 * plan.n_inputs), np.int64)
    for part in pieces(len(spans), 8 * int(length.sum())):
        these = slice(plan.block * part.start, plan.block * part.stop)
        run(
            threads, layouts.by_column, rows.lists[these], values, indices, plan.block,
            spans[part], lists, entries, work,
        )  # fmt: skip
    return plan.block, spans, lists, entries
