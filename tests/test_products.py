"""`cost`: exact products with the Hessian and its Gauss-Newton part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.common import (
    TOLERANCE,
    Array,
    Problem,
    distance,
    problem,
    problems,
    spec,
    twin,
    twin_product,
)

from fastgd import Cost, Network, _reference
from fastgd.network import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS

DTYPES = ("float32", "float64")
seeds = st.integers(0, 2**32 - 1)
both = pytest.mark.parametrize("gauss_newton", [False, True], ids=["Hessian", "Gauss-Newton"])
dtypes = pytest.mark.parametrize("dtype", DTYPES)


def product_of(cost: Cost, gauss_newton: bool) -> Callable[[Any, Any], Array]:
    return cost.gauss_newton_product if gauss_newton else cost.hessian_vector_product


def vector_for(p: Problem, seed: int = 0) -> Array:
    """A float64 vector that float32 holds too."""
    v = np.random.default_rng(seed).normal(size=len(p.theta))
    return v.astype(np.float32).astype(np.float64)


def error_in_sizes(got: Array, p: Problem, v: Array, gauss_newton: bool) -> float:
    """Distance from the twin, in lengths of the product of sizes: what rounding is relative to.

    The Hessian's terms may cancel where its product with v is short.
    """
    expected = twin_product(p, v, gauss_newton=gauss_newton)
    size = max(
        np.linalg.norm(expected), np.linalg.norm(twin_product(p, v, gauss_newton=True)),
        np.linalg.norm(twin(p)[1]) * np.linalg.norm(v) / np.sqrt(len(v)),
    )  # fmt: skip
    return float(np.linalg.norm(got - expected) / size)


# ----------------------------------------------------------------------------------- numbers


@settings(max_examples=60)
@given(problems(), seeds)
def test_product_is_the_gradient_s_complex_step(p: Problem, seed: int) -> None:
    v = vector_for(p, seed)
    expected = twin(p.with_theta(p.theta + 1e-30j * v))[1].imag / 1e-30
    assert distance(p.cost().hessian_vector_product(p.theta, v), expected) <= 1e-10


@settings(max_examples=60)
@given(problems(), seeds)
def test_products_agree_with_the_twin_in_float64(p: Problem, seed: int) -> None:
    v = vector_for(p, seed)
    for gauss_newton in (False, True):
        got = product_of(p.cost(), gauss_newton)(p.theta, v)
        assert error_in_sizes(got, p, v, gauss_newton) <= TOLERANCE["float64"]


@settings(max_examples=60)
@given(problems(), seeds)
def test_products_agree_with_the_float64_twin_in_float32(p: Problem, seed: int) -> None:
    v = vector_for(p, seed)
    for gauss_newton in (False, True):
        got = product_of(p.cost("float32"), gauss_newton)(p.theta, v)
        assert error_in_sizes(got, p, v, gauss_newton) <= TOLERANCE["float32"]


@both
@dtypes
@pytest.mark.parametrize("activation", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize("output_activation", OUTPUT_ACTIVATIONS)
def test_every_layer_takes_part(
    gauss_newton: bool, dtype: str, activation: str, output_activation: str
) -> None:
    p = problem((4, 7, 5, 3), 50, activation, output_activation, seed=2)
    product = product_of(p.cost(dtype), gauss_newton)(p.theta, vector_for(p))
    for layer in p.network.layers(product):
        assert np.any(layer.weights != 0)
        assert np.any(layer.biases != 0)


@both
@dtypes
@pytest.mark.parametrize(
    ("layout", "n_inputs", "zeros"),
    [
        ("dense reals", 40, 0.0),
        ("dense uint8", 40, 0.0),
        ("compressed uint8", 40, 0.8),
        ("compressed reals", 40, 0.8),
        ("compressed reals", 2000, 0.995),  # so few that columns are int32 and not steps
    ],
)
def test_every_layout_is_the_twin_s(
    gauss_newton: bool, dtype: str, layout: str, n_inputs: int, zeros: float
) -> None:
    p = problem((n_inputs, 17, 5), 600, zeros=zeros)
    X = p.X
    if "uint8" in layout:
        X = np.where(X == 0, 0, np.clip(100 + 60 * X, 1, 255)).astype(np.uint8)
        p = replace(p, X=X / 255)
    cost, v = Cost(p.network, X, p.Y, dtype=dtype), vector_for(p)
    assert cost.layout == layout
    got = product_of(cost, gauss_newton)(p.theta, v)
    assert error_in_sizes(got, p, v, gauss_newton) <= TOLERANCE[dtype]


def test_a_1_1_1_network_by_hand() -> None:
    """x = 1, y = 0, f = identity at both ends of one relu neuron that is on.

    C = (w2 (w1 + b1) + b2)^2; with p = (w1, b1, w2, b2) = (1, 1, 3, -1): a1 = 2, a2 = 5,
    J = (w2, w2, a1, 1) = (3, 3, 2, 1). H = 2 J J^T + 2 a2 (d2 a2/dp2), where only
    d2 a2/dw1dw2 = d2 a2/db1dw2 = 1. So H (1, 0, 0, 0) = 2 * 3 * J + 10 (0, 0, 1, 0).
    """
    net = Network((1, 1, 1), activation="relu", output_activation="identity")
    cost = Cost(net, [[1.0]], [[0.0]], dtype=float)
    theta, v = [1.0, 1.0, 3.0, -1.0], [1.0, 0.0, 0.0, 0.0]
    assert cost.hessian_vector_product(theta, v).tolist() == [18.0, 18.0, 22.0, 6.0]
    assert cost.gauss_newton_product(theta, v).tolist() == [18.0, 18.0, 12.0, 6.0]


def test_relu_s_second_derivative_is_0_at_its_kink() -> None:
    """z1 = 0: the neuron counts as off, as it does in the gradient."""
    net = Network((1, 1, 1), activation="relu", output_activation="identity")
    cost = Cost(net, [[1.0]], [[0.0]], dtype=float)
    product = cost.hessian_vector_product([1.0, -1.0, 3.0, 2.0], [1.0, 1.0, 1.0, 1.0])
    assert product.tolist() == [0.0, 0.0, 0.0, 2.0]


@dtypes
def test_torch_agrees(dtype: str) -> None:
    torch: Any = pytest.importorskip("torch")
    p = problem((6, 5, 4), 40, "tanh")
    v = vector_for(p)
    X, Y = (torch.from_numpy(a) for a in (p.X, p.Y))

    def cost_of(theta: Any) -> Any:
        (w1, b1), (w2, b2) = _reference.layers(p.network.layer_sizes, theta)
        outputs = torch.sigmoid(torch.tanh(X @ w1.T + b1) @ w2.T + b2)
        return ((outputs - Y) ** 2).sum(dim=1).mean()

    _, expected = torch.autograd.functional.hvp(
        cost_of, torch.from_numpy(p.theta), torch.from_numpy(v)
    )
    got = p.cost(dtype).hessian_vector_product(p.theta, v)
    assert distance(got, expected.numpy()) <= TOLERANCE[dtype]


# -------------------------------------------------------------------------------- properties


@both
@given(p=problems(most_examples=60), seed=seeds)
def test_products_are_symmetric(gauss_newton: bool, p: Problem, seed: int) -> None:
    """u . H v = v . H u."""
    u, v = vector_for(p, seed), vector_for(p, seed + 1)
    times = product_of(p.cost(), gauss_newton)
    Hu, Hv = times(p.theta, u), times(p.theta, v)
    size = np.linalg.norm(u) * np.linalg.norm(Hv) + np.linalg.norm(v) * np.linalg.norm(Hu)
    assert abs(u @ Hv - v @ Hu) <= 1e-12 * size


@given(problems(most_examples=60), seeds)
def test_gauss_newton_is_positive_semidefinite(p: Problem, seed: int) -> None:
    """v . G v = 2/n sum of w |J v|^2."""
    v = vector_for(p, seed)
    Gv = p.cost().gauss_newton_product(p.theta, v)
    assert v @ Gv >= -1e-14 * np.linalg.norm(v) * np.linalg.norm(Gv)


def test_the_hessian_is_not() -> None:
    """Else the test above would show nothing."""
    p = problem((3, 4, 2), 40, "tanh")
    vectors = [vector_for(p, seed) for seed in range(40)]
    assert min(v @ p.cost().hessian_vector_product(p.theta, v) for v in vectors) < 0


@settings(max_examples=40)
@given(problems(most_examples=60), seeds)
def test_gauss_newton_is_the_hessian_where_errors_are_zero(p: Problem, seed: int) -> None:
    a = _reference.activations(*spec(p.network), p.theta, p.X)[-1]
    cost, v = replace(p, Y=a).cost(), vector_for(p, seed)
    hessian, part = (product_of(cost, g)(p.theta, v) for g in (False, True))
    assert distance(hessian, part) <= 1e-12


@both
def test_a_weight_of_two_is_the_example_twice(gauss_newton: bool) -> None:
    p = problem(n=5)
    weighted = Cost(p.network, p.X, p.Y, sample_weight=[1, 2, 1, 0, 1])
    doubled = p.of_rows([0, 1, 1, 2, 4]).cost()
    got, expected = (
        product_of(c, gauss_newton)(p.theta, vector_for(p)) for c in (weighted, doubled)
    )
    assert distance(got, expected) <= 1e-14


def test_products_do_not_disturb_what_comes_after() -> None:
    """Working memory is shared with gradients, and used again in another order."""
    p = problem((20, 17, 5), 3000)
    cost, v = p.cost("float32"), vector_for(p)
    gradient = p.cost("float32").gradient(p.theta)
    product = p.cost("float32").hessian_vector_product(p.theta, v)
    for _ in range(2):
        assert np.array_equal(cost.gradient(p.theta), gradient)
        assert np.array_equal(cost.hessian_vector_product(p.theta, v), product)
        part = cost.gauss_newton_product(p.theta, v)
        assert np.array_equal(part, p.cost("float32").gauss_newton_product(p.theta, v))


# ------------------------------------------------------------------------------- the two vectors


@both
@dtypes
@pytest.mark.parametrize("theta_dtype", DTYPES)
@pytest.mark.parametrize("v_dtype", DTYPES)
def test_products_are_fresh_and_of_theta_s_dtype(
    gauss_newton: bool, dtype: str, theta_dtype: str, v_dtype: str
) -> None:
    p = problem()
    theta, v = p.theta.astype(theta_dtype), vector_for(p).astype(v_dtype)
    times = product_of(p.cost(dtype), gauss_newton)
    first = times(theta, v)
    kept = first.copy()
    times(theta, 2 * v)
    assert first.dtype == theta_dtype
    assert np.array_equal(first, kept)


def test_v_in_any_form_is_taken() -> None:
    p = problem()
    cost, v = p.cost(), vector_for(p)
    expected = cost.hessian_vector_product(p.theta, v)
    for form in (v.tolist(), np.repeat(v, 2)[::2], v.astype(">f8"), v.astype(np.float32)):
        assert np.array_equal(cost.hessian_vector_product(p.theta, form), expected)


def changed(theta: Array, value: float) -> Array:
    out = theta.copy()
    out[3] = value
    return out


@both
@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda a: a[1:], ValueError, " has 38 entries; a 5-4-3 network has 39 parameters"),
        (lambda a: a[None], ValueError, r" has shape \(1, 39\); a 5-4-3 network has 39"),
        (lambda a: changed(a, np.nan), ValueError, r"\[3\] is nan; expected finite numbers"),
        (lambda a: changed(a, np.inf), ValueError, r"\[3\] is inf; expected finite numbers"),
        (lambda a: changed(a, 1e300), ValueError, r"\[3\] is 1e\+300, too large for float32"),
        (lambda a: None, TypeError, ": expected an array of numbers, got None"),
    ],
)
def test_what_is_no_such_vector_is_refused(
    gauss_newton: bool, change: Any, error: type[Exception], message: str
) -> None:
    p = problem()
    times = product_of(p.cost("float32"), gauss_newton)
    with pytest.raises(error, match="^theta" + message):
        times(change(p.theta), vector_for(p))
    with pytest.raises(error, match="^v" + message):
        times(p.theta, change(vector_for(p)))
