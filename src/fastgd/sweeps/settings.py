"""What a sweep is asked: which settings there are, and every combination of their values.

A list is several values, anything else is one. What a setting means is `job.py`'s.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

Setting = Mapping[str, Any]

# One number each: ranges and arrays of these are several values too.
NUMBERS = ("seed", "learning_rate", "momentum", "l2", "batch_size", "epochs", "tol")
# Arrays over the examples.
ARRAYS = ("rows", "Y", "sample_weight")
OF_THE_NETWORK = ("hidden_layer_sizes", "activation", "output_activation")
NAMES = (*NUMBERS, "nesterov", *OF_THE_NETWORK, *ARRAYS)


def expanded(settings: Sequence[Setting] | None, values: Mapping[str, Any]) -> list[Setting]:
    """Every setting of `settings` with every combination of `values`, the last changing fastest."""
    given = [{}] if settings is None else _checked(settings)
    for name in values:
        _check_name(name)
    among = {name: values_of(name, value) for name, value in values.items()}
    twice = sorted({name for setting in given for name in setting} & set(among))
    if twice:
        raise TypeError(f"settings: {twice[0]} is given there and as an argument; give it once")
    found: list[Setting] = [
        {**setting, **dict(zip(among, combination, strict=True))}
        for setting in given
        for combination in product(*among.values())
    ]
    for setting in found:
        if "learning_rate" not in setting:
            raise TypeError("learning_rate: a sweep needs one; it may be a list of several")
    return found


def values_of(name: str, given: Any) -> list[Any]:
    """The values of a setting: those in a list, or the one."""
    several = isinstance(given, list)
    if name in NUMBERS and (isinstance(given, range) or np.ndim(given) == 1):
        given, several = np.asarray(given).tolist(), True
    found = list(given) if several else [given]
    if not found:
        raise ValueError(f"{name}: expected at least one value, got an empty list")
    for value in found if name in ARRAYS else ():
        fits = value is None or isinstance(value, tuple | slice) or np.ndim(value)
        if not fits:
            raise TypeError(
                f"{name}: a list is several values, each an array; got {value!r}. Give one value "
                "as an array"
            )
    return found


def _checked(settings: Iterable[Setting]) -> list[Setting]:
    found = list(settings)
    if not found:
        raise ValueError("settings: expected at least one, got none")
    for setting in found:
        if not isinstance(setting, Mapping):
            raise TypeError(f"settings: expected dicts of settings, got {setting!r}")
        for name in setting:
            _check_name(name)
    return found


def _check_name(name: str) -> None:
    if name not in NAMES:
        near = difflib.get_close_matches(name, NAMES, 1)
        meant = f"; do you mean {near[0]}?" if near else f"; there are {', '.join(NAMES)}"
        raise TypeError(f"{name} is no setting of a sweep{meant}")


def named(settings: Sequence[Setting]) -> tuple[str, ...]:
    """The names that any of them has, in the order of `NAMES`."""
    return tuple(name for name in NAMES if any(name in setting for setting in settings))
