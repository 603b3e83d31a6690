"""Ctrl-C before the command ``fastgd`` has begun: a line and an exit status, not a traceback.

Most of that time goes into imports. What has begun is left to `cli/errors.py`.
"""

import os
import sys
from itertools import pairwise

STATUS = 130


def end_command() -> None:
    """Exit where this process is the command; a program that imports fastgd goes on."""
    as_module = ("-m", "fastgd") in pairwise(sys.orig_argv)
    if as_module or os.path.basename(sys.argv[0]) in ("fastgd", "fastgd.exe"):
        sys.stderr.write("fastgd: interrupted\n")
        raise SystemExit(STATUS)
