"""The same in every run: examples, however slow the machine; no width of a terminal; Ctrl-C."""

import os
import signal

from hypothesis import settings

# SciPy reads it when it is first imported: without it scikit-learn skips a check of estimators.
os.environ["SCIPY_ARRAY_API"] = "1"
# readline, which pytest loads, tells 80 columns to workers of pytest-xdist: no terminal has any.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)
# A run that was started in the background ignores Ctrl-C, which tests press.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
settings.register_profile("fastgd", derandomize=True, deadline=None, database=None)
settings.load_profile("fastgd")
