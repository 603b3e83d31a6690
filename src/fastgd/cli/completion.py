"""The command ``fastgd completion``: what a shell needs to complete commands, options and files.

The scripts are shtab's. Which options there are is read from the parser.
"""

from __future__ import annotations

import argparse
from argparse import Namespace


def add_completion(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command ``completion SHELL``; call it in `make_parser` beside the other ``add_``s.

    It expects ``arguments.parser``, the whole command's parser: `make_parser` ends with
    ``parser.set_defaults(parser=parser)``. Files and folders are completed by metavar: FILE, PATH,
    MODEL and PAGE are files, FOLDER and DIR are folders.
    """
    raise NotImplementedError


def write_completion(arguments: Namespace) -> int:
    """Write the script for a shell to stdout."""
    raise NotImplementedError
