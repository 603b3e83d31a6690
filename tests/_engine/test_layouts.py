"""`_engine/layouts`: in every layout of X the same sums, steps and bits; which one is taken."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.common import TOLERANCE, Array, distance, spec

from fastgd import Cost, Network, _reference
from fastgd._engine.layouts import COMPRESS_BELOW, FEWEST_INPUTS, rules

sparse: Any = pytest.importorskip("scipy.sparse")

N, N_INPUTS = 700, 40
DTYPES = ("float32", "float64")


def pixels(share: float, n: int = N, n_inputs: int = N_INPUTS) -> Array:
    rng = np.random.default_rng(int(share * 100))
    return rng.integers(1, 256, (n, n_inputs), np.uint8) * (rng.random((n, n_inputs)) < share)


def reals(share: float) -> Array:
    rng = np.random.default_rng(int(share * 100))
    numbers = rng.normal(size=(N, N_INPUTS)).astype(np.float32)
    return np.where(rng.random(numbers.shape) < share, numbers, 0).astype(np.float64)


def unsorted_with_duplicates(X: Array) -> Any:
    """X as CSR whose rows run backwards and name each entry twice, 1/4 and 3/4 of it."""
    rows = [np.flatnonzero(row)[::-1] for row in X]
    indices = np.concatenate([np.repeat(k, 2) for k in rows])
    data = np.concatenate([np.outer(X[i, k], [0.25, 0.75]).ravel() for i, k in enumerate(rows)])
    indptr = np.r_[0, np.cumsum([2 * len(k) for k in rows])]
    out = sparse.csr_array((data, indices, indptr), X.shape)
    assert not out.has_sorted_indices
    assert not out.has_canonical_format
    return out


# What is given, the reals it stands for, the layout it gets.
LAYOUTS: dict[str, tuple[Any, Array, str]] = {
    "compressed uint8": (pixels(0.2), pixels(0.2) / 255, "compressed uint8"),
    "compressed reals": (reals(0.2), reals(0.2), "compressed reals"),
    "dense uint8": (pixels(0.8), pixels(0.8) / 255, "dense uint8"),
    "dense reals": (reals(0.8), reals(0.8), "dense reals"),
    "all zero": (np.zeros((N, N_INPUTS)), np.zeros((N, N_INPUTS)), "compressed reals"),
    "all zero uint8": (
        np.zeros((N, N_INPUTS), np.uint8), np.zeros((N, N_INPUTS)), "compressed uint8"),
    "rows of zeros": (
        np.arange(N)[:, None] % 3 // 2 * reals(0.2), np.arange(N)[:, None] % 3 // 2 * reals(0.2),
        "compressed reals"),
    "CSR": (sparse.csr_array(reals(0.2)), reals(0.2), "compressed reals"),
    "CSR matrix": (sparse.csr_matrix(reals(0.2)), reals(0.2), "compressed reals"),
    "CSR unsorted, duplicates": (
        unsorted_with_duplicates(reals(0.1)), reals(0.1), "compressed reals"),
    "CSR nearly full, duplicates": (
        unsorted_with_duplicates(reals(0.8)), reals(0.8), "dense reals"),
    "CSR of pixels": (sparse.csr_array(pixels(0.2)), pixels(0.2) / 255, "compressed reals"),
    "CSR empty": (
        sparse.csr_array((N, N_INPUTS)), np.zeros((N, N_INPUTS)), "compressed reals"),
    "CSC": (sparse.csc_array(reals(0.2)), reals(0.2), "compressed reals"),
    "COO": (sparse.coo_array(reals(0.2)), reals(0.2), "compressed reals"),
}  # fmt: skip
layouts = pytest.mark.parametrize(("X", "meaning", "layout"), LAYOUTS.values(), ids=LAYOUTS.keys())
dtypes = pytest.mark.parametrize("dtype", DTYPES)
weights = pytest.mark.parametrize(
    "weight", [None, np.linspace(0, 3, N, dtype=np.float32)], ids=["plain", "weighted"]
)


class Case:
    """One network with targets well off its outputs, whatever the inputs."""

    def __init__(self, meaning: Array) -> None:
        rng = np.random.default_rng(1)
        self.network = Network((N_INPUTS, 17, 5), activation="tanh")
        self.theta = self.network.random_theta(rng).astype(np.float64)
        outputs = _reference.activations(*spec(self.network), self.theta, meaning)[-1]
        self.Y = (outputs + 0.2 + rng.random(outputs.shape)).astype(np.float32).astype(np.float64)
        self.meaning = meaning

    def sums(self, weight: Array | None, rows: Any = slice(None)) -> Any:
        return _reference.sums(
            *spec(self.network), self.theta, self.meaning[rows], self.Y[rows],
            None if weight is None else weight[rows].astype(np.float64),
        )  # fmt: skip


def agree(got: Any, expected: Any, dtype: str) -> None:
    assert got[0] == pytest.approx(expected[0], rel=TOLERANCE[dtype])
    assert distance(got[1], expected[1]) <= TOLERANCE[dtype]
    assert got[2] == pytest.approx(expected[2], rel=1e-12)


@layouts
def test_the_layout_is_the_one_promised(X: Any, meaning: Array, layout: str) -> None:
    assert Cost(Case(meaning).network, X, np.zeros(N, int)).layout == layout


# Multiply-adds that mini-batches are worth sharing from, and worth groups of blocks.
ALONE = {"WORK_TO_SHARE": 1e18, "WORK_TO_GROUP": 1e18}
SHARED = {"WORK_TO_SHARE": 1.0, "WORK_TO_GROUP": 1e18}
IN_GROUPS = {"WORK_TO_GROUP": 0.0, "WORK_PER_PARAMETER": 0.0}


def ask(monkeypatch: pytest.MonkeyPatch, to_share: dict[str, float]) -> None:
    for name, work in to_share.items():
        monkeypatch.setattr(f"fastgd._engine.mini_batches.{name}", work)


@layouts
@dtypes
@weights
def test_sums_are_the_twin_s(
    X: Any, meaning: Array, layout: str, dtype: str, weight: Array | None
) -> None:
    case = Case(meaning)
    cost = Cost(case.network, X, case.Y, dtype=dtype, sample_weight=weight)
    agree(cost.sums(case.theta), case.sums(weight), dtype)


@layouts
@dtypes
@weights
def test_sums_over_rows_are_the_twin_s(
    X: Any, meaning: Array, layout: str, dtype: str, weight: Array | None
) -> None:
    case = Case(meaning)
    rows = np.random.default_rng(2).integers(0, N, 500)
    cost = Cost(case.network, X, case.Y, dtype=dtype, sample_weight=weight)
    agree(cost.sums(case.theta, rows), case.sums(weight, rows), dtype)


@layouts
@dtypes
@weights
@pytest.mark.parametrize(
    ("momentum", "batch_size", "to_share"),
    [
        (0.0, 3, ALONE),
        (0.0, 600, ALONE),
        (0.0, 3, SHARED),
        (0.0, 400, SHARED),
        (0.5, 3, SHARED),
        (0.5, 600, SHARED),
        (0.5, 600, IN_GROUPS),
    ],
    ids=[
        "3", "600", "3 shared", "400 shared", "3 with momentum", "600 with momentum",
        "600 with momentum in groups",
    ],
)  # fmt: skip
def test_mini_batches_are_the_twin_s(
    X: Any, meaning: Array, layout: str, dtype: str, weight: Array | None, momentum: float,
    batch_size: int, to_share: dict[str, float], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    ask(monkeypatch, to_share)
    case = Case(meaning)
    cost = Cost(case.network, X, case.Y, dtype=dtype, sample_weight=weight)
    order = np.random.default_rng(3).permutation(N)
    walk = cost.mini_batches(
        case.theta, batch_size=batch_size, learning_rate=0.01, momentum=momentum
    )
    mean = walk.epoch(order)
    theta = case.theta.copy()
    double = None if weight is None else weight.astype(np.float64)
    total, steps = _reference.descend(
        *spec(case.network), theta, meaning, case.Y, order, batch_size, 0.01, momentum, None, double
    )
    assert mean == pytest.approx(total / steps, rel=10 * TOLERANCE[dtype])
    assert distance(walk.theta, theta) <= 10 * TOLERANCE[dtype]


@layouts
@dtypes
def test_outputs_are_the_twin_s(X: Any, meaning: Array, layout: str, dtype: str) -> None:
    case = Case(meaning)
    expected = _reference.activations(*spec(case.network), case.theta, meaning)
    got = case.network.activations(case.theta.astype(dtype), X)
    for a, wanted in zip(got, expected, strict=True):
        assert distance(a, wanted) <= TOLERANCE[dtype]


@layouts
@dtypes
@pytest.mark.parametrize("momentum", [None, 0.0, 0.5])
@pytest.mark.parametrize(
    "to_share", [ALONE, SHARED, IN_GROUPS], ids=["alone", "shared", "in groups"]
)
def test_the_bits_are_the_same_for_any_number_of_threads(
    X: Any, meaning: Array, layout: str, dtype: str, momentum: float | None,
    to_share: dict[str, float], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Full batch (momentum None) and mini-batches."""
    ask(monkeypatch, to_share)
    case = Case(meaning)

    def bits(n_threads: int) -> bytes:
        cost = Cost(case.network, X, case.Y, dtype=dtype, n_threads=n_threads)
        if momentum is None:
            c, g, _ = cost.sums(case.theta)
            return np.float64(c).tobytes() + g.tobytes()
        walk = cost.mini_batches(case.theta, batch_size=50, learning_rate=0.1, momentum=momentum)
        return np.float64(walk.epoch(np.arange(N))).tobytes() + walk.theta.tobytes()

    expected = bits(1)
    assert all(bits(n_threads) == expected for n_threads in (2, 3, 4, 7, 16))


