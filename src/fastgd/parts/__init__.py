"""Costs over parts: data larger than memory, of several processes or machines, as sums.

The sum of costs over examples, its gradient and the sum of weights add up over parts of the
examples. Anything with ``sums(theta) -> (cost_sum, gradient_sum, weight_sum)`` is a `Part`; a
`SumCost` adds parts in their order and divides once, and is a cost like any other.
"""

from fastgd.parts.chunked import ChunkedCost, Fit
from fastgd.parts.means import CostOfSums
from fastgd.parts.protocol import Empty, Part, PartError, Sums, part_of
from fastgd.parts.several import SumCost
from fastgd.parts.slices import Slices, chunks_of

__all__ = [
    "ChunkedCost",
    "CostOfSums",
    "Empty",
    "Fit",
    "Part",
    "PartError",
    "Slices",
    "SumCost",
    "Sums",
    "chunks_of",
    "part_of",
]
