"""What the estimators take from scikit-learn; where it is missing or too old, that is told here.

Its callbacks are experimental and begin with 1.9; before that there are none to call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

try:
    from sklearn.base import (
        BaseEstimator,
        ClassifierMixin,
        RegressorMixin,
        _fit_context,
        is_regressor,
    )
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.metrics import r2_score
    from sklearn.model_selection import train_test_split
    from sklearn.utils import check_random_state, column_or_1d
    from sklearn.utils._param_validation import Interval, Options, StrOptions
    from sklearn.utils.multiclass import (
        check_classification_targets,
        type_of_target,
    )
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
except ImportError as error:
    raise ImportError(
        'fastgd.estimators needs scikit-learn 1.6 or later: pip install "fastgd[sklearn]"',
        name="sklearn",
    ) from error

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Nothing to support."""

    def with_callbacks(method: Callable[..., Any]) -> Callable[..., Any]:
        """The method as it is."""
        return method


checks_parameters: Any = _fit_context(prefer_skip_nested_validation=True)
check_sample_weight: Any = _check_sample_weight

__all__ = [
    "BaseEstimator",
    "CallbackSupportMixin",
    "ClassifierMixin",
    "ConvergenceWarning",
    "Interval",
    "Options",
    "RegressorMixin",
    "StrOptions",
    "check_classification_targets",
    "check_is_fitted",
    "check_random_state",
    "check_sample_weight",
    "checks_parameters",
    "column_or_1d",
    "is_regressor",
    "r2_score",
    "train_test_split",
    "type_of_target",
    "validate_data",
    "with_callbacks",
]
