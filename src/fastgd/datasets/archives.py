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

from fastgd.datasets.arrays import Arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

INPUTS = ("x", "x_train", "train_x", "train_images", "images", "inputs", "features", "data")
TARGETS = ("y", "y_train", "train_y", "train_labels", "labels", "label", "targets", "target")


def memory_limit() -> int:
    """Bytes that may be declared: half of what the machine has."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


def check_memory(n_bytes: int, name: str) -> None:
    """Raise ValueError where so much is declared."""
    if n_bytes > memory_limit():
        raise ValueError(
            f"{name} would take {n_bytes:,} bytes, more than half of this machine's memory"
        )


def read_npy(path: str) -> NDArray[Any]:
    """The array of a ``.npy`` file."""
    with open(path, "rb") as file:
        return checked_array(file, os.fstat(file.fileno()).st_size, path)


def read_npz(
    path: str, target: str | None, drop: Collection[str] = (), *, further: bool = False
) -> Arrays:
    """X, y and a test part, where there is one, of an archive; `target` is y's key.

    An archive of `further` examples may be without it.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {
                info.filename.removesuffix(".npy"): info
                for info in archive.infolist()
                if info.filename.endswith(".npy")
            }
            if further and target not in members:
                target = None
            keys = [key for key in members if key not in drop]
            missing = next((key for key in drop if key not in members), None)
            if missing is not None:
                raise ValueError(f"drop: {no_array(path, missing, keys)}")
            found = {}
            wanted = chosen(path, keys, target)
            check_memory(sum(members[key].file_size for key in wanted.values()), path)
            for role, key in wanted.items():
                with archive.open(members[key]) as file:
                    size = members[key].file_size
                    found[role] = key, checked_array(file, size, f"{path}, array {key!r}")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ValueError(f"{path} is no .npz file, or damaged ({error})") from None
    name, Y = found.get("y", ("", None))
    test = None
    if "X_test" in found:
        key, X = found["X_test"]
        _, Y_test = found.get("y_test", ("", None))
        test = Arrays(f"{path}, {key}", X, Y_test, name)
    return Arrays(path, found["X"][1], Y, name, test=test)


def chosen(path: str, keys: list[str], target: str | None) -> dict[str, str]:
    """Which key is X, which y, and which are the test part's."""
    spelt = {key.lower(): key for key in keys}
    if target is not None and target not in keys:
        raise ValueError(f"target: {no_array(path, target, keys)}")
    y = target if target is not None else first_of(TARGETS, spelt)
    others = [key for key in keys if key != y]
    x = first_of(INPUTS, spelt) or (others[0] if len(others) == 1 else None)
    if x is None:
        raise ValueError(f"{no_array(path, 'X', keys)}; rename the inputs to X")
    found = {"X": x} if y is None else {"X": x, "y": y}
    for role, key in dict(found).items():
        swapped = key.lower().replace("train", "test")
        for name in (swapped, f"{key.lower()}_test"):
            if name in spelt and spelt[name] != key:
                found[f"{role}_test"] = spelt[name]
                break
    return found


def first_of(names: Collection[str], spelt: dict[str, str]) -> str | None:
    return next((spelt[name] for name in names if name in spelt), None)


def no_array(path: str, key: str, keys: list[str]) -> str:
    return f"{path} has no array {key!r}; it has {', '.join(keys) or 'none'}"


def checked_array(file: IO[bytes], n_bytes: int, name: str) -> NDArray[Any]:
    """The array of a ``.npy`` stream of n_bytes; only its header is read before it is checked."""
    shape, fortran, dtype = read_header(file, name)
    size, there = math.prod(shape) * dtype.itemsize, n_bytes - file.tell()
    check_memory(size, name)
    body = np.empty(size if size == there else 0, np.uint8)
    found = 0
    while found < len(body):
        n = file.readinto(body[found:])  # type: ignore[attr-defined]
        if not n:
            break
        found += n
    if found != size or there != size:
        raise ValueError(
            f"{name} declares shape {shape} of {dtype}, {size:,} bytes, and holds "
            f"{min(there, found or there):,}; it is damaged"
        )
    return np.ndarray(shape, dtype, body, order="F" if fortran else "C")


def read_header(file: IO[bytes], name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """(shape, whether in Fortran's order, dtype) of a ``.npy`` stream, which is read that far."""
    form = np.lib.format
    try:
        version = form.read_magic(file)
        read = form.read_array_header_1_0 if version == (1, 0) else form.read_array_header_2_0
        shape, fortran, dtype = read(file)
    except ValueError as error:
        raise ValueError(f"{name} is no .npy array ({str(error).splitlines()[0]})") from None
    if dtype.hasobject:
        raise ValueError(
            f"{name} holds Python objects, which could run code; save numbers or texts"
        )
    return shape, fortran, dtype
