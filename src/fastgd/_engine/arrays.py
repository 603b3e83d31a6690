"""The door for arrays: what a user may give as theta, X, Y or weights, checked and converted.

What leaves here is C-contiguous, aligned, native and finite (`as_theta` leaves that to
`for_kernels`). `layouts.py` then lays X out for the kernels.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from fastgd._built import processor
from fastgd._engine import frames

Array = NDArray[Any]


# Weights between these, or 0: gradients summed with them neither overflow nor vanish in float32.
LEAST_WEIGHT, MOST_WEIGHT = 1e-20, 1e20

# The dtypes of theta that are not converted.
FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


class SparseRows(NamedTuple):
    """Rows of a sparse matrix: row i has entries starts[i]:starts[i + 1], no column twice."""

    starts: NDArray[np.int64]
    columns: Array
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
    if result not in FLOATS:
        raise TypeError(f"dtype: expected float32, float64 or None, got {result}")
    return result


def as_float_theta(theta: ArrayLike, name: str = "theta") -> Array:
    """theta as a float32 or float64 array, without a copy where it is one.

    float16 and float32 of any byte order become float32; anything else becomes float64.
    """
    if type(theta) is np.ndarray and theta.dtype in FLOATS:
        return theta
    theta = _numbers(name, theta)
    half = theta.dtype.kind == "f" and theta.dtype.itemsize <= 4
    return theta.astype(np.float32 if half else np.float64, copy=False)


def as_theta(theta: ArrayLike, n_parameters: int, network: object, name: str = "theta") -> Array:
    """theta, or a vector like it, as `as_float_theta` gives it, of the right length."""
    theta = as_float_theta(theta, name)
    if theta.ndim != 1 or theta.shape[0] != n_parameters:
        got = f"{theta.shape[0]} entries" if theta.ndim == 1 else f"shape {theta.shape}"
        raise ValueError(f"{name} has {got}; a {network} network has {n_parameters} parameters")
    return theta


def for_kernels(theta: Array, dtype: np.dtype[Any], name: str = "theta") -> Array:
    """theta as the kernels read it: finite, contiguous, aligned, of their dtype."""
    if theta.dtype != dtype:
        return _converted(name, theta, dtype)
    if not (theta.flags.c_contiguous and theta.flags.aligned):
        theta = theta.copy()
    check_finite(name, theta)
    return theta


def as_examples(X: Any, n_inputs: int) -> tuple[Any, bool]:
    """X with a row for each example, and whether it was one example alone."""
    if not _is_sparse(X):
        X = _numbers("X", X)
    if _is_square_image(X.shape, n_inputs):
        return X.reshape((1, n_inputs)), True
    if len(X.shape) != 1:
        return X, False
    if X.shape != (n_inputs,):
        raise ValueError(
            f"X has shape {X.shape}; expected (n_examples, {n_inputs} inputs) or ({n_inputs},)"
        )
    return X.reshape((1, n_inputs)), True


def as_inputs(X: Any, n_inputs: int, dtype: np.dtype[Any] | None) -> Array | SparseRows:
    """X as uint8 pixels, reals, or `SparseRows` rows of reals; all (n, n_inputs).

    Images (n, rows, columns) become rows, and so does one square image. `dtype` is that of the
    reals. None: float64 where X is float64, else float32.
    """
    if _is_sparse(X):
        return _as_compressed(X.tocsr(), n_inputs, dtype)
    X = _numbers("X", X)
    if _is_square_image(X.shape, n_inputs):
        X = X.reshape(1, n_inputs)
    elif X.ndim > 2 and math.prod(X.shape[1:]) == n_inputs:
        X = X.reshape(len(X), n_inputs)
    _check_rows("X", X.shape, n_inputs, "inputs")
    if X.dtype == np.uint8:
        return np.ascontiguousarray(X)
    return _converted("X", X, dtype or _real_dtype(X))


def as_reals(X: Array | SparseRows, dtype: np.dtype[Any]) -> Array:
    """What `as_inputs` gave, as a new array of reals (n, n_inputs): a pixel p becomes p/255."""
    if isinstance(X, SparseRows):
        out = np.zeros(X.shape, dtype)
        row = np.repeat(np.arange(X.shape[0]), np.diff(X.starts))
        out[row, X.columns] = X.values
        return out
    if X.dtype == np.uint8:
        return from_pixels(X, dtype)
    return np.array(X, dtype)


def from_pixels(pixels: Array, dtype: np.dtype[Any]) -> Array:
    """p/255 for each uint8 p, rounded once."""
    return np.asarray(np.divide(pixels, dtype.type(255), dtype=dtype))


def warn_of_faint_pixels(X: Any, inputs: Array | SparseRows) -> None:
    """Warn where X, which became `inputs`, is uint8 of 0 and 1: they are read as 0 and 1/255."""
    if isinstance(inputs, SparseRows):
        values = X.data if X.dtype == np.uint8 else None
    else:
        values = inputs if inputs.dtype == np.uint8 else None
    if values is not None and values[:100].max(initial=0) <= 1 and values.max(initial=0) == 1:
        warnings.warn(
            "X is uint8 and its largest value is 1. uint8 are pixels: 1 means 1/255, too faint to "
            "learn from. Give values as X.astype(float), black and white as 255 * X",
            stacklevel=3,
        )


def as_targets(
    Y: ArrayLike,
    n: int,
    n_outputs: int,
    dtype: np.dtype[Any],
    row: int,
    *,
    output_activation: str = "identity",
) -> Array:
    """Y as reals (n, row), zero from column n_outputs on: labels one-hot, numbers as given.

    For one output (n,) are numbers as given; integers for a sigmoid are labels, 0 or 1.
    """
    Y = _numbers("Y", Y)
    out = np.zeros((n, row), dtype)
    if n_outputs == 1 and Y.shape == (n,):
        if output_activation == "sigmoid" and Y.dtype.kind in "iu" and not np.isin(Y, (0, 1)).all():
            wrong = Y[~np.isin(Y, (0, 1))][0]
            raise ValueError(f"Y has the label {wrong}; one sigmoid output has labels 0 and 1")
        out[:, 0] = _converted("Y", Y, dtype)
        return out
    if Y.ndim == 1 and Y.dtype.kind in "iu":
        if len(Y) != n:
            raise ValueError(f"Y has {len(Y)} labels; X has {n} examples")
        if Y.min() < 0 or Y.max() >= n_outputs:
            wrong = Y[(Y < 0) | (n_outputs <= Y)][0]
            raise ValueError(
                f"Y has the label {wrong}; a network of {n_outputs} outputs has labels "
                f"0 to {n_outputs - 1}"
            )
        out[np.arange(n), Y] = 1
        return out
    if Y.shape != (n, n_outputs):
        labels = "integer labels " if n_outputs > 1 else ""
        raise ValueError(
            f"Y has shape {Y.shape} and dtype {Y.dtype}; expected numbers ({n}, {n_outputs}) "
            f"or {labels}({n},)"
        )
    if Y.dtype == np.uint8:
        raise TypeError(
            "Y is a uint8 matrix: give numbers as floats (pixels as Y / 255), or labels 1-d"
        )
    out[:, :n_outputs] = _converted("Y", Y, dtype)
    return out


def as_weights(sample_weight: ArrayLike, n: int, dtype: np.dtype[Any]) -> Array:
    """sample_weight as n finite reals, none negative, not all zero."""
    given = _numbers("sample_weight", sample_weight)
    if given.shape != (n,):
        raise ValueError(f"sample_weight has shape {given.shape}; X has {n} examples")
    _converted("sample_weight", given, np.dtype(np.float64))
    if given.min() < 0 or given.max() == 0:
        raise ValueError("sample_weight: expected none negative and not all zero")
    extreme = (given != 0) & ((given < LEAST_WEIGHT) | (given > MOST_WEIGHT))
    if extreme.any():
        where, at = _first(extreme)
        raise ValueError(
            f"sample_weight[{at}] is {given[where]}; expected 0, or {LEAST_WEIGHT} to "
            f"{MOST_WEIGHT}: only ratios of weights count"
        )
    return _converted("sample_weight", given, dtype)


def as_rows(rows: ArrayLike, n: int) -> NDArray[np.int64]:
    """Row numbers from 0 to n - 1, int64, of row numbers or a mask as NumPy reads them."""
    rows = np.asarray(rows)
    if rows.dtype == np.bool_ and rows.shape == (n,):
        return np.flatnonzero(rows)
    if rows.ndim != 1 or (rows.dtype.kind not in "iu" and rows.size):
        raise TypeError(
            f"rows: expected integers (n,) or a mask ({n},), got {rows.dtype} {rows.shape}"
        )
    if rows.size and (int(rows.min()) < -n or int(rows.max()) >= n):
        raise ValueError(f"rows: expected -{n} to {n - 1}, got {rows.min()} to {rows.max()}")
    out = np.array(rows, np.int64)
    out[out < 0] += n
    return out


# The kernels' test of each dtype, by its character.
_all_finite: dict[str, Callable[[Array], bool]] = {}


def all_finite(a: Array) -> bool:
    """Whether `a`, contiguous and of reals, has neither a NaN nor an infinity."""
    test = _all_finite.get(a.dtype.char)
    if test is None:
        test = _all_finite[a.dtype.char] = processor.kernels(a.dtype.name).all_finite
    return a.size == 0 or test(a if a.ndim == 1 else a.reshape(-1))


def check_finite(name: str, a: Array) -> None:
    """Raise ValueError where `a`, contiguous and of reals, has a NaN or an infinity."""
    if not all_finite(a):
        where, at = _first(~np.isfinite(a))
        raise ValueError(f"{name}[{at}] is {a[where]}; expected finite numbers")


def check_out(out: Array, theta: Array) -> None:
    """Raise ValueError where the gradient at theta cannot be written to `out`."""
    fits = (
        isinstance(out, np.ndarray)
        and out.shape == theta.shape
        and out.dtype == theta.dtype
        and out.flags.carray
    )
    if not fits:
        raise ValueError(
            f"out: expected a writable, aligned, C-contiguous {theta.dtype} array "
            f"{theta.shape}, got {getattr(out, 'dtype', type(out).__name__)} "
            f"{getattr(out, 'shape', '')}"
        )
    if np.shares_memory(out, theta):
        raise ValueError("out shares memory with theta")


def _is_sparse(a: Any) -> bool:
    """Whether `a` is a SciPy sparse matrix or array, without importing SciPy."""
    return hasattr(a, "tocsr") and hasattr(a, "shape")


def _numbers(name: str, a: Any) -> Array:
    """`a` as an array of real numbers."""
    if a is None:
        raise TypeError(f"{name}: expected an array of numbers, got None")
    if np.ma.isMaskedArray(a) and np.ma.getmaskarray(a).any():
        raise TypeError(f"{name} has masked entries; fill or drop them first")
    if frames.is_frame(a):
        a = frames.as_array(name, a)
    try:
        if not hasattr(a, "__array__") and hasattr(a, "__dlpack__"):
            a = np.from_dlpack(a)
        a = np.asarray(a)
    except (ValueError, TypeError, RuntimeError, BufferError) as error:
        raise TypeError(f"{name}: expected an array of numbers ({error})") from error
    if a.dtype.kind not in "fiub" or a.dtype.itemsize > 8:
        raise TypeError(f"{name}: expected float, integer or uint8 numbers, got dtype {a.dtype}")
    return np.asarray(a)


def _is_square_image(shape: tuple[int, ...], n_inputs: int) -> bool:
    """Whether (side, side) are the n_inputs of one example, and no rows of inputs."""
    return len(shape) == 2 and shape[0] == shape[1] != n_inputs == shape[0] * shape[1]


def _check_rows(name: str, shape: tuple[int, ...], n_columns: int, what: str) -> None:
    if len(shape) != 2 or shape[1] != n_columns:
        raise ValueError(f"{name} has shape {shape}; expected (n_examples, {n_columns} {what})")
    if shape[0] == 0:
        raise ValueError(f"{name} has no examples: its shape is {shape}")


def _real_dtype(a: Array) -> np.dtype[Any]:
    """float64 for float64 of any byte order, else float32."""
    return FLOATS[a.dtype.kind == "f" and a.dtype.itemsize == 8]


def _converted(name: str, a: Array, dtype: np.dtype[Any]) -> Array:
    """`a` C-contiguous, aligned, of `dtype` and finite."""
    with np.errstate(over="ignore"):  # an overflow becomes inf
        out = np.require(a, dtype, ["C", "A"])
    if out.dtype != a.dtype and not np.isfinite(out).all() and np.isfinite(a).all():
        where, at = _first(~np.isfinite(out))
        raise ValueError(f"{name}[{at}] is {a[where]}, too large for {dtype}")
    check_finite(name, out)
    return out


def _first(mask: Array) -> tuple[tuple[Any, ...], str]:
    """The first index where mask is true, and the same as text."""
    where = np.unravel_index(int(np.argmax(mask)), mask.shape)
    return where, ", ".join(str(int(i)) for i in where)


def _as_compressed(X: Any, n_inputs: int, dtype: np.dtype[Any] | None) -> SparseRows:
    """A SciPy CSR matrix, all that the kernels walk by checked: its arrays may be set by hand."""
    _check_rows("X", X.shape, n_inputs, "inputs")
    n = X.shape[0]
    values = _numbers("X", X.data)
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
    out = dtype or _real_dtype(values)
    pixels = values.dtype == np.uint8
    values = from_pixels(values, out) if pixels else _converted("X.data", values, out)
    rising = columns[1:] > columns[:-1]  # no difference: unsigned ones wrap
    ends = starts[1:-1]
    rising[ends[(ends > 0) & (ends < len(columns))] - 1] = True  # between two rows
    if not rising.all():
        starts, columns, values = _summed(starts, columns, values, n_inputs)
        check_finite("X.data", values)
    return SparseRows(starts, columns, values, X.shape)


def _whole(name: str, a: Any) -> Array:
    """`a` as a vector of integers that fit int64."""
    a = np.asarray(a)
    if a.ndim != 1 or a.dtype.kind not in "iu":
        raise TypeError(f"{name}: expected integers in one dimension, got {a.dtype} {a.shape}")
    if a.dtype == np.uint64 and a.size and a.max() > np.iinfo(np.int64).max:
        raise ValueError(f"{name}: {a.max()} is beyond int64")
    return a


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
