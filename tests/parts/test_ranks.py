"""`RankCost`: ranks end alike, in the bits of their parts, or all hear why not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from tests.parts.engines import each_part, problem
from tests.parts.rank_threads import Meeting, on_ranks

import fastgd
from fastgd.parts import Empty, PartError, RankCost, SumCost

CUTS = [10, 30, 60, 60, 100, 130, 190]  # eight shards, one of them empty


def of_shards(meeting: Meeting, rank: int, shards: Sequence[Any], wire: str = "float64") -> Any:
    mine = np.array_split(np.arange(len(shards)), meeting.size)[rank]
    return RankCost(SumCost([shards[i] for i in mine]), meeting.ranks(rank, wire))


@pytest.fixture(scope="module")
def shards() -> list[Any]:
    p = problem("dense", weighted=True)
    return [part.on_threads(1) for part in each_part(p.network, p.shards(CUTS), "float64")]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
def test_any_number_of_ranks_has_the_bits_of_the_shards(size: int, shards: list[Any]) -> None:
    p = problem("dense", weighted=True)
    expected = SumCost(shards).sums(p.theta)
    product = SumCost(shards).product_sums(p.theta, p.theta)[0]

    def on(meeting: Meeting, rank: int) -> Any:
        cost = of_shards(meeting, rank, shards)
        assert (cost.n_ranks, cost.n_examples) == (size, 200)
        return cost.sums(p.theta), cost.cost_sums(p.theta), cost.product_sums(p.theta, p.theta)

    for sums, costs, products in on_ranks(size, on):
        assert (sums.cost, sums.weight) == costs == (expected.cost, expected.weight)
        assert (sums.gradient == expected.gradient).all()
        assert (products[0] == product).all()


def test_any_callable_that_adds_will_do(shards: list[Any]) -> None:
    p = problem("dense", weighted=True)
    expected = fastgd.gradient_descent(SumCost(shards), p.theta, learning_rate=0.5, epochs=20)

    def on(meeting: Meeting, rank: int) -> Any:
        part = SumCost(shards[4 * rank : 4 * rank + 4])
        cost = RankCost(part, meeting.allreduce(rank))
        return fastgd.gradient_descent(cost, p.theta, learning_rate=0.5, epochs=20)

    first, second = on_ranks(2, on)
    assert (first.theta == second.theta).all()
    assert np.allclose(first.theta, expected.theta, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("wire", "error"), [("float32", 1e-7), ("bfloat16", 1e-2)])
def test_less_on_the_wire_is_the_same_on_all_ranks(
    wire: str, error: float, shards: list[Any]
) -> None:
    p = problem("dense", weighted=True)
    expected = SumCost(shards).sums(p.theta)
    found = on_ranks(3, lambda meeting, rank: of_shards(meeting, rank, shards, wire).sums(p.theta))
    for sums in found:
        assert (sums.gradient == found[0].gradient).all()
        assert (sums.cost, sums.weight) == (expected.cost, expected.weight)
        away = np.linalg.norm(sums.gradient - expected.gradient)
        assert 0 < away < error * np.linalg.norm(expected.gradient)


# ------------------------------------------------------------------------------ disagreement


@pytest.mark.parametrize(
    ("odd", "complaint"),
    [
        ({"sizes": (40, 6, 3)}, r"ranks disagree on the network: here it is 40-"),
        ({"dtype": "float32"}, r"ranks disagree on the dtype: here it is float"),
        ({"steps": 3}, r"ranks disagree on the local_steps: here it is "),
    ],
)
def test_ranks_that_disagree_are_told_at_once(odd: dict[str, Any], complaint: str) -> None:
    def on(meeting: Meeting, rank: int) -> Any:
        own = odd if rank == 1 else {}
        network = fastgd.Network(own.get("sizes", (40, 5, 3)))
        part = Empty(network, own.get("dtype", "float64"))
        return RankCost(part, meeting.ranks(rank), local_steps=own.get("steps"))

    for error in on_ranks(3, on):
        with pytest.raises(ValueError, match=complaint):
            raise error


def test_another_theta_on_one_rank_is_told_before_a_step(shards: list[Any]) -> None:
    p = problem("dense", weighted=True)

    def on(meeting: Meeting, rank: int) -> Any:
        theta = p.theta.copy()
        theta[7] = np.nextafter(theta[7], 1) if rank == 1 else theta[7]
        return of_shards(meeting, rank, shards).value_and_gradient(theta)

    for error in on_ranks(3, on):
        with pytest.raises(ValueError, match="ranks disagree on theta, or on what is asked"):
            raise error


def test_a_rank_that_asks_for_something_else_is_told(shards: list[Any]) -> None:
    p = problem("dense", weighted=True)

    def on(meeting: Meeting, rank: int) -> Any:
        cost = of_shards(meeting, rank, shards)
        return cost(p.theta) if rank else cost.gradient(p.theta)

    for error in on_ranks(2, on):
        with pytest.raises(ValueError, match="ranks disagree"):
            raise error


# ---------------------------------------------------------------------------------- failures


class Broken:
    """A part that cannot be read."""

    n_examples = 3
    name = "shards/X-7.npy"

    def __init__(self, network: fastgd.Network) -> None:
        self.network = network
        self.dtype = np.dtype("float64")

    def sums(self, theta: Any) -> Any:
        raise OSError("Input/output error: ö")


@pytest.mark.parametrize("size", [2, 3])
def test_a_part_that_fails_ends_all_ranks_with_its_message(size: int, shards: list[Any]) -> None:
    p = problem("dense", weighted=True)

    def on(meeting: Meeting, rank: int) -> Any:
        own = [shards[0], Broken(p.network)] if rank == 1 else shards[1:3]
        cost = RankCost(SumCost(own), meeting.ranks(rank))
        return fastgd.gradient_descent(cost, p.theta, learning_rate=0.5, epochs=5)

    for error in on_ranks(size, on):
        assert isinstance(error, PartError)
        place = f"rank 1, part 4 of {2 * size} (shards/X-7.npy)"
        assert str(error) == f"{place}: Input/output error: ö"
        assert (error.descent.theta == p.theta).all()


def test_ranks_that_all_fail_tell_their_own(shards: list[Any]) -> None:
    p = problem("dense", weighted=True)

    def on(meeting: Meeting, rank: int) -> Any:
        own: Any = shards[0] if rank == 2 else Broken(p.network)
        return RankCost(own, meeting.ranks(rank)).sums(p.theta)

    told = [str(error) for error in on_ranks(3, on)]
    assert told[0].startswith("rank 0, part 1 of 3")
    assert told[1].startswith("rank 1, part 2 of 3")
    assert told[2] == "2 other ranks: failed; each tells why"


def test_a_theta_that_one_rank_cannot_take_is_heard_by_all(shards: list[Any]) -> None:
    p = problem("dense", weighted=True)

    def on(meeting: Meeting, rank: int) -> Any:
        theta = np.full_like(p.theta, np.nan) if rank == 1 else p.theta
        return of_shards(meeting, rank, shards).gradient(theta)

    first, second = on_ranks(2, on)
    assert isinstance(second, ValueError)
    assert isinstance(first, PartError)
    assert "nan" in str(second)
    assert "nan" in first.why


def test_what_is_no_allreduce_is_refused() -> None:
    part = Empty(fastgd.Network((2, 1)))
    with pytest.raises(TypeError, match="allreduce: expected a callable, got int"):
        RankCost(part, 3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="wire: expected one of float64, float32, bfloat16"):
        Meeting(1).ranks(0, "int8")
