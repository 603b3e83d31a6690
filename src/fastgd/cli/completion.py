"""The command ``fastgd completion``: what a shell needs to complete commands, options and files.

The scripts are shtab's. Which options there are is read from the parser.
"""

from __future__ import annotations

import argparse
from argparse import Namespace
from typing import Any

SHELLS = ("bash", "zsh", "tcsh")
FILES, FOLDERS = {"FILE", "PATH", "MODEL", "PAGE"}, {"FOLDER", "DIR"}  # metavars

DESCRIPTION = """\
Print a script by which a shell completes commands, options, their choices and files when Tab is
pressed. For bash:

  fastgd completion bash > ~/.local/share/bash-completion/completions/fastgd

or, where the package bash-completion is not installed, source it from ~/.bashrc. For zsh:

  fastgd completion zsh > ~/.zfunc/_fastgd      # a folder of $fpath, before compinit

For tcsh: source it from ~/.tcshrc.
"""


def add_completion(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command ``completion SHELL``; call it in `make_parser` beside the other ``add_``s.

    It expects ``arguments.parser``, the whole command's parser: `make_parser` ends with
    ``parser.set_defaults(parser=parser)``. Files and folders are completed by metavar: FILE, PATH,
    MODEL and PAGE are files, FOLDER and DIR are folders.
    """
    parser = commands.add_parser(
        "completion",
        help="print a script for completion by Tab in a shell",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=write_completion, fail=parser.error)
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help=" or ".join(SHELLS))


def write_completion(arguments: Namespace) -> int:
    """Write the script for a shell to stdout.

    Raises
    ------
    ImportError
        If shtab is not installed (``pip install "fastgd[cli]"``).
    """
    try:
        import shtab
    except ImportError as error:
        raise ImportError(
            'completion needs shtab: pip install "fastgd[cli]"', name="shtab"
        ) from error
    for action in actions_of(arguments.parser):
        if action.metavar in FILES:
            action.complete = shtab.FILE
        elif action.metavar in FOLDERS:
            action.complete = shtab.DIRECTORY
    print(shtab.complete(arguments.parser, arguments.shell))
    return 0


def actions_of(parser: argparse.ArgumentParser) -> list[Any]:
    """The options and arguments of a parser and of its subcommands."""
    found: list[Any] = []
    for action in parser._actions:
        found.append(action)
        if isinstance(action.choices, dict):  # subcommands
            found += [a for sub in action.choices.values() for a in actions_of(sub)]
    return found
