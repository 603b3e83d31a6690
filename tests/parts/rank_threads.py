"""Ranks that are threads of this process: what they say to each other without MPI."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from tests.common import PATIENCE

from fastgd.parts import Ranks

Given = TypeVar("Given")


class Meeting:
    """Where threads put arrays, and read those of all."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._barrier = threading.Barrier(size, timeout=PATIENCE)  # for one that has gone
        self._put: list[Any] = [None] * size

    def all_of(self, rank: int, given: Any) -> list[Any]:
        self._put[rank] = given.copy()
        self._barrier.wait()
        found = list(self._put)
        self._barrier.wait()
        return found

    def end(self) -> None:
        self._barrier.abort()

    def allreduce(self, rank: int) -> Callable[[Any], None]:
        """The plainest one: one after another."""

        def allreduce(buffer: Any) -> None:
            found = self.all_of(rank, buffer)
            buffer[:] = sum(found[1:], found[0])

        return allreduce

    def ranks(self, rank: int, wire: str = "float64") -> Ranks:
        """As `mpi_ranks` gives them."""
        return Ranks(
            rank,
            self.size,
            lambda rows: np.array([each[rank] for each in self.all_of(rank, rows)]),
            lambda row: np.array(self.all_of(rank, row)),
            self.allreduce(rank),
            wire,
        )


def on_ranks(size: int, of: Callable[[Meeting, int], Given]) -> list[Given | BaseException]:
    """What `of` returns or raises on each of some ranks."""
    meeting = Meeting(size)
    found: list[Any] = [None] * size

    def run(rank: int) -> None:
        try:
            found[rank] = of(meeting, rank)
        except BaseException as error:
            found[rank] = error
            if isinstance(error, threading.BrokenBarrierError):
                meeting.end()

    threads = [threading.Thread(target=run, args=(rank,)) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * PATIENCE)
    return found
