"""`local`: parts that walk apart and meet."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.parts.rank_threads import Meeting, on_ranks

import fastgd
from fastgd.parts import Empty, RankCost, SumCost, part_of

NETWORK = fastgd.Network((6, 4, 2))
OPTIONS = {"learning_rate": 0.3, "momentum": 0.5, "batch_size": 4, "rng": 5}


def shards() -> list[Any]:
    rng = np.random.default_rng(2)
    X, Y = rng.normal(size=(90, 6)), rng.random((90, 2))
    w = rng.random(90) + 0.1
    cuts = np.split(np.arange(90), [30, 30, 55])
    return [part_of(NETWORK, X[r], Y[r], sample_weight=w[r], n_threads=1)
            for r in cuts]  # fmt: skip


def walk(
    local_steps: Any, epochs: int = 4, size: int = 1, wire: str = "float64", **options: Any
) -> Any:
    each, theta = shards(), NETWORK.random_theta(rng=0, dtype=np.float64)

    def on(meeting: Meeting, rank: int) -> Any:
        mine = np.array_split(np.arange(len(each)), size)[rank]
        cost = RankCost(
            SumCost([each[i] for i in mine]), meeting.ranks(rank, wire), local_steps=local_steps
        )
        return fastgd.gradient_descent(cost, theta, epochs=epochs, **OPTIONS | options)

    found = on_ranks(size, on)
    for one in found:
        assert (one.theta == found[0].theta).all()
    return found[0]


@pytest.mark.parametrize("local_steps", [1, 3, "epoch"])
def test_any_number_of_ranks_walks_the_same_bits(local_steps: Any) -> None:
    alone = walk(local_steps)
    for size in (2, 3):
        other = walk(local_steps, size=size)
        assert (other.theta == alone.theta).all()
        assert (other.costs == alone.costs).all()
    assert alone.costs[-1] < alone.costs[0]
    assert alone.steps == 4 * sum(-(-n // 4) for n in (30, 25, 35))


def test_steps_smaller_than_what_travels_resolves_are_not_lost() -> None:
    """bfloat16 has 8 bits: a parameter would lose such a step, a change does not."""
    small: dict[str, Any] = {"learning_rate": 1e-4, "size": 3}
    exact, rounded = walk(1, **small), walk(1, wire="bfloat16", **small)
    start = NETWORK.random_theta(rng=0, dtype=np.float64)
    walked = np.linalg.norm(exact.theta - start)
    assert 0 < walked < 2**-8 * np.linalg.norm(start)
    assert np.linalg.norm(rounded.theta - exact.theta) < 2**-7 * walked


def test_one_part_walks_as_a_cost_that_is_given_its_orders() -> None:
    """Nothing is averaged but itself; the orders are drawn from the epoch's seeds."""
    part = shards()[0]
    theta = NETWORK.random_theta(rng=0, dtype=np.float64)
    cost = RankCost(part, lambda buffer: None, local_steps="epoch")
    found = fastgd.gradient_descent(cost, theta, epochs=2, **OPTIONS)
    rng = np.random.default_rng(5)
    batches = part.mini_batches(theta, batch_size=4, learning_rate=0.3, momentum=0.5)
    for _ in range(2):
        seeds = rng.integers(1 << 62, size=(1, 2))[0].tolist()
        batches.epoch(np.random.default_rng([0, *seeds]).permutation(30))
    assert np.allclose(found.theta, batches.exact, rtol=0, atol=1e-12)


def test_steps_of_one_are_steps_on_the_mean_gradient() -> None:
    """Averaged by weight: with whole shards as batches, full-batch descent."""
    options = OPTIONS | {"momentum": 0.0, "batch_size": 90}
    theta = NETWORK.random_theta(rng=0, dtype=np.float64)
    cost = RankCost(SumCost(shards()), lambda buffer: None, local_steps=1)
    found = fastgd.gradient_descent(cost, theta, epochs=3, **options)
    options.pop("batch_size")
    expected = fastgd.gradient_descent(SumCost(shards()), theta, epochs=3, **options)
    assert np.allclose(found.theta, expected.theta, rtol=0, atol=1e-12)


def test_going_on_has_the_bits_of_a_walk_that_never_stopped() -> None:
    whole = walk(3, epochs=5)
    gone_on = walk(3, epochs=5, size=2, resume=walk(3, epochs=2))
    assert (gone_on.theta == whole.theta).all()


def test_a_walk_that_diverges_says_so() -> None:
    net = fastgd.Network((6, 4, 2), activation="relu", output_activation="identity")
    parts = [part_of(net, np.eye(6), np.ones((6, 2))), Empty(net, "float64")]
    cost = RankCost(SumCost(parts), lambda buffer: None, local_steps=2)
    with pytest.raises(fastgd.DivergenceError) as caught:
        fastgd.gradient_descent(
            cost, net.random_theta(rng=0, dtype=np.float64), learning_rate=1e9, batch_size=2,
            epochs=50, rng=0,
        )  # fmt: skip
    assert np.isfinite(caught.value.theta).all()


@pytest.mark.parametrize(
    ("given", "kind", "complaint"),
    [
        (0, ValueError, "local_steps: expected an integer of at least 1"),
        ("week", ValueError, "local_steps: expected a number or 'epoch', got 'week'"),
        (2.5, TypeError, "local_steps: expected an integer"),
    ],
)
def test_local_steps_that_are_none_are_refused(given: Any, kind: Any, complaint: str) -> None:
    with pytest.raises(kind, match=complaint):
        RankCost(Empty(NETWORK), lambda buffer: None, local_steps=given)


def test_without_local_steps_there_are_no_mini_batches() -> None:
    cost = RankCost(shards()[0], lambda buffer: None)
    theta = NETWORK.random_theta(rng=0, dtype=np.float64)
    with pytest.raises(TypeError, match="batch_size: a RankCost has no examples to draw"):
        fastgd.gradient_descent(cost, theta, **OPTIONS)


def test_parts_that_have_no_rows_to_walk_are_refused() -> None:
    whole = SumCost(shards())
    with pytest.raises(TypeError, match="local_steps: expected parts that are Costs"):
        RankCost(SumCost([whole]), lambda buffer: None, local_steps=1)


def test_no_examples_at_all_are_nothing_to_walk_on() -> None:
    cost = RankCost(Empty(NETWORK), lambda buffer: None, local_steps=1)
    with pytest.raises(ValueError, match="no part has an example"):
        fastgd.gradient_descent(cost, NETWORK.random_theta(rng=0), **OPTIONS)
