"""The door for sparse matrices: rows whose places and values the kernels may walk by.

SciPy's arrays may be set by hand, and other libraries have a `tocsr`: nothing is taken on trust.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastgd._engine.reals import (
    Array,
    check_finite,
    check_rows,
    converted,
    from_pixels,
    numbers,
    pieces,
    real_dtype,
)


class SparseRows(NamedTuple):
    """Rows of a sparse matrix: row i has entries starts[i]:starts[i + 1], no column twice."""

    starts: NDArray[np.int64]
    columns: Array
    values: Array
    shape: tuple[int, int]


def is_sparse(a: Any) -> bool:
    """Whether `a` is a SciPy sparse matrix or array, without importing SciPy."""
    return hasattr(a, "tocsr") and hasattr(a, "shape")


def as_compressed(X: Any, n_inputs: int, dtype: np.dtype[Any] | None) -> SparseRows:
    """A SciPy CSR matrix, all that the kernels walk by checked: its arrays may be set by hand."""
    check_rows("X", X.shape, n_inputs, "inputs")
    n = X.shape[0]
    values = numbers("X", X.data)
    starts, columns = _whole("X.indptr", X.indptr), _whole("X.indices", X.indices)
    if len(starts) != n + 1:
        raise ValueError(f"X.indptr has {len(starts)} entries; expected {n + 1} for {n} rows")
    if values.ndim != 1 or len(values) != len(columns):
        raise ValueError(f"X.data has shape {values.shape}; X.indices has {len(columns)} entries")
    starts = starts.astype(np.int64)
    if starts[0] != 0 or starts[-1] > len(columns) or (starts[1:] < starts[:-1]).any():
        raise ValueError("X.indptr: expected to rise from 0 to the number of entries")
    columns, values = columns[: starts[-1]], values[: starts[-1]]
    if len(columns) and (columns.min() < 0 or columns.max() >= n_inputs):
        raise ValueError(f"X.indices: expected 0 to {n_inputs - 1}")
    out = dtype or real_dtype(values)
    pixels = values.dtype == np.uint8
    values = from_pixels(values, out) if pixels else converted("X.data", values, out)
    if not all(_rise(starts[rows], columns) for rows in _in_rows(starts)):
        starts, columns, values = _summed(starts, columns, values, n_inputs)
        check_finite("X.data", values)
    return SparseRows(starts, columns, values, X.shape)


def _in_rows(starts: NDArray[np.int64]) -> Iterator[slice]:
    """Slices of `starts`, of a piece's rows and the end of the last one; to sort takes its time."""
    for rows in pieces(len(starts) - 1, 16 * int(starts[-1])):
        yield slice(rows.start, rows.stop + 1)


def _rise(starts: NDArray[np.int64], columns: Array) -> bool:
    """Whether the columns of some rows rise in each of them."""
    these, ends = columns[starts[0] : starts[-1]], starts[1:-1] - starts[0]
    rising = these[1:] > these[:-1]  # no difference: unsigned ones wrap
    rising[ends[(ends > 0) & (ends < len(these))] - 1] = True  # between two rows
    return bool(rising.all())


def _whole(name: str, a: Any) -> Array:
    """`a` as a vector of integers that fit int64."""
    out: Array = np.asarray(a)
    if out.ndim != 1 or out.dtype.kind not in "iu":
        raise TypeError(f"{name}: expected integers in one dimension, got {out.dtype} {out.shape}")
    if out.dtype == np.uint64 and out.size and out.max() > np.iinfo(np.int64).max:
        raise ValueError(f"{name}: {out.max()} is beyond int64")
    return out


def _summed(starts: Array, columns: Array, values: Array, n_inputs: int) -> tuple[Array, ...]:
    """The same rows with rising columns, entries of one place added up."""
    out_columns, out_values = np.empty(len(columns), np.int64), np.empty_like(values)
    out_starts, end = np.zeros_like(starts), 0
    for rows in _in_rows(starts):
        some, n = starts[rows], rows.stop - rows.start - 1
        these = slice(some[0], some[-1])
        place = np.repeat(np.arange(n) * n_inputs, np.diff(some)) + columns[these].astype(np.int64)
        place, which = np.unique(place, return_inverse=True)
        first, end = end, end + len(place)
        out_columns[first:end] = place % n_inputs
        with np.errstate(over="ignore"):
            out_values[first:end] = np.bincount(which, values[these], len(place))
        count = np.bincount(place // n_inputs, minlength=n)
        out_starts[rows.start + 1 : rows.stop] = first + np.cumsum(count)
    return out_starts, out_columns[:end], out_values[:end]
