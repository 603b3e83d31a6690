"""`cost`: the gradient agrees with complex steps, the twin, differences, a hand and autograd."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.common import (
    TOLERANCE,
    Problem,
    complex_step,
    complex_step_along,
    distance,
    problem,
    problems,
    twin,
)
from tests.promises import trials

from fastgd import Cost, Network
from fastgd.network import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS

DTYPES = ("float32", "float64")
EXAMPLES = trials(100, 2000)


@pytest.mark.promise("gradients", EXAMPLES)
@settings(max_examples=EXAMPLES)
@given(problems(most_examples=30, most_width=7))
def test_gradient_agrees_with_complex_steps(p: Problem) -> None:
    assert distance(p.cost().gradient(p.theta), complex_step(p)) <= 1e-12


@settings(max_examples=40)
@given(problems(), st.integers(0, 2**32 - 1))
def test_gradient_agrees_with_complex_steps_along_directions(p: Problem, seed: int) -> None:
    """Of large networks too, where a step for each parameter would take long."""
    gradient = p.cost().gradient(p.theta)
    for d in np.random.default_rng(seed).normal(size=(2, len(p.theta))):
        error = gradient @ d - complex_step_along(p, d)
        assert abs(error) <= 1e-12 * np.linalg.norm(gradient) * np.linalg.norm(d)


@given(problems())
def test_cost_and_gradient_agree_with_the_twin_in_float64(p: Problem) -> None:
    cost, gradient = p.cost().value_and_gradient(p.theta)
    expected_cost, expected = twin(p)
    assert cost == pytest.approx(expected_cost, rel=1e-12)
    assert distance(gradient, expected) <= 1e-12


@given(problems())
def test_cost_and_gradient_agree_with_the_float64_twin_in_float32(p: Problem) -> None:
    cost, gradient = p.cost("float32").value_and_gradient(p.theta.astype(np.float32))
    expected_cost, expected = twin(p)
    assert cost == pytest.approx(expected_cost, rel=2e-6)
    assert distance(gradient, expected) <= 2e-6


@pytest.mark.parametrize("activation", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize("output_activation", OUTPUT_ACTIVATIONS)
def test_gradient_agrees_with_central_differences(activation: str, output_activation: str) -> None:
    p = problem((4, 7, 3, 10), 5, activation, output_activation, seed=1)
    cost, h = p.cost(), 1e-6
    differences = [
        (cost(p.theta + step) - cost(p.theta - step)) / (2 * h) for step in h * np.eye(len(p.theta))
    ]
    assert distance(cost.gradient(p.theta), differences) < 1e-7


@pytest.mark.parametrize("activation", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize("output_activation", OUTPUT_ACTIVATIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_layer_has_a_gradient(activation: str, output_activation: str, dtype: str) -> None:
    p = problem((4, 7, 5, 3), 50, activation, output_activation, seed=2)
    gradient = p.cost(dtype).gradient(p.theta)
    for layer in p.network.layers(gradient):
        assert np.any(layer.weights != 0)
        assert np.any(layer.biases != 0)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_2_2_1_network_by_hand(dtype: str) -> None:
    """One example x = (1, 2), y = 1; relu neurons, an identity output.

    W1 = [[1, 1], [0.5, -1]], b1 = [-1, 1]:
        z1 = [1 + 2 - 1, 0.5 - 2 + 1] = [2, -0.5], a1 = [2, 0]
    W2 = [[2, 3]], b2 = [-1]:
        a2 = 2 * 2 + 3 * 0 - 1 = 3
    C = (3 - 1)^2 = 4, dC/da2 = 2 * (3 - 1) = 4, f' = 1: delta2 = 4
        dW2 = delta2 a1 = [8, 0], db2 = 4
    delta1 = W2^T delta2 * f'(z1) = [2 * 4 * 1, 3 * 4 * 0] = [8, 0]
        dW1 = delta1 x^T = [[8, 16], [0, 0]], db1 = [8, 0]
    """
    net = Network((2, 2, 1), activation="relu", output_activation="identity")
    theta = np.array([1, 1, 0.5, -1, -1, 1, 2, 3, -1], dtype)
    cost, gradient = Cost(net, [[1.0, 2.0]], [[1.0]], dtype=dtype).value_and_gradient(theta)
    assert cost == 4.0
    assert gradient.tolist() == [8, 16, 0, 0, 8, 0, 8, 0, 4]


def test_the_cost_is_the_lesson_s_sum_of_squares() -> None:
    """Ten outputs of 0.5 against a one-hot label: 10 * 0.5^2 = 2.5, with no factor 1/2."""
    net = Network((3, 10))
    assert Cost(net, np.ones((4, 3)), [0, 3, 9, 3])(np.zeros(net.n_parameters)) == 2.5


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layer_sizes", [(3, 2), (6, 5, 4), (20, 16, 9, 17)])
def test_torch_agrees(layer_sizes: tuple[int, ...], dtype: str) -> None:
    torch: Any = pytest.importorskip("torch")
    p = problem(layer_sizes, 40, "tanh", "sigmoid")
    modules: list[Any] = []
    for n_in, n_out in itertools.pairwise(layer_sizes):
        modules += [torch.nn.Linear(n_in, n_out, dtype=getattr(torch, dtype)), torch.nn.Tanh()]
    model = torch.nn.Sequential(*modules[:-1], torch.nn.Sigmoid())
    vector = torch.nn.utils.parameters_to_vector(model.parameters())
    theta = vector.detach().numpy().copy()
    X, Y = (torch.from_numpy(a.astype(dtype)) for a in (p.X, p.Y))
    loss = ((model(X) - Y) ** 2).sum(dim=1).mean()
    loss.backward()
    expected = torch.nn.utils.parameters_to_vector(w.grad for w in model.parameters())
    cost, gradient = p.cost(dtype).value_and_gradient(theta)
    assert cost == pytest.approx(loss.item(), rel=TOLERANCE[dtype])
    assert distance(gradient, expected.numpy()) <= TOLERANCE[dtype]


def test_torch_reads_theta_as_its_own_parameters() -> None:
    torch: Any = pytest.importorskip("torch")
    p = problem((6, 5, 4), 8)
    model = torch.nn.Sequential(
        torch.nn.Linear(6, 5), torch.nn.Sigmoid(), torch.nn.Linear(5, 4), torch.nn.Sigmoid()
    )
    theta = p.theta.astype(np.float32)
    torch.nn.utils.vector_to_parameters(torch.from_numpy(theta), model.parameters())
    X = p.X.astype(np.float32)
    expected = model(torch.from_numpy(X)).detach().numpy()
    assert distance(p.network(theta, X), expected) < 1e-6
