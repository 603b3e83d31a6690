"""The console that results are printed on, and how numbers and networks are written there.

What is drawn on it is left to `sketches`, `tables` and `learning_curve`, what moves to `progress`.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Any, TextIO

from fastgd._brief import printable

if TYPE_CHECKING:
    from rich.console import Console

    from fastgd.network import Network

ANY_WIDTH = 100_000


def describe(network: Network) -> str:
    """Return what a network is called: its sizes and how many parameters they make."""
    return f"{network}: {network.n_parameters:,} parameters"


def percent(share: float) -> str:
    """Write a share of 1 in percent."""
    return f"{100 * share:.1f} %"


def print_json(results: dict[str, Any] | list[dict[str, Any]]) -> None:
    """Print JSON on stdout, on one line."""
    print(json.dumps(results, default=str))


def print_facts(facts: dict[str, Any]) -> None:
    """Print a name and a value a line, long values below themselves; without rich."""
    texts = {printable(name): printable(str(value)) for name, value in facts.items()}
    width = max(map(len, texts)) + 2
    room = max(20, size_of_stdout().columns - width)
    for name, text in texts.items():
        lines = textwrap.wrap(text, room, break_on_hyphens=False) or [""]
        print(f"{name:<{width}}" + f"\n{'':<{width}}".join(lines))


def size_of_stdout() -> os.terminal_size:
    """That of the terminal, or what COLUMNS says; any width where there is neither."""
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return shutil.get_terminal_size()
    return os.terminal_size((ANY_WIDTH, 25))


def is_live(stream: TextIO) -> bool:
    """Whether a line on it can be written again."""
    return stream.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def console() -> Console:
    """Return the console of stdout; what is printed there is shown as it is, never as markup.

    It is as wide as the terminal. What is none has room for every line whole, unless COLUMNS says
    how wide it is. A character that its encoding lacks is written as an escape.

    Raises
    ------
    ImportError
        If rich is not installed (``pip install "fastgd[cli]"``).
    """
    try:
        from rich.console import Console
    except ImportError as error:
        raise ImportError(
            'drawing in the terminal needs rich: pip install "fastgd[cli]"', name="rich"
        ) from error
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    size = size_of_stdout()  # a dumb terminal has one too, which rich does not ask for
    return Console(
        file=sys.stdout, width=size.columns, height=size.lines,
        highlight=False, markup=False, emoji=False,
    )  # fmt: skip
