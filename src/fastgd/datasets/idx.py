"""The IDX file format, in which MNIST is published: arrays, plain or gzip-compressed.

A header may lie; memory use follows the bytes that are there. What an array means (images, labels)
is left to `datasets`.
"""

from __future__ import annotations

import math
import os
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from fastgd._atomic import replacing
from fastgd.datasets.limits import check_no_pipe, check_unpacked, read_at_most

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

# Third byte of an IDX file: the type of its entries, always big-endian on disk.
TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
CODES = {np.dtype(name): code for code, name in TYPES.items()}
MAX_DIMENSIONS = 64  # NumPy's own limit


def read_idx(path: str | os.PathLike[str]) -> NDArray[Any]:
    """Read an array from an IDX file, the format MNIST is published in.

    Parameters
    ----------
    path : path
        The file, plain or gzip-compressed (told apart by content, not by name).

    Returns
    -------
    ndarray
        Of the file's shape and type (uint8, int8, int16, int32, float32 or float64), in native
        byte order.

    Raises
    ------
    ValueError
        If the file is not IDX, or holds fewer or more bytes than its header claims; or if it is
        compressed and unpacks to more than 64 MiB and 50 times its size. Memory use follows the
        bytes that are there, never the header.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from fastgd.datasets import read_idx, write_idx
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_idx(f"{folder}/counts.gz", np.arange(6, dtype=np.int16).reshape(2, 3))
    ...     read_idx(f"{folder}/counts.gz")
    array([[0, 1, 2],
           [3, 4, 5]], dtype=int16)
    """
    check_no_pipe(path)
    with open(path, "rb") as file:
        return read_stream(file, os.fspath(path))


def write_idx(path: str | os.PathLike[str], array: ArrayLike) -> None:
    """Write an array to an IDX file, replacing an old file whole or not at all.

    Parameters
    ----------
    path : path
        Where to; a name that ends in ``.gz`` is compressed, and the same array always gives the
        same bytes.
    array : array_like
        Of type uint8, int8, int16, int32, float32 or float64; any strides, either byte order.

    Raises
    ------
    TypeError
        If IDX has no code for the array's type.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import os
    >>> import tempfile
    >>> import numpy as np
    >>> from fastgd.datasets import write_idx
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_idx(f"{folder}/labels", np.array([3, 1, 4], np.uint8))
    ...     os.path.getsize(f"{folder}/labels")  # 4 bytes of header, 4 a dimension, 1 a label
    11
    """
    values = np.asarray(array)
    big_endian = values.dtype.newbyteorder(">")
    code = CODES.get(big_endian)
    if code is None:
        raise TypeError(
            f"array has dtype {values.dtype}; IDX holds "
            "uint8, int8, int16, int32, float32 and float64"
        )
    if any(size >= 1 << 32 for size in values.shape):
        raise ValueError(f"array has shape {values.shape}; IDX holds sizes below 2**32")
    header = bytes([0, 0, code, values.ndim])
    header += b"".join(size.to_bytes(4, "big") for size in values.shape)
    body = values.astype(big_endian, copy=False).tobytes()
    with replacing(path) as file:
        if os.fspath(path).endswith(".gz"):
            import gzip

            # Without name and time in gzip's header, equal arrays give equal bytes.
            with gzip.GzipFile("", "wb", compresslevel=9, fileobj=file, mtime=0) as packed:
                packed.write(header + body)
        else:
            file.write(header + body)


def read_stream(file: IO[bytes], name: str) -> NDArray[Any]:
    """Read one IDX array from the start of an open file; `name` is for messages."""
    start = file.read(2)
    n_bytes = file.seek(0, os.SEEK_END)
    file.seek(0)
    if start != b"\x1f\x8b":  # gzip's magic number; IDX starts with two zero bytes
        shape, dtype, n_header = header(file, name)
        there, expected = n_bytes - n_header, math.prod(shape) * dtype.itemsize
        if there != expected:
            raise ValueError(other_length(name, shape, dtype, there))
        return array(file, name, shape, dtype)
    import gzip
    import zlib

    try:
        with gzip.GzipFile(fileobj=file) as unpacked:
            shape, dtype, _ = header(unpacked, name)
            check_unpacked(math.prod(shape) * dtype.itemsize, n_bytes, name, "gunzip")
            found = array(unpacked, name, shape, dtype)
            if unpacked.read(1):  # at the end the checksum is compared
                raise ValueError(other_length(name, shape, dtype, None))
            return found
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{name} is a damaged gzip file: {error}") from error


def header(file: Any, name: str) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    """Shape, dtype and the header's length: 0, 0, type, number of dimensions; each big-endian."""
    start = read_at_most(file, 4).tobytes()
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in TYPES:
        raise ValueError(f"{name} is not an IDX file: it starts with {start.hex(' ') or 'nothing'}")
    dtype, n_dimensions = np.dtype(TYPES[start[2]]), start[3]
    if n_dimensions > MAX_DIMENSIONS:
        raise ValueError(f"{name} claims {n_dimensions} dimensions; at most {MAX_DIMENSIONS}")
    sizes = read_at_most(file, 4 * n_dimensions)
    if len(sizes) < 4 * n_dimensions:
        raise ValueError(f"{name} ends inside its header")
    shape = tuple(sizes.view(">u4").tolist())
    # Sizes of 0 count as 1: NumPy refuses such a shape even where it holds nothing.
    if math.prod(max(size, 1) for size in shape) * dtype.itemsize >= 1 << 63:
        raise ValueError(f"{name} claims shape {shape}, more than any memory")
    return shape, dtype, 4 + len(sizes)


def array(file: Any, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """The entries after the header, in native byte order."""
    expected = math.prod(shape) * dtype.itemsize
    body = read_at_most(file, expected)
    if len(body) < expected:
        raise ValueError(other_length(name, shape, dtype, len(body)))
    found = body.view(dtype)
    if not dtype.isnative:
        found = found.byteswap(inplace=True).view(dtype.newbyteorder("="))
    return found.reshape(shape)


def read_head(file: IO[bytes], name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type of the array in an open file, plain or compressed."""
    import gzip
    import zlib

    packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    try:
        shape, dtype, _ = header(gzip.GzipFile(fileobj=file) if packed else file, name)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{name} is a damaged gzip file: {error}") from error
    return shape, dtype.newbyteorder("=")


def other_length(name: str, shape: tuple[int, ...], dtype: np.dtype[Any], there: int | None) -> str:
    """What to say where `there` bytes, or more than expected, follow the header."""
    expected = math.prod(shape) * dtype.itemsize
    got = "more" if there is None or there > expected else f"only {there}"
    return (
        f"{name} claims shape {shape} of {dtype.newbyteorder('=')}, "
        f"{expected} bytes, but holds {got}"
    )
