"""Digits in the files that MNIST comes in."""

from __future__ import annotations

from pathlib import Path

from fastgd.datasets import Digits, write_idx

NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def write_set(folder: Path, data: Digits, names: tuple[str, ...] = NAMES) -> None:
    for name, array in zip(names, data, strict=True):
        write_idx(folder / name, array.reshape(-1, 28, 28) if array.ndim == 2 else array)


def first(data: Digits, n_train: int, n_test: int) -> Digits:
    """The first few to train on, and to test on."""
    return Digits(
        data.train_images[:n_train],
        data.train_labels[:n_train],
        data.test_images[:n_test],
        data.test_labels[:n_test],
    )
