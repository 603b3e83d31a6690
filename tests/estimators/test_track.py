"""When a training stops: the rule on curves by hand, early stopping, examples given to judge by."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import train_test_split
from tests.estimators.common import BOTH, CANCER, DIABETES, IRIS, same

import fastgd
from fastgd.estimators import NetworkClassifier, NetworkRegressor
from fastgd.estimators.track import Track

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
both = pytest.mark.parametrize(("kind", "X", "y"), BOTH, ids=["classifier", "regressor"])


@pytest.mark.parametrize(
    ("losses", "at"),
    [
        pytest.param([5, 4, 3, 2, 1, 0], None, id="gains"),
        pytest.param([5, 4, 4, 4, 4], 5, id="stands still"),
        pytest.param([5, 4.6, 4.1, 3.6, 3.1], 4, id="gains of less than tol are none"),
        pytest.param([5, 6, 7, 2, 3, 3, 3], 7, id="a gain starts the count anew"),
        pytest.param([5, 6, 6, 6], 4, id="rises"),
        pytest.param([5, math.nan, 5, 5], None, id="not a number"),
    ],
)
def test_the_rule(losses: list[float], at: int | None) -> None:
    track = Track(1.0, 2, by_score=False, losses=[], validation=None)
    stops = [track.note(loss, np.array([float(i)])) for i, loss in enumerate(losses, 1)]
    assert (stops.index(True) + 1 if any(stops) else None) == at
    assert track.best == np.nanmin(losses)
    assert track.best_theta == np.nanargmin(losses) + 1


@both
def test_infinite_patience_never_ends(kind: Any, X: Any, y: Any) -> None:
    model = kind(max_iter=30, tol=1e9, n_iter_no_change=np.inf).fit(X, y)
    assert (model.n_iter_, model.stopped_by_) == (30, "max_iter")
    model.set_params(n_iter_no_change=4).fit(X, y)
    assert (model.n_iter_, model.stopped_by_) == (6, "tol")


# ------------------------------------------------------------------- a validation set given


def held_out(X: Any, y: Any) -> Any:
    return train_test_split(X, y, test_size=0.3, random_state=1)


@both
def test_curves_of_a_validation_set(kind: Any, X: Any, y: Any) -> None:
    X, X_val, y, y_val = held_out(X, y)
    weight = np.linspace(0, 1, len(y_val))
    thetas: list[Any] = []
    model = kind(max_iter=4, random_state=0, callback=lambda epoch: thetas.append(epoch.theta))
    model.fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weight)
    targets = y_val if kind is NetworkClassifier else y_val[:, np.newaxis]
    cost = fastgd.Cost(model.network_, X_val, targets, sample_weight=weight)
    np.testing.assert_allclose(model.validation_loss_curve_, [cost(t) for t in thetas])
    for theta, score in zip(thetas, model.validation_scores_, strict=True):
        model.theta_ = theta
        assert score == pytest.approx(model.score(X_val, y_val, sample_weight=weight))
    plain = kind(max_iter=4, random_state=0).fit(X, y)
    assert same(model, plain), "looking changes nothing"
    assert (plain.validation_scores_, plain.validation_loss_curve_) == (None, None)
    assert plain.best_validation_score_ is None


@both
def test_early_stopping_by_a_validation_set(kind: Any, X: Any, y: Any) -> None:
    X, X_val, y, y_val = held_out(X, y)
    thetas: list[Any] = []
    model = kind(
        early_stopping=True, n_iter_no_change=3, random_state=0,
        callback=lambda epoch: thetas.append(epoch.theta),
    ).fit(X, y, X_val=X_val, y_val=y_val)  # fmt: skip
    scores = model.validation_scores_
    assert model.stopped_by_ == "validation"
    assert len(scores) == model.n_iter_ < 200
    assert model.best_validation_score_ == max(scores) == pytest.approx(model.score(X_val, y_val))
    assert np.array_equal(model.theta_, thetas[int(np.argmax(scores))])
    assert model.best_loss_ is None
    gain = max(scores[-4:]) - max(scores[:-4])
    assert gain < model.tol


@both
def test_early_stopping_holds_a_fraction_out(kind: Any, X: Any, y: Any) -> None:
    model = kind(early_stopping=True, validation_fraction=0.25, random_state=0).fit(X, y)
    split = int(np.random.RandomState(0).randint(2**31 - 1, size=2)[1])
    strata = y if kind is NetworkClassifier else None
    parts = train_test_split(X, y, test_size=0.25, random_state=split, stratify=strata)
    score = accuracy_score if kind is NetworkClassifier else r2_score
    assert model.best_validation_score_ == pytest.approx(score(parts[3], model.predict(parts[1])))
    assert model.t_ == model.n_iter_ * len(parts[0])


@both
def test_weights_go_with_their_examples(kind: Any, X: Any, y: Any) -> None:
    model = kind(early_stopping=True, max_iter=3, random_state=0)
    a = model.fit(X, y)
    b = kind(**model.get_params()).fit(X, y, sample_weight=np.full(len(X), 2.0))
    np.testing.assert_allclose(a.theta_, b.theta_, rtol=1e-9)
    assert a.validation_scores_ == pytest.approx(b.validation_scores_)


def test_several_labels_are_scored_as_a_whole() -> None:
    X, y = IRIS
    Y = np.stack([y == 0, y > 0, y == 2], axis=1).astype(int)
    model = NetworkClassifier(max_iter=5, random_state=0).fit(X, Y, X_val=X, y_val=Y)
    assert model.validation_scores_[-1] == pytest.approx(accuracy_score(Y, model.predict(X)))
    assert NetworkClassifier(early_stopping=True).fit(X, Y).stopped_by_ == "validation"


# ------------------------------------------------------------------------- with partial_fit


@both
@pytest.mark.parametrize("given", [True, False])
def test_partial_fits_stop_where_a_fit_does(kind: Any, X: Any, y: Any, given: bool) -> None:
    judged = {}
    if given:
        X, judged["X_val"], y, judged["y_val"] = held_out(X, y)
    model = kind(early_stopping=True, n_iter_no_change=3, random_state=0)
    whole = kind(**model.get_params()).fit(X, y, **judged)
    first = {"classes": np.unique(y)} if kind is NetworkClassifier else {}
    stopped_by = []
    while "validation" not in stopped_by:
        stopped_by.append(model.partial_fit(X, y, **judged, **first).stopped_by_)
    assert stopped_by == ["max_iter"] * (whole.n_iter_ - 1) + ["validation"]
    assert same(model, whole)
    assert model.validation_scores_ == whole.validation_scores_
    assert model.best_validation_score_ == whole.best_validation_score_


def test_after_patience_has_ended_another_call_goes_on() -> None:
    X, y = CANCER
    model = NetworkClassifier(early_stopping=True, random_state=0).fit(X, y)
    theta = model.theta_
    model.partial_fit(X, y)
    assert model.stopped_by_ == "max_iter"
    assert not np.array_equal(model.theta_, theta)


# -------------------------------------------------------------------------------- wrong use


@both
@pytest.mark.parametrize("missing", ["X_val", "y_val"])
def test_half_a_validation_set(kind: Any, X: Any, y: Any, missing: str) -> None:
    given = {"X_val": X, "y_val": y}
    del given[missing]
    with pytest.raises(ValueError, match=f"_val is provided, but {missing} was not provided"):
        kind().fit(X, y, **given)


@both
def test_a_validation_set_of_other_features(kind: Any, X: Any, y: Any) -> None:
    with pytest.raises(ValueError, match="X has 2 features, but"):
        kind().fit(X, y, X_val=X[:, :2], y_val=y)


def test_labels_never_seen_in_a_validation_set() -> None:
    X, y = IRIS
    with pytest.raises(ValueError, match=r"`y` has classes not in `self.classes_`.*\[0 1\]"):
        NetworkClassifier().fit(X[y < 2], y[y < 2], X_val=X, y_val=y)


@pytest.mark.parametrize("kind", [NetworkClassifier, NetworkRegressor])
def test_a_validation_set_too_small(kind: Any) -> None:
    X, y = DIABETES
    labels = np.zeros(10) if kind is NetworkClassifier else y[:10]
    with pytest.raises(ValueError, match="The validation set is too small"):
        kind(early_stopping=True).fit(X[:10], labels)


def test_a_validation_set_without_weight() -> None:
    X, y = DIABETES
    weight = np.zeros(len(X))
    weight[0] = 1
    with pytest.raises(ValueError, match="weights of the validation set are all 0"):
        NetworkRegressor(early_stopping=True, random_state=0).fit(X, y, sample_weight=weight)
