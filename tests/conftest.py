"""The same examples every time, however slow the machine."""

import os

from hypothesis import settings

# SciPy reads it when it is first imported: without it scikit-learn skips a check of estimators.
os.environ["SCIPY_ARRAY_API"] = "1"
settings.register_profile("fastgd", derandomize=True, deadline=None, database=None)
settings.load_profile("fastgd")
