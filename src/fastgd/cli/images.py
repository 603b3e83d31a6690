"""Images of digits to be read by a network, from IDX files and from pictures (through Pillow).

The result is always rows of inputs. What a picture's inputs are is left to `ink`, drawing them to
`sketches`.
"""

from __future__ import annotations

import math
import os
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from fastgd.datasets import read_idx
from fastgd.datasets.pictures import FORMATS
from fastgd.ink import digit_inputs
from fastgd.inside.gradient import picture_shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

IDX_STARTS = (b"\0\0", b"\x1f\x8b")  # plain, and gzip


def read_images(path: str | os.PathLike[str], n_inputs: int) -> NDArray[Any]:
    """Read the images of one file as inputs of a network.

    A picture is made like MNIST's images, by the rule of `fastgd.ink.digit_inputs`.

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
        uint8 from pictures; the type of the file from IDX. All 0 where an image is blank.

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
    side, columns = picture_shape(n_inputs)
    if side != columns:
        raise ValueError(
            f"{os.fspath(path)} is a picture or not an IDX file, and the network's "
            f"{n_inputs} inputs are no square of pixels"
        )
    inputs = digit_inputs(opened(path), side=side)
    return np.zeros((1, n_inputs), np.uint8) if inputs is None else inputs.reshape(1, n_inputs)


def opened(path: str | os.PathLike[str]) -> Any:
    """A picture of Pillow's, read whole and turned as the camera was held."""
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        raise ImportError(
            f'to read {os.fspath(path)} Pillow is needed: pip install "fastgd[images]"', name="PIL"
        ) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as picture:
                upright = ImageOps.exif_transpose(picture)
                upright.load()
                return upright
    except Exception as error:  # decoders raise OSError, SyntaxError, struct.error and others
        raise ValueError(
            f"{os.fspath(path)} is neither an IDX file nor a picture ({error})"
        ) from error
