"""Which files of a command are one and the same: what it writes is none of what it reads."""

from __future__ import annotations

import os
from argparse import Namespace

from fastgd import _atomic


def check_output(arguments: Namespace, output: str, *read: str | None) -> None:
    """Raise, or end the command, where `output` cannot be written or is one of the files read."""
    _atomic.check(output)
    for path in read:
        if is_same(output, path):
            arguments.fail(f"{output} is what is read: write to another file")


def is_same(one: str | None, other: str | None) -> bool:
    """Whether both name one file that is there."""
    if one is None or other is None or not os.path.exists(one) or not os.path.exists(other):
        return False
    return os.path.samefile(one, other)
