"""The door for arrays: what a user may give as theta, X, Y or weights, checked and converted.

What leaves here is C-contiguous, aligned, native and finite. How X is then laid out for
the kernels is `_examples.py`'s business.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from fastgd import _cpu

Array = NDArray[Any]


class Compressed(NamedTuple):
    """Rows of a sparse matrix: row i has entries start[i]:start[i + 1]."""

    start: NDArray[np.int64]
    index: Array
    values: Array
    shape: tuple[int, int]


def float_dtype(dtype: DTypeLike | None) -> np.dtype[Any] | None:
    """`dtype` as None, float32 or float64."""
    if dtype is None:
        return None
    try:
        result = np.dtype(dtype)
    except TypeError:
        raise TypeError(f"dtype: expected float32, float64 or None, got {dtype!r}") from None
    if result not in (np.float32, np.float64):
        raise TypeError(f"dtype: expected float32, float64 or None, got {result}")
    return result


def as_theta(theta: ArrayLike, n_parameters: int, network: str) -> Array:
    """theta as a 1-d float32 or float64 array, the very one where it is that already."""
    if not isinstance(theta, np.ndarray) or theta.dtype not in (np.float32, np.float64):
        theta = _numbers("theta", theta)
        theta = theta.astype(np.float32 if theta.dtype == np.float16 else np.float64)
    if theta.ndim != 1 or theta.shape[0] != n_parameters:
        got = f"{theta.shape[0]} entries" if theta.ndim == 1 else f"shape {theta.shape}"
        raise ValueError(f"theta has {got}; a {network} network has {n_parameters} parameters")
    return theta


def as_inputs(X: Any, n_inputs: int, dtype: np.dtype[Any] | None) -> Array | Compressed:
    """X as uint8 pixels, reals, or compressed rows of reals; all (n, n_inputs).

    `dtype` is that of the reals; None means float64 for float64, else float32.
    """
    if hasattr(X, "tocsr") and hasattr(X, "shape"):
        return _as_compressed(X.tocsr(), n_inputs, dtype)
    X = _numbers("X", X)
    _check_rows("X", X.shape, n_inputs, "inputs")
    if X.dtype == np.uint8:
        return np.require(X, requirements="C")
    X = _converted(X, dtype or (np.float64 if X.dtype == np.float64 else np.float32))
    check_finite("X", X)
    return X


def as_reals(X: Array | Compressed, dtype: np.dtype[Any]) -> Array:
    """What `as_inputs` gave, as dense reals (n, n_inputs): a pixel p as p/255."""
    if isinstance(X, Compressed):
        out = np.zeros(X.shape, dtype)
        row = np.repeat(np.arange(X.shape[0]), np.diff(X.start))
        np.add.at(out, (row, X.index[: len(row)]), X.values[: len(row)])
        return out
    if X.dtype == np.uint8:
        return np.divide(X, dtype.type(255), dtype=dtype)
    return X


def as_targets(Y: ArrayLike, n: int, n_outputs: int, dtype: np.dtype[Any], row: int) -> Array:
    """Y as reals (n, row), zero from column n_outputs on: labels one-hot, numbers as given."""
    Y = _numbers("Y", Y)
    out = np.zeros((n, row), dtype)
    if Y.ndim == 1 and Y.dtype.kind in "iu":
        if len(Y) != n:
            raise ValueError(f"Y has {len(Y)} labels; X has {n} examples")
        if n and not (0 <= Y.min() and Y.max() < n_outputs):
            wrong = Y[(Y < 0) | (Y >= n_outputs)][0]
            raise ValueError(
                f"Y has the label {wrong}; a network of {n_outputs} outputs has labels "
                f"0 to {n_outputs - 1}"
            )
        out[np.arange(n), Y] = 1
        return out
    if Y.shape != (n, n_outputs):
        raise ValueError(
            f"Y has shape {Y.shape} and dtype {Y.dtype}; expected numbers ({n}, {n_outputs}) "
            f"or integer labels ({n},)"
        )
    if Y.dtype == np.uint8:
        raise TypeError(
            "Y is a uint8 matrix: give numbers as floats (pixels as Y / 255), or labels 1-d"
        )
    Y = _converted(Y, dtype)
    check_finite("Y", Y)
    out[:, :n_outputs] = Y
    return out


def as_weights(sample_weight: ArrayLike, n: int, dtype: np.dtype[Any]) -> Array:
    """sample_weight as n finite reals, none negative, not all zero."""
    weight = _numbers("sample_weight", sample_weight)
    if weight.shape != (n,):
        raise ValueError(f"sample_weight has shape {weight.shape}; X has {n} examples")
    weight = _converted(weight, dtype)
    check_finite("sample_weight", weight)
    if weight.min() < 0 or weight.max() == 0:
        raise ValueError("sample_weight: expected none negative and not all zero")
    return weight


def as_rows(rows: ArrayLike, n: int) -> NDArray[np.int64]:
    """Row numbers as int64 from 0 to n - 1; a boolean mask of n and negatives as in NumPy."""
    rows = np.asarray(rows)
    if rows.dtype == np.bool_ and rows.shape == (n,):
        return np.flatnonzero(rows)
    if rows.ndim != 1 or (rows.dtype.kind not in "iu" and rows.size):
        raise TypeError(
            f"rows: expected integers (n,) or a mask ({n},), got {rows.dtype} {rows.shape}"
        )
    if rows.size and not (-n <= int(rows.min()) and int(rows.max()) < n):
        raise ValueError(f"rows: expected -{n} to {n - 1}, got {rows.min()} to {rows.max()}")
    out = np.array(rows, np.int64)
    out[out < 0] += n
    return out


def check_finite(name: str, a: Array) -> None:
    """Raise ValueError where `a`, contiguous and of reals, has a NaN or an infinity."""
    if a.size and not _cpu.kernels(a.dtype.name).all_finite(a.reshape(-1)):
        where = np.unravel_index(int(np.argmin(np.isfinite(a))), a.shape)
        at = ", ".join(str(int(i)) for i in where)
        raise ValueError(f"{name}[{at}] is {a[where]}; expected finite numbers")


def _numbers(name: str, a: Any) -> Array:
    """`a` as an array of real numbers."""
    if a is None:
        raise TypeError(f"{name}: expected an array of numbers, got None")
    if np.ma.isMaskedArray(a) and np.ma.getmaskarray(a).any():
        raise TypeError(f"{name} has masked entries; fill or drop them first")
    if not hasattr(a, "__array__") and hasattr(a, "__dlpack__"):
        a = np.from_dlpack(a)
    try:
        a = np.asarray(a)
    except ValueError as error:
        raise TypeError(f"{name}: expected an array of numbers ({error})") from error
    if a.dtype.kind not in "fiub" or a.dtype.itemsize > 8:
        raise TypeError(f"{name}: expected float, integer or uint8 numbers, got dtype {a.dtype}")
    return a


def _check_rows(name: str, shape: tuple[int, ...], n_columns: int, what: str) -> None:
    if len(shape) != 2 or shape[1] != n_columns:
        raise ValueError(f"{name} has shape {shape}; expected (n_examples, {n_columns} {what})")
    if shape[0] == 0:
        raise ValueError(f"{name} has no examples: its shape is {shape}")


def _converted(a: Array, dtype: DTypeLike) -> Array:
    with np.errstate(over="ignore"):  # an overflow becomes inf, which check_finite names
        return np.require(a, dtype, ["C", "A"])


def _as_compressed(X: Any, n_inputs: int, dtype: np.dtype[Any] | None) -> Compressed:
    _check_rows("X", X.shape, n_inputs, "inputs")
    values = _numbers("X", X.data)
    pixels = values.dtype == np.uint8
    out = dtype or np.dtype(np.float64 if values.dtype == np.float64 else np.float32)
    values = (values / out.type(255)).astype(out) if pixels else _converted(values, out)
    check_finite("X.data", values)
    start = np.asarray(X.indptr, np.int64)
    index = np.asarray(X.indices)
    if len(index) and not (0 <= index.min() and index.max() < n_inputs):
        raise ValueError(f"X.indices: expected 0 to {n_inputs - 1}")
    if start[0] != 0 or start[-1] > len(index) or np.any(np.diff(start) < 0):
        raise ValueError("X.indptr: expected to rise from 0 to the number of entries")
    return Compressed(start, index, values, X.shape)
