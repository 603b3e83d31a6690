"""Step 7 of the rule: strokes as wide as a pen's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from fastgd.ink.areas import box_of, longer_side

if TYPE_CHECKING:
    from numpy.typing import NDArray

THIN, PEN = 1.2, 1.6  # pixels of the network's: thinner strokes than the first get the second


def with_wide_strokes(ink: NDArray[np.int64], digit: int) -> NDArray[np.int64]:
    """The strokes of ink that becomes `digit` pixels long: no thinner than a pen's."""
    scale, width = longer_side(box_of(ink)) / digit, stroke_width(ink)
    if width >= THIN * scale:
        return ink
    n = math.ceil((PEN * scale - width) / 2)
    ink = np.pad(ink, n)
    for i in range(n):
        ink = spread(ink, corners=i % 2 == 1)
    return ink


def stroke_width(ink: NDArray[np.int64]) -> float:
    """Of a band of width w and length l, w l pixels, 2 l lie at its sides."""
    mask = np.pad(2 * ink >= ink.max(), 1)
    inner = mask[:-2, 1:-1] & mask[2:, 1:-1] & mask[1:-1, :-2] & mask[1:-1, 2:] & mask[1:-1, 1:-1]
    area = int(mask.sum())
    return 2 * area / (area - int(inner.sum()))


def spread(ink: NDArray[np.int64], *, corners: bool) -> NDArray[np.int64]:
    """Each pixel becomes the darkest of it and those that touch it: by turns a disk, nearly."""
    near, wide = np.pad(ink, 1), ink
    for i, rows in enumerate((np.s_[:-2], np.s_[1:-1], np.s_[2:])):
        for j, columns in enumerate((np.s_[:-2], np.s_[1:-1], np.s_[2:])):
            if corners or i == 1 or j == 1:
                wide = np.maximum(wide, near[rows, columns])
    return wide
