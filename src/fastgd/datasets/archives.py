"""Arrays in ``.npy`` and ``.npz`` files, checked before they are loaded.

A header may lie and a small archive may claim a disk: what is declared is compared with what is
there, and with memory, before a byte is decompressed. Pickles are never loaded.
"""

from __future__ import annotations

import io
import math
import os
import struct
import warnings
import zipfile
import zlib
from collections.abc import Collection
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from fastgd._brief import quoted, shorter
from fastgd.datasets.arrays import Arrays
from fastgd.datasets.limits import check_memory, check_unpacked, read_at_most

if TYPE_CHECKING:
    from numpy.typing import NDArray

INPUTS = ("x", "x_train", "train_x", "train_images", "images", "inputs", "features", "data")
TARGETS = ("y", "y_train", "train_y", "train_labels", "labels", "label", "targets", "target")
MOST_HEADER = 10_000  # bytes of a .npy header, as NumPy has it
# What zipfile raises of archives that are none: of offsets, of names, of passwords.
DAMAGES = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, OSError,
    OverflowError, RuntimeError, ValueError,
)  # fmt: skip
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # NumPy's; others may ask for gigabytes


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
    with open(path, "rb") as file:
        try:
            found = members_of(file, path, target, drop, further=further)
        except DAMAGES as error:
            if path in str(error):  # it is told already
                raise
            raise ValueError(f"{path} is no .npz file, or damaged ({reason(error)})") from None
    name, Y = found.get("y", ("", None))
    test = None
    if "X_test" in found:
        key, X = found["X_test"]
        _, Y_test = found.get("y_test", ("", None))
        test = Arrays(f"{path}, {key}", X, Y_test, name)
    return Arrays(path, found["X"][1], Y, name, test=test)


def members_of(
    file: IO[bytes], path: str, target: str | None, drop: Collection[str], *, further: bool
) -> dict[str, tuple[str, NDArray[Any]]]:
    """The key and the array of X, y and a test part."""
    found = {}
    with zipfile.ZipFile(file) as archive:
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
        wanted = chosen(path, keys, target)
        declared = sum(members[key].file_size for key in wanted.values())
        check_memory(declared, path)
        check_unpacked(declared, os.fstat(file.fileno()).st_size, path, "unzip")
        for role, key in wanted.items():
            if members[key].compress_type not in PACKINGS:
                raise NotImplementedError("packed by another method than numpy.savez's")
            with archive.open(members[key]) as member:
                size = members[key].file_size
                found[role] = key, checked_array(member, size, f"{path}, array {quoted(key)}")
    return found


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
    return f"{path} has no array {key!r}; it has {shorter(', '.join(keys)) or 'none'}"


def checked_array(file: IO[bytes], n_bytes: int, name: str) -> NDArray[Any]:
    """The array of a ``.npy`` stream of n_bytes; only its header is read before it is checked."""
    shape, fortran, dtype, n_header = header(file, name)
    if dtype.subdtype or not dtype.itemsize:
        raise ValueError(f"{name} holds {shorter(dtype)}; save numbers or texts")
    size, there = math.prod(shape) * dtype.itemsize, n_bytes - n_header
    check_memory(size, name)
    body = read_at_most(file, size if size == there else 0)
    if len(body) != size or there != size:
        raise ValueError(
            f"{name} declares shape {shorter(shape)} of {shorter(dtype)}, {size:,} bytes, "
            f"and holds {min(there, len(body) or there):,}; it is damaged"
        )
    try:
        return body.view(dtype).reshape(shape, order="F" if fortran else "C")
    except (ValueError, TypeError, OverflowError) as error:  # (0, 2**70), 65 dimensions
        raise ValueError(f"{name} is no .npy array ({reason(error)})") from None


def header(file: IO[bytes], name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Shape, whether in Fortran's order, dtype and the header's length."""
    form = np.lib.format
    try:
        version = form.read_magic(file)
        length = file.read(2 if version == (1, 0) else 4)
        n = int.from_bytes(length, "little")
        if n > MOST_HEADER:
            raise ValueError(f"a header of {n:,} bytes")
        read = form.read_array_header_1_0 if version == (1, 0) else form.read_array_header_2_0
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of what Python 2 wrote, of odd numbers
            shape, fortran, dtype = read(io.BytesIO(length + file.read(n)))
    except Exception as error:  # a header may be any expression: TypeError, RecursionError, ...
        raise ValueError(f"{name} is no .npy array ({reason(error)})") from None
    if dtype.hasobject:
        raise ValueError(
            f"{name} holds Python objects, which could run code; save numbers or texts"
        )
    if any(size < 0 for size in shape):
        raise ValueError(f"{name} declares shape {shorter(shape)}; it is damaged")
    return shape, fortran, dtype, form.MAGIC_LEN + len(length) + n


def reason(error: Exception) -> str:
    """The first words of an error, or its kind."""
    return shorter(next(iter(str(error).splitlines()), "") or type(error).__name__)
