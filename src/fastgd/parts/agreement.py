"""Whether ranks agree, and what one says to all: by sums alone, which every engine has.

Each rank adds a number h of what it has, and h^2. Where all have the same, n sum(h^2) is
sum(h)^2, and nowhere else (Cauchy and Schwarz). So all find out at once, and none is left waiting.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd.parts.protocol import PartError

Vector = NDArray[np.float64]
# Of a hash, so that sums of squares over 4,096 ranks are whole numbers in float64.
BITS = 20
# Characters of a message to all, at most.
LENGTH = 1000


def squared(h: int) -> list[int]:
    """What a rank adds of a number below 2^20."""
    return [h, h * h]


def is_same(n: float, total: float, of_squares: float) -> bool:
    """Whether n ranks have added the same number."""
    return int(n) * int(of_squares) == int(total) ** 2


def number_of(text: str) -> int:
    """A number below 2^20 of some words."""
    return zlib.crc32(text.encode()) >> (32 - BITS)


def number_of_vector(theta: NDArray[Any], asked: str) -> int:
    """A number below 2^20 of theta's bits, and of what is asked of it."""
    raw = np.ascontiguousarray(theta).view(np.uint32)
    pairs = raw[: len(raw) // 2 * 2].view(np.uint64)
    total = int(np.add.reduce(pairs)) + int(raw[-1]) + zlib.crc32(asked.encode())
    return (total * 0x9E3779B97F4A7C15 % 2**64) >> (64 - BITS)


def agree(allreduce: Callable[[Vector], object], facts: Mapping[str, object]) -> int:
    """The number of ranks, where all have the same facts.

    Raises
    ------
    ValueError
        On every rank where they do not: it names what differs, and what it is here.
    """
    hashes = [number_of(repr(fact)) for fact in facts.values()]
    buffer = np.array([1, *(x for h in hashes for x in squared(h))], np.float64)
    allreduce(buffer)
    n = int(buffer[0])
    for i, (name, fact) in enumerate(facts.items()):
        if not is_same(n, *buffer[1 + 2 * i : 3 + 2 * i]):
            raise ValueError(f"ranks disagree on the {name}: here it is {fact}")
    return n


def tell_failure(
    allreduce: Callable[[Vector], object], n_failed: int, own: BaseException | None, name: str
) -> PartError:
    """What to raise where some ranks failed: the one's own error, on all of them.

    Parameters
    ----------
    own : exception or None
        This rank's; None where it did not fail.
    name : str
        What this rank is called.
    """
    if n_failed > 1:  # their words would be added up
        if own is None:
            return PartError(f"{n_failed} other ranks", "failed; each tells why")
        return as_part_error(own, name)
    letters = np.zeros(LENGTH)
    if own is not None:
        error = as_part_error(own, name)
        # Cut in words, not in the middle of a letter's code.
        said = json.dumps([error.part[:200], error.why[:600]], ensure_ascii=True).encode()[:LENGTH]
        letters[: len(said)] = list(said)
    allreduce(letters)
    if own is not None:
        return error
    words = bytes(letters.astype(np.uint8)).rstrip(b"\0").decode("ascii", "replace")
    try:
        return PartError(*json.loads(words))
    except ValueError:
        return PartError("another rank", words)


def as_part_error(error: BaseException, name: str) -> PartError:
    """An error under the name of its rank."""
    if isinstance(error, PartError):
        return PartError(f"{name}, {error.part}", error.why)
    return PartError(name, str(error) or type(error).__name__)
