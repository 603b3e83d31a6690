"""The door for sparse matrices: rows whose places and values the kernels may walk by.

SciPy's arrays may be set by hand, and other libraries have a `tocsr`: nothing is taken on trust.
"""

from __future__ import annotations

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
    rising = columns[1:] > columns[:-1]  # no difference: unsigned ones wrap
    ends = starts[1:-1]
    rising[ends[(ends > 0) & (ends < len(columns))] - 1] = True  # between two rows
    if not rising.all():
        starts, columns, values = _summed(starts, columns, values, n_inputs)
        check_finite("X.data", values)
    return SparseRows(starts, columns, values, X.shape)


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
    n = len(starts) - 1
    place = np.repeat(np.arange(n) * n_inputs, np.diff(starts)) + columns.astype(np.int64)
    place, which = np.unique(place, return_inverse=True)
    total = np.bincount(which, values, len(place))
    count = np.bincount(place // n_inputs, minlength=n)
    with np.errstate(over="ignore"):
        values = total.astype(values.dtype)
    return np.concatenate([[0], np.cumsum(count)]), place % n_inputs, values
