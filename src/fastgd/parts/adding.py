"""Where sums of parts are added: in float64, in one fixed tree over the parts.

Parts 0 and 1 are added, 2 and 3, ..., then these pairs by twos, and so on. Whoever holds some
neighbours may add these alone, a worker or a rank, and whoever computed which part, and whenever,
the bits are the same. `means` divides.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastgd.parts.protocol import Sums

# Beside the gradient: the sums of costs and of weights.
BESIDE = 2


class Block(NamedTuple):
    """The sum over parts `first` to ``first + n - 1``; n is a power of two that divides `first`."""

    first: int
    n: int
    total: NDArray[np.float64]


class Tree:
    """Blocks added as the tree has them; those that wait for their other half are kept.

    Attributes
    ----------
    blocks : list of Block
        From left to right; at most two for each power of two.
    """

    def __init__(self) -> None:
        self.blocks: list[Block] = []

    def add(self, block: Block) -> None:
        """Add the next block to the right; its array is kept, and may be added to."""
        while self.blocks and are_halves(self.blocks[-1], block):
            left = self.blocks.pop()
            with np.errstate(over="ignore", invalid="ignore"):  # infinite: the caller's to see
                left.total[...] += block.total
            block = Block(left.first, 2 * left.n, left.total)
        self.blocks.append(block)

    def total(self) -> NDArray[np.float64]:
        """The sum over all blocks, those on the right first."""
        total = self.blocks[-1].total
        with np.errstate(over="ignore", invalid="ignore"):
            for left in self.blocks[-2::-1]:
                total = left.total + total
        return total


def are_halves(left: Block, right: Block) -> bool:
    """Whether two blocks are the halves of one."""
    follows = right.first == left.first + left.n
    return follows and left.n == right.n and left.first % (2 * left.n) == 0


def spans(first: int, n: int) -> list[tuple[int, int]]:
    """(first, n) of the blocks that `n` parts from `first` on amount to."""
    tree = Tree()
    for i in range(first, first + n):
        tree.add(Block(i, 1, np.zeros(())))
    return [(block.first, block.n) for block in tree.blocks]


def as_buffer(sums: tuple[float, NDArray[Any], float], n_parameters: int) -> NDArray[np.float64]:
    """Sums as one new vector: the gradient's, the cost's, the weights'; (n_parameters + 2,)."""
    cost_sum, gradient_sum, weight_sum = sums
    found = np.asarray(gradient_sum)
    if found.shape != (n_parameters,):
        raise ValueError(f"a part's gradient has shape {found.shape}; theta has ({n_parameters},)")
    buffer = np.empty(n_parameters + BESIDE)
    buffer[:n_parameters] = found
    buffer[n_parameters:] = cost_sum, weight_sum
    return buffer


def as_sums(buffer: NDArray[np.float64]) -> Sums:
    """What `as_buffer` made one vector of."""
    return Sums(float(buffer[-2]), buffer[:-BESIDE], float(buffer[-1]))


def blocks_of(each: Iterable[NDArray[np.float64]], first: int = 0) -> list[Block]:
    """The vectors of neighbours, from part `first` on, as few blocks; they may be added to."""
    tree = Tree()
    for i, buffer in enumerate(each):
        tree.add(Block(first + i, 1, buffer))
    return tree.blocks


def total_of(blocks: Iterable[Block], length: int) -> NDArray[np.float64]:
    """The sum over blocks that are all the parts, in any order; zeros where there are none."""
    tree = Tree()
    for block in sorted(blocks, key=lambda block: block.first):
        tree.add(block)
    return tree.total() if tree.blocks else np.zeros(length)


def add_sums(each: Iterable[tuple[float, NDArray[Any], float]], n_parameters: int) -> Sums:
    """The sums of all parts, as the tree has them.

    Parameters
    ----------
    each : iterable of (cost_sum, gradient_sum (n_parameters,), weight_sum)
        In the order of the parts.
    n_parameters : int

    Raises
    ------
    ValueError
        Where a gradient has another shape.

    Examples
    --------
    >>> add_sums([(1.0, np.array([2.0]), 1.0), (3.0, np.array([4.0]), 1.0)], 1).cost
    4.0
    """
    buffers = (as_buffer(sums, n_parameters) for sums in each)
    return as_sums(total_of(blocks_of(buffers), n_parameters + BESIDE))


def add_pairs(each: Iterable[tuple[Any, float]], start: Any = 0.0) -> tuple[Any, float]:
    """(sum, weight_sum) of all parts: of costs, products or planes, shaped as `start` is."""
    buffers = (np.append(np.asarray(one, np.float64), weight_sum) for one, weight_sum in each)
    total = total_of(blocks_of(buffers), np.size(start) + 1)
    return total[:-1] if np.ndim(start) else float(total[0]), float(total[-1])
