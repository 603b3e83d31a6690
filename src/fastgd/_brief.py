"""Results in one line: each field by its name, arrays as dtype and shape; texts fit to be shown."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from types import FunctionType, MethodType
from typing import Any

import numpy as np

MOST_NUMBERS = 4
MOST_LETTERS = 60
# What steers a terminal (C0, DEL and C1 but tab and line ends): a stranger's file may have it.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def brief(result: Any) -> str:
    """The repr of a named tuple or dataclass whose arrays would fill the screen.

    Examples
    --------
    >>> from fastgd import Layer
    >>> brief(Layer(np.zeros((16, 784)), np.zeros(2)))
    'Layer(weights=float64 (16, 784), biases=[0, 0])'
    """
    names = [f.name for f in fields(result)] if is_dataclass(result) else list(result._fields)
    shown = (f"{name}={value(getattr(result, name))}" for name in names)
    return f"{type(result).__name__}({', '.join(shown)})"


def value(of: Any) -> str:
    """One field: numbers in six digits, few of them one by one, anything long by its type."""
    if isinstance(of, np.ndarray):
        if of.ndim == 1 and of.size <= MOST_NUMBERS and of.dtype.kind in "fiu":
            return f"[{', '.join(f'{number:.6g}' for number in of.tolist())}]"
        return f"{of.dtype} {of.shape}"
    if isinstance(of, float):
        return f"{of:.6g}"
    if isinstance(of, FunctionType | MethodType):
        return "<function>"  # its repr has an address
    text = repr(of)
    if "\n" not in text and len(text) <= MOST_LETTERS:
        return text
    counts = hasattr(of, "__len__") and not hasattr(of, "_fields")
    length = f" of {len(of)}" if counts else ""
    return f"<{type(of).__name__}{length}>"


def printable(text: str) -> str:
    r"""A text whose control characters are escapes, so that it can be shown in a terminal.

    Examples
    --------
    >>> print(printable("a \x1b[31mred\x1b[0m name"))
    a \x1b[31mred\x1b[0m name
    """
    return CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def shorter(value: object, most: int = 300) -> str:
    """What a message can hold of something that came from a file: a line, not too long."""
    text = str(value).replace("\n", " ")
    return text if len(text) <= most else f"{text[:most]}..."


def quoted(text: str) -> str:
    """A name or a cell of a file, as a message tells it.

    Examples
    --------
    >>> quoted("Oslo"), quoted("x" * 80) == repr("x" * 60 + "...")
    ("'Oslo'", True)
    """
    return repr(shorter(text, 60))
