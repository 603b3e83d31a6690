"""Errors as one line and an exit status: wrong usage, what a command raises, warnings.

Which options there are is left to the parser.
"""

from __future__ import annotations

import argparse
import errno
import os
import re
import sys
import warnings
from argparse import Namespace
from collections.abc import Callable, Sequence
from contextlib import suppress
from difflib import get_close_matches
from typing import NoReturn, TextIO

from fastgd.descent import DivergenceError
from fastgd.parts import PartError

# What a system calls "No space left on device", "File too large", ... in words that help.
IN_WORDS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is full (quota)",
    errno.EFBIG: "the file would be larger than is allowed here (ulimit -f)",
    errno.EROFS: "the disk is read-only",
}

CAUGHT = (
    KeyboardInterrupt, MemoryError, OSError, ImportError, ValueError, DivergenceError, PartError,
)  # fmt: skip


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, with the nearest name for one that was mistyped.

    Use it for the command and (by itself, as argparse takes the parent's class) for each
    subcommand.
    """

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Namespace | None = None
    ) -> tuple[Namespace, list[str]]:
        """Options that a subcommand does not know are its own error: it knows the others."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown

    def error(self, message: str) -> NoReturn:
        """Exit with status 2."""
        meant = self.nearest(message)
        if meant:
            message += f"; did you mean {meant}?"
        elif message.startswith(("unrecognized", "the following")):
            message += f"; {self.prog} --help lists what there is"
        raise SystemExit(complain(message, 2))

    def nearest(self, message: str) -> str:
        """The option or choice that is nearest to what a message complains of, if any is near."""
        wrong = re.match(r"unrecognized arguments:.*? (-[^\s=]+)", message)
        if wrong:
            return best(wrong[1], list(self._option_string_actions))
        choice = re.search(r"invalid choice: (.+) \(choose from (.+)\)$", message)
        if choice:
            return best(choice[1].strip("'\""), [c.strip("'\" ") for c in choice[2].split(",")])
        return ""


def best(wrong: str, known: Sequence[str]) -> str:
    """The nearest of the names known, or nothing; dashes are like dashes."""
    bare = {name.lstrip("-"): name for name in known}
    return next((bare[name] for name in get_close_matches(wrong.lstrip("-"), bare, n=1)), "")


def run(command: Callable[[Namespace], int], arguments: Namespace) -> int:
    """Run a command; whatever it raises becomes one line on stderr, and so do its warnings.

    Returns
    -------
    int
        The command's status; 1 if it failed, 130 if it was interrupted.
    """
    with warnings.catch_warnings():
        warnings.showwarning = show_warning
        try:
            status = command(arguments)
            sys.stdout.flush()
            return status
        except BrokenPipeError:  # the reader has gone, and needs no message
            leave_stdout()
            return 1
        except CAUGHT as error:
            if isinstance(error, OSError) and error.errno in IN_WORDS and not error.filename:
                leave_stdout()  # files are written by name
                error.filename = "standard output"
            return complain(*told(error))


def told(error: BaseException) -> tuple[str, int]:
    """A line about what a command raised, and the exit status."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted", 130
    if isinstance(error, DivergenceError):
        return (
            f"the cost is not finite in epoch {error.epoch} at --learning-rate "
            f"{error.learning_rate:g}: try {error.learning_rate / 10:g} (nothing was saved)"
        ), 1
    if isinstance(error, MemoryError):
        return f"not enough memory. {error}".rstrip(), 1
    if isinstance(error, OSError) and error.strerror:
        name = f"{os.fsdecode(error.filename)}: " if error.filename else ""
        return name + words_of(error), 1
    if isinstance(error, PartError):
        return str(error).replace("memory_budget=", "--memory, here "), 1
    return str(error) or type(error).__name__, 1


def words_of(error: OSError) -> str:
    """What the system says, or better words where we have some."""
    return IN_WORDS.get(error.errno or 0, error.strerror or str(error))


def leave_stdout() -> None:
    """Send what is buffered nowhere: to flush it would fail again at exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int,
    file: TextIO | None = None, line: str | None = None,
) -> None:  # fmt: skip
    """What `warnings.showwarning` is while a command runs: no file, no line of code."""
    complain(f"warning: {message}")


def complain(message: str, status: int = 1) -> int:
    """Write one line to stderr and return the status."""
    with suppress(OSError):
        print(f"fastgd: {' '.join(message.split())}", file=sys.stderr, flush=True)
    return status
