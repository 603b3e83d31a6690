"""`_examples`: a part of a cost, and other targets, are as if made from the arrays anew."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse
from tests.common import Array, Problem, distance, problem

from fastgd import Cost, Network

N = 700
ROWS: dict[str, Any] = {
    "slice": slice(100, 400), "steps": slice(None, None, -3), "integers": [5, -1, 5, 699, 0],
    "mask": np.arange(N) % 4 == 0,
}  # fmt: skip
every_rows = pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS.keys())


def costs_of(kind: str, weighted: bool) -> tuple[Problem, Any, Array | None]:
    """(problem, X in one of the forms that a cost keeps, weights)."""
    p = problem((40, 9, 4), N, zeros=0.8 if "compressed" in kind else 0.0, weighted=weighted)
    X: Any = p.X.astype(np.float32)
    if "uint8" in kind:
        X = (abs(p.X) * 60).clip(0, 255).astype(np.uint8)
    if kind == "compressed csr":
        X = scipy.sparse.csr_array(X)
    return p, X, p.weight


@every_rows
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "kind", ["dense", "dense uint8", "compressed", "compressed uint8", "compressed csr"]
)
def test_a_part_is_the_cost_of_its_rows(kind: str, weighted: bool, rows: Any) -> None:
    p, X, weight = costs_of(kind, weighted)
    whole = Cost(p.network, X, p.Y, sample_weight=weight)
    part = whole.part(rows)
    own = Cost(
        p.network, X[rows], p.Y[rows], sample_weight=None if weight is None else weight[rows]
    )
    assert (part.n_examples, part.layout) == (own.n_examples, whole.layout)
    cost, gradient = part.value_and_gradient(p.theta)
    expected_cost, expected = own.value_and_gradient(p.theta)
    assert cost == pytest.approx(expected_cost, rel=2e-6)
    assert distance(gradient, expected) <= 2e-6
    assert np.any(gradient != 0)


@pytest.mark.parametrize("kind", ["dense", "compressed uint8"])
def test_a_part_walks_in_batches(kind: str) -> None:
    p, X, _ = costs_of(kind, False)
    theta = []
    for cost in (Cost(p.network, X, p.Y).part(slice(0, 300)), Cost(p.network, X[:300], p.Y[:300])):
        walk = cost.mini_batches(p.theta, batch_size=10, learning_rate=0.1)
        walk.epoch(np.arange(300))
        theta.append(walk.theta)
    assert distance(theta[0], theta[1]) <= 1e-5


def test_a_part_of_a_part() -> None:
    p = problem((6, 5, 2), 100)
    part = p.cost().part(slice(20, 80)).part([0, 59])
    assert part(p.theta) == p.cost().part([20, 79])(p.theta)


def test_a_part_lays_nothing_out_again() -> None:
    p, X, _ = costs_of("compressed uint8", False)
    whole = Cost(p.network, X, p.Y)
    entries = [cost._engine.examples.X.rows.entries for cost in (whole, whole.part([3, 1]))]  # type: ignore[union-attr]
    assert entries[0] is entries[1]
    dense = Cost(p.network, np.ones((N, 40), np.float32), p.Y)
    kept = [cost._engine.examples.X.dense for cost in (dense, dense.part(slice(3, 9)))]
    assert np.shares_memory(*kept)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rows", "kind", "said"),
    [([], ValueError, "rows: expected at least one row"),
     (slice(5, 5), ValueError, "rows: expected at least one row"),
     ([700], ValueError, "rows: expected -700 to 699"),
     ([0.5], TypeError, "rows: expected integers"),
     (np.ones(3, bool), TypeError, "rows: expected integers")],
)  # fmt: skip
def test_what_names_no_rows_is_refused(rows: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        problem((3, 2), N).cost().part(rows)


def test_a_part_without_weight_is_refused() -> None:
    p = problem((3, 2), 4)
    cost = Cost(p.network, p.X, p.Y, sample_weight=[0, 0, 1, 1])
    with pytest.raises(ValueError, match="sample_weight"):
        cost.part([0, 1])


@pytest.mark.parametrize("kind", ["dense", "compressed uint8"])
@pytest.mark.parametrize("weighted", [False, True])
def test_other_targets_are_those_of_a_cost_of_its_own(kind: str, weighted: bool) -> None:
    p, X, _ = costs_of(kind, False)
    weight = np.linspace(0.5, 2, N) if weighted else None
    labels = np.arange(N) % 4
    other = Cost(p.network, X, p.Y).with_targets(labels, weight)
    own = Cost(p.network, X, labels, sample_weight=weight)
    cost, gradient = other.value_and_gradient(p.theta)
    expected_cost, expected = own.value_and_gradient(p.theta)
    assert (cost, gradient.tobytes()) == (expected_cost, expected.tobytes())


def test_targets_that_do_not_fit_are_refused() -> None:
    p = problem((3, 2), 5)
    with pytest.raises(ValueError, match="Y has shape"):
        p.cost().with_targets(np.zeros((4, 2)))


def test_a_subclass_keeps_its_kind_and_what_it_holds() -> None:
    class Named(Cost):
        name = ""

    p = problem((3, 2), 5)
    cost = Named(p.network, p.X, p.Y, n_threads=1)
    cost.name = "mine"
    part = cost.part([1])
    assert (type(part), part.name, part.n_threads) == (Named, "mine", 1)


# ------------------------------------------------------------- what it is asked, what it answers


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("weighted", [True, False])
def test_targets_and_weights_are_those_given(dtype: str, weighted: bool) -> None:
    p = problem(weighted=weighted)
    cost = p.cost(dtype)
    assert cost.targets.dtype == dtype
    assert (cost.targets == p.Y.astype(dtype)).all()
    assert not cost.targets.flags.writeable
    if p.weight is None:
        assert cost.sample_weight is None
    else:
        assert cost.sample_weight is not None
        assert (cost.sample_weight == p.weight.astype(dtype)).all()
        assert not cost.sample_weight.flags.writeable


def test_labels_are_one_hot_targets() -> None:
    cost = Cost(Network((2, 3)), np.zeros((2, 2)), np.array([2, 0]))
    assert cost.targets.tolist() == [[0, 0, 1], [1, 0, 0]]


@pytest.mark.parametrize("zeros", [0.0, 0.9])  # dense and compressed
def test_activations_are_the_network_s(zeros: float) -> None:
    p = problem(zeros=zeros, n=40)
    cost = p.cost()
    for got, expected in zip(
        cost.activations(p.theta), p.network.activations(p.theta, p.X)[1:], strict=True
    ):
        assert distance(got, expected) < 1e-12
    part = cost.part([3, 1]).activations(p.theta)[-1]
    assert distance(part, p.network(p.theta, p.X[[3, 1]])) < 1e-12


def test_activations_refuse_what_is_no_theta() -> None:
    p = problem()
    with pytest.raises(ValueError, match="theta has 1 entries"):
        p.cost().activations([0.0])
    with pytest.raises(ValueError, match=r"theta\[0\] is nan"):
        p.cost().activations(np.full(p.network.n_parameters, np.nan))
