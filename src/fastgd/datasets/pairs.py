"""Inputs and targets in files of their own: which files belong together, by their names.

``X.npy`` goes with ``y.npy``, ``train-images-idx3-ubyte`` with ``train-labels-idx1-ubyte``; what
has "train" in its name may have a test part beside it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastgd.datasets.archives import read_npy
from fastgd.datasets.arrays import Arrays
from fastgd.datasets.idx import read_idx

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A word of the inputs' file, and those of the targets' file in its place.
WORDS: dict[str, tuple[str, ...]] = {
    "X": ("y", "Y"), "x": ("y",), "images": ("labels",), "inputs": ("targets", "labels"),
    "features": ("targets", "labels"), "data": ("targets", "labels"),
}  # fmt: skip
PARTS = ("test", "t10k")  # in the place of "train"
IDX_STARTS = (b"\0\0", b"\x1f\x8b")  # plain, and gzip
IDX_NAME: re.Pattern[str] = re.compile(r"(images|inputs|features|data).*idx\d-ubyte(\.gz)?$")


def read_pair(path: Path, targets: Path | None = None) -> Arrays:
    """The arrays of one file of inputs, with targets and test part where they lie beside it."""
    if targets is None:
        targets = next(targets_beside(path), None)
    test = next(tests_beside(path), None)
    return Arrays(
        os.fspath(path),
        read_array(path),
        None if targets is None else read_array(targets),
        test=None if test is None else read_pair(test),
    )


def read_array(path: Path) -> NDArray[Any]:
    return read_npy(os.fspath(path)) if path.suffix.lower() == ".npy" else read_idx(path)


def is_idx(path: Path) -> bool:
    """Whether a file starts as IDX does."""
    with path.open("rb") as file:
        return file.read(2) in IDX_STARTS


def idx_inputs(folder: Path) -> Path | None:
    """The IDX file of inputs to learn from in a folder, if there is one."""
    found = sorted(file for file in folder.iterdir() if IDX_NAME.search(file.name))
    train = [file for file in found if not any(part in file.name for part in PARTS)] or found
    if len(train) > 1:
        names = ", ".join(file.name for file in train[:3])
        raise ValueError(f"{folder} has {len(train)} IDX files to learn from ({names}); name one")
    return train[0] if train else None


def targets_beside(path: Path) -> Iterator[Path]:
    """Files of targets that go by the name of `path`, and are there."""
    for word, others in WORDS.items():
        for other in others:
            name = re.sub(rf"(?<![A-Za-z]){word}(?![A-Za-z])", other, path.name, count=1)
            name = re.sub(r"idx\d-", "idx1-", name)
            if other in name and name != path.name:
                yield from spellings(path.with_name(name))


def tests_beside(path: Path) -> Iterator[Path]:
    """Files of inputs to test on that go by the name of `path`, and are there."""
    if "train" in path.name:
        for part in PARTS:
            yield from spellings(path.with_name(path.name.replace("train", part)))


def spellings(path: Path) -> Iterator[Path]:
    """The file, plain or compressed."""
    plain = path.with_suffix("") if path.suffix == ".gz" else path
    yield from (file for file in (plain, Path(f"{plain}.gz")) if file.is_file())
