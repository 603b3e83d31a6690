"""`inside.tables`: outputs all over two inputs; predictions and how good they are."""

from __future__ import annotations

import numpy as np
import pytest

import fastgd
from fastgd import inside

NETWORK = fastgd.Network((2, 3, 2))
THETA = NETWORK.random_theta(rng=0)
X = np.array([[0.0, 10.0], [2.0, 30.0], [1.0, 20.0]])


def test_the_surface_is_the_network_s_outputs_all_around_its_examples() -> None:
    found = inside.decision_surface(NETWORK, THETA, X, resolution=5)
    np.testing.assert_allclose(found.x, np.linspace(-0.5, 2.5, 5))
    np.testing.assert_allclose(found.y, np.linspace(5, 35, 5))
    for i, y in enumerate(found.y):
        for j, x in enumerate(found.x):
            np.testing.assert_allclose(found.outputs[i, j], NETWORK(THETA, [x, y]), rtol=1e-5)


def test_pixels_mean_the_same_as_everywhere() -> None:
    found = inside.decision_surface(NETWORK, THETA, np.array([[0, 255], [255, 0]], np.uint8))
    assert (found.x[0], found.x[-1]) == (-0.25, 1.25)


def test_one_example_has_room_around_it() -> None:
    found = inside.decision_surface(NETWORK, THETA, [[3.0, 4.0]], resolution=2)
    assert found.x.tolist() == [2, 4]


@pytest.mark.parametrize(
    ("network", "given", "message"),
    [
        (fastgd.Network((3, 1)), X, "expected one of 2 inputs, got 3-1"),
        (NETWORK, X[:, :1], r"X has shape \(3, 1\)"),
        (NETWORK, X[:0], r"X has shape \(0, 2\)"),
    ],
)
def test_surfaces_refuse(network: fastgd.Network, given: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        inside.decision_surface(network, network.random_theta(rng=0), given)
    with pytest.raises(ValueError, match="resolution"):
        inside.decision_surface(NETWORK, THETA, X, resolution=1)


def test_predictions_have_the_usual_measures() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    Y = np.random.default_rng(0).random((3, 2))
    found = inside.predictions(NETWORK, THETA, X, Y)
    np.testing.assert_allclose(found.predicted, NETWORK(THETA, X), rtol=1e-6)
    r2 = metrics.r2_score(Y, found.predicted, multioutput="raw_values")
    np.testing.assert_allclose(found.r2, r2)
    mse = metrics.mean_squared_error(Y, found.predicted, multioutput="raw_values")
    np.testing.assert_allclose(found.rmse, np.sqrt(mse))


def test_targets_all_alike_have_no_r2() -> None:
    found = inside.predictions(NETWORK, THETA, X, np.ones((3, 2)))
    assert np.isnan(found.r2).all()


def test_predictions_refuse_other_shapes() -> None:
    with pytest.raises(ValueError, match=r"Y has shape \(3,\); the outputs are \(3, 2\)"):
        inside.predictions(NETWORK, THETA, X, [1.0, 2.0, 3.0])
