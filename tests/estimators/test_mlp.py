"""scikit-learn's own tests of its networks, on ours: those whose claims hold for squared error.

docs/scikit-learn.md lists the others, with what keeps each from holding.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import sklearn.neural_network.tests.test_mlp as theirs
from sklearn.utils.fixes import CSR_CONTAINERS

from fastgd.estimators import NetworkClassifier, NetworkRegressor

# What our networks have no word for.
THEIRS_ALONE = {
    "loss", "solver", "alpha", "learning_rate", "power_t", "shuffle", "nesterovs_momentum",
    "beta_1", "beta_2", "epsilon", "max_fun",
}  # fmt: skip


def ours(kind: Any, **parameters: Any) -> Any:
    return kind(**{name: v for name, v in parameters.items() if name not in THEIRS_ALONE})


CLASSIFIER, REGRESSOR = partial(ours, NetworkClassifier), partial(ours, NetworkRegressor)
EITHER = [{"MLPEstimator": CLASSIFIER}, {"MLPEstimator": REGRESSOR}]
# name of the test: the arguments it runs with
HOLD: dict[str, list[dict[str, Any]]] = {
    "test_early_stopping": EITHER,
    "test_lbfgs_classification": [{"X": X, "y": y} for X, y in theirs.classification_datasets],
    "test_minimum_input_sample_size": [{}],
    "test_mlp_early_stopping_string_labels": [{}],
    "test_mlp_loading_from_joblib_partial_fit": [{"tmp_path": None}],
    "test_mlp_param_dtypes": [
        {"Estimator": kind, "dtype": dtype}
        for kind in (CLASSIFIER, REGRESSOR)
        for dtype in (np.float32, np.float64)
    ],
    "test_mlp_regressor_dtypes_casting": [{}],
    "test_mlp_sample_weight_with_early_stopping": [{}],
    "test_mlp_warm_start_no_convergence": [{"solver": "sgd", **either} for either in EITHER],
    "test_mlp_warm_start_with_early_stopping": EITHER,
    "test_partial_fit_classes_error": [{}],
    "test_partial_fit_classification": [{}],
    "test_partial_fit_regression": [{}],
    "test_partial_fit_unseen_classes": [{}],
    "test_predict_proba_binary": [{}],
    "test_predict_proba_multiclass": [{}],
    "test_predict_proba_multilabel": [{}],
    "test_preserve_feature_names": [{"Estimator": CLASSIFIER}, {"Estimator": REGRESSOR}],
    "test_sparse_matrices": [{"csr_container": container} for container in CSR_CONTAINERS],
    "test_tolerance": [{}],
    "test_warm_start": [{}],
    "test_warm_start_full_iteration": EITHER,
}
# Not every scikit-learn has each of them.
RUNS = [
    pytest.param(name, arguments, id=f"{name}-{i}")
    for name, several in HOLD.items()
    if hasattr(theirs, name)
    for i, arguments in enumerate(several)
]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("name", "arguments"), RUNS)
def test_theirs(name: str, arguments: dict[str, Any], monkeypatch: Any, tmp_path: Any) -> None:
    monkeypatch.setattr(theirs, "MLPClassifier", CLASSIFIER)
    monkeypatch.setattr(theirs, "MLPRegressor", REGRESSOR)
    np.random.seed(0)  # noqa: NPY002  some give no random_state
    if "tmp_path" in arguments:
        arguments = {"tmp_path": tmp_path}
    getattr(theirs, name)(**arguments)
