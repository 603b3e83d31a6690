"""A file of where the descent is, every few epochs or seconds, to go on from after a crash.

What is in the file, and how it is replaced, is the business of `files/checkpoints.py`.
"""

from __future__ import annotations

import logging
import os
import time

from fastgd._atomic import check
from fastgd._checks import as_count, as_real
from fastgd._epoch import Epoch
from fastgd._state import State
from fastgd.files import load_checkpoint, save_checkpoint
from fastgd.files.models import safetensors_library

log: logging.Logger = logging.getLogger("fastgd")


class Checkpoint:
    """Writes where the descent is to a file; as ``resume`` it is where the file says.

    One object serves both, so that the same program begins and, run again, goes on::

        checkpoint = Checkpoint("run.safetensors", seconds=30)
        gradient_descent(cost, theta, ..., callback=checkpoint, resume=checkpoint)

    A crash at any moment leaves the old file or the new one, and perhaps a temporary file beside
    it (``.run.safetensors.*.tmp``), which may be deleted. The last epochs of a descent need not
    be in the file: ``save_checkpoint(path, descent.state)`` writes its end.

    Parameters
    ----------
    path : path
        Usually ends in ``.safetensors``; an old file is replaced.
    epochs : int or None
        Write after every so many epochs.
    seconds : float or None
        Write after the first epoch to end so many seconds after the last writing. Where neither
        is given: after every epoch.

    Attributes
    ----------
    path : path
    state : State or None
        What the file says; None where there is none. Reading it may raise `ModelFormatError`.

    Raises
    ------
    TypeError, ValueError
        Where `epochs` or `seconds` does not fit.
    OSError
        If a file at `path` could not be written: told now, and not after the first epochs.
    ImportError
        If safetensors is not installed (``pip install "fastgd[files]"``).

    Examples
    --------
    >>> import os, tempfile
    >>> import fastgd
    >>> net = fastgd.Network((2, 1))
    >>> cost = fastgd.Cost(net, [[1.0, 0.0], [0.0, 1.0]], [[0.0], [1.0]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     checkpoint = fastgd.callbacks.Checkpoint(f"{folder}/run.safetensors", epochs=5)
    ...     for epochs in (5, 8):  # stopped after 5 epochs, run again
    ...         descent = fastgd.gradient_descent(
    ...             cost, net.random_theta(0), learning_rate=1.0, epochs=epochs,
    ...             callback=checkpoint, resume=checkpoint,
    ...         )
    >>> len(descent.costs)
    8
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        epochs: int | None = None,
        seconds: float | None = None,
    ) -> None:
        self._epochs = None if epochs is None else as_count("epochs", epochs)
        self._seconds = None
        if seconds is not None:
            self._seconds = as_real("seconds", seconds, "at least 0", lambda x: x >= 0)
        elif epochs is None:
            self._epochs = 1
        check(path)
        safetensors_library()
        self.path = path
        self._written = time.monotonic()

    def __repr__(self) -> str:
        when = {"epochs": self._epochs, "seconds": self._seconds}
        told = "".join(f", {name}={n!r}" for name, n in when.items() if n is not None)
        return f"Checkpoint({os.fspath(self.path)!r}{told})"

    @property
    def state(self) -> State | None:
        """What the file says; None where there is none."""
        try:
            return load_checkpoint(self.path)
        except FileNotFoundError:
            return None

    def __call__(self, epoch: Epoch) -> None:
        """Write if it is time."""
        due = self._epochs is not None and epoch.epoch % self._epochs == 0
        late = self._seconds is not None and time.monotonic() - self._written >= self._seconds
        if due or late:
            save_checkpoint(self.path, epoch.state)
            self._written = time.monotonic()
            log.info("checkpoint: epoch %d in %s", epoch.epoch, self.path)
