"""What runs on a worker of a cluster: a shard prepared, and the sums of shards that it holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd.network import Network
from fastgd.parts.adding import Block, Tree, as_buffer
from fastgd.parts.local import Orders, Round, walked
from fastgd.parts.protocol import naming, part_of

# (first, n, total) of blocks.
Blocks = tuple[list[int], list[int], list[NDArray[np.float64]]]


def prepare(
    name: str,
    shard: Sequence[Any],
    network: Network,
    dtype: np.dtype[Any] | None,
    n_threads: int | None,
) -> Any:
    """(X, Y) or (X, Y, sample_weight) as a part, on as many threads as the worker has."""
    from dask.distributed import get_worker

    with naming(name):
        if not isinstance(shard, tuple | list) or len(shard) not in (2, 3):
            raise TypeError(f"expected (X, Y) or (X, Y, sample_weight), got {type(shard).__name__}")
        X, Y, *weight = shard
        return part_of(
            network, X, Y, sample_weight=weight[0] if weight else None, dtype=dtype,
            n_threads=n_threads or get_worker().state.nthreads,
        )  # fmt: skip


class Holder:
    """Some shards of all, and their sums: an actor of Dask."""

    def __init__(self, numbers: Sequence[int], parts: Sequence[Any]) -> None:
        self._parts = dict(zip(numbers, parts, strict=True))
        self._orders = Orders()

    def ask(self, method: str, *asked: Any) -> Any:
        """What one of the methods below answers: one call of the actor is one message."""
        return getattr(self, method)(*asked)

    def facts(self) -> list[tuple[int, int, str]]:
        """(number, examples, dtype) of each shard."""
        return [(i, part.n_examples, str(part.dtype)) for i, part in self._parts.items()]

    def sums(self, theta: NDArray[Any]) -> Blocks:
        """Blocks of the shards' sums."""
        return self._blocks(lambda part, _: as_buffer(part.sums(theta), len(theta)))

    def cost_sums(self, theta: NDArray[Any]) -> Blocks:
        """Blocks of the shards' costs and weights alone."""
        return self._blocks(lambda part, _: np.array(part.cost_sums(theta), np.float64))

    def product_sums(self, theta: NDArray[Any], v: NDArray[Any], gauss_newton: bool) -> Blocks:
        """Blocks of the shards' Hessians times v; their costs are 0."""

        def of(part: Any, _: int) -> NDArray[np.float64]:
            product, weight_sum = part.product_sums(theta, v, gauss_newton)
            return as_buffer((0.0, product, weight_sum), len(theta))

        return self._blocks(of)

    def walk(self, asked: Round) -> Blocks:
        """Blocks of what the shards have `walked` in a round."""
        return self._blocks(lambda part, i: walked(part, i, asked, self._orders))

    def _blocks(self, of: Callable[[Any, int], NDArray[np.float64]]) -> Blocks:
        tree = Tree()
        for i in sorted(self._parts):
            with naming(f"shard {i + 1}"):
                found = of(self._parts[i], i)
            tree.add(Block(i, 1, found))
        first, n, totals = zip(*tree.blocks, strict=True)
        return list(first), list(n), list(totals)
