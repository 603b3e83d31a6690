"""Handwritten digits: the sample that is part of the package, and MNIST from a folder.

Pixels stay uint8: everywhere in fastgd a uint8 input p means p/255, so nothing is scaled here.
Laying data out for training is left to `Cost`, the file format to `idx`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fastgd._brief import brief
from fastgd._notebook import paragraph
from fastgd.datasets.idx import read_stream, write_idx
from fastgd.datasets.shown import one_of_each

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
SIDE = 28
N_CLASSES = 10


class Digits(NamedTuple):
    """Handwritten digits to train on, and others to test on.

    Attributes
    ----------
    train_images, test_images : ndarray of uint8, shape (n, 784)
        One row of 28 x 28 pixels an image, row by row from the top; 0 is paper, 255 is ink.
    train_labels, test_labels : ndarray of uint8, shape (n,)
        The digit each image shows, 0 to 9.
    """

    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.uint8]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.uint8]

    def __repr__(self) -> str:
        return brief(self)

    def _repr_html_(self) -> str:
        """In a notebook: how many there are, and the first of each digit."""
        labels, names = self.train_labels, [str(digit) for digit in range(N_CLASSES)]
        said = f"{len(labels):,} digits to train on, {len(self.test_labels):,} to test on"
        images = self.train_images.reshape(-1, SIDE, SIDE)
        return paragraph(said) + one_of_each(images, labels, names)


def digits() -> Digits:
    """Return the real handwritten digits that are part of the package.

    They are every 6th of MNIST's 60,000 training images and every 5th of its 10,000 test images
    (CC BY-SA 3.0, LeCun, Cortes and Burges; see the licence beside the files).

    Returns
    -------
    Digits
        10,000 training and 2,000 test images, (n, 784) uint8, with their labels, (n,) uint8.
        The arrays are fresh at every call.

    Examples
    --------
    >>> import fastgd
    >>> sample = fastgd.datasets.digits()
    >>> sample.train_images.shape, sample.test_images.shape
    ((10000, 784), (2000, 784))
    >>> sample.test_labels[:5]
    array([7, 1, 0, 5, 9], dtype=uint8)
    """
    from importlib.resources import files

    folder = files("fastgd.datasets") / "data"
    return read_digits(folder, [name + ".gz" for name in FILES])


def mnist(folder: str | os.PathLike[str] | None = None) -> Digits:
    """Read MNIST, or another set in its format, from a folder.

    Parameters
    ----------
    folder : path, optional
        Holds the four files under their original names (``train-images-idx3-ubyte`` and so on),
        with or without ``.gz``; ``train-images.idx3-ubyte`` is understood too. If None, the
        environment variable ``FASTGD_MNIST`` names the folder.

    Returns
    -------
    Digits
        The images, (n, 784) uint8, and labels, (n,) uint8: 60,000 and 10,000 for MNIST itself.

    Raises
    ------
    FileNotFoundError
        If no folder is given, or a file is not in it; the message names what was looked for.
    ValueError
        If a file is damaged, or holds something other than 28 x 28 images and labels 0 to 9.

    Examples
    --------
    >>> from fastgd.datasets import mnist
    >>> mnist("no/such/folder")
    Traceback (most recent call last):
        ...
    FileNotFoundError: no train-images-idx3-ubyte, .gz or not, in no/such/folder
    """
    if folder is None:
        folder = os.environ.get("FASTGD_MNIST") or None
    if folder is None:
        raise FileNotFoundError(
            "no folder to read MNIST from: pass folder, or set FASTGD_MNIST to a folder with "
            + ", ".join(FILES)
            + " (or the same with .gz)"
        )
    from pathlib import Path

    root = Path(folder)
    return read_digits(root, [find_file(root, name) for name in FILES])


def one_hot(labels: ArrayLike, n_classes: int | None = None) -> NDArray[np.float32]:
    """Turn class labels into the outputs a network should give for them.

    Parameters
    ----------
    labels : array_like of integers, shape (n,)
        Classes, counted from 0.
    n_classes : int, optional
        Number of outputs; one more than the largest label if None.

    Returns
    -------
    ndarray of float32, shape (n, n_classes)
        Row i is 1 at ``labels[i]`` and 0 elsewhere.

    Raises
    ------
    TypeError
        If the labels are not integers.
    ValueError
        If they are not one-dimensional, or one is negative or not below `n_classes`.

    Examples
    --------
    >>> from fastgd.datasets import one_hot
    >>> one_hot([2, 0], n_classes=3)
    array([[0., 0., 1.],
           [1., 0., 0.]], dtype=float32)
    """
    classes = np.asarray(labels)
    if classes.ndim != 1:
        raise ValueError(f"labels has shape {classes.shape}; expected (n_examples,)")
    if classes.size and not np.issubdtype(classes.dtype, np.integer):
        raise TypeError(f"labels has dtype {classes.dtype}; expected integers")
    smallest, largest = (int(classes.min()), int(classes.max())) if classes.size else (0, -1)
    if n_classes is None:
        if not classes.size:
            raise ValueError("labels is empty; give n_classes to say how many outputs there are")
        n_classes = largest + 1
    elif isinstance(n_classes, bool) or not isinstance(n_classes, int | np.integer):
        raise TypeError(f"n_classes is {n_classes!r}; expected an integer")
    elif n_classes < 1:
        raise ValueError(f"n_classes is {n_classes}; expected at least 1")
    if smallest < 0 or largest >= n_classes:
        wrong = smallest if smallest < 0 else largest
        raise ValueError(f"labels has a {wrong}; expected 0 to {n_classes - 1}")
    outputs = np.zeros((classes.size, n_classes), np.float32)
    outputs[np.arange(classes.size), classes.astype(np.intp)] = 1.0
    return outputs


def find_file(folder: Path, name: str) -> str:
    """Which spelling of a file's original name is in the folder."""
    dotted = name.replace("-idx", ".idx")
    for spelling in (name, name + ".gz", dotted, dotted + ".gz"):
        if (folder / spelling).is_file():
            return spelling
    raise FileNotFoundError(f"no {name}, .gz or not, in {folder}")


