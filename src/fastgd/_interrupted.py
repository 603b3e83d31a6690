"""Ctrl-C before the command ``fastgd`` has begun: a line and an exit status, not a traceback.

Most of that time goes into imports. What has begun is left to `cli/errors.py`.
"""

import os
import sys

STATUS = 130


def end_command() -> None:
    """Exit where this process is the command; a program that imports fastgd goes on."""
    words = sys.orig_argv
    as_module = any(pair == ("-m", "fastgd") for pair in zip(words, words[1:], strict=False))
    if as_module or os.path.basename(sys.argv[0]) in ("fastgd", "fastgd.exe"):
        print("fastgd: interrupted", file=sys.stderr)
        raise SystemExit(STATUS)
