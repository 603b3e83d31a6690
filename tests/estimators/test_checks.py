"""scikit-learn's own checks of estimators, none of them skipped in silence."""

from __future__ import annotations

from typing import Any
from unittest import SkipTest

import pytest
from sklearn.utils.estimator_checks import check_param_validation, parametrize_with_checks

from fastgd.estimators import NetworkClassifier, NetworkRegressor

ESTIMATORS = [
    kind(**options)
    for kind in (NetworkClassifier, NetworkRegressor)
    for options in (
        {},
        {"batch_size": 10, "max_iter": 100},
        {"batch_size": 32, "max_iter": 100},
        {"batch_size": None, "max_iter": 100},
        {"momentum": 0.9, "max_iter": 100},
    )
]
NO_SUCH_METHOD = "check_classifiers_multilabel_output_format_decision_function"


def expected_failures(estimator: Any) -> dict[str, str]:
    """The checks fit 15 samples: with weights 0 to 4, and with each as often as its weight says."""
    if estimator.batch_size != 10:
        return {}
    reason = "a sample repeated falls into several mini-batches, a weighted one into one"
    return {
        f"check_sample_weight_equivalence_on_{kind}_data": reason for kind in ("dense", "sparse")
    }


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(ESTIMATORS, expected_failed_checks=expected_failures)
def test_sklearn_s_checks(estimator: Any, check: Any) -> None:
    try:
        check(estimator)
    except SkipTest as skip:
        if check.func.__name__ != NO_SUCH_METHOD:
            pytest.fail(f"skipped: {skip}")


@pytest.mark.parametrize("estimator", [NetworkClassifier(), NetworkRegressor()], ids=repr)
def test_sklearn_s_check_of_parameters(estimator: Any) -> None:
    check_param_validation(type(estimator).__name__, estimator)
