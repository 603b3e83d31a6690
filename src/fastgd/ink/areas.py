"""Averages over areas of a picture, and the box that ink fills."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNITS = 16  # an average is a whole number of these parts of a grey level
EDGE = 24  # of 255: the least ink of a pixel that belongs to a digit


class Box(NamedTuple):
    """Rows ``top`` to ``bottom`` and columns ``left`` to ``right`` of an array, ends excluded."""

    top: int
    bottom: int
    left: int
    right: int


def averaged(values: NDArray[Any], rows: int, columns: int) -> NDArray[np.int64]:
    """The mean over each of rows x columns equal areas, in UNITS of a grey level."""
    sums = sums_of_rows(sums_of_rows(values.astype(np.float64), rows).T, columns).T
    area = (values.shape[0] / rows) * (values.shape[1] / columns)
    # A hair above 1/2: the same rounding where sums differ in their last bit.
    means: NDArray[np.int64] = np.floor(sums / area * UNITS + 0.500001).astype(np.int64)
    return means


def sums_of_rows(values: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Sums over n equal spans of rows; a row that two spans share is shared by length."""
    until = np.zeros((len(values) + 1, values.shape[1]))
    np.cumsum(values, axis=0, out=until[1:])
    ends = np.arange(n + 1) * len(values) / n
    whole = np.floor(ends).astype(np.int64)
    share = (ends - whole)[:, None]
    at_ends = until[whole] + share * values[np.minimum(whole, len(values) - 1)]
    return at_ends[1:] - at_ends[:-1]


def box_of(ink: NDArray[Any], *, least: int = EDGE) -> Box:
    """The rows and columns with a pixel of so much ink."""
    inked: NDArray[np.bool_] = ink >= least
    rows, columns = (np.flatnonzero(inked.any(axis)) for axis in (1, 0))
    return Box(int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1)


def longer_side(box: Box) -> int:
    return max(box.bottom - box.top, box.right - box.left)


def rounded(x: float) -> int:
    return math.floor(x + 0.5)
