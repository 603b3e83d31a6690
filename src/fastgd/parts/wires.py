"""How a sum travels: as the float64 that it is, or rounded to float32 or bfloat16 on the way.

Half or a quarter of the bytes, for networks that are slow; docs/slow-networks.md has what it costs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastgd._checks import as_choice

Numbers = NDArray[np.float64]


class Wire(NamedTuple):
    """How numbers travel."""

    dtype: np.dtype[Any]
    pack: Callable[[Numbers], NDArray[Any]]
    """float64 to what travels; beyond the range infinite."""
    unpack: Callable[[NDArray[Any]], Numbers]


def to_float32(numbers: Numbers) -> NDArray[np.float32]:
    """The nearest float32."""
    with np.errstate(over="ignore", under="ignore"):
        return numbers.astype(np.float32)


def to_bfloat16(numbers: Numbers) -> NDArray[np.uint16]:
    """The upper half of a float32, rounded to nearest, ties to even."""
    bits = to_float32(numbers).view(np.uint32)
    rounded = ((bits + (0x7FFF + (bits >> 16 & 1))) >> 16).astype(np.uint16)
    return np.where(np.isnan(numbers), np.uint16(0x7FC0), rounded)


def from_bfloat16(halves: NDArray[np.uint16]) -> Numbers:
    """float64 of upper halves of float32s."""
    return (halves.astype(np.uint32) << 16).view(np.float32).astype(np.float64)


def to_float64(numbers: NDArray[Any]) -> Numbers:
    """float64, without a copy where they are."""
    return numbers.astype(np.float64, copy=False)


WIRES = {
    "float64": Wire(np.dtype(np.float64), to_float64, to_float64),
    "float32": Wire(np.dtype(np.float32), to_float32, to_float64),
    "bfloat16": Wire(np.dtype(np.uint16), to_bfloat16, from_bfloat16),
}


def as_wire(wire: str) -> str:
    """A key of `WIRES`."""
    return as_choice("wire", wire, tuple(WIRES))
