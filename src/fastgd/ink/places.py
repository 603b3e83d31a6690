"""Steps 3, 8 and 9 of the rule: where MNIST's digits lie in their images."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from fastgd.ink.areas import box_of, longer_side

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE, DIGIT = 28, 20  # pixels of MNIST's images, and of the longer side of the digits in them
LEAST, FULL = 32, 250  # ink of the brightest pixel: of MNIST's, and where it need not be stretched


def as_mnist_has_it(away: NDArray[np.uint8], side: int) -> NDArray[np.uint8] | None:
    """The digit, (side**2,), if it lies in the picture as MNIST's do."""
    if away.shape != (side, side) or away.max() < LEAST:
        return None
    in_middle = all(0 <= at - side / 2 < 1 for at in centre(away))
    if not in_middle or longer_side(box_of(away, least=1)) > side * DIGIT // SIDE:
        return None
    full = away if away.max() >= FULL else with_full_contrast(away.astype(np.int64))
    return full.astype(np.uint8).ravel()


def centre(ink: NDArray[Any]) -> tuple[float, float]:
    """The centre of mass; that of the first pixel is (0.5, 0.5)."""
    ink = ink.astype(np.int64)
    of_rows, of_columns = (
        (ink.sum(1 - axis) * (2 * np.arange(n) + 1)).sum() / (2 * ink.sum())
        for axis, n in enumerate(ink.shape)
    )
    return of_rows, of_columns


def centred(
    ink: NDArray[np.int64], side: int, at: tuple[float, float] | None = None
) -> NDArray[np.uint8]:
    """The digit on paper, (side**2,), its centre where MNIST has it: at 14 to 15 of 28."""
    top, left = (
        min(max(math.ceil(side / 2 - middle), 0), side - n)
        for n, middle in zip(ink.shape, centre(ink) if at is None else at, strict=True)
    )
    page = np.zeros((side, side), np.uint8)
    page[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return page.ravel()


def filled_up(
    look: NDArray[np.int64], digit: int
) -> tuple[NDArray[np.int64], tuple[float, float]] | None:
    """A digit that the edge has cut, with paper for what is missing, and its centre of mass.

    One side of MNIST's digits is `digit` pixels long: if none is, the cut side was. What is missing
    counts as much, pixel for pixel, as what is there. None where no edge has cut the digit.
    """
    box, side = box_of(look), len(look)
    part = look[box.top : box.bottom, box.left : box.right]
    if not digit // 2 <= longer_side(box) < digit:
        return None
    for axis, (start, end) in enumerate(((box.top, box.bottom), (box.left, box.right))):
        if start == 0 or end == side:
            n_there, n_missing = end - start, digit - (end - start)
            before = n_missing if start == 0 else 0
            at = list(centre(part))
            middle = digit - n_missing / 2 if start else n_missing / 2  # of what is missing
            at[axis] = ((at[axis] + before) * n_there + middle * n_missing) / digit
            fill = [(0, 0), (0, 0)]
            fill[axis] = (before, n_missing - before)
            return np.pad(part, fill), (at[0], at[1])
    return None


def with_mnist_s_contrast(ink: NDArray[np.int64]) -> NDArray[np.int64]:
    """As many pixels are 255 as in MNIST."""
    inked = np.sort(ink[ink > 0])
    most = inked[7 * len(inked) // 10]
    bright: NDArray[np.int64] = np.minimum(255, (510 * ink + most) // (2 * most))
    return bright


def with_full_contrast(ink: NDArray[np.int64]) -> NDArray[np.int64]:
    most = ink.max()
    full: NDArray[np.int64] = (510 * ink + most) // (2 * most)
    return full
