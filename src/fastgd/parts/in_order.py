"""Sums over ranks in one order, so that their bits are those of the parts and of nothing else.

A library's allreduce adds in an order of its own choice, another one on other counts of ranks.
Here each rank receives its slice of every rank's blocks, adds these in the tree of all parts
(`adding`), and hands the sum to all: the bytes of an allreduce, whatever the number of ranks.
Which library carries the bytes is told by `mpi` and `process_group`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastgd.parts.adding import BESIDE, Block, spans, total_of
from fastgd.parts.wires import WIRES, as_wire

Vector = NDArray[np.float64]
Bytes = NDArray[np.uint8]


class Added(NamedTuple):
    """A sum over all ranks."""

    total: Vector
    """Of the parts' vectors."""
    beside: Vector
    """Of the ranks' own numbers."""


class AllReduced:
    """Sums over ranks by any callable that adds one buffer: its own order of additions.

    Parameters
    ----------
    allreduce : callable
        ``allreduce(buffer)`` adds a float64 vector over ranks, in place, the same bits on each.
    """

    first: int = 0
    n_parts: int | None = None

    def __init__(self, allreduce: Callable[[Vector], object]) -> None:
        self._allreduce = allreduce

    def add(self, blocks: Sequence[Block], length: int, beside: Vector) -> Added:
        """The sum over the parts of all ranks; `length` is that of each part's vector."""
        buffer = np.concatenate([total_of(blocks, length), beside])
        self._allreduce(buffer)
        return Added(buffer[:length], buffer[length:])


class Ranks:
    """Ranks whose sums are added in one order: what `mpi_ranks` and `torch_ranks` give.

    Calling it adds one float64 vector over ranks, in place, in the order of the ranks.

    Parameters
    ----------
    rank, size : int
    alltoall : callable
        (size, m) uint8 to (size, m) uint8: row q goes to rank q, and row r is from rank r.
    allgather : callable
        (m,) uint8 to (size, m) uint8: what each rank has.
    allreduce : callable
        Adds a float64 vector over ranks, in place, in any order.
    wire : {"float64", "float32", "bfloat16"}
        What gradients and changes of parameters travel as; costs, weights and checks stay float64.
    abort : callable
        ``abort(status)`` ends all ranks.

    Attributes
    ----------
    rank, size : int
    wire : str
    """

    def __init__(
        self,
        rank: int,
        size: int,
        alltoall: Callable[[Bytes], Bytes],
        allgather: Callable[[Bytes], Bytes],
        allreduce: Callable[[Vector], object],
        wire: str = "float64",
        abort: Callable[[int], object] = sys.exit,
    ) -> None:
        self.rank: int = rank
        self.size: int = size
        self.wire: str = as_wire(wire)
        self.alltoall: Callable[[Bytes], Bytes] = alltoall
        self.allgather: Callable[[Bytes], Bytes] = allgather
        self.allreduce: Callable[[Vector], object] = allreduce
        self.abort: Callable[[int], object] = abort

    def __repr__(self) -> str:
        told = "" if self.wire == "float64" else f", {self.wire} on the wire"
        return f"<Rank {self.rank} of {self.size}{told}>"

    def __call__(self, buffer: Vector) -> None:
        """Add a float64 vector over ranks, in place: exactly, whatever the wire."""
        if self.size <= 2:  # a + b is b + a
            self.allreduce(buffer)
        else:
            got = self.allgather(np.ascontiguousarray(buffer).view(np.uint8))
            buffer[:] = in_turn(of_bytes(got, buffer.dtype))

    def of_parts(self, n_parts: int) -> InOrder:
        """How sums over all ranks' parts are added, of which this one has `n_parts`."""
        return InOrder(self, n_parts)


class InOrder:
    """Sums over the parts of ranks, those of rank 0 first.

    Attributes
    ----------
    first : int
        The number of this rank's first part among all.
    n_parts : int
        Parts of all ranks.
    """

    def __init__(self, ranks: Ranks, n_parts: int) -> None:
        self._ranks = ranks
        told = ranks.allgather(np.array([n_parts], np.int64).view(np.uint8))
        counts = [int(n) for n in np.ascontiguousarray(told).view(np.int64).ravel()]
        firsts = np.cumsum([0, *counts]).tolist()
        self.first: int = firsts[ranks.rank]
        self.n_parts: int = firsts[-1]
        # (first, n) of each block of each rank.
        self._spans = [spans(a, n) for a, n in zip(firsts, counts, strict=False)]
        self._most = max(len(held) for held in self._spans)

    def add(self, blocks: Sequence[Block], length: int, beside: Vector) -> Added:
        """The sum over the parts of all ranks; `length`, at least 3, is that of a part's vector.

        The last two numbers of each vector, the sums of costs and weights, travel as float64.
        """
        ranks = self._ranks
        if ranks.size == 1:
            return Added(total_of(blocks, length), beside)
        if ranks.size == 2 and self._most == 1 and ranks.wire == "float64":
            return AllReduced(ranks.allreduce).add(blocks, length, beside)  # a + b is b + a
        _, pack, unpack = wire = WIRES[ranks.wire]
        size, most, rounded = ranks.size, self._most, length - BESIDE
        stride = -(-rounded // size)
        held = np.zeros((most, size * stride))
        tail = np.zeros(most * BESIDE + len(beside))
        for i, block in enumerate(blocks):
            held[i, :rounded] = block.total[:rounded]
            tail[i * BESIDE : (i + 1) * BESIDE] = block.total[rounded:]
        tail[most * BESIDE :] = beside
        # (block, rank, stride) to a row of bytes for each rank, the exact numbers at its end.
        packed = pack(np.ascontiguousarray(held.reshape(most, size, stride).swapaxes(0, 1)))
        rows = packed.reshape(size, -1).view(np.uint8)
        width = rows.shape[1]
        ends = np.broadcast_to(tail.view(np.uint8), (size, tail.nbytes))
        got = ranks.alltoall(np.concatenate([rows, ends], axis=1))
        slices = unpack(of_bytes(got[:, :width], wire.dtype)).reshape(size, most, stride)
        exact = of_bytes(got[:, width:], tail.dtype)
        ends_of_blocks = exact[:, : most * BESIDE].reshape(size, most, BESIDE)
        own = total_of(
            (
                Block(first, n, np.append(slices[rank, i], ends_of_blocks[rank, i]))
                for rank, found in enumerate(self._spans)
                for i, (first, n) in enumerate(found)
            ),
            stride + BESIDE,
        )
        whole = ranks.allgather(pack(own[:stride]).view(np.uint8))
        total = np.empty(length)
        total[:rounded] = unpack(of_bytes(whole, wire.dtype)).ravel()[:rounded]
        total[rounded:] = own[stride:]
        return Added(total, in_turn(exact[:, most * BESIDE :]))


def in_turn(rows: Vector) -> Vector:
    """The sum of rows, one a rank, as the tree has it."""
    return total_of((Block(i, 1, row.copy()) for i, row in enumerate(rows)), rows.shape[1])


def of_bytes(rows: Bytes, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Rows of bytes as rows of numbers."""
    return np.ascontiguousarray(rows).view(dtype)
