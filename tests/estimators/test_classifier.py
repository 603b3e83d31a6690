"""`NetworkClassifier`: classes and labels, and what its shares of outputs are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse
from sklearn.exceptions import DataConversionWarning
from sklearn.metrics import roc_auc_score
from tests.estimators.common import CANCER, DIABETES, IRIS

from fastgd.estimators import NetworkClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X, Y = IRIS
NAMES = np.array(["versicolor", "setosa", "virginica"])


@pytest.mark.parametrize("names", [NAMES, NAMES.astype(object), [7, -3, 12], [0.0, 2.0, 1.0]],
                         ids=["str", "object", "int", "float"])  # fmt: skip
def test_classes_bear_any_name(names: Any) -> None:
    y = np.asarray(names)[Y]
    model = NetworkClassifier(random_state=0).fit(X, y)
    assert np.array_equal(model.classes_, np.unique(y))
    assert model.predict(X).dtype == y.dtype
    assert model.score(X, y) > 0.95
    order = model.classes_[model.predict_proba(X).argmax(axis=1)]
    assert np.array_equal(order, model.predict(X))


def test_shares_are_the_outputs_by_their_sum() -> None:
    model = NetworkClassifier(max_iter=20, random_state=0).fit(X, Y)
    outputs = model.network_(model.theta_, X)
    shares = model.predict_proba(X)
    np.testing.assert_allclose(shares, outputs / outputs.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert np.array_equal(model.predict_log_proba(X), np.log(shares))


def test_two_classes_share_an_output() -> None:
    x, y = CANCER
    model = NetworkClassifier(max_iter=20, random_state=0).fit(x, y)
    output = model.network_(model.theta_, x)
    assert output.shape == (569, 1)
    np.testing.assert_array_equal(model.predict_proba(x), np.hstack([1 - output, output]))
    assert np.array_equal(model.predict(x), output[:, 0] > 0.5)
    assert roc_auc_score(y, model.predict_proba(x)[:, 1]) > 0.99


def test_outputs_estimate_probabilities() -> None:
    """Squared error against 0 and 1 is least where the output is the probability of 1."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, (4000, 1)).astype(float)
    y = rng.random(4000) < np.where(x[:, 0] == 1, 0.8, 0.3)
    model = NetworkClassifier(4, batch_size=None, learning_rate_init=2.0, max_iter=1000,
                              n_iter_no_change=np.inf, random_state=0).fit(x, y)  # fmt: skip
    shares = model.predict_proba([[0.0], [1.0]])[:, 1]
    np.testing.assert_allclose(shares, [y[x[:, 0] == v].mean() for v in (0, 1)], atol=0.005)


@pytest.mark.parametrize("output_activation", ["identity", "tanh", "relu"])
def test_outputs_that_are_not_logistic_still_give_shares(output_activation: str) -> None:
    model = NetworkClassifier(
        output_activation=output_activation, learning_rate_init=0.01, random_state=0
    )
    shares = model.fit(X, Y).predict_proba(X)
    assert shares.min() >= 0
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    model.coefs_[-1][:] = 0
    model.intercepts_[-1][:] = 0 if output_activation == "relu" else -1
    np.testing.assert_allclose(model.predict_proba(X), 1 / 3)


def test_several_labels_at_once() -> None:
    labels = np.stack([Y == 0, Y > 0, Y == 2, Y < 2], axis=1).astype(int)
    model = NetworkClassifier(random_state=0).fit(X, labels)
    assert model.predict(X).shape == (150, 4)
    assert model.score(X, labels) > 0.95
    assert np.array_equal(model.predict_proba(X), model.network_(model.theta_, X))
    assert np.array_equal(model.classes_, np.arange(4))


def test_labels_in_a_sparse_matrix() -> None:
    labels = np.stack([Y == 0, Y > 0, Y == 2], axis=1).astype(int)
    model = NetworkClassifier(max_iter=3, random_state=0)
    theta = model.fit(X, labels).theta_
    assert np.array_equal(model.fit(X, scipy.sparse.csr_array(labels)).theta_, theta)


def test_two_labels_are_not_two_classes() -> None:
    labels = np.stack([Y == 0, Y > 0], axis=1).astype(int)
    model = NetworkClassifier(random_state=0).fit(X, labels)
    assert model.predict(X).shape == model.predict_proba(X).shape == (150, 2)


def test_one_class_alone_is_always_answered() -> None:
    model = NetworkClassifier(max_iter=2).fit(X, ["only"] * 150)
    assert set(model.predict(X)) == {"only"}
    assert (model.predict_proba(X) == 1).all()


def test_a_column_of_labels_is_flattened_with_a_warning() -> None:
    with pytest.warns(DataConversionWarning, match="column-vector y was passed"):
        model = NetworkClassifier(max_iter=2, random_state=0).fit(X, Y[:, np.newaxis])
    assert model.predict(X).shape == (150,)


def test_partial_fit_meets_a_class_later() -> None:
    model = NetworkClassifier(random_state=0)
    model.partial_fit(X[:50], NAMES[Y[:50]], classes=NAMES)
    for _ in range(100):
        model.partial_fit(X, NAMES[Y])
    assert model.score(X, NAMES[Y]) > 0.95


# -------------------------------------------------------------------------------- wrong use


def test_the_first_partial_fit_needs_classes() -> None:
    with pytest.raises(ValueError, match="classes must be passed on the first call to partial_fit"):
        NetworkClassifier().partial_fit(X, Y)


def test_classes_do_not_change() -> None:
    model = NetworkClassifier().partial_fit(X, Y, classes=[0, 1, 2])
    model.partial_fit(X, Y, classes=[2, 1, 0])
    with pytest.raises(ValueError, match=r"`classes=\[0, 1\]` is not the same as on last call"):
        model.partial_fit(X, Y, classes=[0, 1])
    model.set_params(warm_start=True)
    with pytest.raises(ValueError, match="warm_start can only be used where `y` has the same"):
        model.fit(X[:100], Y[:100])


def test_labels_never_seen() -> None:
    model = NetworkClassifier().partial_fit(X[:100], Y[:100], classes=[0, 1])
    with pytest.raises(ValueError, match=r"`y` has classes not in `self.classes_`.*'y' has \[0 1"):
        model.partial_fit(X, Y)


def test_numbers_are_no_classes() -> None:
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        NetworkClassifier().fit(*DIABETES)


def test_several_classes_a_sample_are_refused() -> None:
    with pytest.raises(ValueError, match="takes one class a sample, or labels as a matrix"):
        NetworkClassifier().fit(X, np.stack([Y, Y], axis=1))


def test_labels_of_another_number() -> None:
    labels = np.stack([Y == 0, Y > 0], axis=1).astype(int)
    model = NetworkClassifier(max_iter=1).fit(X, labels)
    with pytest.raises(ValueError, match=r"shape \(150, 3\).*expected shape \(150, 2\)"):
        model.partial_fit(X, np.zeros((150, 3), int))
