"""Data frames and their columns as arrays: pandas, Polars, Arrow and what else narwhals knows.

In a frame every number is a value as it stands, uint8 too: a column's dtype must not change what
the others mean. What the numbers have to be is left to `arrays`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# What frames and their columns have, and arrays and tensors have not: the Arrow C stream,
# pandas before it had one, and frames that are not computed yet.
MARKS = ("__arrow_c_stream__", "iloc", "collect_schema")


def is_frame(a: Any) -> bool:
    """Whether `a` is a frame or a column of one, without importing anything."""
    return any(hasattr(a, mark) for mark in MARKS)


def as_array(name: str, frame: Any) -> NDArray[Any]:
    """A frame as reals (n_rows, n_columns), float64 where a column is, or a column as numbers (n,).

    Integers stay integers in a column alone, so that it may be labels.
    """
    nw = narwhals()
    try:
        native = nw.from_native(frame, eager_only=True, allow_series=True, pass_through=True)
        if native is frame and not isinstance(frame, nw.DataFrame | nw.Series):
            native = from_stream(nw, name, frame)
    except nw.exceptions.DuplicateError as error:
        raise ValueError(f"{name}: {error}") from error
    if isinstance(native, nw.Series):
        values = numbers(nw, name, native)
        return values.astype(np.int16) if values.dtype == np.uint8 else values
    kinds = set(native.schema.values())
    if len(kinds) == 1 and kinds <= {nw.Float32, nw.Float64}:
        whole = native.to_numpy()  # many times as fast as column by column
        if whole.dtype.kind == "f" and np.isfinite(whole).all():
            return np.asarray(whole)
    out = np.empty(native.shape[::-1], np.float64 if nw.Float64 in kinds else np.float32)
    for row, column in zip(out, native.iter_columns(), strict=True):
        row[:] = numbers(nw, f"{name}: column {column.name!r}", column)
    return out.T


def numbers(nw: Any, name: str, column: Any) -> NDArray[Any]:
    """One column's numbers; integers without a gap as they are, all else as floats."""
    kind = column.dtype
    if not (kind.is_numeric() or kind == nw.Boolean):
        native = getattr(column.to_native(), "dtype", kind)
        raise TypeError(f"{name} is {native}; expected numbers or booleans")
    if kind.is_integer() and not column.null_count():
        return np.asarray(column.to_numpy())
    if kind not in (nw.Float32, nw.Float64):
        column = column.cast(nw.Float64)
    values = np.asarray(column.to_numpy(), np.float32 if kind == nw.Float32 else np.float64)
    bad = ~np.isfinite(values)
    if bad.any():
        row = int(bad.argmax())
        what = "missing or NaN" if np.isnan(values[row]) else values[row]
        raise ValueError(f"{name} is {what} in row {row}; expected finite numbers")
    return values


def from_stream(nw: Any, name: str, frame: Any) -> Any:
    """A frame that is known by its Arrow stream alone."""
    if not hasattr(frame, "__arrow_c_stream__"):
        raise TypeError(
            f"{name}: expected a frame in memory, got {type(frame).__name__}; collect() it first"
        )
    try:
        return nw.from_arrow(frame, backend="pyarrow")
    except ImportError as error:
        raise ImportError(
            f"{name}: reading the Arrow stream of {type(frame).__name__} needs pyarrow: "
            "pip install pyarrow",
            name="pyarrow",
        ) from error


def narwhals() -> Any:
    """The library, or how to install it."""
    try:
        import narwhals.stable.v2 as nw
    except ImportError as error:
        raise ImportError(
            'data frames need narwhals: pip install "fastgd[frames]"', name="narwhals"
        ) from error
    return nw
