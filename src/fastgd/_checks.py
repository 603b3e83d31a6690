"""The door for single numbers and names: counts, rates, layer sizes, choices.

Arrays come through `_engine/arrays.py`, thread counts through `_engine/threads.py`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence

import numpy as np


def as_count(name: str, value: object) -> int:
    """`value` as an int of at least 1; True, "2" and 2.0 are none."""
    try:
        if isinstance(value, bool | np.bool_):  # NumPy 2.0's True is an index
            raise TypeError
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name}: expected an integer, got {value!r}") from None
    if number < 1:
        raise ValueError(f"{name}: expected an integer of at least 1, got {value!r}")
    return number


def as_real(name: str, value: object, wanted: str, fits: Callable[[float], bool]) -> float:
    """`value` as a finite float that `fits`; True and "1" are no numbers."""
    try:
        if isinstance(value, bool | np.bool_ | str | bytes | bytearray) or np.ndim(value):  # type: ignore[arg-type]
            raise TypeError
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise TypeError(f"{name}: expected a number, got {value!r}") from None
    except OverflowError:  # an int beyond float64
        number = math.inf
    if not (math.isfinite(number) and fits(number)):
        raise ValueError(f"{name}: expected a finite number {wanted}, got {value!r}")
    return number


def as_sizes(layer_sizes: Sequence[int]) -> tuple[int, ...]:
    """layer_sizes as ints: at least two, each at least 1."""
    try:
        given = tuple(layer_sizes)
        if isinstance(layer_sizes, bytes) or any(
            isinstance(size, bool | np.bool_) for size in given
        ):
            raise TypeError
        sizes = tuple(operator.index(size) for size in given)
    except TypeError:
        raise TypeError(f"layer_sizes: expected integers, got {layer_sizes!r}") from None
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(
            f"layer_sizes: expected at least two numbers, each at least 1, got {sizes}"
        )
    return sizes


def as_choice(name: str, value: str, choices: tuple[str, ...]) -> str:
    """`value` as one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name}: expected one of {', '.join(choices)}, got {value!r}")
    return str(value)  # a NumPy string is a str, but its repr is not
