"""The estimators among what else scikit-learn's users use: pipelines, searches, frames, skops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io
from joblib import Parallel, delayed
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tests.common import run_python
from tests.estimators.common import BOTH, CANCER, DIABETES, IRIS, same

from fastgd.estimators import NetworkClassifier, NetworkRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
both = pytest.mark.parametrize(("kind", "X", "y"), BOTH, ids=["classifier", "regressor"])


def test_a_grid_search_on_two_processes_gives_the_same_bits_as_on_one() -> None:
    grid = {"networkclassifier__hidden_layer_sizes": [4, (5, 5)],
            "networkclassifier__learning_rate_init": [0.03, 0.3]}  # fmt: skip
    model = make_pipeline(StandardScaler(), NetworkClassifier(max_iter=20, random_state=0))
    one, two = (GridSearchCV(model, grid, cv=3, n_jobs=n).fit(*IRIS) for n in (None, 2))
    scores = [search.cv_results_["mean_test_score"] for search in (one, two)]
    assert np.array_equal(*scores)
    assert same(one.best_estimator_[-1], two.best_estimator_[-1])


def threads_of_a_worker() -> Any:
    import fastgd

    return fastgd.show_config()["threads"]


def test_workers_share_the_processors() -> None:
    """joblib tells OpenMP how many threads each of its processes may use, and fastgd obeys."""
    found = Parallel(n_jobs=2, inner_max_num_threads=1)(
        delayed(threads_of_a_worker)() for _ in range(2)
    )
    assert found == [1, 1]


@both
def test_cross_validation(kind: Any, X: Any, y: Any) -> None:
    scores = cross_val_score(make_pipeline(StandardScaler(), kind(random_state=0)), X, y, cv=4)
    assert scores.min() > (0.85 if kind is NetworkClassifier else 0.2)


def test_targets_scaled_on_the_way() -> None:
    X, y = DIABETES
    inner = make_pipeline(StandardScaler(), NetworkRegressor(random_state=0, early_stopping=True))
    model = TransformedTargetRegressor(inner, transformer=StandardScaler())
    assert model.fit(X, 1000 * y + 5e4).score(X, 1000 * y + 5e4) > 0.4


def test_shares_can_be_calibrated() -> None:
    X, y = CANCER
    model = CalibratedClassifierCV(NetworkClassifier(max_iter=20, random_state=0), cv=3).fit(X, y)
    assert model.score(X, y) > 0.95


def test_words_in_sparse_rows() -> None:
    texts = ["red apple", "green apple", "red car", "green car"] * 20
    y = ["fruit", "fruit", "thing", "thing"] * 20
    model = make_pipeline(TfidfVectorizer(), NetworkClassifier(8, random_state=0)).fit(texts, y)
    assert list(model.predict(["a blue apple", "a blue car"])) == ["fruit", "thing"]


@both
def test_frames_and_their_names(kind: Any, X: Any, y: Any) -> None:
    names = [f"column {k}" for k in range(X.shape[1])]
    frame, series = pd.DataFrame(X, columns=names), pd.Series(y, name="target")
    model = kind(max_iter=3, random_state=0, early_stopping=True)
    fitted = clone(model).fit(frame, series, X_val=frame, y_val=series)
    assert list(fitted.feature_names_in_) == names
    assert same(fitted, clone(model).fit(X, y, X_val=X, y_val=y))
    assert np.array_equal(fitted.predict(frame), fitted.predict(frame.set_axis(names, axis=1)))
    with pytest.raises(ValueError, match="The feature names should match those"):
        fitted.predict(frame[names[::-1]])
    with pytest.raises(ValueError, match="The feature names should match those"):
        clone(model).fit(frame, series, X_val=frame[names[::-1]], y_val=series)


def test_set_output_reaches_the_network() -> None:
    X, y = IRIS
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = make_pipeline(StandardScaler(), NetworkClassifier(max_iter=3))
    model.set_output(transform="pandas").fit(frame, y)
    assert list(model[-1].feature_names_in_) == list("abcd")


@both
def test_metadata_is_routed_and_transformed_on_its_way(kind: Any, X: Any, y: Any) -> None:
    weight = np.linspace(0, 1, len(X))
    with config_context(enable_metadata_routing=True):
        network = kind(max_iter=3, random_state=0).set_fit_request(
            sample_weight=True, X_val=True, y_val=True
        )
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        model = make_pipeline(scaler, network, transform_input=["X_val"])
        model.fit(3 * X + 1, y, sample_weight=weight, X_val=3 * X + 1, y_val=y)
    scaler = StandardScaler().fit(3 * X + 1)
    scaled = scaler.transform(3 * X + 1)
    alone = kind(max_iter=3, random_state=0)
    alone.fit(scaled, y, sample_weight=weight, X_val=scaled, y_val=y)
    assert same(model[-1], alone)
    assert model[-1].validation_loss_curve_ == alone.validation_loss_curve_


@both
@pytest.mark.filterwarnings("default")  # skops' own
def test_skops_keeps_it(kind: Any, X: Any, y: Any) -> None:
    model = kind((5, 4), ["tanh", "relu"], max_iter=3, random_state=0).fit(X, y)
    contents = skops.io.dumps(model)
    unknown = skops.io.get_untrusted_types(data=contents)
    module = "classifier" if kind is NetworkClassifier else "regressor"
    ours = ["fastgd.network.Network", f"fastgd.estimators.{module}.{kind.__name__}"]
    assert sorted(unknown) == sorted(ours)
    copy = skops.io.loads(contents, trusted=ours)
    assert np.array_equal(copy.predict(X), model.predict(X))
    assert same(copy.partial_fit(X, y), model.partial_fit(X, y))


def test_its_page_of_parameters() -> None:
    assert repr(NetworkClassifier(8, "relu")) == (
        "NetworkClassifier(activation='relu', hidden_layer_sizes=8)"
    )
    assert "NetworkRegressor" in NetworkRegressor()._repr_html_()


def test_the_same_bits_in_another_process() -> None:
    code = """
from sklearn.datasets import load_iris
from fastgd.estimators import NetworkClassifier
X, y = load_iris(return_X_y=True)
model = NetworkClassifier(5, max_iter=200, tol=1, random_state=0).fit(X, y)
print(hash(model.theta_.tobytes()))
"""
    assert run_python(code, PYTHONHASHSEED="0") == run_python(code, PYTHONHASHSEED="0")
