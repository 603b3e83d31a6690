"""Chunks: what is kept, drawn and resumed, and what is said where one fails."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.parts.engines import Problem, given, problem

import fastgd
from fastgd import parts

CUTS = [7, 7, 60, 90, 150]
OPTIONS: dict[str, Any] = {
    "learning_rate": 0.3, "batch_size": 8, "momentum": 0.5, "l2": 1e-3, "epochs": 6, "rng": 3,
}  # fmt: skip


def chunked(p: Problem, **options: Any) -> parts.ChunkedCost:
    return parts.ChunkedCost(p.network, given(p.shards(CUTS)), **options)


def largest(p: Problem) -> int:
    """Bytes of the largest chunk."""
    cost = chunked(p)
    cost(p.theta)
    return cost.fit.chunk_bytes


class Failing(Sequence[Any]):
    """Chunks of which one cannot be read from the second time on."""

    n_examples: int | None = None

    def __init__(self, chunks: Sequence[Any], which: int, error: Exception, times: int = 1) -> None:
        self.chunks, self.which, self.error, self.left = chunks, which, error, times

    def __len__(self) -> int:
        return len(self.chunks)

    def __getitem__(self, i: Any) -> Any:
        if i == self.which:
            self.left -= 1
            if self.left < 0:
                raise self.error
        return self.chunks[i]

    def name(self, i: int) -> str:
        return f"shard-{i}.npy"


# ---------------------------------------------------------------------------------- what is kept


def test_what_fits_is_kept_and_the_rest_read_again() -> None:
    p = problem("dense")
    reads: list[int] = []

    class Counted(Failing):
        def __getitem__(self, i: Any) -> Any:
            reads.append(i)
            return self.chunks[i]

    chunks = Counted(given(p.shards(CUTS)), -1, OSError())
    whole = parts.ChunkedCost(p.network, chunks)
    for _ in range(3):
        whole(p.theta)
    assert sorted(reads) == [0, 1, 2, 3, 4, 5]
    assert whole.fit.kept == whole.fit.chunks == 6
    reads.clear()
    tight = parts.ChunkedCost(p.network, chunks, memory_budget=5 * whole.fit.chunk_bytes)
    tight(p.theta)
    reads.clear()
    tight(p.theta)
    assert 0 < tight.fit.kept < 6
    assert len(reads) == 6 - tight.fit.kept
    assert tight.fit.kept_bytes <= tight.memory_budget - 4 * tight.fit.chunk_bytes


def test_the_budget_changes_no_bit_of_a_sum() -> None:
    p = problem("uint8", weighted=True)
    most = largest(p)
    for dtype in ("float32", "float64"):
        ample = chunked(p, dtype=dtype)
        ample(p.theta)
        tight = chunked(p, dtype=dtype, memory_budget=4 * max(most, ample.fit.chunk_bytes))
        for _ in range(2):
            assert (ample.gradient(p.theta) == tight.gradient(p.theta)).all()


def test_mostly_zero_inputs_are_kept_compressed() -> None:
    digits = fastgd.datasets.digits()
    X, Y = digits.train_images.reshape(-1, 784)[:2000], digits.train_labels[:2000]
    net = fastgd.Network((784, 4, 10))
    cost = parts.ChunkedCost(net, parts.chunks_of(X, Y, rows=500))
    cost(net.random_theta(rng=0))
    assert cost.fit.kept_bytes < 0.55 * X.nbytes


def test_a_chunk_that_is_too_large_is_refused_with_what_to_do() -> None:
    with pytest.raises(parts.PartError, match=r"chunk 1 of 6: takes .* bytes.*smaller chunks"):
        chunked(problem("dense"), memory_budget=1000)


@pytest.mark.parametrize("kind", ["dense", "sparse", "uint8"])
def test_a_cache_on_disk_is_read_instead_and_changes_no_bit(kind: str, tmp_path: Path) -> None:
    p = problem(kind, weighted=True)
    reads: list[int] = []

    class Counted(Failing):
        def __getitem__(self, i: Any) -> Any:
            reads.append(i)
            return self.chunks[i]

    chunks, tight = given(p.shards(CUTS)), 4 * largest(p)
    without = parts.ChunkedCost(p.network, chunks, memory_budget=tight)
    expected = fastgd.gradient_descent(without, p.theta, **OPTIONS).theta
    cost = parts.ChunkedCost(
        p.network, Counted(chunks, -1, OSError()), memory_budget=tight, cache=tmp_path
    )
    assert (fastgd.gradient_descent(cost, p.theta, **OPTIONS).theta == expected).all()
    assert (cost.gradient(p.theta) == without.gradient(p.theta)).all()
    assert sorted(reads) == [0, 1, 2, 3, 4, 5]
    assert len(list(tmp_path.iterdir())) == 1
    del cost
    assert list(tmp_path.iterdir()) == []


def test_it_pickles_and_copies() -> None:
    p = problem("sparse", weighted=True)
    cost = chunked(p)
    expected = cost.gradient(p.theta)
    for other in (pickle.loads(pickle.dumps(cost)), copy.copy(cost), cost.on_threads(1)):
        assert (other.gradient(p.theta) == expected).all()
    assert cost.n_examples == pickle.loads(pickle.dumps(cost)).n_examples == 200


# ---------------------------------------------------------------------------------- mini-batches


@pytest.mark.parametrize("kind", ["dense", "sparse", "uint8"])
def test_mini_batches_are_reproducible_and_resume_exactly(kind: str) -> None:
    p = problem(kind, weighted=True)
    most = largest(p)
    budget = 12 * most
    found = fastgd.gradient_descent(chunked(p, memory_budget=budget), p.theta, **OPTIONS)
    cost = chunked(p, memory_budget=budget)
    cost(p.theta)  # what is kept before makes no difference
    half = fastgd.gradient_descent(cost, p.theta, **OPTIONS | {"epochs": 2})
    again = fastgd.gradient_descent(
        chunked(p, memory_budget=budget), p.theta, **OPTIONS, resume=half
    )
    assert (again.theta == found.theta).all()
    assert (again.costs == found.costs).all()
    assert again.steps == found.steps


def test_one_window_of_all_chunks_learns_as_one_cost_does() -> None:
    p = problem("dense")
    found = fastgd.gradient_descent(chunked(p), p.theta, **OPTIONS | {"epochs": 30})
    expected = fastgd.gradient_descent(p.cost("float64"), p.theta, **OPTIONS | {"epochs": 30})
    assert found.steps == expected.steps
    assert found.cost == pytest.approx(expected.cost, rel=0.05)


def test_batches_are_drawn_across_chunks_of_one_class_each() -> None:
    """A window has chunks of several classes, and a batch examples of them."""
    net = fastgd.Network((1, 1), output_activation="identity")
    chunks = [(np.full((64, 1), float(i)), np.full((64, 1), float(i))) for i in range(8)]
    cost = parts.ChunkedCost(net, chunks)
    with_all = list(cost._windows(range(8)))
    assert [window.n_examples for window in with_all] == [512]
    tight = parts.ChunkedCost(net, chunks, memory_budget=cost.fit.chunk_bytes * 20)
    assert [window.n_examples for window in tight._windows(range(8))] == [128] * 4


def test_orders_differ_from_epoch_to_epoch() -> None:
    p = problem("dense")
    batches = chunked(p).mini_batches(p.theta, batch_size=8, learning_rate=0.1)
    orders = batches.orders(5, np.random.default_rng(0))
    assert len(set(orders)) == 5
    assert batches.orders(5, np.random.default_rng(0)) == orders


def test_a_descent_that_diverges_keeps_the_last_good_theta() -> None:
    p = problem("dense")
    net = fastgd.Network((40, 3), output_activation="identity")
    chunks = given(p.shards(CUTS))
    cost = parts.ChunkedCost(net, chunks, dtype="float32")
    with pytest.raises(fastgd.DivergenceError) as caught:
        fastgd.gradient_descent(
            cost, net.random_theta(rng=0), learning_rate=1e9, batch_size=8, epochs=50, rng=0
        )
    assert np.isfinite(cost(caught.value.theta))
