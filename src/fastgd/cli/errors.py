"""Errors as one line and an exit status: wrong usage, what a command raises, warnings.

Which options there are is left to `options`.
"""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Callable
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, with the nearest name for one that was mistyped.

    Use it for the command and (by itself, as argparse takes the parent's class) for each
    subcommand.
    """

    def error(self, message: str) -> NoReturn:
        """Exit with status 2."""
        raise NotImplementedError


def run(command: Callable[[Namespace], int], arguments: Namespace) -> int:
    """Run a command; whatever it raises becomes one line on stderr, and so do its warnings.

    Returns
    -------
    int
        The command's status; 1 if it failed, 130 if it was interrupted.
    """
    raise NotImplementedError


def complain(message: str, status: int = 1) -> int:
    """Write one line to stderr and return the status."""
    raise NotImplementedError
