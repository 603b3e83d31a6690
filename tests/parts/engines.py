"""The engines that sum over parts, each as a function of shards: the suites run over all.

An engine is a function (network, shards, dtype) -> cost; a shard is (X, Y, sample_weight or None).
Another engine is added by `ENGINES["name"] = function`.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from fastgd import Cost, Network, parts

Array = NDArray[Any]
Shard = tuple[Any, Array, Array | None]
Engine = Callable[[Network, Sequence[Shard], str], parts.CostOfSums]


def each_part(network: Network, shards: Sequence[Shard], dtype: str) -> list[Any]:
    return [parts.part_of(network, X, Y, sample_weight=w, dtype=dtype) for X, Y, w in shards]


def sum_cost(network: Network, shards: Sequence[Shard], dtype: str) -> parts.CostOfSums:
    return parts.SumCost(each_part(network, shards, dtype))


def nested(network: Network, shards: Sequence[Shard], dtype: str) -> parts.CostOfSums:
    """Parts of parts: the first alone, the others in a sum."""
    first, *others = each_part(network, shards, dtype)
    return parts.SumCost([first, parts.SumCost(others)] if others else [first])


def chunked(network: Network, shards: Sequence[Shard], dtype: str) -> parts.CostOfSums:
    return parts.ChunkedCost(network, given(shards), dtype=dtype)


def chunked_tight(network: Network, shards: Sequence[Shard], dtype: str) -> parts.CostOfSums:
    """So little memory that chunks are read again in each pass."""
    most = max(budget_for(shard, network, dtype) for shard in shards)
    return parts.ChunkedCost(network, given(shards), dtype=dtype, memory_budget=4 * most)


def given(shards: Sequence[Shard]) -> list[tuple[Any, ...]]:
    return [(X, Y) if w is None else (X, Y, w) for X, Y, w in shards]


def budget_for(shard: Shard, network: Network, dtype: str) -> int:
    X, Y, w = shard
    part = parts.part_of(
        network,
        X,
        Y,
        sample_weight=w,
        dtype=dtype,
    )
    best = parts.part_of(network, X, Y, sample_weight=w, dtype=dtype)
    read = parts.reading.size_of(X) + Y.nbytes + (0 if w is None else w.nbytes)
    return max(part.nbytes, best.nbytes, read, 1)


def one_rank(network: Network, shards: Sequence[Shard], dtype: str) -> parts.CostOfSums:
    """A rank alone, that gets all shards; `test_ranks` and `test_mpi` have more of them."""
    each = parts.SumCost(each_part(network, shards, dtype))
    return parts.RankCost(each, parts.Ranks(0, 1, same, one_row, same))


def same(rows: Any) -> Any:
    return rows


def one_row(row: Any) -> Any:
    return row[np.newaxis]


@cache
def dask_client() -> Any:
    """Workers that are threads of this process; `test_on_dask` has processes."""
    distributed = pytest.importorskip("dask.distributed")
    client = distributed.Client(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=":0",
        set_as_default=False, silence_logs=50,
    )  # fmt: skip
    atexit.register(client.close)
    return client


def on_dask(network: Network, shards: Sequence[Shard], dtype: str) -> parts.CostOfSums:
    return parts.DaskCost(network, given(shards), dtype=dtype, client=dask_client())


ENGINES: dict[str, Engine] = {
    "SumCost": sum_cost,
    "nested": nested,
    "ChunkedCost": chunked,
    "ChunkedCost, tight": chunked_tight,
    "RankCost": one_rank,
    "DaskCost": on_dask,
}


class Problem(NamedTuple):
    """A data set, whole."""

    network: Network
    theta: Array
    X: Any
    Y: Array
    weight: Array | None

    def cost(self, dtype: str) -> Cost:
        return Cost(self.network, self.X, self.Y, sample_weight=self.weight, dtype=dtype)

    def shards(self, cuts: Sequence[int]) -> list[Shard]:
        """Rows between the cuts."""
        ends = [0, *cuts, self.X.shape[0]]
        rows = [slice(a, b) for a, b in pairwise(ends)]
        w = self.weight
        return [(self.X[r], self.Y[r], None if w is None else w[r]) for r in rows]


def problem(kind: str = "dense", *, weighted: bool = False, dtype: str = "float64") -> Problem:
    """200 examples: "dense", "sparse" (CSR) or "uint8"; numbers that float32 holds too."""
    rng = np.random.default_rng(17)
    network = Network((40, 5, 3))
    X: Any = rng.integers(1, 256, (200, 40)).astype(np.uint8)
    if kind != "dense":
        X[rng.random(X.shape) < 0.7] = 0
    if kind != "uint8":
        X = (X / np.float32(255)).astype(np.float32).astype(dtype)
    if kind == "sparse":
        import scipy.sparse

        X = scipy.sparse.csr_array(X)
    Y = rng.integers(0, 3, 200)
    weight = rng.integers(0, 4, 200).astype(float) if weighted else None
    return Problem(network, network.random_theta(rng=1, dtype=np.dtype(dtype)), X, Y, weight)
