"""The door for arrays: what a user may give as theta, X, Y or weights, checked and converted.

What leaves here is C-contiguous, aligned, native and finite (`as_theta` leaves that to
`for_kernels`); `reals.py` sees to that. `layouts.py` then lays X out for the kernels.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._engine.reals import (
    FLOATS,
    Array,
    check_finite,
    check_rows,
    contiguous,
    converted,
    copied,
    first_of,
    from_pixels,
    numbers,
    pieces,
    real_dtype,
)
from fastgd._engine.sparse_rows import SparseRows, as_compressed, is_sparse

# Weights between these, or 0: gradients summed with them neither overflow nor vanish in float32.
LEAST_WEIGHT, MOST_WEIGHT = 1e-20, 1e20


def as_float_theta(theta: ArrayLike, name: str = "theta") -> Array:
    """theta as a float32 or float64 array, without a copy where it is one.

    float16 and float32 of any byte order become float32; anything else becomes float64.
    """
    if type(theta) is np.ndarray and theta.dtype in FLOATS:
        return theta
    theta = numbers(name, theta)
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
        return converted(name, theta, dtype)
    if not (theta.flags.c_contiguous and theta.flags.aligned):
        theta = theta.copy()
    check_finite(name, theta)
    return theta


def as_examples(X: Any, n_inputs: int) -> tuple[Any, bool]:
    """X with a row for each example, and whether it was one example alone."""
    if not is_sparse(X):
        X = numbers("X", X)
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
    if is_sparse(X):
        return as_compressed(X.tocsr(), n_inputs, dtype)
    X = numbers("X", X)
    if _is_square_image(X.shape, n_inputs):
        X = X.reshape(1, n_inputs)
    elif X.ndim > 2 and math.prod(X.shape[1:]) == n_inputs:
        X = X.reshape(len(X), n_inputs)
    check_rows("X", X.shape, n_inputs, "inputs")
    if X.dtype == np.uint8:
        return contiguous(X, X.dtype)
    return converted("X", X, dtype or real_dtype(X))


def as_reals(X: Array | SparseRows, dtype: np.dtype[Any]) -> Array:
    """What `as_inputs` gave, as a new array of reals (n, n_inputs): a pixel p becomes p/255."""
    if isinstance(X, SparseRows):
        out = np.zeros(X.shape, dtype)
        for rows in pieces(X.shape[0], 4 * len(X.values)):  # to scatter takes its time
            starts = X.starts[rows.start : rows.stop + 1]
            these = slice(starts[0], starts[-1])
            row = np.repeat(np.arange(rows.start, rows.stop), np.diff(starts))
            out[row, X.columns[these]] = X.values[these]
        return out
    return from_pixels(X, dtype) if X.dtype == np.uint8 else copied(X, dtype)


def warn_of_faint_pixels(X: Any, inputs: Array | SparseRows) -> None:
    """Warn where X, which became `inputs`, is uint8 of 0 and 1: they are read as 0 and 1/255."""
    values = getattr(X, "data", None) if isinstance(inputs, SparseRows) else inputs
    if not isinstance(values, np.ndarray) or values.dtype != np.uint8:
        return
    if values[:100].max(initial=0) <= 1 and values.max(initial=0) == 1:
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
    Y = numbers("Y", Y)
    out = np.zeros((n, row), dtype)
    if n_outputs == 1 and Y.shape == (n,):
        if output_activation == "sigmoid" and Y.dtype.kind in "iu" and not np.isin(Y, (0, 1)).all():
            wrong = Y[~np.isin(Y, (0, 1))][0]
            raise ValueError(f"Y has the label {wrong}; one sigmoid output has labels 0 and 1")
        out[:, 0] = converted("Y", Y, dtype)
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
    out[:, :n_outputs] = converted("Y", Y, dtype)
    return out


def is_one_hot(Y: Array) -> bool:
    """Whether each row has one 1 among zeros."""
    return bool(np.all((Y == 0) | (Y == 1)) and np.all(Y.sum(1) == 1))


def as_weights(sample_weight: ArrayLike, n: int, dtype: np.dtype[Any]) -> Array:
    """sample_weight as n finite reals, none negative, not all zero."""
    given = numbers("sample_weight", sample_weight)
    if given.shape != (n,):
        raise ValueError(f"sample_weight has shape {given.shape}; X has {n} examples")
    wide = converted("sample_weight", given, np.dtype(np.float64))
    if given.min() < 0 or given.max() == 0:
        raise ValueError("sample_weight: expected none negative and not all zero")
    extreme = (wide != 0) & ((wide < LEAST_WEIGHT) | (wide > MOST_WEIGHT))
    if extreme.any():
        where, at = first_of(extreme)
        raise ValueError(
            f"sample_weight[{at}] is {given[where]}; expected 0, or {LEAST_WEIGHT} to "
            f"{MOST_WEIGHT}: only ratios of weights count"
        )
    return converted("sample_weight", given, dtype)


def as_rows(rows: ArrayLike, n: int) -> NDArray[np.int64]:
    """Row numbers from 0 to n - 1, int64, of row numbers or a mask as NumPy reads them."""
    rows = np.asarray(rows)
    if rows.dtype == np.bool_ and rows.shape == (n,):
        return np.flatnonzero(rows)
    if rows.ndim != 1 or rows.dtype.kind not in ("iu" if rows.size else "iuf"):
        raise TypeError(
            f"rows: expected integers (n,) or a mask ({n},), got {rows.dtype} {rows.shape}"
        )
    if rows.size and (int(rows.min()) < -n or int(rows.max()) >= n):
        raise ValueError(f"rows: expected -{n} to {n - 1}, got {rows.min()} to {rows.max()}")
    out = np.array(rows, np.int64)
    out[out < 0] += n
    return out


def check_out(out: Array, theta: Array, *kept: Array) -> None:
    """Raise ValueError where the gradient at theta cannot be written to `out`.

    `kept` are the user's own arrays, which a cost reads where they stand.
    """
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
    if any(np.shares_memory(out, a) for a in kept):
        raise ValueError(
            "out shares memory with X or sample_weight, which the cost goes on reading"
        )


def _is_square_image(shape: tuple[int, ...], n_inputs: int) -> bool:
    """Whether (side, side) are the n_inputs of one example, and no rows of inputs."""
    return len(shape) == 2 and shape[0] == shape[1] != n_inputs == shape[0] * shape[1]
