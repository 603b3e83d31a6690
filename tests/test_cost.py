"""`cost`: sums over rows, weights of examples, and the form of what is returned."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from tests.common import (
    TOLERANCE,
    distance,
    problem,
    twin_sums,
)

from fastgd import Cost, Network

DTYPES = ("float32", "float64")


# --------------------------------------------------------------------------------------- sums


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weighted", [False, True])
def test_sums_of_shards_are_those_of_the_whole(dtype: str, weighted: bool) -> None:
    p = problem((6, 5, 4), 1000, weighted=weighted)
    parts = [p.of_rows(slice(lo, lo + 300)).cost(dtype).sums(p.theta) for lo in range(0, 1000, 300)]
    cost, gradient, n = p.cost(dtype).sums(p.theta)
    assert cost == pytest.approx(sum(part[0] for part in parts), rel=TOLERANCE[dtype])
    assert distance(sum(part[1] for part in parts), gradient) <= TOLERANCE[dtype]
    assert n == pytest.approx(sum(part[2] for part in parts), rel=1e-14)


def test_sums_of_rows_are_those_of_a_cost_on_them() -> None:
    p = problem(n=700, weighted=True)
    rows = np.random.default_rng(0).integers(0, 700, 600)
    got, expected = p.cost().sums(p.theta, rows), twin_sums(p.of_rows(rows))
    assert got[0] == pytest.approx(expected[0], rel=1e-12)
    assert distance(got[1], expected[1]) <= 1e-12
    assert got[2] == pytest.approx(expected[2], rel=1e-12)


def test_a_row_named_twice_counts_twice() -> None:
    p = problem()
    once, twice = (p.cost().sums(p.theta, rows) for rows in ([3], [3, 3]))
    assert twice[0] == pytest.approx(2 * once[0], rel=1e-14)
    np.testing.assert_allclose(twice[1], 2 * once[1], rtol=1e-12)
    assert twice[2] == 2 * once[2] == 2.0


def test_rows_may_be_a_mask() -> None:
    p = problem(n=6)
    mask = np.array([True, False, False, True, True, False])
    by_mask, by_number = p.cost().sums(p.theta, mask), p.cost().sums(p.theta, [0, 3, 4])
    assert by_mask[0] == by_number[0]
    assert np.array_equal(by_mask[1], by_number[1])
    assert by_mask[2] == 3.0


def test_rows_count_from_the_end_where_negative() -> None:
    p = problem(n=6)
    assert p.cost().sums(p.theta, [-1])[0] == p.cost().sums(p.theta, [5])[0]


@pytest.mark.parametrize("rows", [[], np.zeros(7, bool)], ids=["empty", "mask of none"])
def test_no_rows_sum_to_nothing(rows: Any) -> None:
    p = problem(n=7)
    cost, gradient, n = p.cost().sums(p.theta, rows)
    assert (cost, n) == (0.0, 0.0)
    assert gradient.shape == p.theta.shape
    assert not gradient.any()


def test_sums_without_weights_count_the_examples() -> None:
    assert problem(n=7).cost().sums(problem(n=7).theta)[2] == 7.0


def test_rows_after_the_whole_do_not_see_what_it_left() -> None:
    """Working memory is used again for sums of other sizes."""
    p = problem((6, 5, 4), 3000)
    cost = p.cost()
    cost.gradient(p.theta)
    for rows in ([1], range(1500), [2, 3]):
        assert np.array_equal(cost.sums(p.theta, list(rows))[1], p.cost().sums(p.theta, rows)[1])


# ------------------------------------------------------------------------------------ weights


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_weight_of_two_is_the_example_twice(dtype: str) -> None:
    p = problem(n=5)
    weighted = Cost(p.network, p.X, p.Y, sample_weight=[1, 2, 1, 1, 1], dtype=dtype)
    doubled = p.of_rows([0, 1, 1, 2, 3, 4]).cost(dtype)
    assert weighted(p.theta) == pytest.approx(doubled(p.theta), rel=TOLERANCE[dtype])
    assert distance(weighted.gradient(p.theta), doubled.gradient(p.theta)) <= TOLERANCE[dtype]


def test_a_weight_of_zero_leaves_the_example_out() -> None:
    p = problem(n=5)
    weighted = Cost(p.network, p.X, p.Y, sample_weight=[1, 0, 1, 0, 1])
    expected = p.of_rows([0, 2, 4]).cost()
    assert weighted(p.theta) == pytest.approx(expected(p.theta), rel=1e-14)
    assert distance(weighted.gradient(p.theta), expected.gradient(p.theta)) < 1e-14


# ------------------------------------------------------------------- form of what is returned


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("theta_dtype", DTYPES)
def test_the_gradient_has_theta_s_dtype(dtype: str, theta_dtype: str) -> None:
    p = problem()
    assert p.cost(dtype).gradient(p.theta.astype(theta_dtype)).dtype == theta_dtype


def test_the_cost_is_a_python_float() -> None:
    p = problem()
    assert type(p.cost("float32")(p.theta)) is float


@pytest.mark.parametrize("theta_dtype", DTYPES)
def test_gradients_are_fresh(theta_dtype: str) -> None:
    p = problem()
    cost, theta = p.cost("float32"), p.theta.astype(theta_dtype)
    first = cost.gradient(theta)
    kept = first.copy()
    second = cost.gradient(theta * 2)
    assert not np.shares_memory(first, second)
    assert np.array_equal(first, kept)


@pytest.mark.parametrize("theta_dtype", DTYPES)
def test_out_is_written_and_returned(theta_dtype: str) -> None:
    p = problem()
    theta = p.theta.astype(theta_dtype)
    out = np.full_like(theta, np.nan)
    _, gradient = p.cost("float32").value_and_gradient(theta, out=out)
    assert gradient is out
    assert np.array_equal(out, p.cost("float32").gradient(theta))


def test_value_gradient_and_call_agree() -> None:
    p = problem()
    cost = p.cost()
    value, gradient = cost.value_and_gradient(p.theta)
    assert cost(p.theta) == value
    assert np.array_equal(cost.gradient(p.theta), gradient)


@pytest.mark.parametrize(
    ("X", "dtype"),
    [(np.float64, "float64"), (np.float32, "float32"), (np.float16, "float32"),
     (np.int32, "float32"), (np.uint8, "float32"), (">f8", "float64"), (">f4", "float32")],
)  # fmt: skip
def test_arithmetic_follows_the_dtype_of_x(X: Any, dtype: str) -> None:
    assert Cost(Network((3, 2)), np.full((2, 3), 2, X), [0, 1]).dtype == dtype


@pytest.mark.parametrize(("X", "dtype"), [(np.float64, "float32"), (np.float32, "float64")])
def test_arithmetic_is_of_the_dtype_asked_for(X: Any, dtype: str) -> None:
    assert Cost(Network((3, 2)), np.full((2, 3), 2, X), [0, 1], dtype=dtype).dtype == dtype


def test_no_threads_are_refused() -> None:
    with pytest.raises(ValueError, match="n_threads"):
        Cost(Network((3, 2)), np.ones((2, 3)), [0, 1], n_threads=0)


def test_like_is_a_cost() -> None:
    like: Any = 1
    with pytest.raises(TypeError, match=r"^like: expected a fastgd\.Cost, got int$"):
        Cost(Network((3, 2)), np.ones((2, 3)), [0, 1], like=like)


def test_repr_names_network_examples_and_layout() -> None:
    text = repr(problem(n=7).cost())
    assert text == "<Cost of Network((5, 4, 3)) on 7 examples, dense reals>"


def test_threads_may_share_a_cost() -> None:
    p = problem((20, 30, 10), 4000)
    cost = p.cost("float32", n_threads=1)
    thetas = [p.theta * scale for scale in (0.5, 1.0, 1.5, 2.0)]
    expected = [cost.gradient(theta) for theta in thetas]
    got: dict[int, list[bool]] = {}

    def ask(i: int) -> None:
        got[i] = [np.array_equal(cost.gradient(thetas[i]), expected[i]) for _ in range(20)]

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {i: all(same) for i, same in got.items()} == dict.fromkeys(range(4), True)


@pytest.mark.parametrize("dtype", DTYPES)
def test_scipy_minimizes_it(dtype: str) -> None:
    optimize: Any = pytest.importorskip("scipy.optimize")
    p = problem((4, 6, 2), 60, "tanh")
    cost = p.cost(dtype)
    result = optimize.minimize(
        cost.value_and_gradient, p.theta.astype(dtype), jac=True, options={"maxiter": 30}
    )
    assert cost(result.x) < 0.8 * cost(p.theta)
