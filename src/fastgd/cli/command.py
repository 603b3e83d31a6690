"""The command ``fastgd``: what its words ask for is done; errors become a line, an exit status.

Which words there are is `parser`'s, what they do each command's own module's.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import fastgd
from fastgd.cli.parser import make_parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command ``fastgd``.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after the command's name; those the process was started with if None.

    Returns
    -------
    int
        0 if all went well, 1 if it failed, 130 if it was interrupted. Wrong usage exits with 2.

    Examples
    --------
    >>> from fastgd.cli import main
    >>> main(["train", "--epochs", "1", "--json"])  # doctest: +ELLIPSIS
    {"layer_sizes": [784, 16, 16, 10], "n_parameters": 13002, ...
    0
    """
    parser = make_parser()
    arguments = parser.parse_args(argv)
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return complain("interrupted", 130)
    except BrokenPipeError:
        # The reader of the pipe has gone: flushing what is buffered would fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except fastgd.DivergenceError as error:
        return complain(
            f"the cost is not finite in epoch {error.epoch} at --learning-rate "
            f"{error.learning_rate:g}: try {error.learning_rate / 10:g} (nothing was saved)"
        )
    except MemoryError as error:
        return complain(f"not enough memory. {error}".rstrip())
    except OSError as error:
        plain = error.strerror and error.filename
        return complain(f"{error.filename}: {error.strerror}" if plain else str(error))
    except (ImportError, ValueError) as error:
        return complain(str(error))


def complain(message: str, status: int = 1) -> int:
    print(f"fastgd: {message}", file=sys.stderr)
    return status
