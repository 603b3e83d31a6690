"""`_engine/reals.pieces`: arrays that are walked over in pieces have the numbers of whole ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.common import problem

from fastgd import Cost, Network, landscape
from fastgd._engine import reals

N = 700


def sparse(kind: str) -> Any:
    scipy_sparse = pytest.importorskip("scipy.sparse")
    X = scipy_sparse.random_array((N, 40), density=0.1, rng=0, dtype=np.float32, format="csr")
    if kind == "unsorted":
        for first, last in zip(X.indptr[:-1], X.indptr[1:], strict=True):
            X.indices[first:last] = X.indices[first:last][::-1].copy()
            X.data[first:last] = X.data[first:last][::-1].copy()
    return X


def rows(kind: str) -> Any:
    rng = np.random.default_rng(0)
    X = rng.integers(1, 256, (N, 40))
    thin = np.where(rng.random(X.shape) < 0.1, X, 0)
    wide = np.zeros((N, 40), np.float32)
    wide[np.arange(0, N, 9), np.arange(0, N, 9) % 40] = 1
    return {
        "pixels": X.astype(np.uint8),
        "thin pixels": thin.astype(np.uint8),
        "thin pixels, columns first": np.asfortranarray(thin.astype(np.uint8)),
        "reals": X.astype(np.float32),
        "doubles": X.astype(np.float64) / 7,
        "thin reals": thin.astype(np.float32),
        "whole numbers": X,
        "almost nothing": wide,
        "reversed": X.astype(np.float32)[::-1],
    }[kind]


KINDS = [
    "pixels", "thin pixels", "thin pixels, columns first", "reals", "doubles", "thin reals",
    "whole numbers", "almost nothing", "reversed",
]  # fmt: skip


def found(X: Any) -> list[bytes]:
    net = Network((40, 8, 3))
    theta = net.random_theta(0)
    cost = Cost(net, X, np.arange(N) % 3)
    answers = [
        cost.gradient(theta),
        cost.sums(theta, np.arange(N)[::-1])[1],
        *net.activations(theta, X),
    ]
    return [answer.tobytes() for answer in answers]


@pytest.mark.parametrize("kind", [*KINDS, "sparse", "unsorted"])
def test_pieces_change_no_bit(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    X = sparse(kind) if kind in ("sparse", "unsorted") else rows(kind)
    whole = found(X)
    for piece in (1, 1000, 40 * N - 1):
        monkeypatch.setattr(reals, "PIECE", piece)
        assert found(X) == whole


@pytest.mark.parametrize("kind", ["pixels", "reals"])
def test_wide_rows_are_listed_by_column_in_pieces(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns that no byte steps over: their nonzeros are found in pieces too."""
    X = np.zeros((30, 3000), np.uint8 if kind == "pixels" else np.float32)
    X[np.arange(30), 100 * np.arange(30)] = 7
    net = Network((3000, 2))
    theta = net.random_theta(0)
    whole = Cost(net, X, np.arange(30) % 2).gradient(theta)
    monkeypatch.setattr(reals, "PIECE", 7000)
    assert (Cost(net, X, np.arange(30) % 2).gradient(theta) == whole).all()


def test_planes_in_pieces_have_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    p = problem((5, 20, 20, 3), 50)
    cost = p.cost("float32")
    u, v = (landscape.random_direction(p.network, p.theta, seed) for seed in (1, 2))
    whole = landscape.plane(cost, p.theta, u, v, resolution=5).costs
    monkeypatch.setattr(reals, "PIECE", 100)
    assert (landscape.plane(cost, p.theta, u, v, resolution=5).costs == whole).all()


@pytest.mark.parametrize(("n", "entries"), [(1, 1), (7, 10**9), (10**6, 10**9), (5, 0), (0, 0)])
def test_pieces_are_all_rows_once(n: int, entries: int) -> None:
    parts = list(reals.pieces(n, entries))
    assert [part.start for part in parts[1:]] == [part.stop for part in parts[:-1]]
    assert sum(part.stop - part.start for part in parts) == n
    most = max((part.stop - part.start for part in parts), default=0)
    assert most <= 1 or most * entries <= reals.PIECE * n
