"""The command ``fastgd show``: a saved network to look at."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from fastgd.cli import pictures, progress
from fastgd.cli.retrace import view_of


def draw_pictures(arguments: Namespace) -> int:
    """Draw everything there is to see of a saved network."""
    view = view_of(arguments)
    folder = arguments.figures or f"{Path(arguments.model).stem}-figures"
    with progress.drawing(quiet=arguments.quiet) as tell:
        written = pictures.write_figures(folder, view, tell)
    if not arguments.quiet:
        print(f"{len(written)} pictures in {folder}")
    return 0
