"""`landscape.directions`: what spans planes and lines."""

from __future__ import annotations

import numpy as np
import pytest

import fastgd
from fastgd import landscape


def test_random_direction_is_as_long_as_theta_in_each_neuron() -> None:
    network = fastgd.Network((7, 5, 3))
    theta = network.random_theta(rng=0, dtype=np.float64) + 0.1
    direction = landscape.random_direction(network, theta, rng=1)
    for drawn, at in zip(network.layers(direction), network.layers(theta), strict=True):
        np.testing.assert_allclose(
            np.linalg.norm(drawn.weights, axis=1), np.linalg.norm(at.weights, axis=1)
        )
        assert not drawn.biases.any()
    assert (direction == landscape.random_direction(network, theta, rng=1)).all()
    assert (direction != landscape.random_direction(network, theta, rng=2)).any()
    with pytest.raises(ValueError, match="7-5-3 network has 58 parameters"):
        landscape.random_direction(network, theta[1:])


def test_principal_directions_hold_a_flat_path() -> None:
    rng = np.random.default_rng(0)
    u, v = np.linalg.qr(rng.standard_normal((50, 2)))[0].T
    along, across = np.linspace(0, 10, 20), np.sin(np.linspace(0, 3, 20))
    path = 5 + np.outer(along, u) + np.outer(across, v)
    found = landscape.principal_directions(path)
    assert sum(found.shares) == pytest.approx(1)
    assert found.shares[0] > 0.9
    assert found.u @ found.v == pytest.approx(0, abs=1e-9)
    ground = landscape.plane(lambda theta: 0.0, *found[:3], resolution=2)
    seen = landscape.project(ground, lambda theta: 0.0, path)
    np.testing.assert_allclose(seen.distances, 0, atol=1e-9)
    assert np.abs(seen.a).max() == pytest.approx(1 / 1.2)
    assert seen.a[-1] > seen.a[0]


def test_principal_directions_say_what_they_are() -> None:
    found = landscape.principal_directions([[-3.0, 0, 0], [0, 1, 0], [0, -1, 0], [3, 0, 0]])
    assert found.labels == (
        "first principal direction of the descent, 90 % of its movement",
        "second principal direction of the descent, 10 % of its movement",
    )


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (np.zeros((2, 4)), "n at least 3"),
        (np.zeros(4), "n at least 3"),
        (np.outer(np.arange(5.0), np.ones(4)), "all points are on one line"),
        (np.zeros((5, 4)), "all points are on one line"),
        (np.full((5, 4), np.nan), "finite"),
    ],
)
def test_principal_directions_refuse(path: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        landscape.principal_directions(path)


def test_parameter_directions() -> None:
    network = fastgd.Network((2, 1))
    first, last = landscape.parameter_directions(network, 0, -1)
    assert first.tolist() == [1, 0, 0]
    assert last.tolist() == [0, 0, 1]
    with pytest.raises(ValueError, match="the same parameter, 2"):
        landscape.parameter_directions(network, 2, -1)
    with pytest.raises(ValueError, match="j: expected -3 to 2, got 3"):
        landscape.parameter_directions(network, 0, 3)
    with pytest.raises(TypeError, match="i: expected an integer"):
        landscape.parameter_directions(network, 0.0, 1)  # type: ignore[arg-type]
