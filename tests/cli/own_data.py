"""Small examples of one's own, in files."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

KINDS = ("setosa", "versicolor", "virginica")


def numbers(n: int) -> tuple[Any, Any]:
    """X (n, 3) in units far apart, one of them a year; its standard numbers Z (n, 3)."""
    Z = np.random.default_rng(0).normal(size=(n, 3))
    return (Z * [1.0, 10.0, 1000.0] + [5.0, 2000.0, -3000.0]).round(3), Z


def write_table(path: Path, header: list[str], rows: Any) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def flowers(path: Path, n: int = 300) -> Path:
    """A table whose last column is a class by name."""
    X, Z = numbers(n)
    species = np.where(Z[:, 0] + Z[:, 1] > 0.5, 0, np.where(Z[:, 2] > 0, 1, 2))
    rows = [[*x, KINDS[s]] for x, s in zip(X.tolist(), species, strict=True)]
    return write_table(path, ["size", "year", "weight", "species"], rows)


def prices(path: Path, n: int = 300) -> Path:
    """A table whose last column is a quantity, far from 0."""
    X, Z = numbers(n)
    y = 1000 + 30 * Z[:, 0] - 20 * np.tanh(Z[:, 1])
    rows = [[*x, round(t, 3)] for x, t in zip(X.tolist(), y.tolist(), strict=True)]
    return write_table(path, ["size", "year", "weight", "price"], rows)


def arrays(path: Path, n: int = 300) -> Path:
    """An .npz of X and y."""
    X, Z = numbers(n)
    np.savez(path, X=X, y=(Z[:, 0] > 0).astype(np.int64))
    return path


def photos(folder: Path, n: int = 30, side: int = 8) -> Path:
    """A folder of PNGs, bright at the top or at the bottom, by class."""
    from PIL import Image

    rng = np.random.default_rng(0)
    for name, bright in (("bottom", slice(side // 2, side)), ("top", slice(0, side // 2))):
        (folder / name).mkdir(parents=True)
        for i in range(n):
            pixels = rng.integers(0, 80, (side, side), np.uint8)
            pixels[bright] += 150
            Image.fromarray(pixels).save(folder / name / f"{i}.png")
    return folder
