"""Which chunks stay in memory from one pass to the next: what a memory budget has room for."""

from __future__ import annotations

import threading

from fastgd.cost import Cost
from fastgd.parts.protocol import Empty
from fastgd.parts.reading import Read

# One chunk is computed, one is read, and what reads it may hold it twice.
ALIVE = 3


class Kept:
    """The chunks that are kept, for one purpose at a time.

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
        self._purpose = ""
        self._parts: dict[int, Cost | Empty] = {}
        self._pass = object()
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
        # Batches are drawn from `window` bytes: one such is walked, one is gathered and joined.
        return room if self._purpose != "batches" else min(room, self._budget // 2)

    @property
    def window(self) -> int:
        """Bytes of chunks that mini-batches are drawn from at a time."""
        return self._budget // 8

    def begin(self, purpose: str) -> object:
        """Before a pass, for "sums" or "batches": what was kept for another goes.

        What is returned is the pass: `keep` takes nothing from one that is over.
        """
        with self._lock:
            if purpose != self._purpose:
                self._parts.clear()
                self.nbytes = 0
                self._purpose = purpose
            self._pass = object()
            return self._pass

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

    def keep(self, read: Read, of_pass: object) -> bool:
        """Keep a chunk if there is room; False where the pass is over.

        Those walked before make room where larger ones come than were seen so far.
        """
        with self._lock:
            if of_pass is not self._pass:
                return False
            if self.nbytes + read.part.nbytes <= self.room:
                self._parts[read.number] = read.part
                self.nbytes += read.part.nbytes
            for number in sorted(self._parts, reverse=True) if self.nbytes > self.room else ():
                if number <= read.number and self.nbytes > self.room:
                    self.nbytes -= self._parts.pop(number).nbytes
            return True
