"""Arrays in ``.npy`` and ``.npz`` files, checked before they are loaded.

A header may lie and a small archive may claim a disk: what is declared is compared with what is
there, and with memory, before a byte is decompressed. Pickles are never loaded.
"""

from __future__ import annotations

import math
import os
import zipfile
import zlib
from collections.abc import Collection
from typing import IO, TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

INPUTS = ("x", "x_train", "train_images", "train_x", "images", "inputs", "data", "features")
TARGETS = ("y", "y_train", "train_labels", "train_y", "labels", "targets", "target")


def memory_limit() -> int:
    """Bytes that one array may declare: half of what the machine has."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


def read_npy(path: str) -> NDArray[Any]:
    """The array of a ``.npy`` file."""
    with open(path, "rb") as file:
        return checked_array(file, os.fstat(file.fileno()).st_size, path)


def read_npz(
    path: str, target: str | None, drop: Collection[str]
) -> tuple[dict[str, NDArray[Any]], str]:
    """X, y and, where they are there, X_test and y_test, by these names; and y's key."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = {
                info.filename.removesuffix(".npy"): info
                for info in archive.infolist()
                if info.filename.endswith(".npy")
            }
            keys = chosen(path, [key for key in members if key not in drop], target)
            arrays = {}
            for role, key in keys.items():
                with archive.open(members[key]) as file:
                    name = f"{path}, {key}"
                    arrays[role] = checked_array(file, members[key].file_size, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ValueError(f"{path} is no .npz file, or damaged ({error})") from None
    return arrays, keys.get("y", "")


def chosen(path: str, keys: list[str], target: str | None) -> dict[str, str]:
    """Which key is X, which y, and which are the test part's."""
    lower = {key.lower(): key for key in reversed(keys)}
    found: dict[str, str] = {}
    y = target if target is not None else first_of(TARGETS, lower)
    x = first_of(INPUTS, lower)
    others = [key for key in keys if key != y]
    if x is None and len(others) == 1:
        x = others[0]
    there = f"it has {', '.join(keys) or 'no arrays'}"
    if target is not None and target not in keys:
        raise ValueError(f"target: {path} has no array {target!r}; {there}")
    if x is None:
        raise ValueError(f"{path} has no array X; {there}")
    found["X"] = x
    if y is not None:
        found["y"] = y
    for role in ("X", "y"):
        test = lower.get(found.get(role, "").lower().replace("train", "test"))
        test = test if test != found.get(role) else lower.get(f"{role.lower()}_test")
        if test is not None:
            found[f"{role}_test"] = test
    return found


def first_of(names: Collection[str], lower: dict[str, str]) -> str | None:
    return next((lower[name] for name in names if name in lower), None)


def checked_array(file: IO[bytes], n_bytes: int, name: str) -> NDArray[Any]:
    """The array of a ``.npy`` stream of n_bytes; only its header is read before it is checked."""
    header = np.lib.format
    try:
        version = header.read_magic(file)
        read = header.read_array_header_1_0 if version == (1, 0) else header.read_array_header_2_0
        shape, fortran, dtype = read(file)
    except ValueError as error:
        raise ValueError(f"{name} is no .npy array ({str(error).splitlines()[0]})") from None
    if dtype.hasobject:
        raise ValueError(f"{name} holds Python objects, which can run code; save numbers or texts")
    size = math.prod(shape) * dtype.itemsize
    if size > memory_limit():
        raise ValueError(f"{name} declares {size:,} bytes, more than half of this machine's memory")
    if size != n_bytes - file.tell():
        raise ValueError(
            f"{name} declares shape {shape} of {dtype}, {size:,} bytes, but holds "
            f"{n_bytes - file.tell():,}; it is damaged"
        )
    body = bytearray(file.read(size))
    if len(body) != size:
        raise ValueError(f"{name} ends after {len(body):,} of {size:,} bytes; it is damaged")
    return np.frombuffer(body, dtype).reshape(shape, order="F" if fortran else "C")
