"""Small data that a network learns in milliseconds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.preprocessing import scale

from fastgd.estimators import NetworkClassifier, NetworkRegressor

Array = NDArray[Any]


def scaled(load: Any) -> tuple[Array, Array]:
    X, y = load(return_X_y=True)
    return scale(X), y


IRIS = scaled(load_iris)  # (150, 4), 3 classes in order
CANCER = scaled(load_breast_cancer)  # (569, 30), 2 classes
DIABETES = scaled(load_diabetes)[0], scale(load_diabetes(return_X_y=True)[1])  # (442, 10)

BOTH = [(NetworkClassifier, *IRIS), (NetworkRegressor, *DIABETES)]


def same(a: Any, b: Any) -> bool:
    """Whether two fitted estimators hold the same bits."""
    return bool(a.network_ == b.network_ and np.array_equal(a.theta_, b.theta_))
