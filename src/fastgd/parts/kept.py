"""Which chunks stay in memory from one pass to the next: what a memory budget has room for."""

from __future__ import annotations

import threading
from typing import NamedTuple

from fastgd._brief import brief
from fastgd.cost import Cost
from fastgd.parts.protocol import Empty
from fastgd.parts.reading import Read

# One chunk is computed, the next one laid out or waiting, with what it was read as; one is read.
ALIVE = 4
# Shares of the budget: of a window of chunks that mini-batches are drawn from, and of all that
# goes into windows (one is walked, one is gathered and joined).
WINDOW, WINDOWS = 8, 2


class Fit(NamedTuple):
    """What of a `ChunkedCost` fits into its memory budget."""

    chunks: int
    """Of all."""
    kept: int
    """Chunks that are kept from one pass to the next, the first ones; the others are read again."""
    kept_bytes: int
    """Of these chunks, as they are kept: compressed where most inputs are 0."""
    chunk_bytes: int
    """Of the largest chunk, as it is read."""

    def __repr__(self) -> str:
        return brief(self)


class Kept:
    """The chunks that are kept.

    Parameters
    ----------
    budget : int
        Bytes, for these, and for what is read and computed meanwhile.

    Attributes
    ----------
    largest : int
        Bytes of the largest chunk seen, as it is read or as it is laid out.
    nbytes : int
        Of all that are kept.
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._windows = False
        self._parts: dict[int, Cost | Empty] = {}
        # What reads ahead may still be at work when its pass is over.
        self._lock = threading.Lock()
        self.largest: int = 0
        self.nbytes: int = 0

    def __len__(self) -> int:
        return len(self._parts)

    def __contains__(self, number: int) -> bool:
        return number in self._parts

    def get(self, number: int) -> Cost | Empty | None:
        """A chunk, where it is kept."""
        return self._parts.get(number)

    @property
    def room(self) -> int:
        """Bytes there are for chunks that are kept, beside those that come and go."""
        room = self._budget - ALIVE * self.largest
        return min(room, self._budget // WINDOWS) if self._windows else room

    @property
    def window(self) -> int:
        """Bytes of chunks that mini-batches are drawn from at a time."""
        return self._budget // WINDOW

    def begin(self, *, windows: bool = False) -> None:
        """Before a pass: what finds no room beside windows, where there are some, goes."""
        with self._lock:
            self._windows = windows
            self._make_room(sorted(self._parts, reverse=True))

    def see(self, read: Read) -> None:
        """Take note of a chunk's size.

        Raises
        ------
        ValueError
            Where the budget has no room for so large a chunk.
        """
        size = max(read.nbytes, read.part.nbytes)
        if ALIVE * size > self._budget:
            raise ValueError(
                f"takes {size:,} bytes, and {ALIVE} of that must fit into memory_budget="
                f"{self._budget:,}: give smaller chunks, or a larger budget"
            )
        self.largest = max(self.largest, size)

    def keep(self, read: Read) -> None:
        """Keep a chunk if there is room; those walked before it make room for a larger one."""
        with self._lock:
            if read.number not in self._parts and self.nbytes + read.part.nbytes <= self.room:
                self._parts[read.number] = read.part
                self.nbytes += read.part.nbytes
            self._make_room([n for n in sorted(self._parts, reverse=True) if n < read.number])

    def _make_room(self, may_go: list[int]) -> None:
        for number in may_go:
            if self.nbytes <= self.room:
                break
            self.nbytes -= self._parts.pop(number).nbytes
