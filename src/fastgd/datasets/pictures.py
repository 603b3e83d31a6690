"""Folders of pictures, one folder a class, as arrays of grey pixels (through Pillow).

Pixels stay as they are: nothing is cropped, scaled or inverted. Reading a drawing as a digit is
left to the command line.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fastgd.datasets.arrays import Arrays
from fastgd.datasets.limits import check_memory

if TYPE_CHECKING:
    from numpy.typing import NDArray

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm")
# As Pillow names them. It goes by a file's contents, whatever the ending, and would hand PostScript
# on to another program.
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
TEST_PARTS = ("test", "val", "valid", "validation")
MOST_PIXELS = 512 * 512  # an example's inputs; a fully connected network has weights for each


def is_picture(path: Path) -> bool:
    """Whether a file's name ends as a picture's; hidden files are none."""
    return path.suffix.lower() in ENDINGS and not path.name.startswith(".")


def read_pictures(path: Path) -> Arrays:
    """One picture, a folder of them, or of a folder a class; perhaps in ``train`` and ``test``.

    Y is the classes' names (n,), or None where there are no folders of classes.
    """
    if not path.is_dir():
        return stacked(path, [path], None)
    folders = subfolders(path)
    spelt = {folder.name.lower(): folder for folder in folders}
    test = next((spelt[part] for part in TEST_PARTS if part in spelt), None)
    if "train" in spelt and test is not None:
        return by_class(spelt["train"])._replace(test=by_class(test))
    if folders:
        return by_class(path)
    files = pictures_in(path)
    if not files:
        raise ValueError(
            f"{path} has neither pictures ({', '.join(ENDINGS)}) nor IDX files nor folders of them"
        )
    return stacked(path, files, None)


def by_class(folder: Path) -> Arrays:
    """The pictures of each folder in `folder`, whose names are the classes."""
    files, labels = [], []
    for child in subfolders(folder):
        found = pictures_in(child)
        if not found:
            raise ValueError(
                f"{child} has no picture ({', '.join(ENDINGS)}); each folder of {folder} is a class"
            )
        files += found
        labels += [child.name] * len(found)
    if not files:
        raise ValueError(f"{folder} has no folders; expected one a class, with pictures")
    return stacked(folder, files, np.array(labels))


def subfolders(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith((".", "__")))


def pictures_in(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if is_picture(file))


def stacked(path: Path, files: list[Path], labels: NDArray[Any] | None) -> Arrays:
    """The pictures (n, rows, columns), all of the first one's size."""
    first = read_grey(files[0])
    check_memory(len(files) * first.size, f"{path} with {len(files):,} pictures")
    X = np.empty((len(files), *first.shape), np.uint8)
    for i, file in enumerate(files):
        grey = read_grey(file) if i else first
        if grey.shape != first.shape:
            raise ValueError(
                f"{file} is {size_of(grey)} pixels, but {files[0]} {size_of(first)}; "
                "scale all pictures to one size"
            )
        X[i] = grey
    return Arrays(os.fspath(path), X, labels, names=tuple(map(os.fspath, files)))


def size_of(grey: NDArray[np.uint8]) -> str:
    return f"{grey.shape[1]} x {grey.shape[0]}"


def read_grey(path: Path) -> NDArray[np.uint8]:
    """A picture's grey values (rows, columns); what is transparent shows white paper."""
    image = pillow(path)
    if path.stat().st_size == 0:
        raise ValueError(f"{path} is empty; remove it")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a huge size is an error here
            with image.open(path, formats=FORMATS) as opened:
                wide, high = opened.size
                if 0 < wide * high <= MOST_PIXELS:
                    return grey_of(image, opened)
    except Exception as error:  # decoders raise OSError, SyntaxError, struct.error and others
        reason = " ".join(str(error).splitlines())
        about = "" if os.fspath(path) in reason else f" ({reason})"
        raise ValueError(f"{path} is no picture, or broken{about}; leave it out") from None
    raise ValueError(f"{path} is {wide} x {high} pixels; expected 1 to {MOST_PIXELS:,}: scale it")


def grey_of(image: Any, picture: Any) -> NDArray[np.uint8]:
    if picture.mode.startswith(("I", "F")):  # 16 bits and more: convert() would clip, not scale
        values = np.asarray(picture, np.float64)
        top = 65535.0 if values.max(initial=0) > 255 else 255.0
        return (np.clip(values / top, 0, 1) * 255).round().astype(np.uint8)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = image.alpha_composite(image.new("RGBA", picture.size, "white"), picture)
    return np.array(picture.convert("L"), np.uint8)


def pillow(path: Path) -> Any:
    """The library's Image, or how to install it."""
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError(
            f'to read {path} Pillow is needed: pip install "fastgd[images]"', name="PIL"
        ) from error
    return Image
