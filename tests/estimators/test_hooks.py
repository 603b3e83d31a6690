"""Callbacks: fastgd's own, which see each epoch, and scikit-learn's where it has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tests.estimators.common import BOTH, IRIS, same

from fastgd.descent import Epoch
from fastgd.estimators import NetworkClassifier, NetworkRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
both = pytest.mark.parametrize(("kind", "X", "y"), BOTH, ids=["classifier", "regressor"])


@both
def test_a_callback_sees_each_epoch(kind: Any, X: Any, y: Any) -> None:
    seen: list[Epoch] = []
    model = kind(max_iter=3, callback=seen.append).fit(X, y)
    assert [epoch.epoch for epoch in seen] == [1, 2, 3]
    assert [epoch.cost for epoch in seen] == model.loss_curve_
    assert np.array_equal(seen[-1].theta, model.theta_)


def stop(epoch: Epoch) -> bool:
    return epoch.epoch == 2


def stop_iteration(epoch: Epoch) -> None:
    if epoch.epoch == 2:
        raise StopIteration


@both
@pytest.mark.parametrize("asks", [stop, stop_iteration])
def test_any_of_several_callbacks_stops_and_all_see_it(
    kind: Any, X: Any, y: Any, asks: Any
) -> None:
    seen: list[Epoch] = []
    model = kind(callback=[asks, seen.append]).fit(X, y)
    assert (model.n_iter_, model.stopped_by_, len(seen)) == (2, "callback", 2)


@both
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_what_was_learned_survives_an_interruption(kind: Any, X: Any, y: Any, error: Any) -> None:
    def interrupt(epoch: Epoch) -> None:
        if epoch.epoch == 3:
            raise error

    model = kind(callback=interrupt, random_state=0)
    with pytest.raises(error):
        model.fit(X, y)
    assert (model.n_iter_, model.stopped_by_) == (3, "interrupt")
    assert same(model, kind(max_iter=3, random_state=0).fit(X, y))


def test_a_clone_has_the_callback() -> None:
    model = NetworkClassifier(callback=stop, random_state=0)
    assert clone(model).fit(*IRIS).n_iter_ == 2


# ------------------------------------------------------------------ scikit-learn's callbacks


class Recorder:
    """A callback of scikit-learn that notes what it is told, and stops after some epochs."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.events: list[str] = []
        self.scores: list[float] = []
        self.weights: list[Any] = []
        self.stop_after = stop_after

    def setup(self, estimator: Any, context: Any) -> None:
        self.events.append("setup")

    def teardown(self, estimator: Any, context: Any) -> None:
        self.events.append("teardown")

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        self.events.append(f"{context.task_name} {context.task_id} begins")

    def on_fit_task_end(
        self, estimator: Any, context: Any, *, X: Any, y: Any, metadata: Any, fitted_estimator: Any
    ) -> bool:
        self.events.append(f"{context.task_name} {context.task_id} ends")
        self.scores.append(fitted_estimator.score(X, y))
        self.weights.append(metadata)
        return context.task_id + 1 == self.stop_after


EPOCHS = ["epoch 0 begins", "epoch 0 ends", "epoch 1 begins", "epoch 1 ends"]


@both
@pytest.mark.parametrize("why", ["max_iter", "callback"])
def test_scikit_learn_s_callbacks_see_each_epoch(kind: Any, X: Any, y: Any, why: str) -> None:
    pytest.importorskip("sklearn.callback", reason="scikit-learn has callbacks from 1.9 on")
    recorder = Recorder(stop_after=2 if why == "callback" else None)
    model = kind(max_iter=2 if why == "max_iter" else 50, random_state=0)
    model.set_callbacks(recorder).fit(X, y, sample_weight=np.ones(len(X)))
    assert recorder.events == ["setup", "fit 0 begins", *EPOCHS, "fit 0 ends", "teardown"]
    assert recorder.scores[-1] == model.score(X, y)
    assert recorder.scores[0] == kind(max_iter=1, random_state=0).fit(X, y).score(X, y)
    assert (recorder.weights[0]["sample_weight"] == 1).all()
    assert (model.n_iter_, model.stopped_by_) == (2, why)


def test_scikit_learn_s_callbacks_end_where_the_training_comes_to_rest() -> None:
    pytest.importorskip("sklearn.callback", reason="scikit-learn has callbacks from 1.9 on")
    recorder = Recorder()
    model = NetworkRegressor(tol=1e9, n_iter_no_change=1).set_callbacks(recorder)
    model.fit(*BOTH[1][1:])
    assert model.stopped_by_ == "tol"
    assert recorder.events[-2:] == ["fit 0 ends", "teardown"]
    assert sum("begins" in e for e in recorder.events) == sum("ends" in e for e in recorder.events)


def test_scikit_learn_s_callbacks_are_torn_down_after_an_error() -> None:
    pytest.importorskip("sklearn.callback", reason="scikit-learn has callbacks from 1.9 on")
    recorder = Recorder()
    model = NetworkRegressor(activation="relu", learning_rate_init=10).set_callbacks(recorder)
    with pytest.raises(ValueError, match="not finite"):
        model.fit(*BOTH[1][1:])
    assert recorder.events[-1] == "teardown"


def test_scikit_learn_s_own_callbacks_in_a_search() -> None:
    callback = pytest.importorskip(
        "sklearn.callback", reason="scikit-learn has callbacks from 1.9 on"
    )
    X, y = IRIS
    monitor = callback.ScoringMonitor(scoring="accuracy")
    network = NetworkClassifier(max_iter=3, random_state=0).set_callbacks(monitor)
    pipeline = make_pipeline(StandardScaler(), network)
    search = GridSearchCV(pipeline, {"networkclassifier__learning_rate_init": [0.1, 0.3]}, cv=2)
    search.fit(X, y)
    scores = [row["accuracy"] for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert len(scores) == (2 * 2 + 1) * 3
    assert search.score(X, y) in scores
