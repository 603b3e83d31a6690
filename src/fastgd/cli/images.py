"""Images to be read by a network, from IDX files and from pictures (through Pillow).

The result is always rows of inputs; drawing them is left to `terminal`.
"""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

import numpy as np

from fastgd.datasets import read_idx
from fastgd.inside.gradient import picture_shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

IDX_STARTS = (b"\0\0", b"\x1f\x8b")  # plain, and gzip


def read_images(path: str | os.PathLike[str], n_inputs: int) -> NDArray[Any]:
    """Read the images of one file as inputs of a network.

    A picture is made like MNIST's images: grey, the ink bright on a dark ground (inverted if its
    edge is mostly light), and, if it has another size, made square with ground and scaled.

    Parameters
    ----------
    path : path
        An IDX file, plain or ``.gz``, of shape (n, n_inputs), (n, rows, columns) or
        (rows, columns), or a picture in any format that Pillow reads.
    n_inputs : int
        Of the network; for pictures a square number.

    Returns
    -------
    ndarray, shape (n, n_inputs)
        uint8 from pictures; the type of the file from IDX.

    Raises
    ------
    ValueError
        If the file is neither, is damaged, or does not fit `n_inputs`.
    OSError
        If it cannot be read.
    ImportError
        If it is a picture and Pillow is not installed (``pip install "fastgd[images]"``).

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from fastgd.datasets import write_idx
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_idx(f"{folder}/two", np.zeros((2, 28, 28), np.uint8))
    ...     read_images(f"{folder}/two", 784).shape
    (2, 784)
    """
    with open(path, "rb") as file:
        start = file.read(2)
    if not start:
        raise ValueError(f"{os.fspath(path)} is empty")
    if start not in IDX_STARTS:
        return read_picture(path, n_inputs)
    images = read_idx(path)
    one_image = images.ndim == 2 and images.shape[1] != n_inputs
    pixels = images.shape if one_image else images.shape[1:]
    if images.ndim < 2 or images.size == 0 or math.prod(pixels) != n_inputs:
        raise ValueError(
            f"{os.fspath(path)} has shape {images.shape}; the network has {n_inputs} inputs"
        )
    return images.reshape(-1, n_inputs)


def read_picture(path: str | os.PathLike[str], n_inputs: int) -> NDArray[np.uint8]:
    """One picture as a row of n_inputs grey values, (1, n_inputs)."""
    shape = rows, columns = picture_shape(n_inputs)
    if rows != columns:
        raise ValueError(
            f"{os.fspath(path)} is a picture or not an IDX file, and the network's "
            f"{n_inputs} inputs are no square of pixels"
        )
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError(
            f'to read {os.fspath(path)} Pillow is needed: pip install "fastgd[images]"', name="PIL"
        ) from error
    try:
        with Image.open(path) as opened:
            grey = to_grey(opened)
    except Exception as error:  # decoders raise OSError, SyntaxError, struct.error and others
        raise ValueError(
            f"{os.fspath(path)} is neither an IDX file nor a picture ({error})"
        ) from error
    ground = int(np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])))
    if ground > 127:
        grey, ground = 255 - grey, 255 - ground
    if grey.shape != shape:
        height, width = grey.shape
        longer = max(height, width)
        top, left = (longer - height) // 2, (longer - width) // 2
        square = np.full((longer, longer), ground, np.uint8)
        square[top : top + height, left : left + width] = grey
        scaled = Image.fromarray(square).resize(shape, Image.Resampling.BOX)
        grey = np.asarray(scaled, np.uint8)
    return grey.reshape(1, n_inputs)


def to_grey(picture: Any) -> NDArray[np.uint8]:
    """Grey values (rows, columns); what is transparent shows white paper."""
    if picture.mode.startswith(("I", "F")):  # 16 bits and more: convert() would clip, not scale
        values = np.asarray(picture, np.float64)
        top = 65535.0 if values.max(initial=0) > 255 else 255.0
        return (np.clip(values / top, 0, 1) * 255).round().astype(np.uint8)
    if picture.has_transparency_data:
        from PIL import Image

        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture)
    return np.array(picture.convert("L"), np.uint8)