@dtypes
def test_uint8_is_p_over_255_for_every_p(dtype: str) -> None:
    net = Network((1, 1), output_activation="identity")
    every = np.arange(256, dtype=np.uint8)[:, None]
    got = net(np.array([1, 0], dtype), every)
    assert np.array_equal(got, (every / 255).astype(dtype))


@pytest.mark.parametrize("share", [0.01, 0.9])
@dtypes
def test_pixels_beyond_16_bit_columns_are_right(share: float, dtype: str) -> None:
    """uint16 numbers no more than 65536 columns."""
    X = pixels(share, 5, 70_000)
    X[:, -1] = 255
    net = Network((70_000, 2))
    theta = net.random_theta(0).astype(np.float64)
    Y = np.full((5, 2), 2.0)
    expected = _reference.sums(*spec(net), theta, X / 255, Y)
    agree(Cost(net, X, Y, dtype=dtype).sums(theta), expected, dtype)


def test_few_inputs_stay_dense() -> None:
    X = np.zeros((50, FEWEST_INPUTS - 1))
    assert Cost(Network((X.shape[1], 2)), X, np.zeros(50, int)).layout == "dense reals"


@pytest.mark.parametrize(
    ("share", "layout"),
    [(COMPRESS_BELOW - 0.02, "compressed"), (COMPRESS_BELOW + 0.02, "dense")],
)
def test_density_decides_the_layout(share: float, layout: str) -> None:
    X = np.zeros((100, 50), np.float32)
    X[:, : round(share * 50)] = 1
    assert Cost(Network((50, 2)), X, np.zeros(100, int)).layout.startswith(layout)


