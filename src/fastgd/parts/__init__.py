"""Costs over parts: data larger than memory, of several processes or machines, as sums.

The sum of costs over examples, its gradient and the sum of weights add up over parts of the
examples. Anything with ``sums(theta) -> (cost_sum, gradient_sum, weight_sum)`` is a `Part`; a
`SumCost` adds parts in their order and divides once, and is a cost like any other. So are a
`ChunkedCost` of data larger than memory, a `RankCost` of processes that walk in step (MPI,
PyTorch's process groups) and a `DaskCost` of shards on a cluster.
"""

from fastgd.parts.adding import add_sums
from fastgd.parts.chunked import ChunkedCost
from fastgd.parts.in_order import Ranks
from fastgd.parts.kept import Fit
from fastgd.parts.means import CostOfSums
from fastgd.parts.mpi import mpi_ranks
from fastgd.parts.on_dask import DaskCost
from fastgd.parts.process_group import torch_ranks
from fastgd.parts.protocol import Empty, Part, PartError, Sums, part_of
from fastgd.parts.ranks import RankCost
from fastgd.parts.several import SumCost
from fastgd.parts.slices import Slices, chunks_of

__all__ = [
    "ChunkedCost",
    "CostOfSums",
    "DaskCost",
    "Empty",
    "Fit",
    "Part",
    "PartError",
    "RankCost",
    "Ranks",
    "Slices",
    "SumCost",
    "Sums",
    "add_sums",
    "chunks_of",
    "mpi_ranks",
    "part_of",
    "torch_ranks",
]
