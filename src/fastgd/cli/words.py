"""A word of the command line as a value, or argparse's error that says what was expected."""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Callable


def layer_sizes(text: str) -> tuple[int, ...]:
    """784,16,16,10 or 784-16-16-10."""
    sizes = hidden_sizes(text)
    if len(sizes) < 2:
        raise argparse.ArgumentTypeError(f"expected sizes such as 784-16-16-10, got {text!r}")
    return sizes


def hidden_sizes(text: str) -> tuple[int, ...]:
    """16,16 or 16-16."""
    return tuple(integer(1)(size) for size in text.replace(",", "-").split("-"))


def batch_size(text: str) -> int:
    return 0 if text == "all" else integer(0)(text)


def integer(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or int(text) < least:
            raise argparse.ArgumentTypeError(
                f"expected a whole number, at least {least}, got {text!r}"
            )
        return int(text)

    return parse


UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
         "KIB": 1 << 10, "MIB": 1 << 20, "GIB": 1 << 30, "TIB": 1 << 40}  # fmt: skip


def memory(text: str) -> int:
    """500MB or 8GiB, in bytes."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([kmgt]i?b)", text.strip(), re.IGNORECASE | re.ASCII)
    size = int(float(found[1]) * UNITS[found[2].upper()]) if found else 0
    if not 0 < size < 1 << 60:
        raise argparse.ArgumentTypeError(f"expected a size such as 500MB or 8GB, got {text!r}")
    return size


def an_epoch_or(text: str) -> int | str:
    """A count of at least 1, or "epoch"."""
    return text if text == "epoch" else integer(1)(text)


def positive(text: str) -> float:
    return real_number(text, "above 0", lambda x: x > 0)


def not_negative(text: str) -> float:
    return real_number(text, "at least 0", lambda x: x >= 0)


def fraction(text: str) -> float:
    return real_number(text, "from 0 to below 1", lambda x: 0 <= x < 1)


def real_number(text: str, wanted: str, accepts: Callable[[float], bool]) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and accepts(number)):
        raise argparse.ArgumentTypeError(f"expected a number {wanted}, got {text!r}")
    return number
