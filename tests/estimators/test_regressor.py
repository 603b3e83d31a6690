"""`NetworkRegressor`: numbers, one or several."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.exceptions import DataConversionWarning
from tests.estimators.common import DIABETES

from fastgd.estimators import NetworkRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X, Y = DIABETES


def test_several_outputs() -> None:
    several = np.stack([Y, -Y, X[:, 2]], axis=1)
    model = NetworkRegressor(random_state=0).fit(X, several)
    assert model.predict(X).shape == (442, 3)
    assert model.score(X, several) > 0.6


def test_integers_are_numbers() -> None:
    counts = np.round(5 * Y).astype(int)
    model = NetworkRegressor(max_iter=5, random_state=0)
    expected = model.fit(X, counts.astype(float)).theta_
    assert np.array_equal(model.fit(X, counts).theta_, expected)


def test_no_hidden_layer_is_least_squares() -> None:
    model = NetworkRegressor((), batch_size=None, learning_rate_init=0.1, tol=0, max_iter=5000)
    expected, *_ = np.linalg.lstsq(X, Y, rcond=None)
    np.testing.assert_allclose(model.fit(X, Y).predict(X), X @ expected, atol=1e-2)


def test_logistic_outputs_stay_between_0_and_1() -> None:
    share = (Y > 0).astype(float)
    model = NetworkRegressor(output_activation="logistic", learning_rate_init=0.3).fit(X, share)
    assert 0 <= model.predict(X).min() < model.predict(X).max() <= 1


def test_a_column_is_flattened_with_a_warning() -> None:
    with pytest.warns(DataConversionWarning, match="column-vector y was passed"):
        model = NetworkRegressor(max_iter=1).fit(X, Y[:, np.newaxis])
    assert model.predict(X).shape == (442,)


def test_another_number_of_outputs() -> None:
    model = NetworkRegressor(max_iter=1).fit(X, Y)
    with pytest.raises(ValueError, match="y has 2 outputs, but NetworkRegressor was fitted with 1"):
        model.partial_fit(X, np.stack([Y, Y], axis=1))


def test_strings_are_no_numbers() -> None:
    with pytest.raises(ValueError, match="could not convert string to float"):
        NetworkRegressor().fit(X, ["a"] * 442)
