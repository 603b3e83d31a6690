"""The descent that led to a saved network, walked again.

A model file keeps no path, but it keeps how the network was trained, and training takes a moment.
So the descent is run again, and used where it ends at the parameters in the file.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import TYPE_CHECKING, Any

import numpy as np

import fastgd
from fastgd.cli.examples import Parts, as_digits, parts_of, read_like
from fastgd.cli.pictures import View
from fastgd.cli.record import Saved, read_saved
from fastgd.cli.settings import RATE
from fastgd.cli.task import Task

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The farthest from the file's theta that a descent run again may end, as a share of theta's
# length. Another processor rounds sums in another way, and every mini-batch adds to the difference.
SAME_END = 0.05

NOT_REPLAYED = (
    "{} was not trained on these examples in one go by this fastgd, so its descent is not drawn, "
    "and other random weights stand for the untrained network"
)


def view_of(arguments: Namespace) -> View:
    """What the named model and examples give to see; says so where its descent is not in it."""
    saved = read_saved(arguments.model)
    examples = read_like(arguments, saved.network, saved.schema, saved.learned_from)
    parts = Parts(examples, None, examples.test)
    path = None
    if saved.settings is not None and "continued" not in saved.metadata:
        parts = parts_of(examples, saved.settings)
        path = replay(saved, parts, arguments.threads)
    start = path[0] if path is not None else saved.network.random_theta(0, dtype=saved.theta.dtype)
    rate = saved.settings.learning_rate if saved.settings is not None else RATE
    if path is None:
        print(f"fastgd: {NOT_REPLAYED.format(saved.path)}", file=sys.stderr)
    colors = getattr(arguments, "colors", "lesson")
    return View(
        saved.network, start, saved.theta, as_digits(parts), path, rate, arguments.threads, colors
    )


def replay(saved: Saved, parts: Parts, n_threads: int | None = None) -> NDArray[Any] | None:
    """Run again the descent that `fastgd train` described in the file.

    Returns
    -------
    (n, n_parameters) array or None
        theta at the start and after each epoch, the last one as in the file; None where the
        file does not tell how it was trained, or the descent now ends elsewhere.
    """
    if saved.settings is None:
        return None
    task = Task(saved.network, saved.settings, parts, saved.scales, n_threads)
    try:
        epochs = int(saved.metadata["epochs"])
        path = task.path_of(task.descend(epochs, record=True))
    except (KeyError, ValueError, TypeError, fastgd.DivergenceError):
        return None
    if np.linalg.norm(path[-1] - saved.theta) > SAME_END * np.linalg.norm(saved.theta):
        return None
    path = path.astype(saved.theta.dtype)
    path[-1] = saved.theta
    return path
