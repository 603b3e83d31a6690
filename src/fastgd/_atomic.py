"""A file is replaced whole or not at all.

What is written, and where, is the business of `datasets` and `files`; this module knows only how a
new file takes the place of an old one so that a crash leaves either the one or the other.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a new binary file that takes the place of `path` when the block ends without error.

    The bytes go to a temporary file in the same folder, are flushed to the disk, and are moved into
    place; the folder is flushed last. If the block fails, the temporary file is removed and `path`
    is as it was. A symbolic link keeps pointing where it did; the mode of an old file is kept.

    Raises
    ------
    OSError
        If the folder does not exist or cannot be written, or `path` is there and is not a file, or
        the disk is full. It names `path`, not the temporary file.
    """
    target, mode = check(path)
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name[:20]}.{os.urandom(6).hex()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with open(os.open(temporary, flags, 0o666), "wb") as file:
            if mode is not None:
                os.chmod(temporary, stat.S_IMODE(mode))
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException as error:  # KeyboardInterrupt too: no temporary file may stay
        with suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError) and error.errno and error.filename in (None, temporary):
            raise OSError(error.errno, error.strerror, os.fspath(path)) from error
        raise
    _flush_folder(folder)


def check(path: str | os.PathLike[str]) -> tuple[str, int | None]:
    """Raise now what `replacing` would raise for `path`, as far as can be told before writing.

    Returns the path with its symbolic links followed, and the mode of the file there, if any.
    """
    target = os.path.realpath(path)
    mode = None
    with suppress(FileNotFoundError):
        mode = os.stat(target).st_mode
    if mode is not None and not stat.S_ISREG(mode):
        # Moving a file over a device or a folder would destroy it, or fail only after the work.
        raise OSError(f"{os.fspath(path)} is not a file, so it cannot be replaced by one")
    folder = os.path.dirname(target)
    os.stat(folder)  # FileNotFoundError names it
    if not os.access(folder, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), folder)
    return target, mode


def _flush_folder(folder: str) -> None:
    """Make the new name itself survive a power cut; not every system lets a folder be opened."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
