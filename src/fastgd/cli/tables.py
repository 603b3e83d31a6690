"""Tables that fit the console: a line a row, or blocks of columns where they are too many.

What stands in the cells is left to the commands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def show_table(
    to: Console, header: Sequence[str], rows: Sequence[Sequence[str]], *, n_keys: int = 1
) -> None:
    """Print a table no wider than the console.

    The first `n_keys` columns say what a row is: they are set left, shortened in the middle (…)
    where they are long, and repeated where the other columns do not fit side by side and go to
    blocks below each other. The others are set right. What is no terminal gets every row whole,
    on one line, unless COLUMNS is set.

    Parameters
    ----------
    to : rich.console.Console
        See `terminal.console`.
    header : sequence of str
        A name for each column.
    rows : sequence of sequences of str
        As many cells in each as there are columns.
    n_keys : int
    """
    raise NotImplementedError
