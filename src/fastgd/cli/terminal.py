"""The console that results are printed on, and how numbers and networks are written there.

What is drawn on it is left to `sketches`, `tables` and `learning_curve`, what moves to `progress`.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from fastgd.network import Network


def describe(network: Network) -> str:
    """Return what a network is called: its sizes and how many parameters they make."""
    return f"{network}: {network.n_parameters:,} parameters"


def percent(share: float) -> str:
    """Write a share of 1 in percent."""
    return f"{100 * share:.1f} %"


def print_json(results: dict[str, Any]) -> None:
    """Print one JSON object on stdout, on one line."""
    print(json.dumps(results, default=str))


def console() -> Console:
    """Return the console of stdout; what is printed there is shown as it is, never as markup.

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
    return Console(file=sys.stdout, highlight=False, markup=False, emoji=False)
