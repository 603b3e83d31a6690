"""The command ``fastgd explore``: a saved network to try, on a page."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

from fastgd import _atomic
from fastgd.cli.retrace import view_of
from fastgd.explore import explore_page


def write_page(arguments: Namespace) -> int:
    """Write a page in which a saved network can be tried and watched."""
    output = arguments.output or f"{Path(arguments.model).stem}.html"
    _atomic.check(output)
    view = view_of(arguments)
    page = explore_page(
        view.cost,
        view.theta,
        path=view.path,
        images=view.digits.test_images,
        labels=view.digits.test_labels,
        title=f"A {view.network} network that reads digits",
        progress=sys.stderr.isatty() and not arguments.quiet,
    )
    with _atomic.replacing(output) as file:
        file.write(page.encode())
    if not arguments.quiet:
        print(f"{output}: open it in a browser ({len(page) / 1e6:.1f} MB, no network needed)")
    return 0
