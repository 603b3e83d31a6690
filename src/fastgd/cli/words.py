"""A word of the command line as a value, or argparse's error that says what was expected."""

from __future__ import annotations

import argparse
import math
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