def read_digits(folder: Path | Traversable, names: list[str]) -> Digits:
    """Read and check the four files, in the order of `FILES`."""
    arrays = []
    for name in names:
        file = folder / name
        with file.open("rb") as stream:
            arrays.append(read_stream(stream, str(file)))
    for at in (0, 2):
        images, labels = arrays[at : at + 2]
        image_file, label_file = names[at : at + 2]
        n_examples = len(labels) if labels.ndim else 0
        if labels.dtype != np.uint8 or labels.ndim != 1 or n_examples == 0:
            raise ValueError(
                f"{folder / label_file} holds {labels.dtype} of shape {labels.shape}; "
                "expected uint8 labels, (n,)"
            )
        if labels.max() >= N_CLASSES:
            raise ValueError(f"{folder / label_file} has a label {labels.max()}; expected 0 to 9")
        if images.dtype != np.uint8 or images.shape != (n_examples, SIDE, SIDE):
            raise ValueError(
                f"{folder / image_file} holds {images.dtype} of shape {images.shape}; "
                f"expected uint8 images, ({n_examples}, {SIDE}, {SIDE}), one a label"
            )
    train_images, train_labels, test_images, test_labels = arrays
    return Digits(
        train_images.reshape(-1, SIDE * SIDE),
        train_labels,
        test_images.reshape(-1, SIDE * SIDE),
        test_labels,
    )


def write_sample(full: Digits, folder: str | os.PathLike[str]) -> None:
    """Write the four files that `digits` reads, from the full MNIST: how data/ was made."""
    arrays = (
        full.train_images[::6].reshape(-1, SIDE, SIDE),
        full.train_labels[::6],
        full.test_images[::5].reshape(-1, SIDE, SIDE),
        full.test_labels[::5],
    )
    for name, array in zip(FILES, arrays, strict=True):
        write_idx(os.path.join(folder, name + ".gz"), array)
