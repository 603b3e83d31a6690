"""The command ``fastgd explore``: a saved network to try, on a page."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

import numpy as np

from fastgd import _atomic
from fastgd.cli.examples import DIGITS
from fastgd.cli.outputs import check_output
from fastgd.cli.retrace import view_of
from fastgd.cli.view import View
from fastgd.datasets import Examples
from fastgd.explore import explore_page, explore_table


def write_page(arguments: Namespace) -> int:
    """Write a page in which a saved network can be tried and watched."""
    output = arguments.output or f"{Path(arguments.model).stem}.html"
    check_output(arguments, output, arguments.model, arguments.data)
    page = page_of(view_of(arguments), progress=not arguments.quiet and sys.stderr.isatty())
    with _atomic.replacing(output) as file:
        file.write(page.encode())
    if not arguments.quiet:
        print(f"{output}: open it in a browser ({len(page) / 1e6:.1f} MB, no network needed)")
    return 0


def page_of(view: View, *, progress: bool) -> str:
    """The page of a network that reads images, or a table."""
    digits = view.digits
    if not view.is_image:
        assert view.schema is not None
        return explore_table(
            view.network,
            view.theta,
            Examples(digits.test_images, digits.test_labels, view.schema),
            untrained=view.untrained,
            title=f"{titled(view)} that predicts {view.schema.target or 'from numbers'}",
        )
    shown = digits.test_images if digits.test_images.dtype == np.uint8 else None
    what = "digits" if view.schema in (None, DIGITS) else "images"
    several = view.network.n_outputs > 1
    return explore_page(
        view.cost,
        view.theta,
        path=view.path,
        images=shown,
        labels=None if shown is None else digits.test_labels,
        examples=(digits.train_images, digits.train_labels),
        learning_rate=min(max(view.learning_rate, 0.01), 10.0),
        classes=view.classes if several else None,
        title=f"{titled(view)} that reads {what}",
        progress=progress,
    )


def titled(view: View) -> str:
    """ "A 784-16-16-10 network", "An 8-16-3 network"."""
    sizes = str(view.network)
    article = "An" if sizes.startswith(("8", "11-", "18-")) else "A"
    return f"{article} {sizes} network"
