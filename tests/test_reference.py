"""`_reference`: the specification itself, against arithmetic done by hand and complex steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.common import (
    Problem,
    complex_step,
    distance,
    problem,
    problems,
    spec,
    twin,
    twin_product,
    twin_sums,
)

from fastgd import Network, _reference
from fastgd.network import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS


@given(problems(most_examples=20, most_width=6))
def test_gradient_is_the_complex_step_s(p: Problem) -> None:
    assert distance(twin(p)[1], complex_step(p)) <= 1e-12


@pytest.mark.parametrize("activation", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize("output_activation", OUTPUT_ACTIVATIONS)
def test_gradient_is_the_central_difference_s(activation: str, output_activation: str) -> None:
    p = problem((4, 5, 3), 6, activation, output_activation, seed=3)
    h = 1e-6
    differences = [
        (twin(p.with_theta(p.theta + step))[0] - twin(p.with_theta(p.theta - step))[0]) / (2 * h)
        for step in h * np.eye(len(p.theta))
    ]
    assert distance(twin(p)[1], differences) < 1e-7


@given(problems(most_examples=12, most_width=6, most_hidden=3))
def test_jacobian_is_the_complex_step_s(p: Problem) -> None:
    root = np.ones(len(p.X)) if p.weight is None else np.sqrt(p.weight)
    steps = [
        _reference.activations(*spec(p.network), p.theta + 1e-30j * e, p.X)[-1].imag / 1e-30
        for e in np.eye(len(p.theta))
    ]
    expected = root[:, None, None] * np.stack(steps, axis=-1)
    got = _reference.jacobian(*spec(p.network), p.theta, p.X, p.weight)
    assert distance(got, expected) <= 1e-12


@given(problems(most_examples=12, most_width=6, most_hidden=3))
def test_normal_equations_are_the_cost_its_gradient_and_curvature(p: Problem) -> None:
    cost, Jr, JJ, n = _reference.normal_equations(*spec(p.network), p.theta, p.X, p.Y, p.weight)
    assert n == twin_sums(p)[2]
    assert cost / n == pytest.approx(twin(p)[0], rel=1e-12)
    assert distance(2 * Jr / n, twin(p)[1]) <= 1e-12
    v = np.ones(len(p.theta))
    assert distance(2 * JJ @ v / n, twin_product(p, v, gauss_newton=True)) <= 1e-12


@given(problems(most_examples=12, most_width=6, most_hidden=3))
def test_acceleration_is_the_complex_step_s(p: Problem) -> None:
    v = np.linspace(-1, 1, len(p.theta))
    ahead = _reference.jacobian(*spec(p.network), p.theta + 1e-30j * v, p.X, p.weight)
    J = _reference.jacobian(*spec(p.network), p.theta, p.X, p.weight)
    expected = np.einsum("ijk,ij->k", J, (ahead @ v).imag / 1e-30)
    got = _reference.acceleration(*spec(p.network), p.theta, v, p.X, p.weight)
    assert np.linalg.norm(got - expected) <= 1e-12 * (np.linalg.norm(abs(expected)) + 1)


def test_activations_by_hand() -> None:
    """One input 2, two relu neurons, one identity output.

    W1 = [[1], [-1]], b1 = [0.5, 0.5]: z1 = [2.5, -1.5], a1 = [2.5, 0]
    W2 = [[2, 3]],    b2 = [1]:        z2 = 2 * 2.5 + 3 * 0 + 1 = 6
    """
    theta = np.array([1, -1, 0.5, 0.5, 2, 3, 1.0])
    x, hidden, output = _reference.activations(
        (1, 2, 1), "relu", "identity", theta, np.array([[2.0]])
    )
    assert x.tolist() == [[2.0]]
    assert hidden.tolist() == [[2.5, 0.0]]
    assert output.tolist() == [[6.0]]


def test_layers_tile_theta() -> None:
    theta = np.arange(13.0)
    (w1, b1), (w2, b2) = _reference.layers((2, 3, 1), theta)
    assert np.concatenate([w1.ravel(), b1, w2.ravel(), b2]).tolist() == theta.tolist()


def test_layers_are_the_network_s() -> None:
    net = Network((3, 4, 2))
    theta = net.random_theta(0)
    for (weights, biases), layer in zip(
        _reference.layers(net.layer_sizes, theta), net.layers(theta), strict=True
    ):
        assert np.array_equal(weights, layer.weights)
        assert np.array_equal(biases, layer.biases)


def test_weights_scale_each_example_s_share() -> None:
    p = problem(n=3, weighted=True)
    assert p.weight is not None
    parts = [twin_sums(p.of_rows([i])) for i in range(3)]
    cost, gradient, n = twin_sums(p)
    assert cost == pytest.approx(sum(part[0] for part in parts), rel=1e-14)
    assert distance(gradient, sum(part[1] for part in parts)) < 1e-14
    assert n == pytest.approx(p.weight.sum(), rel=1e-15)


@given(problems(most_examples=30, most_width=9), st.integers(0, 2**32 - 1))
def test_product_is_the_gradient_s_complex_step(p: Problem, seed: int) -> None:
    v = np.random.default_rng(seed).normal(size=len(p.theta))
    expected = twin(p.with_theta(p.theta + 1e-30j * v))[1].imag / 1e-30
    assert distance(twin_product(p, v), expected) <= 1e-10


@given(problems(most_examples=8, most_width=4, most_hidden=2), st.integers(0, 2**32 - 1))
def test_gauss_newton_product_is_that_of_the_jacobian(p: Problem, seed: int) -> None:
    """J[:, j] = Im a_L(theta + ih e_j) / h, of all outputs of all examples."""
    v = np.random.default_rng(seed).normal(size=len(p.theta))
    outputs = [
        _reference.activations(*spec(p.network), p.theta + 1e-30j * e, p.X.astype(complex))[-1]
        for e in np.eye(len(p.theta))
    ]
    J = np.array(outputs).imag / 1e-30  # (n_parameters, n, n_outputs)
    w = np.ones(len(p.X)) if p.weight is None else p.weight
    expected = 2 * np.einsum("pio,i,qio,q->p", J, w, J, v) / w.sum()
    assert distance(twin_product(p, v, gauss_newton=True), expected) <= 1e-10


@pytest.mark.parametrize("activation", HIDDEN_ACTIVATIONS)
def test_second_derivatives_are_those_of_the_first(activation: str) -> None:
    z = np.array([-2.0, -0.3, 0.4, 1.5])
    f, slope = _reference.ACTIVATIONS[activation]
    expected = slope(f(z + 1e-30j)).imag / 1e-30
    assert distance(_reference.SECOND_DERIVATIVES[activation](f(z)), expected) < 1e-14


def test_descend_is_plain_steps() -> None:
    """Two batches of two, without momentum: theta -= rate * mean gradient, twice."""
    p = problem(n=4)
    theta = p.theta.copy()
    for rows in ([2, 0], [1, 3]):
        theta -= 0.5 * twin(p.of_rows(rows).with_theta(theta))[1]
    walked = p.theta.copy()
    total, steps = _reference.descend(
        *spec(p.network), walked, p.X, p.Y, np.array([2, 0, 1, 3]), 2, 0.5
    )
    assert steps == 2
    assert total > 0
    assert np.array_equal(walked, theta)


def test_descend_s_momentum_is_a_heavy_ball() -> None:
    p = problem(n=2)
    theta, velocity = p.theta.copy(), np.zeros_like(p.theta)
    for row in (0, 1):
        velocity = 0.9 * velocity + twin(p.of_rows([row]).with_theta(theta))[1]
        theta = theta - 0.5 * velocity
    walked = p.theta.copy()
    _reference.descend(*spec(p.network), walked, p.X, p.Y, np.array([0, 1]), 1, 0.5, 0.9)
    assert distance(walked, theta) < 1e-15
