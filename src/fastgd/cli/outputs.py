"""Where a command writes: to a place that can be written, and to no file that it reads."""

from __future__ import annotations

import os
from argparse import Namespace

from fastgd import _atomic


def check_output(arguments: Namespace, output: str, *read: str | None) -> None:
    """Raise, or end the command, where `output` cannot be written or is one of the files read."""
    _atomic.check(output)
    for path in read:
        if path is not None and os.path.exists(output) and os.path.samefile(output, path):
            arguments.fail(f"{output} is what is read: write to another file")
