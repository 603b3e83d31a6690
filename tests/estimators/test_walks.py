"""`estimators/walks`: fits by Levenberg's and Marquardt's method."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tests.estimators.common import DIABETES, IRIS, same

from fastgd import Cost, levenberg_marquardt
from fastgd.estimators import NetworkClassifier, NetworkRegressor

X = np.linspace(-1, 1, 80)[:, None]
WAVES = X, np.sin(3 * X[:, 0])
LM: dict[str, Any] = {"hidden_layer_sizes": 6, "solver": "lm", "random_state": 0}


def test_it_is_the_library_s_walk() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = NetworkRegressor(**LM, n_iter_no_change=np.inf, max_iter=60).fit(*WAVES)
    rng = np.random.default_rng(np.random.RandomState(0).randint(2**31 - 1, size=2)[0])
    theta = model.network_.random_theta(rng, dtype=np.float64)
    cost = Cost(model.network_, X, WAVES[1], dtype=float)
    expected = levenberg_marquardt(cost, theta, epochs=60)
    assert np.array_equal(model.theta_, expected.theta)
    assert model.loss_curve_ == expected.costs.tolist()
    assert (model.stopped_by_, model.n_iter_) == ("max_iter", 60)


def test_it_needs_no_rate_and_few_epochs() -> None:
    model = NetworkRegressor(**LM).fit(*WAVES)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        descent = clone(model).set_params(solver="sgd").fit(*WAVES)
    assert model.stopped_by_ == "tol"
    assert model.score(*WAVES) > 0.999 > 0.95 > descent.score(*WAVES)
    assert model.n_iter_ < descent.n_iter_


def test_it_computes_in_float64() -> None:
    model = NetworkRegressor(**LM).fit(X.astype(np.float32), WAVES[1])
    assert model.theta_.dtype == np.float64


def test_a_smaller_tol_goes_further() -> None:
    coarse, fine = (NetworkRegressor(**LM, tol=tol).fit(*WAVES) for tol in (1e-4, 1e-7))
    assert fine.loss_ < coarse.loss_ / 2
    assert fine.n_iter_ > coarse.n_iter_


def test_early_stopping_holds_out_and_goes_back() -> None:
    model = NetworkRegressor(**{**LM, "hidden_layer_sizes": 15}, early_stopping=True, tol=0)
    model.fit(*DIABETES)
    assert model.stopped_by_ == "validation"
    assert model.validation_scores_ is not None
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert model.best_validation_score_ > model.validation_scores_[-1]


def test_a_classifier_takes_it_too() -> None:
    model = make_pipeline(StandardScaler(), NetworkClassifier(**LM))
    assert cross_val_score(model, *IRIS).mean() > 0.9


def test_warm_starts_go_on() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = NetworkRegressor(**LM, warm_start=True, max_iter=3).fit(*WAVES)
        first = model.loss_
        model.fit(*WAVES)
    assert (len(model.loss_curve_), model.n_iter_) == (6, 3)
    assert model.loss_ < first


def test_any_number_of_threads_gives_the_same_bits() -> None:
    one, two = (NetworkRegressor(**LM, n_threads=n).fit(*DIABETES) for n in (1, 2))
    assert same(one, two)


def test_partial_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="partial_fit goes with solver='sgd'"):
        NetworkRegressor(**LM).partial_fit(*WAVES)


def test_too_many_parameters_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 4,096"):
        NetworkRegressor((60, 60), solver="lm").fit(*DIABETES)


def test_an_unknown_solver_is_named() -> None:
    with pytest.raises(ValueError, match="The 'solver' parameter"):
        NetworkRegressor(solver="adam").fit(*WAVES)


def test_a_cost_that_is_not_finite_is_told() -> None:
    with pytest.raises(ValueError, match=r"start from smaller weights, or scale X and y"):
        NetworkRegressor(3, "relu", solver="lm").fit(1e200 * X, WAVES[1])
