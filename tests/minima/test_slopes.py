"""`minima.slopes`: on surfaces whose slopes are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.minima.common import Quadratic

import fastgd
from fastgd import minima


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
