"""`cli.view`: what is drawn of a table is drawn on standardised numbers, and means the same."""

from __future__ import annotations

import numpy as np
import pytest

import fastgd
from fastgd.cli.view import View
from fastgd.datasets import Digits, Schema, digits

RNG = np.random.default_rng(0)
X = RNG.normal([2000.0, 0.5, -3.0], [300.0, 0.01, 4.0], (60, 3))
NUMBERS = 1e5 * X[:, :1] / 2000 + RNG.normal(0, 100.0, (60, 1))
CLASSES = Schema("classes", 3, 2, columns=("year", "share", "loss"), classes=("no", "yes"))
REGRESSION = Schema("regression", 3, 1, columns=("year", "share", "loss"), target="price")


def table(schema: Schema, Y: np.ndarray, output: str) -> View:
    network = fastgd.Network((3, 4, schema.n_outputs), output_activation=output)
    path = np.array([network.random_theta(rng=seed, dtype=np.float64) for seed in range(3)])
    parts = Digits(X[:40], Y[:40], X[40:], Y[40:])
    return View(network, path[0], path[2], parts, path, schema=schema)


def test_classes_on_standardised_inputs_get_the_same_answers() -> None:
    view = table(CLASSES, (X[:, 0] > 2000).astype(np.int64), "sigmoid")
    scaled = view.scaled
    np.testing.assert_allclose(scaled.digits.train_images.mean(0), 0, atol=1e-9)
    np.testing.assert_allclose(scaled.digits.train_images.std(0), 1)
    for part in ("train_images", "test_images"):
        before = view.network(view.theta, getattr(view.digits, part))
        after = scaled.network(scaled.theta, getattr(scaled.digits, part))
        np.testing.assert_allclose(after, before, rtol=1e-9)
    assert scaled.path is not None
    np.testing.assert_array_equal(scaled.path[0], scaled.untrained)
    assert (scaled.digits.train_labels == view.digits.train_labels).all()


def test_numbers_to_predict_are_standardised_with_their_predictions() -> None:
    view = table(REGRESSION, NUMBERS, "identity")
    scaled = view.scaled
    mean, spread = NUMBERS[:40].mean(), NUMBERS[:40].std()
    np.testing.assert_allclose(scaled.digits.test_labels, (NUMBERS[40:] - mean) / spread, rtol=1e-9)
    before = view.network(view.theta, view.digits.test_images)
    after = scaled.network(scaled.theta, scaled.digits.test_images)
    np.testing.assert_allclose(after, (before - mean) / spread, rtol=1e-9)
    assert scaled.cost(scaled.theta) == pytest.approx(view.cost(view.theta) / spread**2)


def test_pixels_stay_as_they_are() -> None:
    network = fastgd.Network((784, 10))
    theta = network.random_theta(rng=0)
    view = View(network, theta, theta, digits())
    assert view.scaled is view
    assert view.is_image
    assert not view.is_regression
    assert view.digits.test_labels[view.shown] == 3


def test_names_come_from_the_schema() -> None:
    view = table(CLASSES, (X[:, 0] > 2000).astype(np.int64), "sigmoid")
    assert view.classes == ("no", "yes")
    assert view.inputs == ("year", "share", "loss")
    assert not view.is_image
    assert table(REGRESSION, NUMBERS, "identity").classes is None
