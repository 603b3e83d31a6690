"""Prepared chunks in files of this process: for sources that are slow to read or to decode."""

from __future__ import annotations

import os
import pickle
import shutil
import tempfile
import weakref
from contextlib import suppress
from typing import Any

from fastgd.cost import Cost
from fastgd.parts.protocol import Empty


class OnDisk:
    """Chunks as they are laid out, in a new folder within `folder` that goes with this object.

    Nobody else may write there, and nothing is read that was not written here.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder: str = os.fspath(folder)
        self._own = tempfile.mkdtemp(prefix="fastgd-", dir=self.folder)
        weakref.finalize(self, shutil.rmtree, self._own, ignore_errors=True)
        self._written: set[int] = set()

    def __contains__(self, number: int) -> bool:
        return number in self._written

    def write(self, number: int, part: Cost | Empty) -> None:
        """Keep a chunk.

        Raises
        ------
        OSError
            Where the disk is full; it says what to do.
        """
        path = self._path(number)
        try:
            with open(path, "wb") as file:
                pickle.dump(part, file, protocol=5)
        except OSError as error:
            with suppress(OSError):
                os.unlink(path)
            why = error.strerror or str(error)
            raise OSError(
                f"cannot be kept in cache={self.folder!r} ({why}); give another folder, or none"
            ) from error
        self._written.add(number)

    def read(self, number: int) -> Any:
        """A chunk that was written."""
        with open(self._path(number), "rb") as file:
            return pickle.load(file)

    def _path(self, number: int) -> str:
        return os.path.join(self._own, f"{number}")
