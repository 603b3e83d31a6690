"""The same examples every time, however slow the machine, and no width of a terminal."""

import os

from hypothesis import settings

# SciPy reads it when it is first imported: without it scikit-learn skips a check of estimators.
os.environ["SCIPY_ARRAY_API"] = "1"
# readline, which pytest loads, tells 80 columns to workers of pytest-xdist: no terminal has any.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)
settings.register_profile("fastgd", derandomize=True, deadline=None, database=None)
settings.load_profile("fastgd")
