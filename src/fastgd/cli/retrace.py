"""The descent that led to a saved network, walked again.

A model file keeps no path, but it keeps how the network was trained, and training takes a moment.
So the descent is run again, and used where it ends at the parameters in the file.
"""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

import numpy as np

import fastgd
from fastgd.cli.errors import complain
from fastgd.cli.examples import parts_of, read_like
from fastgd.cli.record import Saved, read_saved
from fastgd.cli.settings import Settings
from fastgd.cli.task import Task
from fastgd.cli.view import View

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
    settings = saved.settings or Settings()
    task = Task(
        saved.network, settings, parts_of(examples, settings), saved.scales, arguments.threads
    )
    path = replay(saved, task)
    if path is None:
        complain(NOT_REPLAYED.format(saved.path))
    return task.view_of(path, saved.theta, getattr(arguments, "colors", "lesson"))


def replay(saved: Saved, task: Task) -> NDArray[Any] | None:
    """Run again the descent that `fastgd train` described in the file.

    Returns
    -------
    (n, n_parameters) array or None
        theta at the start and after each epoch, the last one as in the file; None where the
        file does not tell how it was trained, or the descent now ends elsewhere.
    """
    if saved.settings is None or "continued" in saved.metadata:
        return None
    try:
        path = task.path_of(task.descend(int(saved.metadata["epochs"]), record=True))
    except (KeyError, ValueError, TypeError, fastgd.DivergenceError):
        return None
    # Compared as the descent has them: there all columns weigh the same.
    end, theta = (task.scales.unfold(task.network, t) for t in (path[-1], saved.theta))
    if np.linalg.norm(end - theta) > SAME_END * np.linalg.norm(theta):
        return None
    path = path.astype(saved.theta.dtype)
    path[-1] = saved.theta
    return path
