"""`minima.verdict` and `curvature`: on surfaces whose curvatures are known."""

from __future__ import annotations

import numpy as np
import pytest
from tests.common import distance, problem, twin_product
from tests.minima.common import Quadratic

import fastgd
from fastgd import minima


@pytest.mark.parametrize(
    ("eigenvalues", "theta", "verdict"),
    [
        ([1.0, 2.0, 5.0], [0, 0, 0], "minimum"),
        ([1.0, 2.0, 5.0], [1, 0, 0], "descending"),
        ([-1.0, 2.0, 5.0], [0, 0, 0], "saddle"),
        ([0.0, 0.0, 5.0], [0, 0, 0], "minimum"),
        ([0.0, 0.0, 0.0], [3, 0, 0], "minimum"),
    ],
)
def test_is_minimum(eigenvalues: list[float], theta: list[float], verdict: str) -> None:
    surface = Quadratic(eigenvalues)
    found = minima.is_minimum(surface, theta)
    assert found.verdict == verdict
    assert found.lowest_curvature == pytest.approx(min(eigenvalues), abs=1e-6)
    assert found.highest_curvature == pytest.approx(max(eigenvalues), abs=1e-6)
    assert found.cost == surface(np.array(theta, float))
    assert found.n_probes == 3
    along = found.lowest_direction @ surface.H @ found.lowest_direction
    assert along == pytest.approx(min(eigenvalues), abs=1e-6)


def test_is_minimum_in_many_dimensions_with_few_probes() -> None:
    eigenvalues = [*np.linspace(1, 2, 300), -3.0, 10.0]
    found = minima.is_minimum(Quadratic(eigenvalues), np.zeros(302), n_probes=30)
    assert found.verdict == "saddle"
    assert found.lowest_curvature == pytest.approx(-3, rel=1e-4)
    assert found.highest_curvature == pytest.approx(10, rel=1e-4)
    assert found.n_probes == 30


def test_is_minimum_of_a_network() -> None:
    network = fastgd.Network((1, 1), output_activation="identity")
    X = np.array([[0.0], [1.0], [2.0]])
    cost = fastgd.Cost(network, X, 2 * X + 1 + [[0.1], [-0.2], [0.1]])
    assert minima.is_minimum(cost, [0.0, 0.0]).verdict == "descending"
    at = fastgd.gradient_descent(cost, [0.0, 0.0], learning_rate=0.1, tol=1e-9).theta
    found = minima.is_minimum(cost, at)
    assert found.verdict == "minimum"
    # Hessian 2 mean([x, 1][x, 1]^T)
    expected = np.linalg.eigvalsh(2 * np.array([[5 / 3, 1], [1, 1]]))
    assert [found.lowest_curvature, found.highest_curvature] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("dtype", "error"), [("float32", 1e-6), ("float64", 1e-12)])
def test_curvatures_of_a_cost_are_exact(dtype: str, error: float) -> None:
    """Those of the whole Hessian; by differences float32 was 7e-5 off them, float64 1e-10."""
    p = problem((3, 4, 2), 40, "tanh")
    H = [twin_product(p, e) for e in np.eye(len(p.theta))]
    found = minima.is_minimum(p.cost(dtype), p.theta)
    expected = np.linalg.eigvalsh(H)[[0, -1]]
    assert distance([found.lowest_curvature, found.highest_curvature], expected) <= error


def test_is_minimum_refuses() -> None:
    with pytest.raises(TypeError, match="value_and_gradient"):
        minima.is_minimum(lambda theta: 0.0, [0.0])
    with pytest.raises(ValueError, match="tol: expected a number between 0 and 1"):
        minima.is_minimum(Quadratic([1.0]), [0.0], tol=0)
    with pytest.raises(ValueError, match="n_probes"):
        minima.is_minimum(Quadratic([1.0]), [0.0], n_probes=0)
    with pytest.raises(ValueError, match="theta: expected finite"):
        minima.is_minimum(Quadratic([1.0]), [np.nan])