def test_data_that_begin_dense_may_still_be_compressed() -> None:
    """Only a few rows are looked at first; they must not decide on their own."""
    X = np.zeros((1000, 50), np.float32)
    X[:32, :30] = 1
    assert Cost(Network((50, 2)), X, np.zeros(1000, int)).layout == "compressed reals"


def test_rules_are_told_in_words() -> None:
    assert "nonzero" in rules()


# ------------------------------------------------------------------------ sparse bad input

GOOD = sparse.csr_array(np.eye(6))


def broken(**parts: Any) -> Any:
    out = GOOD.copy()
    for name, value in parts.items():
        setattr(out, name, np.array(value))
    return out


@pytest.mark.parametrize("column", [-1, 6])
def test_columns_out_of_range_are_refused(column: int) -> None:
    with pytest.raises(ValueError, match=r"X\.indices: expected 0 to 5"):
        Cost(Network((6, 2)), broken(indices=[0, 1, 2, 3, 4, column]), [0] * 6)


@pytest.mark.parametrize(
    "indptr", [[0, 1, 2, 3, 4, 5, 7], [1, 1, 2, 3, 4, 5, 6], [0, 3, 2, 3, 4, 5, 6]]
)
def test_row_ends_that_do_not_rise_to_the_entries_are_refused(indptr: Any) -> None:
    with pytest.raises(ValueError, match=r"X\.indptr: expected to rise from 0"):
        Cost(Network((6, 2)), broken(indptr=indptr), [0] * 6)


def test_entries_named_a_thousand_times_are_their_sum() -> None:
    """More than a block of examples has rows."""
    X = sparse.csr_array((np.ones(3000), np.tile([1, 7, 3], 1000), [0, 3000]), (1, 40))
    net = Network((40, 2), output_activation="identity")
    theta = net.random_theta(0, dtype=np.float64)
    assert distance(net(theta, X), net(theta, X.toarray())) < 1e-14
    cost, dense = (Cost(net, given, [[0.0, 1.0]]) for given in (X, X.toarray()))
    assert distance(cost.gradient(theta), dense.gradient(theta)) < 1e-14


def test_entries_whose_sum_is_not_finite_are_refused() -> None:
    X = sparse.csr_array((np.full(2, 3e38, np.float32), [1, 1], [0, 2]), (1, 40))
    with pytest.raises(ValueError, match=r"X\.data\[0\] is inf; expected finite numbers"):
        Cost(Network((40, 2)), X, [0])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_entries_that_are_not_finite_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"X\.data\[2\] is (nan|inf); expected finite numbers"):
        Cost(Network((6, 2)), broken(data=[1, 1, value, 1, 1, 1]), [0] * 6)


def test_complex_entries_are_refused() -> None:
    with pytest.raises(TypeError, match="X: expected float, integer or uint8 numbers, got dtype c"):
        Cost(Network((6, 2)), GOOD.astype(complex), [0] * 6)


def test_sparse_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"X has shape \(6, 6\); expected \(n_examples, 5 inputs"):
        Cost(Network((5, 2)), GOOD, [0] * 6)


def test_sparse_without_rows_is_refused() -> None:
    with pytest.raises(ValueError, match=r"X has no examples: its shape is \(0, 6\)"):
        Cost(Network((6, 2)), sparse.csr_array((0, 6)), np.zeros(0, int))


def test_sparse_targets_are_refused() -> None:
    with pytest.raises(TypeError, match=r"Y: expected float, .* got dtype object"):
        Cost(Network((6, 6)), GOOD, GOOD)


def test_one_sparse_example_gives_one_output() -> None:
    net = Network((6, 2))
    theta = net.random_theta(0)
    row = np.eye(6)[2]
    assert np.array_equal(net(theta, sparse.coo_array(row)), net(theta, row))
