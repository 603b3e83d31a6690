"""`_residuals`: the cost as a sum of squares, with its Jacobian and normal equations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from tests.common import TOLERANCE, Array, Problem, distance, problem, problems, spec, twin

from fastgd import Cost, Network, _reference
from fastgd.network import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS

dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])
weights = pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])


def weight_sum(p: Problem) -> float:
    return float(len(p.X) if p.weight is None else p.weight.sum())


def twin_residuals(p: Problem, theta: Array) -> Array:
    """sqrt(w / W) (a - y), of a complex theta too."""
    a = _reference.activations(*spec(p.network), theta, p.X)[-1]
    w = np.ones(len(p.X)) if p.weight is None else p.weight
    return (np.sqrt(w / weight_sum(p))[:, None] * (a - p.Y)).reshape(-1)


def twin_jacobian(p: Problem) -> Array:
    J = _reference.jacobian(*spec(p.network), p.theta, p.X, p.weight)
    return J.reshape(-1, len(p.theta)) / np.sqrt(weight_sum(p))


def by_complex_steps(p: Problem) -> Array:
    """J, column by column: no difference is taken."""
    h = 1e-30
    steps = 1j * h * np.eye(len(p.theta))
    return np.stack([twin_residuals(p, p.theta + step).imag / h for step in steps], axis=1)


# ----------------------------------------------------------------------------------- numbers


@settings(max_examples=25, deadline=None)
@given(problems(most_examples=40, most_width=7, most_hidden=3))
def test_all_are_the_complex_steps(p: Problem) -> None:
    cost, expected = p.cost(), by_complex_steps(p)
    r = twin_residuals(p, p.theta)
    assert distance(cost.jacobian(p.theta), expected) <= 1e-10
    value, gradient, gauss_newton = cost.normal_equations(p.theta)
    assert value == pytest.approx(r @ r, rel=1e-12)
    assert distance(gradient, 2 * expected.T @ r) <= 1e-10
    assert distance(gauss_newton, 2 * expected.T @ expected) <= 1e-10


@settings(max_examples=25, deadline=None)
@given(problems(most_examples=60, most_width=10, most_hidden=2))
def test_both_dtypes_agree_with_the_twin(p: Problem) -> None:
    J, r = twin_jacobian(p), twin_residuals(p, p.theta)
    for dtype, tolerance in TOLERANCE.items():
        cost = p.cost(dtype)
        assert distance(cost.residuals(p.theta), r) <= tolerance
        assert distance(cost.jacobian(p.theta), J) <= tolerance
        value, gradient, gauss_newton = cost.normal_equations(p.theta)
        assert value == pytest.approx(twin(p)[0], rel=tolerance)
        assert distance(gauss_newton, 2 * J.T @ J) <= tolerance
        # Its terms may cancel: in lengths of what is added up.
        size = np.linalg.norm(abs(J).T @ abs(r))
        assert np.linalg.norm(gradient - 2 * J.T @ r) <= 2 * tolerance * size


@settings(max_examples=25, deadline=None)
@given(problems(most_examples=60, most_width=8, most_hidden=3))
def test_acceleration_is_the_complex_step_of_the_slope_along_v(p: Problem) -> None:
    """r_vv = d/dh of J(theta + h v) v."""
    v = np.random.default_rng(0).normal(size=len(p.theta))
    ahead = _reference.jacobian(*spec(p.network), p.theta + 1e-30j * v, p.X, p.weight)
    bend = (ahead @ v).imag.reshape(-1) / 1e-30 / np.sqrt(weight_sum(p))
    J = twin_jacobian(p)
    size = np.linalg.norm(abs(J).T @ abs(bend)) or 1.0
    for dtype, tolerance in (("float32", 1e-5), ("float64", 1e-10)):
        got = p.cost(dtype).acceleration_product(p.theta, v)
        assert np.linalg.norm(got - 2 * J.T @ bend) <= 2 * tolerance * size


@pytest.mark.parametrize("activation", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize("output_activation", OUTPUT_ACTIVATIONS)
@dtypes
def test_every_layer_takes_part(activation: str, output_activation: str, dtype: str) -> None:
    p = problem((4, 7, 5, 3), 50, activation, output_activation, seed=2)
    _, gradient, gauss_newton = p.cost(dtype).normal_equations(p.theta)
    assert gauss_newton.diagonal().all() or "relu" in (activation, output_activation)
    for numbers in (gradient, gauss_newton.diagonal()):
        for layer in p.network.layers(numbers):
            assert np.any(layer.weights != 0)
            assert np.any(layer.biases != 0)


def test_central_differences_say_so_too() -> None:
    p, h = problem((3, 6, 2), 20, "tanh", weighted=True), 1e-6
    steps = h * np.eye(len(p.theta))
    cost = p.cost()
    differences = [
        (cost.residuals(p.theta + step) - cost.residuals(p.theta - step)) / (2 * h)
        for step in steps
    ]
    assert distance(cost.jacobian(p.theta), np.stack(differences, axis=1)) < 1e-8


# Panels of the triangle: less than one, one, one and a vector, several, on every build.
@pytest.mark.parametrize(
    "layer_sizes",
    [(1, 1), (3, 4, 1), (1, 10, 1), (5, 20, 1), (20, 30, 1), (2, 15, 15, 2), (1, 5, 12), (33, 3)],
    ids=str,
)
@pytest.mark.parametrize("n", [1, 2, 127, 700])
@dtypes
def test_sizes_around_those_of_vectors_and_blocks(
    layer_sizes: tuple[int, ...], n: int, dtype: str
) -> None:
    p = problem(layer_sizes, n, "tanh", "identity", weighted=n == 127)
    J = twin_jacobian(p)
    _, gradient, gauss_newton = p.cost(dtype).normal_equations(p.theta)
    assert distance(gauss_newton, 2 * J.T @ J) <= TOLERANCE[dtype]
    assert np.array_equal(gauss_newton, gauss_newton.T)
    assert distance(gradient, p.cost(dtype).gradient(p.theta)) <= 20 * TOLERANCE[dtype]


@dtypes
@pytest.mark.parametrize(
    ("layout", "n_inputs", "zeros"),
    [
        ("dense reals", 40, 0.0),
        ("dense reals", 256, 0.0),  # rows that are copied, since they would share cache sets
        ("dense uint8", 40, 0.0),
        ("compressed uint8", 40, 0.8),
        ("compressed reals", 40, 0.8),
        ("compressed reals", 700, 0.995),  # so few that columns are int32 and not steps
    ],
)
def test_every_layout_is_the_twin_s(dtype: str, layout: str, n_inputs: int, zeros: float) -> None:
    p = problem((n_inputs, 3, 2), 150, zeros=zeros)
    X = p.X
    if "uint8" in layout:
        X = np.where(X == 0, 0, np.clip(100 + 60 * X, 1, 255)).astype(np.uint8)
        p = replace(p, X=X / 255)
    cost, J = Cost(p.network, X, p.Y, dtype=dtype), twin_jacobian(p)
    assert cost.layout == layout
    assert distance(cost.jacobian(p.theta), J) <= TOLERANCE[dtype]
    assert distance(cost.normal_equations(p.theta)[2], 2 * J.T @ J) <= TOLERANCE[dtype]
    rows = [149, 3, 3, 0]
    some = J.reshape(150, 2, -1)[rows].reshape(8, -1)
    assert distance(cost.jacobian(p.theta, rows), some) <= TOLERANCE[dtype]


# -------------------------------------------------------------------------------- properties


@weights
@dtypes
def test_the_cost_is_the_sum_of_squares(weighted: bool, dtype: str) -> None:
    p = problem((4, 6, 3), 80, weighted=weighted)
    cost = p.cost(dtype)
    r = cost.residuals(p.theta)
    assert r @ r == pytest.approx(cost(p.theta), rel=TOLERANCE[dtype])


@weights
def test_gauss_newton_s_columns_are_its_products(weighted: bool) -> None:
    p = problem((4, 6, 3), 80, weighted=weighted)
    _, _, gauss_newton = p.cost().normal_equations(p.theta)
    v = np.random.default_rng(0).normal(size=len(p.theta))
    assert distance(gauss_newton @ v, p.cost().gauss_newton_product(p.theta, v)) <= 1e-12


def test_of_each_averages_to_the_cost() -> None:
    p = problem((4, 6, 3), 80, weighted=True)
    each = p.cost().of_each(p.theta)
    assert each.shape == (80,)
    assert np.average(each, weights=p.weight) == pytest.approx(p.cost()(p.theta), rel=1e-14)
    assert replace(p, weight=None).cost()(p.theta) == pytest.approx(each.mean(), rel=1e-14)


@weights
def test_rows_are_those_of_all(weighted: bool) -> None:
    p = problem((4, 6, 3), 400, weighted=weighted)
    cost, rows = p.cost(), np.array([7, 399, 0, 7])
    assert np.allclose(cost.of_each(p.theta, rows), cost.of_each(p.theta)[rows], rtol=1e-12)
    r, J = cost.residuals(p.theta).reshape(400, 3), cost.jacobian(p.theta).reshape(400, 3, -1)
    assert np.allclose(cost.residuals(p.theta, rows), r[rows].reshape(-1), rtol=1e-12)
    assert np.allclose(cost.jacobian(p.theta, rows), J[rows].reshape(12, -1), rtol=1e-12)
    mask = np.arange(400) < 2
    assert np.allclose(cost.residuals(p.theta, mask), r[:2].reshape(-1), rtol=1e-12)


def test_no_rows_are_nothing() -> None:
    p = problem((4, 6, 3), 10)
    cost = p.cost()
    assert cost.of_each(p.theta, []).shape == cost.residuals(p.theta, []).shape == (0,)
    assert cost.jacobian(p.theta, []).shape == (0, len(p.theta))


@dtypes
def test_what_comes_back_has_theta_s_dtype(dtype: str) -> None:
    p = problem((4, 6, 3), 10)
    theta = p.theta.astype(dtype)
    for arithmetic in ("float32", "float64"):
        cost = p.cost(arithmetic)
        found = [cost.residuals(theta), cost.jacobian(theta), *cost.normal_equations(theta)[1:]]
        assert {a.dtype for a in found} == {np.dtype(dtype)}
        assert cost.of_each(theta).dtype == arithmetic


def test_calls_of_other_kinds_in_between_change_nothing() -> None:
    """They share working memory."""
    p = problem((9, 6, 3), 700, weighted=True)
    cost = p.cost()
    first, v = cost.normal_equations(p.theta), p.theta[::-1].copy()
    product, gradient = cost.hessian_vector_product(p.theta, v), cost.gradient(p.theta)
    bend = cost.acceleration_product(p.theta, v)
    for _ in range(2):
        again = cost.normal_equations(p.theta)
        assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
        assert np.array_equal(cost.hessian_vector_product(p.theta, v), product)
        assert np.array_equal(cost.gradient(p.theta), gradient)
        assert np.array_equal(cost.acceleration_product(p.theta, v), bend)
        cost.jacobian(p.theta)


def test_least_squares_takes_them() -> None:
    optimize = pytest.importorskip("scipy.optimize")
    p = problem((2, 4, 1), 60, "tanh", "identity")
    cost = p.cost()
    found = optimize.least_squares(cost.residuals, p.theta, jac=cost.jacobian, max_nfev=30)
    assert 2 * found.cost == pytest.approx(cost(found.x), rel=1e-12)
    assert found.cost < cost(p.theta) / 4


# ------------------------------------------------------------------------------------ refusals


def test_too_many_parameters_are_refused_with_what_they_would_take() -> None:
    net = Network((784, 16, 16, 10))
    cost = Cost(net, np.zeros((2, 784)), [0, 1])
    with pytest.raises(ValueError, match=r"13,002 parameters would take 1.35 GB.* at most 4,096"):
        cost.normal_equations(net.random_theta(0))


@pytest.mark.parametrize("method", ["residuals", "jacobian", "normal_equations", "of_each"])
@pytest.mark.parametrize("wrong", [[1.0, 2.0], [np.nan] * 51])
def test_a_wrong_theta_is_named(method: str, wrong: Any) -> None:
    with pytest.raises(ValueError, match="theta"):
        getattr(problem((4, 6, 3)).cost(), method)(wrong)


@pytest.mark.parametrize("method", ["residuals", "jacobian", "of_each"])
def test_wrong_rows_are_named(method: str) -> None:
    p = problem((4, 6, 3))
    with pytest.raises(ValueError, match="rows: expected -7 to 6"):
        getattr(p.cost(), method)(p.theta, [7])
    with pytest.raises(TypeError, match="rows: expected integers"):
        getattr(p.cost(), method)(p.theta, [0.5])
