"""Arrays of real numbers: converted to float32 or float64, contiguous, aligned and finite.

What an array means, and of what shape it has to be, is left to `arrays.py` and `sparse_rows.py`.
Large arrays are walked over in pieces: Python hears signals between two calls of NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastgd._built import processor
from fastgd._engine import frames

Array = NDArray[Any]

# The dtypes of theta that are not converted.
FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
# Entries of a piece: some 10 ms, where each is converted and its page is new.
PIECE = 1 << 22


def pieces(n: int, entries: int) -> Iterator[slice]:
    """Slices of n rows that hold so many entries, a piece each."""
    rows = max(1, PIECE * n // max(1, entries))
    for first in range(0, n, rows):
        yield slice(first, min(n, first + rows))


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


def from_pixels(pixels: Array, dtype: np.dtype[Any]) -> Array:
    """p/255 for each uint8 p, rounded once."""
    out = np.empty(pixels.shape, dtype)
    for rows in pieces(len(pixels), pixels.size):
        np.divide(pixels[rows], dtype.type(255), out=out[rows], dtype=dtype)
    return out


# The kernels' test of each dtype, by its character.
_all_finite: dict[str, Callable[[Array], bool]] = {}


def all_finite(a: Array) -> bool:
    """Whether `a`, contiguous and of reals, has neither a NaN nor an infinity."""
    test = _all_finite.get(a.dtype.char)
    if test is None:
        test = _all_finite[a.dtype.char] = processor.kernels(a.dtype.name).all_finite
    flat = a if a.ndim == 1 else a.reshape(-1)
    if a.size <= PIECE:
        return a.size == 0 or test(flat)
    return all(test(flat[part]) for part in pieces(a.size, a.size))


def check_finite(name: str, a: Array) -> None:
    """Raise ValueError where `a`, contiguous and of reals, has a NaN or an infinity."""
    if not all_finite(a):
        where, at = first_of(~np.isfinite(a))
        raise ValueError(f"{name}[{at}] is {a[where]}; expected finite numbers")


def numbers(name: str, a: Any) -> Array:
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


def check_rows(name: str, shape: tuple[int, ...], n_columns: int, what: str) -> None:
    if len(shape) != 2 or shape[1] != n_columns:
        raise ValueError(f"{name} has shape {shape}; expected (n_examples, {n_columns} {what})")
    if shape[0] == 0:
        raise ValueError(f"{name} has no examples: its shape is {shape}")


def real_dtype(a: Array) -> np.dtype[Any]:
    """float64 for float64 of any byte order, else float32."""
    return FLOATS[a.dtype.kind == "f" and a.dtype.itemsize == 8]


def converted(name: str, a: Array, dtype: np.dtype[Any]) -> Array:
    """`a` C-contiguous, aligned, of `dtype` and finite."""
    with np.errstate(over="ignore"):  # an overflow becomes inf
        out = contiguous(a, dtype)
    if all_finite(out):
        return out
    if out.dtype != a.dtype and np.isfinite(a).all():
        where, at = first_of(~np.isfinite(out))
        raise ValueError(f"{name}[{at}] is {a[where]}, too large for {dtype}")
    check_finite(name, out)
    return out


def contiguous(a: Array, dtype: np.dtype[Any]) -> Array:
    """`a` C-contiguous, aligned and of `dtype`: itself where it is so."""
    as_asked = a.dtype == dtype and a.flags.c_contiguous and a.flags.aligned
    if as_asked or a.size <= PIECE:
        return np.require(a, dtype, ["C", "A"])
    return copied(a, dtype)


def copied(a: Array, dtype: np.dtype[Any]) -> Array:
    """A new array of `dtype`."""
    out = np.empty(a.shape, dtype)
    for rows in pieces(len(a), a.size):
        out[rows] = a[rows]
    return out


def first_of(mask: Array) -> tuple[tuple[Any, ...], str]:
    """The first index where mask is true, and the same as text."""
    where = np.unravel_index(int(np.argmax(mask)), mask.shape)
    return where, ", ".join(str(int(i)) for i in where)
