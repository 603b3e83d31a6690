"""The command ``fastgd``: its words are read, and what they ask for is done.

Which words there are is `parser`'s, what they do each command's own module's, what becomes of an
error `errors`'.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from fastgd._interrupted import STATUS


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command ``fastgd``.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after the command's name; those the process was started with if None.

    Returns
    -------
    int
        0 if all went well, 1 if it failed, 130 if it was interrupted. Words, or files of examples,
        that will not do exit with 2. A network that has not learned is told of, with status 0.

    Examples
    --------
    >>> from fastgd.cli import main
    >>> main(["train", "--epochs", "1", "--json"])  # doctest: +ELLIPSIS
    {"layer_sizes": [784, 16, 16, 10], "n_parameters": 13002, ...
    0
    """
    try:  # Ctrl-C during these imports too
        from fastgd.cli.errors import run
        from fastgd.cli.parser import make_parser

        arguments = make_parser().parse_args(argv)
        return run(arguments.run, arguments)
    except KeyboardInterrupt:
        print("fastgd: interrupted", file=sys.stderr)
        return STATUS
