"""Tables that fit the console: a line a row, or blocks of columns where they are too many.

What stands in the cells is left to the commands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

GAP = 2  # characters between columns
SHORT = 10  # characters that the name of a column keeps in any case


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
        At least 1.
    """
    columns = list(zip(header, *rows, strict=True))
    widths = widths_of(columns, to.width, n_keys)
    for i, block in enumerate(blocks(widths, to.width, n_keys)):
        if i:
            to.print()
        for row, cells in enumerate(zip(*(columns[j] for j in block), strict=True)):
            line = (" " * GAP).join(
                fitted(to, cell, widths[j], right=j >= n_keys)
                for j, cell in zip(block, cells, strict=True)
            )
            to.print(line.rstrip(), style=None if row else "bold", soft_wrap=True)


def n_blocks(
    to: Console, header: Sequence[str], rows: Sequence[Sequence[str]], *, n_keys: int = 1
) -> int:
    """In how many blocks of columns `show_table` would print a table."""
    columns = list(zip(header, *rows, strict=True))
    return len(blocks(widths_of(columns, to.width, n_keys), to.width, n_keys))


def total(widths: Sequence[int]) -> int:
    """Characters that columns of these widths take side by side."""
    return sum(widths) + GAP * (len(widths) - 1)


def widths_of(columns: Sequence[Sequence[str]], room: int, n_keys: int) -> list[int]:
    """Widths with which the keys and any one of the other columns fit side by side.

    Where not all fit, the name of a column gives way to what stands below it, which has a third of
    the room; keys have half of it, or what the others leave.
    """
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in columns]
    if total(widths) <= room:
        return widths
    widths = [
        min(max([min(cell_len(name), SHORT), *map(cell_len, cells)]), max(SHORT, room // 3))
        for name, *cells in columns
    ]
    left = room - GAP * (len(widths) - 1) - sum(widths[n_keys:])
    for_keys = max(left, room // 2 - GAP * n_keys)
    keys = [max(map(cell_len, column)) for column in columns[:n_keys]]
    for n_before, j in enumerate(sorted(range(n_keys), key=lambda j: keys[j])):
        keys[j] = min(keys[j], for_keys // (n_keys - n_before))
        for_keys -= keys[j]
    return keys + [min(width, room - total(keys) - GAP) for width in widths[n_keys:]]


def blocks(widths: Sequence[int], room: int, n_keys: int) -> list[list[int]]:
    """Which columns stand side by side, the keys first in each block."""
    keys = list(range(n_keys))
    found = [keys]
    for j in range(n_keys, len(widths)):
        if total([widths[k] for k in (*found[-1], j)]) > room and len(found[-1]) > n_keys:
            found.append(keys)
        found[-1] = [*found[-1], j]
    return found


def fitted(to: Console, text: str, width: int, *, right: bool) -> str:
    """Text in exactly this many characters, without its middle where it is longer."""
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) > width:
        dots = ("." if to.options.ascii_only else "…")[:width]
        end = (width - 1) // 2
        start = set_cell_size(text, width - end - len(dots)).rstrip()
        while end and cell_len(text[-end:]) > width - cell_len(start) - len(dots):
            end -= 1
        text = start + dots + (text[-end:] if end else "")
    space = " " * (width - cell_len(text))
    return space + text if right else text + space
