"""Steps 4 to 6 of the rule: what is ink, and what of it is the digit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastgd.ink.areas import EDGE, UNITS, Box, averaged, rounded
from fastgd.ink.paper import border, middle

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOOK = 112  # pixels of the longer side of a picture that is looked at
FAINT = 6  # grey levels: ink that is no farther from paper is none
SPECK = 20  # a piece with less than this part of the largest one's ink is dirt


def looked_at(away: NDArray[np.uint8]) -> NDArray[np.int64] | None:
    """The ink, 0 to 255, of a picture at most LOOK pixels long; None where there is none."""
    scale = max(1.0, max(away.shape) / LOOK)
    seen = averaged(away, *(max(1, rounded(n / scale)) for n in away.shape))
    ink = stretched(seen)
    if ink is None:
        return None
    pieces = pieces_of(ink >= EDGE)
    mass = np.bincount(pieces.ravel(), ink.ravel(), minlength=2)
    mass[0] = 0
    largest = mass.max()
    dirt = mass * SPECK < largest
    from_edge = np.unique(border(pieces[:, :, None]))
    dirt[from_edge] |= 2 * mass[from_edge] < largest
    dirt[0] = False
    return np.where(dirt[pieces], 0, ink)


def stretched(seen: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Paper 0, ink 255; None where they cannot be told apart."""
    values = seen.ravel()
    threshold, before = (values.min() + values.max()) / 2, None
    if values.min() == values.max():
        return None
    while threshold != before:
        below, above = values[values <= threshold], values[values > threshold]
        before, threshold = threshold, (below.sum() / len(below) + above.sum() / len(above)) / 2
    paper = middle(below)
    low = paper + 3 * middle(np.abs(below - paper))
    contrast = np.sort(above)[9 * len(above) // 10] - low
    if contrast < FAINT * UNITS:
        return None
    ink: NDArray[np.int64] = np.clip((510 * (seen - low) + contrast) // (2 * contrast), 0, 255)
    return ink


def pieces_of(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """A number from 1 for each set of pixels that touch, also at corners; 0 elsewhere."""
    pieces = np.zeros(np.add(mask.shape, 2), np.int64)
    left = np.pad(mask, 1)  # not in a piece yet
    n_pieces = 0
    for start in zip(*(axis.tolist() for axis in left.nonzero()), strict=True):
        if not left[start]:
            continue
        n_pieces += 1
        left[start] = False
        reached = [start]
        while reached:
            row, column = reached.pop()
            pieces[row, column] = n_pieces
            around = left[row - 1 : row + 2, column - 1 : column + 2]
            if around.any():
                rows, columns = around.nonzero()
                reached += zip(
                    (rows + row - 1).tolist(), (columns + column - 1).tolist(), strict=True
                )
                around[:] = False
    return pieces[1:-1, 1:-1]


def part_of(away: NDArray[np.uint8], box: Box, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """What lies in a box of a look of this shape, and two of its pixels around."""
    rows, columns = away.shape
    top, bottom = (box.top - 2) * rows // shape[0], -(-(box.bottom + 2) * rows // shape[0])
    left, right = (box.left - 2) * columns // shape[1], -(-(box.right + 2) * columns // shape[1])
    return away[max(0, top) : bottom, max(0, left) : right]
