"""scikit-learn missing or too old, and one that has no callbacks yet: all pretended."""

from __future__ import annotations

from tests.common import run_python

CATCH = """
try:
    import fastgd.estimators
except ImportError as error:
    print(error)
"""
MESSAGE = 'fastgd.estimators needs scikit-learn 1.6 or later: pip install "fastgd[sklearn]"'


def test_without_scikit_learn_the_extra_is_named() -> None:
    assert run_python("import sys; sys.modules['sklearn'] = None" + CATCH) == MESSAGE


def test_too_old_a_scikit_learn_is_told() -> None:
    code = "import sklearn.utils.validation as v; del v.validate_data" + CATCH
    assert run_python(code) == MESSAGE


def test_fastgd_does_not_import_scikit_learn() -> None:
    code = "import sys, fastgd; before = 'sklearn' in sys.modules; fastgd.estimators; "
    assert run_python(code + "print(before, 'sklearn' in sys.modules)") == "False True"


def test_before_scikit_learn_has_callbacks_the_estimators_work() -> None:
    code = """
import sklearn.model_selection, sklearn.metrics
try:
    import sklearn.callback
    del sklearn.callback.CallbackSupportMixin
except ImportError:
    pass
from fastgd.estimators import NetworkClassifier, NetworkRegressor
for kind in (NetworkClassifier, NetworkRegressor):
    model = kind(max_iter=200, tol=1e9)
    print(model.fit([[0.0], [1.0]], [0, 1]).n_iter_, hasattr(model, "set_callbacks"))
"""
    assert run_python(code) == "12 False\n12 False"
