"""Estimators of scikit-learn: a network, its cost and the walk downhill behind `fit` and `predict`.

Needs scikit-learn 1.6 or later (extra ``sklearn``).
"""

from fastgd.estimators.classifier import NetworkClassifier
from fastgd.estimators.regressor import NetworkRegressor

__all__ = ["NetworkClassifier", "NetworkRegressor"]
