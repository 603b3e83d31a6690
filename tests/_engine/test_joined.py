"""Costs of several data sets as one, X not laid out again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fastgd import Cost, Network

NET = Network((300, 4, 3))


def some(kind: str, n: int, share: float, seed: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    X: Any = rng.integers(1, 256, (n, 300)).astype(np.uint8)
    X[rng.random(X.shape) >= share] = 0
    if kind != "uint8":
        X = X.astype(np.float64)
    if kind == "sparse":
        scipy = pytest.importorskip("scipy.sparse")
        X = scipy.csr_array(X)
    return X, rng.integers(0, 3, n)


@pytest.mark.parametrize("kind", ["dense", "uint8", "sparse"])
@pytest.mark.parametrize("shares", [(0.1, 0.2), (0.1, 0.9), (0.9, 0.1), (0.002, 0.3), (0.3, 0.002)])
def test_joined_is_the_cost_of_all(kind: str, shares: tuple[float, float]) -> None:
    """Whatever the first one's layout is, the others get it."""
    (A, a), (B, b) = (some(kind, 40, share, seed) for seed, share in enumerate(shares))
    w = np.arange(40.0)
    first = Cost(NET, A, a, dtype="float64")
    second = Cost(NET, B, b, sample_weight=w, dtype="float64", like=first)
    assert second.layout == first.layout
    joined = first.joined([second])
    theta = NET.random_theta(rng=0, dtype=np.float64)
    sums = [x + y for x, y in zip(first.sums(theta), second.sums(theta), strict=True)]
    for found, expected in zip(joined.sums(theta), sums, strict=True):
        assert np.allclose(found, expected, rtol=1e-12, atol=1e-14)
    assert joined.n_examples == 80
    assert joined.nbytes == pytest.approx(first.nbytes + second.nbytes, abs=80 * 8)
    order = np.random.default_rng(0).permutation(80)
    walked = joined.mini_batches(theta, batch_size=7, learning_rate=0.1)
    walked.epoch(order)
    dense = [x.toarray() if kind == "sparse" else x for x in (A, B)]
    whole = Cost(
        NET, np.concatenate(dense), np.r_[a, b], sample_weight=np.r_[np.ones(40), w],
        dtype="float64",
    )  # fmt: skip
    other = whole.mini_batches(theta, batch_size=7, learning_rate=0.1)
    other.epoch(order)
    assert np.allclose(walked.exact, other.exact, rtol=0, atol=1e-12)


def test_only_what_is_alike_is_joined() -> None:
    A, a = some("uint8", 40, 0.1, 0)
    first = Cost(NET, A, a)
    with pytest.raises(ValueError, match=r"is not of .* and float32"):
        first.joined([Cost(NET, A, a, dtype="float64")])
    with pytest.raises(ValueError, match="rows of different layouts"):
        first.joined([Cost(NET, np.maximum(A, 1), a)])
    with pytest.raises(TypeError, match=r"like: expected a fastgd.Cost, got str"):
        Cost(NET, A, a, like="dense")  # type: ignore[arg-type]


def test_another_s_working_memory_changes_no_bit() -> None:
    A, a = some("uint8", 400, 0.1, 0)
    theta = NET.random_theta(rng=0)
    first, second = Cost(NET, A, a), Cost(NET, A[:30], a[:30])
    assert (first.with_memory_of(second).gradient(theta) == first.gradient(theta)).all()
    assert (second.with_memory_of(first).gradient(theta) == second.gradient(theta)).all()
