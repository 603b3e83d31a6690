"""Steps 4 to 6 of the rule: what is ink, and what of it is the digit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastgd.ink.areas import EDGE, UNITS, Box, averaged, box_of, longer_side, rounded
from fastgd.ink.paper import border, middle

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOOK = 112  # pixels of the longer side of a picture that is looked at
FAINT = 6  # grey levels: ink that is no farther from paper is none
DOT = 4  # pixels looked at: ink that is nowhere longer is no digit
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
    if longer_side(box_of(pieces == mass.argmax(), least=1)) < DOT:
        return None
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
    left = np.pad(mask, 1)  # not in a piece yet
    pieces, row = np.zeros(left.shape, np.int64), left.shape[1]
    around = (-row - 1, -row, -row + 1, -1, 1, row - 1, row, row + 1)
    flat = bytearray(left)
    n_pieces, start = 0, flat.find(1)
    while start >= 0:
        n_pieces += 1
        flat[start] = 0
        piece = [start]
        for at in piece:  # which grows
            for step in around:
                if flat[at + step]:
                    flat[at + step] = 0
                    piece.append(at + step)
        pieces.flat[piece] = n_pieces
        start = flat.find(1, start)
    return pieces[1:-1, 1:-1]


def part_of(away: NDArray[np.uint8], box: Box, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """What lies in a box of a look of this shape, and two of its pixels around."""
    rows, columns = away.shape
    top, bottom = (box.top - 2) * rows // shape[0], -(-(box.bottom + 2) * rows // shape[0])
    left, right = (box.left - 2) * columns // shape[1], -(-(box.right + 2) * columns // shape[1])
    return away[max(0, top) : bottom, max(0, left) : right]
