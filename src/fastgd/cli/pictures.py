"""The whole set of pictures of one network, written to a folder.

What `fastgd train --figures` and `fastgd show` do: which pictures there are, under which names,
and which make no sense of what. `drawings` draws them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from fastgd import _atomic
from fastgd.cli import drawings
from fastgd.cli.view import View as View
from fastgd.descent import DivergenceError
from fastgd.plots.style import new_figure

DPI = 130


class Picture(NamedTuple):
    """What draws a picture, and what it needs."""

    draw: Callable[[View], drawings.Drawn]
    needs: tuple[str, ...] = ()


class Need(NamedTuple):
    """Whether a view has something, and what to say where not; "" where nobody would miss it."""

    holds: Callable[[View], bool]
    reason: str = ""


NEEDS = {
    "image": Need(lambda view: view.is_image, "the inputs are no square image"),
    "table": Need(lambda view: not view.is_image),
    "classes": Need(lambda view: not view.is_regression, "a regression has no classes"),
    "several": Need(lambda view: view.network.n_outputs > 1, "there is one output"),
    "numbers": Need(lambda view: view.is_regression),
    "two inputs": Need(lambda view: view.network.n_inputs == 2),
    # That there is no path is said where it is looked for.
    "path": Need(lambda view: view.path is not None and len(view.path) > 1),
}
PICTURES = {
    "mess": Picture(drawings.draw_mess, ("classes", "image", "several")),
    "neurons": Picture(drawings.draw_neurons),
    "weights": Picture(drawings.draw_weights, ("image",)),
    "weight-matrices": Picture(drawings.draw_weight_matrices, ("table",)),
    "order-in-weights": Picture(drawings.draw_order_in_weights, ("image",)),
    "gradient": Picture(drawings.draw_gradient),
    "descent": Picture(drawings.draw_descent, ("path",)),
    "surface": Picture(drawings.draw_surface, ("path",)),
    "random-plane": Picture(drawings.draw_random_plane),
    "two-parameters": Picture(drawings.draw_two_parameters),
    "downhill": Picture(drawings.draw_downhill),
    "slopes": Picture(drawings.draw_slopes),
    "starts": Picture(drawings.draw_starts),
    "confusion": Picture(drawings.draw_confusion, ("classes",)),
    "mistakes": Picture(drawings.draw_mistakes, ("classes", "image")),
    "noise": Picture(drawings.draw_noise, ("image", "several")),
    "shuffled-labels": Picture(drawings.draw_shuffled_labels, ("classes", "several")),
    "decision-surface": Picture(drawings.draw_decision_surface, ("classes", "two inputs")),
    "predicted": Picture(drawings.draw_predicted, ("numbers",)),
}


def write_figures(
    folder: str | os.PathLike[str],
    view: View,
    tell: Callable[[int, int, str], object] = lambda done, total, name: None,
) -> list[Path]:
    """Draw everything there is to see of a network into `folder`, as PNG files.

    What makes no sense of such a network, or diverged when it was descended again, is named in
    one line on stderr.

    Parameters
    ----------
    folder : path
        Made if it is not there; pictures of the same names are replaced.
    view : View
    tell : callable
        Called as ``tell(done, total, name)`` before each picture, and at the end.

    Returns
    -------
    list of Path
    """
    new_figure()  # a missing matplotlib is complained of before the work, not after it
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    missing = {name: unmet(picture, view) for name, picture in PICTURES.items()}
    written = []
    for number, (name, picture) in enumerate(PICTURES.items()):
        tell(number, len(PICTURES), name)
        if missing[name] is not None:
            continue
        try:
            for suffix, figure in picture.draw(view):
                file = target / f"{number + 1:02d}-{name}{suffix}.png"
                with _atomic.replacing(file) as made:
                    figure.savefig(made, dpi=DPI, facecolor="white", format="png")
                written.append(file)
        except DivergenceError:
            missing[name] = "a descent from another start diverges"
        except drawings.NothingToDrawError as why:
            missing[name] = str(why)
    tell(len(PICTURES), len(PICTURES), "")
    left_out = told_of({name: reason for name, reason in missing.items() if reason})
    if left_out:
        print(f"fastgd: not drawn: {left_out}", file=sys.stderr)
    return written


def unmet(picture: Picture, view: View) -> str | None:
    """Why a view does not have what a picture needs, "" where nobody would miss it; else None."""
    reasons = [NEEDS[need].reason for need in picture.needs if not NEEDS[need].holds(view)]
    return min(reasons, key=bool, default=None)


def told_of(missing: dict[str, str]) -> str:
    """Names of pictures, those of one reason together."""
    reasons = list(dict.fromkeys(missing.values()))
    return "; ".join(
        f"{', '.join(name for name, why in missing.items() if why == reason)} ({reason})"
        for reason in reasons
    )
