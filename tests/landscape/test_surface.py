"""`landscape.surface`: every point of a plane or line is `cost(theta)`, in every layout."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

import fastgd
from fastgd import landscape
from fastgd._engine import plane as plane_sums

AGREES = {"float32": 1e-5, "float64": 1e-12}
NETWORKS = [
    fastgd.Network((1, 1)),
    fastgd.Network((20, 3)),
    fastgd.Network((20, 17, 3), activation="tanh", output_activation="identity"),
    fastgd.Network((20, 5, 33, 3), activation="relu"),
    fastgd.Network((20, 16, 16, 10)),
]


def some_cost(
    network: fastgd.Network, dtype: str, *, layout: str = "reals", n: int = 150, **options: Any
) -> fastgd.Cost:
    rng = np.random.default_rng(5)
    X: Any = rng.integers(0, 256, (n, network.n_inputs)).astype(np.uint8)
    if "compressed" in layout:
        X[rng.random(X.shape) < 0.8] = 0
    if "reals" in layout:
        X = X / np.float32(255)
    Y = rng.random((n, network.n_outputs))
    return fastgd.Cost(network, X, Y, dtype=dtype, **options)


def check_points(cost: fastgd.Cost, **options: Any) -> None:
    network = cost.network
    center, u, v = (network.random_theta(rng=seed, dtype=np.float64) for seed in (1, 2, 3))
    u[-1] = v[0] = 0.5  # biases and weights alike; no two parallel where there are two parameters
    found = landscape.plane(cost, center, u, v, resolution=5, **options)
    expected = [[cost(center + a * u + b * v) for a in found.a] for b in found.b]
    np.testing.assert_allclose(found.costs, expected, rtol=AGREES[cost.dtype.name])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_plane_is_the_cost_at_every_point(network: fastgd.Network, dtype: str) -> None:
    check_points(some_cost(network, dtype), extent=2.0)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "layout", ["dense reals", "dense uint8", "compressed reals", "compressed uint8"]
)
def test_plane_in_every_layout(layout: str, dtype: str) -> None:
    cost = some_cost(NETWORKS[-1], dtype, layout=layout, n=700)
    assert cost.layout == layout
    check_points(cost)


@pytest.mark.parametrize("n", [1, 2, 63, 64, 65, 255, 256, 257])
def test_plane_for_any_number_of_examples(n: int) -> None:
    check_points(some_cost(NETWORKS[2], "float64", n=n))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_plane_with_weights(dtype: str) -> None:
    weight = np.arange(150) % 4
    check_points(some_cost(NETWORKS[2], dtype, sample_weight=weight))


def test_plane_in_chunks_of_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plane_sums, "WORK_PER_BLOCK", 1.0)
    monkeypatch.setattr(plane_sums, "FEWEST_POINTS", 3)
    check_points(some_cost(NETWORKS[2], "float64", n=700))


def test_plane_has_the_same_bits_for_any_number_of_threads() -> None:
    center, u, v = (NETWORKS[4].random_theta(rng=seed) for seed in (1, 2, 3))
    one, two, five = (
        landscape.plane(some_cost(NETWORKS[4], "float32", n=3000, n_threads=n), center, u, v)
        for n in (1, 2, 5)
    )
    assert (one.costs == two.costs).all()
    assert (one.costs == five.costs).all()


def test_plane_memory_does_not_grow_with_the_resolution() -> None:
    cost = some_cost(NETWORKS[4], "float32")
    center, u, v = (cost.network.random_theta(rng=seed) for seed in (1, 2, 3))
    beyond = []
    for resolution in (128, 256):
        tracemalloc.start()
        landscape.plane(cost, center, u, v, resolution=resolution)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        beyond.append(peak - 6 * 8 * resolution**2)  # coordinates and costs of all points
    assert beyond[1] <= beyond[0] + 2**20


def test_plane_reports_progress_to_its_end() -> None:
    seen: list[tuple[int, int]] = []
    cost = some_cost(NETWORKS[4], "float32", n=700)
    center, u, v = (cost.network.random_theta(rng=seed) for seed in (1, 2, 3))
    landscape.plane(cost, center, u, v, progress=lambda *at: seen.append(at))
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]


def test_one_weight_and_one_bias_are_the_whole_space() -> None:
    network = fastgd.Network((1, 1))
    cost = fastgd.Cost(network, [[-1.0], [1.0]], [[0.0], [1.0]])
    weight, bias = landscape.parameter_directions(network, 0, 1)
    found = landscape.plane(cost, [0.0, 0.0], weight, bias, extent=3, resolution=7)
    for i, b in enumerate(found.b):
        for j, w in enumerate(found.a):
            assert found.costs[i, j] == pytest.approx(cost([w, b]), rel=1e-12)


def test_plane_of_any_function() -> None:
    found = landscape.plane(lambda t: float(t[0] + 10 * t[1]), [0, 0], [1, 0], [0, 1], resolution=3)
    assert found.costs.tolist() == [[-11, -10, -9], [-1, 0, 1], [9, 10, 11]]


def test_line_is_the_cost_at_every_point() -> None:
    cost = some_cost(NETWORKS[4], "float32")
    theta = cost.network.random_theta(rng=0)
    downhill = landscape.negative_gradient(cost, theta)
    found = landscape.line(cost, theta, downhill, extent=(0, 2), resolution=9)
    assert found.t[0] == 0
    assert found.t[-1] == 2
    expected = [cost(theta + t * downhill.astype(np.float64)) for t in found.t]
    np.testing.assert_allclose(found.costs, expected, rtol=1e-5)
    assert found.costs[1] < found.costs[0]


def test_projection_gives_the_true_cost_and_the_distance() -> None:
    cost = some_cost(NETWORKS[2], "float64")
    center, u, v, w = (cost.network.random_theta(rng=s, dtype=np.float64) for s in range(4))
    ground = landscape.plane(cost, center, u, v, resolution=3)
    basis = np.array([u, v]).T
    off = w - basis @ np.linalg.lstsq(basis, w, rcond=None)[0]  # orthogonal to the plane
    path = np.array([center + 0.5 * u - 0.25 * v, center + 0.1 * u + off])
    seen = landscape.project(ground, cost, path)
    np.testing.assert_allclose(seen.a, [0.5, 0.1])
    np.testing.assert_allclose(seen.b, [-0.25, 0], atol=1e-12)
    np.testing.assert_allclose(seen.distances, [0, np.linalg.norm(off)], atol=1e-12)
    np.testing.assert_allclose(seen.costs, [cost(path[0]), cost(path[1])], rtol=1e-14)


NET = fastgd.Network((2, 1))
COST = fastgd.Cost(NET, [[1.0, 2.0]], [[1.0]])
E1, E2 = np.eye(3)[:2]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"v": -2 * E1}, ValueError, "u and v are parallel"),
        ({"v": E1 + 1e-9 * E2}, ValueError, "u and v are parallel"),
        ({"u": 0 * E1}, ValueError, "u: expected a direction, got zeros"),
        ({"extent": 0}, ValueError, "extent: expected a finite number above 0, got 0"),
        ({"extent": -1.0}, ValueError, "extent"),
        ({"extent": np.nan}, ValueError, "extent"),
        ({"extent": "1"}, TypeError, "extent: expected a number"),
        ({"resolution": 1}, ValueError, "resolution: expected at least 2 points, got 1"),
        ({"resolution": 5.0}, TypeError, "resolution: expected an integer"),
        ({"center": np.zeros(4)}, ValueError, r"center has shape \(4,\); a 2-1 network has 3"),
        ({"v": np.zeros((3, 1))}, ValueError, r"v has shape \(3, 1\)"),
        ({"u": [np.inf, 0, 0]}, ValueError, "u: expected finite numbers"),
        ({"u": ["a", "b", "c"]}, TypeError, "u: expected an array of numbers"),
        ({"cost": 3}, TypeError, "cost: expected a function of theta, got int"),
        ({"progress": 3}, TypeError, "progress"),
    ],
)
def test_plane_refuses(change: dict[str, Any], error: type, message: str) -> None:
    given: dict[str, Any] = {"cost": COST, "center": np.zeros(3), "u": E1, "v": E2} | change
    with pytest.raises(error, match=message):
        landscape.plane(given.pop("cost"), **given)


def test_line_refuses() -> None:
    with pytest.raises(ValueError, match="u: expected a direction, got zeros"):
        landscape.line(COST, np.zeros(3), np.zeros(3))
    with pytest.raises(ValueError, match="the smaller first"):
        landscape.line(COST, np.zeros(3), E1, extent=(2, 1))


def test_projection_refuses_another_network() -> None:
    ground = landscape.plane(COST, np.zeros(3), E1, E2, resolution=2)
    with pytest.raises(ValueError, match=r"path has shape \(2, 4\); expected \(n, 3\)"):
        landscape.project(ground, COST, np.zeros((2, 4)))
    with pytest.raises(ValueError, match="finite"):
        landscape.project(ground, COST, np.full((2, 3), np.nan))
