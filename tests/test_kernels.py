"""`_kernels`: every build this processor runs, by itself: numbers, functions, refusals."""

from __future__ import annotations

import importlib
import math
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from tests.common import TOLERANCE, Array, distance, problem, twin, twin_product

from fastgd import Network, _reference
from fastgd._built import processor
from fastgd.network import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS

BUILDS = [(dtype, level) for dtype in TOLERANCE for level in processor.supported()]


def module(dtype: str, level: str) -> ModuleType:
    return importlib.import_module(f"fastgd._built.kernels_{dtype}_{level}")


@pytest.fixture(params=BUILDS, ids="-".join)
def build(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The dtype of a build that everything runs on, whichever the processor would choose."""
    dtype, level = request.param
    monkeypatch.setattr(processor, "kernels", lambda name: module(name, level))
    return str(dtype)


@pytest.fixture
def kernels(build: str) -> Any:
    return processor.kernels(build)


def answers(build: str, activation: str, z: Array) -> Array:
    """f(z), one neuron after the other, as a network of one input and one weight gives it."""
    net = Network((1, 1), output_activation=activation)
    return net(np.array([1, 0], build), z.astype(build)[:, None])[:, 0]


# ------------------------------------------------------------------------------ every build


@pytest.mark.parametrize("activation", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize("output_activation", OUTPUT_ACTIVATIONS)
@pytest.mark.parametrize("zeros", [0.0, 0.8])
def test_cost_and_gradient_are_the_twin_s(
    build: str, activation: str, output_activation: str, zeros: float
) -> None:
    p = problem((37, 33, 5, 18), 300, activation, output_activation, zeros=zeros)
    cost, gradient = p.cost(build).value_and_gradient(p.theta)
    expected_cost, expected = twin(p)
    assert cost == pytest.approx(expected_cost, rel=TOLERANCE[build])
    assert distance(gradient, expected) <= TOLERANCE[build]


@pytest.mark.parametrize("activation", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize("output_activation", OUTPUT_ACTIVATIONS)
@pytest.mark.parametrize("zeros", [0.0, 0.8])
def test_products_are_the_twin_s(
    build: str, activation: str, output_activation: str, zeros: float
) -> None:
    p = problem((37, 33, 5, 18), 300, activation, output_activation, zeros=zeros, weighted=True)
    cost, v = p.cost(build), np.random.default_rng(1).normal(size=len(p.theta))
    expected = twin_product(p, v)
    assert distance(cost.hessian_vector_product(p.theta, v), expected) <= TOLERANCE[build]
    expected = twin_product(p, v, gauss_newton=True)
    assert distance(cost.gauss_newton_product(p.theta, v), expected) <= TOLERANCE[build]


@pytest.mark.parametrize("width", [*range(1, 36), 63, 64, 65, 127, 128, 129, 256])
def test_every_width_is_the_twin_s(build: str, width: int) -> None:
    """Around each width of a vector, of a panel and of a row that is spread out."""
    p = problem((width, width, width), 11, "tanh", "identity", seed=width)
    assert distance(p.cost(build).gradient(p.theta), twin(p)[1]) <= TOLERANCE[build]


@pytest.mark.parametrize("n", [*range(1, 20), 31, 32, 33, 255, 256, 257, 511, 513])
def test_every_number_of_examples_is_the_twin_s(build: str, n: int) -> None:
    """Around each height of a tile and each size of a block."""
    p = problem((5, 9, 3), n, seed=n)
    assert distance(p.cost(build).gradient(p.theta), twin(p)[1]) <= TOLERANCE[build]


def test_long_layers_are_the_twin_s(build: str) -> None:
    """More inputs than stay in the first cache at once, and blocks of fewer examples."""
    p = problem((700, 600, 10), 70, "tanh")
    assert distance(p.cost(build).gradient(p.theta), twin(p)[1]) <= TOLERANCE[build]


def test_one_neuron_in_each_of_many_layers_is_the_twin_s(build: str) -> None:
    p = problem((1,) * 12, 5, "tanh", "identity")
    assert distance(p.cost(build).gradient(p.theta), twin(p)[1]) <= TOLERANCE[build]


# ------------------------------------------------------------------------------ activations

# Rounding errors of the result, in units of its last place, are at most these few.
ULPS = 4


def ulps(got: Array, exact: Array, dtype: str) -> float:
    tiny = np.finfo(dtype).tiny
    unit = np.maximum(np.spacing(abs(exact.astype(dtype))), tiny * np.finfo(dtype).eps)
    return float(np.max(abs(got.astype(np.longdouble) - exact) / unit))


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_activations_are_right_to_the_last_places(build: str, activation: str) -> None:
    z = np.concatenate([np.linspace(-80, 80, 20_001), np.geomspace(1e-30, 1, 999)]).astype(build)
    wide = z.astype(np.longdouble)
    exact = 1 / (1 + np.exp(-wide)) if activation == "sigmoid" else np.tanh(wide)
    assert ulps(answers(build, activation, z), exact, build) <= ULPS


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_activations_stay_within_their_limits(build: str, activation: str) -> None:
    lowest = 0 if activation == "sigmoid" else -1
    got = answers(build, activation, np.array([-1e30, -1e4, -90, 90, 1e4, 1e30]))
    assert np.all((got >= lowest) & (got <= 1))
    assert got.tolist() == pytest.approx([lowest] * 3 + [1] * 3, abs=1e-30)


def test_relu_is_exact(build: str) -> None:
    z = np.array([-1e30, -1.0, -1e-30, -0.0, 0.0, 1e-30, 1.0, 1e30])
    assert answers(build, "relu", z).tolist() == np.maximum(z.astype(build), 0).tolist()


def test_identity_is_exact(build: str) -> None:
    z = np.array([-1e30, -1e-30, 0.0, 1e-30, 1e30])
    assert answers(build, "identity", z).tolist() == z.astype(build).tolist()


# -------------------------------------------------------------------------------- refusals


def test_all_finite_finds_what_is_not(kernels: Any, build: str) -> None:
    for n in range(1, 40):
        a = np.zeros(n, build)
        assert kernels.all_finite(a)
        for value in (math.nan, math.inf, -math.inf):
            a[n // 2] = value
            assert not kernels.all_finite(a)


def test_all_finite_does_not_mind_large_numbers(kernels: Any, build: str) -> None:
    assert kernels.all_finite(np.full(99, np.finfo(build).max, build))


def test_the_other_dtype_is_refused_at_the_buffer(kernels: Any, build: str) -> None:
    other = "float32" if build == "float64" else "float64"
    with pytest.raises(ValueError, match="Buffer dtype mismatch"):
        kernels.all_finite(np.zeros(3, other))


# Arguments of each: None for every array, 1 for a number.
NONES = {
    "all_finite": [None],
    "sums": [None, None, None, None, None, 1],
    "activations": [None, None, None, 1, None, None, 1],
    "products": [None, None, None, 1, None, None, 1],
}


@pytest.mark.parametrize(("name", "arguments"), NONES.items())
def test_functions_refuse_none(kernels: Any, name: str, arguments: list[Any]) -> None:
    with pytest.raises(TypeError, match="None"):
        getattr(kernels, name)(*arguments)


def test_descent_and_plane_refuse_none(kernels: Any) -> None:
    with pytest.raises(TypeError, match="None"):
        kernels.BatchDescent(None, None, None, None, 1, False)
    with pytest.raises(TypeError, match="None"):
        kernels.Plane(None, None, None)


TWINS = {
    "sums": "sums",
    "activations": "activations",
    "products": "product",
    "BatchDescent": "descend",
}


@pytest.mark.parametrize("name", TWINS)
def test_the_twin_has_the_same_functions(kernels: Any, name: str) -> None:
    assert callable(getattr(kernels, name))
    assert callable(getattr(_reference, TWINS[name]))


def test_the_twin_has_the_same_activations(kernels: Any) -> None:
    assert set(kernels.ACTIVATIONS) == set(_reference.ACTIVATIONS) == set(OUTPUT_ACTIVATIONS)


def lesson_plan(kernels: Any) -> Any:
    offsets = [(0, 12544, 12560), (12560, 12816, 12832), (12832, 12992, 13002)]
    return kernels.Plan((784, 16, 16, 10), offsets, ["sigmoid"] * 3)


def test_a_plan_counts_what_the_network_counts(kernels: Any) -> None:
    plan = lesson_plan(kernels)
    assert plan.n_parameters == Network((784, 16, 16, 10)).n_parameters
    assert (plan.n_parameters, plan.n_inputs, plan.n_outputs) == (13002, 784, 10)


def test_a_plan_s_groups_depend_on_the_examples_alone(kernels: Any) -> None:
    plan = lesson_plan(kernels)
    assert plan.n_groups(1) == 1
    assert plan.n_groups(10**6) >= 16  # enough for every thread to have work
