"""What every engine promises: one cost, however the examples are cut, in the same bits."""

from __future__ import annotations

import numpy as np
import pytest
from tests.parts.engines import ENGINES, Engine, problem

import fastgd
from fastgd import landscape, minima

# 1, 2, 3 and 5 parts, even and not, with empty ones first, last and between.
CUTS = {
    "1": [], "2": [100], "3, uneven": [7, 150], "5": [40, 80, 120, 160],
    "5, some empty": [0, 90, 90, 200],
}  # fmt: skip
TOLERANCE = {"float64": 1e-12, "float32": 2e-6}

each_engine = pytest.mark.parametrize("engine", ENGINES.values(), ids=list(ENGINES))
each_kind = pytest.mark.parametrize("kind", ["dense", "sparse", "uint8"])
each_dtype = pytest.mark.parametrize("dtype", ["float64", "float32"])
each_cut = pytest.mark.parametrize("cuts", CUTS.values(), ids=list(CUTS))


@each_engine
@each_cut
@each_kind
@each_dtype
@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
def test_any_sharding_is_one_cost(
    engine: Engine, cuts: list[int], kind: str, dtype: str, weighted: bool
) -> None:
    p = problem(kind, weighted=weighted, dtype=dtype)
    whole, cost = p.cost(dtype), engine(p.network, p.shards(cuts), dtype)
    value, gradient = cost.value_and_gradient(p.theta)
    expected, expected_gradient = whole.value_and_gradient(p.theta)
    scale = np.linalg.norm(expected_gradient)
    assert value == pytest.approx(expected, rel=TOLERANCE[dtype])
    assert cost(p.theta) == pytest.approx(expected, rel=TOLERANCE[dtype])
    assert np.linalg.norm(gradient - expected_gradient) <= TOLERANCE[dtype] * scale
    assert gradient.dtype == p.theta.dtype
    assert cost.sums(p.theta)[2] == whole.sums(p.theta)[2]


@each_engine
@each_kind
@each_dtype
def test_the_same_shards_give_the_same_bits(engine: Engine, kind: str, dtype: str) -> None:
    p = problem(kind, weighted=True, dtype=dtype)
    shards = p.shards([7, 7, 150])
    cost = engine(p.network, shards, dtype)
    first = cost.sums(p.theta)
    again, anew = cost.sums(p.theta), engine(p.network, shards, dtype).sums(p.theta)
    for other in (again, anew):
        assert (first[0], first[2]) == (other[0], other[2])
        assert (first[1] == other[1]).all()


@each_engine
def test_products_with_the_hessian_are_those_of_one_cost(engine: Engine) -> None:
    p = problem("uint8", weighted=True)
    cost, whole = engine(p.network, p.shards([7, 7, 150]), "float64"), p.cost("float64")
    v = p.theta[::-1].copy()
    for product in ("hessian_vector_product", "gauss_newton_product"):
        expected = getattr(whole, product)(p.theta, v)
        error = np.linalg.norm(getattr(cost, product)(p.theta, v) - expected)
        assert error <= 1e-12 * np.linalg.norm(expected)


@each_engine
def test_gradient_descent_walks_the_path_of_one_cost(engine: Engine) -> None:
    p = problem("dense", weighted=True)
    cost, whole = engine(p.network, p.shards([7, 7, 150]), "float64"), p.cost("float64")
    options = {"learning_rate": 0.5, "momentum": 0.5, "l2": 1e-3, "epochs": 30, "record": 1}
    found = fastgd.gradient_descent(cost, p.theta, **options)
    expected = fastgd.gradient_descent(whole, p.theta, **options)
    assert np.allclose(found.path, expected.path, rtol=0, atol=1e-12)
    half = fastgd.gradient_descent(cost, p.theta, **options | {"epochs": 12})
    gone_on = fastgd.gradient_descent(cost, p.theta, **options, resume=half)
    assert (gone_on.theta == found.theta).all()


@each_engine
def test_scipy_takes_it(engine: Engine) -> None:
    optimize = pytest.importorskip("scipy.optimize")
    p = problem("dense")
    cost = engine(p.network, p.shards([100]), "float64")
    found = optimize.minimize(
        cost.value_and_gradient, p.theta, jac=True, hessp=cost.hessian_vector_product,
        method="trust-krylov", options={"maxiter": 5},
    )  # fmt: skip
    assert found.fun < cost(p.theta)


@each_engine
def test_planes_and_lines_are_those_of_one_cost(engine: Engine) -> None:
    p = problem("uint8", weighted=True)
    cost, whole = engine(p.network, p.shards([7, 7, 150]), "float64"), p.cost("float64")
    u, v = (landscape.random_direction(p.network, p.theta, rng) for rng in (1, 2))
    told: list[tuple[int, int]] = []
    found = landscape.plane(
        cost, p.theta, u, v, resolution=5, progress=lambda *done: told.append(done)
    )
    expected = landscape.plane(whole, p.theta, u, v, resolution=5)
    assert np.allclose(found.costs, expected.costs, rtol=1e-12, atol=0)
    assert told[-1][0] == told[-1][1]
    along = landscape.negative_gradient(cost, p.theta)
    assert np.allclose(along, landscape.negative_gradient(whole, p.theta), rtol=0, atol=1e-12)


@each_engine
def test_minima_take_it(engine: Engine) -> None:
    p = problem("dense")
    cost, whole = engine(p.network, p.shards([100]), "float64"), p.cost("float64")
    found, expected = (minima.is_minimum(c, p.theta, n_probes=8) for c in (cost, whole))
    assert found.verdict == expected.verdict
    assert found.lowest_curvature == pytest.approx(expected.lowest_curvature, rel=1e-8)
    if not hasattr(cost, "on_threads"):
        return  # ranks and workers walk one descent at a time
    starts = minima.multi_start(cost, 2, rng=0, learning_rate=0.5, epochs=3)
    assert np.allclose(
        starts.costs, minima.multi_start(whole, 2, rng=0, learning_rate=0.5, epochs=3).costs
    )


@each_engine
@pytest.mark.parametrize(
    ("theta", "complaint"),
    [(np.zeros(3), "3 entries"), (np.full(223, np.nan), r"theta\[0\] is nan")],
)
def test_a_theta_that_does_not_fit_is_refused_as_by_a_cost(
    engine: Engine, theta: np.ndarray, complaint: str
) -> None:
    p = problem("dense")
    cost = engine(p.network, p.shards([100]), "float64")
    with pytest.raises(ValueError, match=complaint):
        cost.value_and_gradient(theta)


@each_engine
def test_parts_without_any_example_have_no_mean(engine: Engine) -> None:
    p = problem("dense", weighted=True)
    none = [(X, Y, None if w is None else 0 * w) for X, Y, w in p.shards([0, 100])]
    cost = engine(p.network, none, "float64")
    with pytest.raises(ValueError, match="no part has an example"):
        cost(p.theta)
