"""What memory a file may ask for: what it declares is checked before it is taken.

A header may lie and a small file may unpack to a disk's worth. What is read takes the bytes that
are there, and what packs them is believed up to `MOST_UNPACKED` times its size.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHUNK = 1 << 20  # bytes read at a time
# A packed file may unpack to so many times its size, beyond so many bytes. MNIST's pixels unpack
# to 5 times, as float64 to 25; zeros to 1,000.
MOST_UNPACKED = 50
ALWAYS_UNPACKED = 64 << 20


def check_no_pipe(path: str | os.PathLike[str]) -> None:
    """Raise ValueError for a pipe or a device: opening one may wait, and reading not end."""
    found = Path(path)
    if found.exists() and not (found.is_file() or found.is_dir()):
        raise ValueError(f"{os.fspath(path)} is not a file")


def memory_limit() -> int:
    """Bytes that may be declared: half of what the machine has."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


def check_memory(n_bytes: int, name: str) -> None:
    """Raise ValueError where so much is declared."""
    if n_bytes > memory_limit():
        raise ValueError(
            f"{name} would take {n_bytes:,} bytes, more than half of this machine's memory"
        )


def check_unpacked(n_bytes: int, n_packed: int, name: str, unpack: str) -> None:
    """Raise ValueError where a file of n_packed bytes claims to hold so many."""
    if n_bytes > ALWAYS_UNPACKED and n_bytes > MOST_UNPACKED * n_packed:
        raise ValueError(
            f"{name} claims to unpack to {n_bytes:,} bytes, over {MOST_UNPACKED} times its size: "
            f"unpack it with {unpack} if you trust it"
        )


def read_at_most(file: Any, n_bytes: int) -> NDArray[np.uint8]:
    """So many bytes of a file, or those it has: memory is taken as they arrive."""
    body = np.empty(n_bytes, np.uint8)
    view, at = body.data, 0
    while at < n_bytes:
        got = file.readinto(view[at : at + CHUNK])
        if not got:
            break
        at += got
    return body[:at]
