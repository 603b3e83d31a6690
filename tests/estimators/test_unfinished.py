"""`estimators.unfinished`: one warning of a fit that was cut short or learned nothing, or none."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from tests.estimators.common import CANCER, IRIS

from fastgd.estimators import NetworkClassifier, NetworkRegressor


def said(model: Any, X: Any, y: Any) -> str:
    """The one warning of a fit, "" for none."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y)
    assert len(caught) <= 1
    for warning in caught:
        assert warning.category is ConvergenceWarning
    return str(caught[0].message) if caught else ""


def test_what_has_learned_and_come_to_rest_warns_of_nothing() -> None:
    model = NetworkClassifier(learning_rate_init=0.5, tol=1e-2, max_iter=500, random_state=0)
    assert said(model, *CANCER) == ""


def test_what_was_cut_short_after_it_had_learned() -> None:
    text = said(NetworkClassifier(max_iter=20, random_state=0), *CANCER)
    assert text == "Maximum iterations (20) reached and the optimization hasn't converged yet."


def test_what_was_cut_short_before_it_learned() -> None:
    options: dict[str, Any] = {"batch_size": None, "learning_rate_init": 1e-6, "max_iter": 2}
    text = said(NetworkClassifier(random_state=0, **options), *IRIS)
    assert text.startswith("Maximum iterations (2) reached")
    assert "The network has not learned: " in text
    assert "try a higher max_iter, a smaller batch_size" in text
    assert "learning_rate_init" in text


def test_what_came_to_rest_at_nothing() -> None:
    """Noise: a constant is all there is to learn."""
    rng = np.random.default_rng(0)
    model = NetworkRegressor((), tol=1e-3, random_state=0)
    text = said(model, rng.normal(size=(2000, 2)), rng.normal(size=2000))
    assert model.stopped_by_ == "tol"
    assert text.startswith("The network has not learned: it")


def test_saturated_outputs() -> None:
    model = NetworkClassifier(learning_rate_init=1e4, tol=1e-9, max_iter=30, random_state=0)
    text = said(model, *IRIS)
    assert "the output layer is saturated: its logistic is flat there" in text
    assert "a smaller learning_rate_init from a new start, or inputs scaled" in text


def test_the_caller_is_told() -> None:
    """The warning stands at a line of what scikit-learn wraps a fit with, as its own do."""
    with pytest.warns(ConvergenceWarning) as caught:
        NetworkClassifier(max_iter=1).fit(*IRIS)
    assert "sklearn" in caught[0].filename
