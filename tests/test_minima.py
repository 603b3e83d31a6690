"""`minima` and `slopes`: on surfaces whose slopes, valleys and curvatures are known."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import fastgd
from fastgd import minima


class Quadratic:
    """c + (theta^T H theta) / 2, with H's eigenvalues given."""

    def __init__(self, eigenvalues: list[float], c: float = 1.0) -> None:
        n = len(eigenvalues)
        turn = np.linalg.qr(np.random.default_rng(0).standard_normal((n, n)))[0]
        self.H = turn * eigenvalues @ turn.T
        self.c = c

    def __call__(self, theta: np.ndarray) -> float:
        return float(self.c + theta @ self.H @ theta / 2)

    def value_and_gradient(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        return self(theta), self.H @ theta


@pytest.fixture(scope="module")
def sample() -> fastgd.datasets.Digits:
    return fastgd.datasets.digits()


@pytest.fixture(scope="module")
def cost(sample: fastgd.datasets.Digits) -> fastgd.Cost:
    network = fastgd.Network((784, 16, 16, 10))
    return fastgd.Cost(network, sample.train_images[:600], sample.train_labels[:600], dtype=float)


def test_no_direction_falls_faster_than_the_negative_gradient(cost: fastgd.Cost) -> None:
    theta = cost.network.random_theta(rng=0, dtype=np.float64)
    found = minima.steepest(cost, theta, 10_000, rng=0)
    gradient = cost.gradient(theta)
    assert found.gradient_norm == pytest.approx(np.linalg.norm(gradient), rel=1e-12)
    assert len(found.slopes) == 10_000
    assert found.lowest >= -found.gradient_norm * (1 + 1e-6)
    # Neither does any when measured from the cost itself, and the negative gradient does so.
    assert found.measured_downhill == pytest.approx(-found.gradient_norm, rel=1e-6)
    np.testing.assert_allclose(found.measured, found.slopes[:16], atol=1e-7 * found.gradient_norm)


def test_in_two_dimensions_some_direction_comes_close_to_the_gradient() -> None:
    found = minima.steepest(Quadratic([1.0, 3.0]), [1.0, 1.0], 10_000, rng=0)
    assert -found.gradient_norm * (1 + 1e-12) <= found.lowest <= -found.gradient_norm * 0.99999


def test_steepest_at_a_flat_point() -> None:
    found = minima.steepest(Quadratic([1.0, 2.0]), [0.0, 0.0], 10, rng=0)
    assert found.gradient_norm == found.measured_downhill == 0
    assert not found.slopes.any()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"theta": np.zeros(5)}, ValueError, "theta has shape"),
        ({"n_directions": 0}, ValueError, "n_directions: expected an integer of at least 1"),
        ({"n_directions": 1.5}, TypeError, "n_directions: expected an integer"),
    ],
)
def test_steepest_refuses(
    cost: fastgd.Cost, change: dict[str, Any], error: type, message: str
) -> None:
    given: dict[str, Any] = {"theta": np.zeros(cost.network.n_parameters)} | change
    with pytest.raises(error, match=message):
        minima.steepest(cost, **given)


OPTIONS: dict[str, Any] = {"learning_rate": 1.0, "batch_size": 20, "epochs": 2}


def test_multi_start_is_sorted_and_the_same_for_any_number_of_workers(cost: fastgd.Cost) -> None:
    one = minima.multi_start(cost, 5, rng=3, n_workers=1, **OPTIONS)
    many = minima.multi_start(cost, 5, rng=3, n_workers=3, **OPTIONS)
    assert (np.diff(one.costs) >= 0).all()
    assert one.spread == one.costs[-1] - one.costs[0] > 0
    assert one.best.cost == one.costs[0]
    assert sorted(one.starts) == [0, 1, 2, 3, 4]
    assert one.starts == many.starts
    for a, b in zip(one.descents, many.descents, strict=True):
        assert (a.theta == b.theta).all()
        assert a.cost == cost(a.theta)


def test_multi_start_runs_side_by_side(cost: fastgd.Cost) -> None:
    both = threading.Barrier(2, timeout=60)  # broken, and an error, where they take turns

    def meet(epoch: Any) -> None:
        if epoch.epoch == 1:
            both.wait()

    minima.multi_start(cost, 2, rng=0, n_workers=2, callback=meet, **OPTIONS)


def test_multi_start_shows_progress_and_ends_on_an_error(cost: fastgd.Cost) -> None:
    seen: list[tuple[int, int]] = []
    minima.multi_start(cost, 3, rng=0, progress=lambda *at: seen.append(at), **OPTIONS)
    assert seen == [(1, 3), (2, 3), (3, 3)]

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    options = OPTIONS | {"epochs": 100_000}
    options["callback"] = lambda epoch: epoch.theta[0] > 0 and epoch.epoch == 1
    with pytest.raises(KeyboardInterrupt):
        minima.multi_start(cost, 6, rng=0, n_workers=6, progress=interrupt, **options)


def test_multi_start_refuses(cost: fastgd.Cost) -> None:
    with pytest.raises(ValueError, match="n_starts: expected an integer of at least 1, got 0"):
        minima.multi_start(cost, 0, **OPTIONS)
    with pytest.raises(TypeError, match=r"cost: expected a fastgd\.Cost"):
        minima.multi_start(Quadratic([1.0]), **OPTIONS)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="theta is not an option of each descent"):
        minima.multi_start(cost, theta=np.zeros(3), **OPTIONS)
    with pytest.raises(ValueError, match="n_threads: expected 1 to"):
        minima.multi_start(cost, n_workers=0, **OPTIONS)


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
    assert [found.lowest_curvature, found.highest_curvature] == pytest.approx(expected, rel=1e-6)


def test_is_minimum_refuses() -> None:
    with pytest.raises(TypeError, match="value_and_gradient"):
        minima.is_minimum(lambda theta: 0.0, [0.0])
    with pytest.raises(ValueError, match="tol: expected a number between 0 and 1"):
        minima.is_minimum(Quadratic([1.0]), [0.0], tol=0)
    with pytest.raises(ValueError, match="n_probes"):
        minima.is_minimum(Quadratic([1.0]), [0.0], n_probes=0)
    with pytest.raises(ValueError, match="theta: expected finite"):
        minima.is_minimum(Quadratic([1.0]), [np.nan])
