"""Shards that meet in one process: the bits and bytes of ranks that do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.parts.rank_threads import Meeting, on_ranks

import fastgd
from benches.slow_networks.meetings import Outer, Shards
from fastgd.parts import RankCost, Ranks

NETWORK = fastgd.Network((6, 4, 2))
SIZE = 3


def shards() -> list[fastgd.Cost]:
    rng = np.random.default_rng(2)
    X, Y = rng.normal(size=(90, 6)), rng.random((90, 2))
    return [fastgd.Cost(NETWORK, X[r], Y[r]) for r in np.split(np.arange(90), [30, 55])]


def descend(cost: Any, local_steps: Any) -> Any:
    batch_size = None if local_steps is None else 4
    theta = NETWORK.random_theta(rng=0, dtype=np.float64)
    return fastgd.gradient_descent(
        cost, theta, learning_rate=0.3, epochs=2, batch_size=batch_size, rng=5
    ).theta


@pytest.mark.parametrize("wire", ["float64", "float32", "bfloat16"])
@pytest.mark.parametrize("local_steps", [None, 1, "epoch"])
def test_bits_and_bytes_are_those_of_ranks(wire: str, local_steps: Any) -> None:
    each, sent = shards(), []

    def count(ranks: Ranks) -> None:
        alltoall, allgather = ranks.alltoall, ranks.allgather

        def count_all(rows: Any) -> Any:
            sent.append((SIZE - 1) * rows[0].nbytes)
            return alltoall(rows)

        def count_one(row: Any) -> Any:
            sent.append((SIZE - 1) * row.nbytes)
            return allgather(row)

        ranks.alltoall, ranks.allgather = count_all, count_one

    def on(meeting: Meeting, rank: int) -> Any:
        ranks = meeting.ranks(rank, wire)
        cost = RankCost(each[rank], ranks, local_steps=local_steps)
        if local_steps is not None:
            return descend(cost, local_steps)
        theta = NETWORK.random_theta(rng=0, dtype=np.float64)
        if rank == 0:
            count(ranks)
        return cost.sums(theta).gradient

    found = on_ranks(SIZE, on)[0]
    here = Shards(each, local_steps, wire)
    if local_steps is not None:
        assert (descend(here, local_steps) == found).all()
        return
    theta = NETWORK.random_theta(rng=0, dtype=np.float64)
    assert (here.sums(theta).gradient == found).all()
    assert here.sent == sum(sent)


def test_an_outer_step_without_momentum_is_the_mean() -> None:
    plain = descend(Shards(shards(), 2), 2)
    outer = descend(Shards(shards(), 2, outer=Outer()), 2)
    assert np.allclose(plain, outer, rtol=0, atol=1e-12)
    assert not np.allclose(plain, descend(Shards(shards(), 2, outer=Outer(0.7, 0.9)), 2))
