"""The commands ``fastgd show`` and ``fastgd explore``: a saved network to look at and to try.

A model file keeps no path, but it keeps how the network was trained, and training takes a moment.
So the descent is run again, and used where it ends at the parameters in the file.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import fastgd
from fastgd import _atomic
from fastgd.cli import pictures, progress
from fastgd.cli.digits import load_model_and_digits
from fastgd.explore import explore_page

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The farthest from the file's theta that a descent run again may end, as a share of theta's
# length. Another processor rounds sums in another way, and every mini-batch adds to the difference.
SAME_END = 0.05

NOT_REPLAYED = (
    "{} was not trained on these digits by this fastgd, so its descent is not drawn, and other "
    "random weights stand for the untrained network"
)


def draw_pictures(arguments: Namespace) -> int:
    """Draw everything there is to see of a saved network."""
    view, replayed = view_of(arguments)
    folder = arguments.figures or f"{Path(arguments.model).stem}-figures"
    if not replayed:
        print(f"fastgd: {NOT_REPLAYED.format(arguments.model)}", file=sys.stderr)
    with progress.drawing() as tell:
        written = pictures.write_figures(folder, view, tell)
    print(f"{len(written)} pictures in {folder}")
    return 0


def write_page(arguments: Namespace) -> int:
    """Write a page in which a saved network can be tried and watched."""
    output = arguments.output or f"{Path(arguments.model).stem}.html"
    _atomic.check(output)
    view, replayed = view_of(arguments)
    if not replayed:
        print(f"fastgd: {NOT_REPLAYED.format(arguments.model)}", file=sys.stderr)
    page = explore_page(
        view.cost,
        view.theta,
        path=view.path,
        images=view.digits.test_images,
        labels=view.digits.test_labels,
        examples=(view.digits.train_images, view.digits.train_labels),
        learning_rate=view.learning_rate,
        title=f"A {view.network} network that reads digits",
        progress=sys.stderr.isatty(),
    )
    with _atomic.replacing(output) as file:
        file.write(page.encode())
    print(f"{output}: open it in a browser ({len(page) / 1e6:.1f} MB, no network needed)")
    return 0


def view_of(arguments: Namespace) -> tuple[pictures.View, bool]:
    """What the named model and digits give to see, and whether its descent is in it."""
    (network, theta, metadata), digits = load_model_and_digits(arguments)
    path = replay(network, theta, metadata, digits, arguments.threads)
    start = network.random_theta(rng=0, dtype=theta.dtype) if path is None else path[0]
    rate = float(metadata.get("learning_rate", 0.5)) if path is not None else 0.5
    colors = getattr(arguments, "colors", "lesson")
    view = pictures.View(network, start, theta, digits, path, rate, arguments.threads, colors)
    return view, path is not None


def replay(
    network: fastgd.Network,
    theta: NDArray[Any],
    metadata: dict[str, str],
    digits: fastgd.datasets.Digits,
    n_threads: int | None = None,
) -> NDArray[Any] | None:
    """Run again the descent that `fastgd train` described in the metadata.

    Returns
    -------
    (n, n_parameters) array or None
        theta at the start and after each epoch, the last one as in the file; None where the
        metadata do not tell how it was trained, or the descent now ends elsewhere.
    """
    try:
        batch_size = metadata["batch_size"]
        options: dict[str, Any] = {
            "learning_rate": float(metadata["learning_rate"]),
            "momentum": float(metadata.get("momentum", 0)),
            "batch_size": None if batch_size == "all" else int(batch_size),
            "epochs": int(metadata["epochs"]),
        }
        rng = np.random.default_rng(int(metadata["seed"]))
        if metadata.get("tol", "None") != "None":
            options["tol"] = float(metadata["tol"])
        start = network.random_theta(rng=rng)
        cost = fastgd.Cost(network, digits.train_images, digits.train_labels, n_threads=n_threads)
        found = fastgd.gradient_descent(cost, start, rng=rng, record=1, **options)
    except (KeyError, ValueError, TypeError, fastgd.DivergenceError):
        return None
    assert found.path is not None
    if np.linalg.norm(found.path[-1] - theta) > SAME_END * np.linalg.norm(theta):
        return None
    path = found.path.astype(theta.dtype)
    path[-1] = theta
    return path
