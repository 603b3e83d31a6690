"""Pictures of digits as people bring them: MNIST's on pages, and written with pens."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Colour = tuple[int, int, int]
NAVY, CREAM = (20, 30, 110), (250, 243, 220)
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def on_page(
    digit: NDArray[np.uint8],
    height: int,
    width: int,
    size: int,
    *,
    ink: Colour = NAVY,
    paper: Colour = CREAM,
    at: tuple[int, int] | None = None,
) -> NDArray[np.uint8]:
    """An image (28, 28), `size` pixels wide, in the middle of a page or `at` (row, column)."""
    top, left = at or ((height - size) // 2, (width - size) // 2)
    share = np.zeros((height, width))
    share[top : top + size, left : left + size] = enlarged(digit, size) / 255
    mixed = paper + share[:, :, None] * np.subtract(ink, paper)
    return (mixed + 0.5).astype(np.uint8)


def enlarged(digit: NDArray[np.uint8], size: int) -> NDArray[np.float64]:
    """Bilinear."""
    n = len(digit)
    at = np.clip((np.arange(size) + 0.5) * n / size - 0.5, 0, n - 1)
    low = np.minimum(at.astype(int), n - 2)
    share = at - low
    rows = digit[low] * (1 - share[:, None]) + digit[low + 1] * share[:, None]
    both: NDArray[np.float64] = rows[:, low] * (1 - share) + rows[:, low + 1] * share
    return both


def shifted(digit: NDArray[np.uint8], down: int, right: int) -> NDArray[np.uint8]:
    """Moved over the edge: what leaves is lost."""
    n = len(digit)
    wide = np.zeros((3 * n, 3 * n), np.uint8)
    wide[n + down : 2 * n + down, n + right : 2 * n + right] = digit
    return wide[n : 2 * n, n : 2 * n]


def arc(
    middle: tuple[float, float], radius: tuple[float, float], start: float, end: float
) -> list[tuple[float, float]]:
    """Points (x, y) of an ellipse, from one angle to another in degrees."""
    angles = np.radians(np.linspace(start, end, 24))
    x, y = middle[0] + radius[0] * np.cos(angles), middle[1] + radius[1] * np.sin(angles)
    return list(zip(x.tolist(), y.tolist(), strict=True))


# Strokes of each digit in the unit square, (x, y) with y down.
STROKES: list[list[list[tuple[float, float]]]] = [
    [arc((0.5, 0.5), (0.3, 0.45), 0, 360)],
    [[(0.35, 0.25), (0.52, 0.05), (0.52, 0.95)]],
    [[*arc((0.5, 0.3), (0.27, 0.25), 180, 390), (0.22, 0.93), (0.8, 0.93)]],
    [[*arc((0.45, 0.28), (0.28, 0.22), 200, 450), *arc((0.45, 0.72), (0.32, 0.22), 270, 520)]],
    [[(0.25, 0.08), (0.25, 0.5), (0.75, 0.5)], [(0.75, 0.05), (0.75, 0.95)]],
    [[(0.3, 0.06), (0.27, 0.45), *arc((0.48, 0.67), (0.28, 0.26), 230, 500)],
     [(0.3, 0.06), (0.8, 0.06)]],
    [[(0.65, 0.04), (0.38, 0.35), *arc((0.5, 0.7), (0.25, 0.25), 180, 540)]],
    [[(0.2, 0.07), (0.8, 0.07), (0.42, 0.95)]],
    [arc((0.5, 0.27), (0.22, 0.22), 0, 360), arc((0.5, 0.73), (0.27, 0.24), 0, 360)],
    [[*arc((0.5, 0.3), (0.25, 0.25), 0, 360), (0.75, 0.3), (0.7, 0.95)]],
]  # fmt: skip


def written(
    digit: int, size: int, pen: int, *, ink: Colour = BLACK, paper: Colour = WHITE
) -> NDArray[np.uint8]:
    """A digit written with a round pen, (size, size, 3)."""
    margin = pen / 2 + 0.05 * size
    rows, columns = np.mgrid[:size, :size] + 0.5
    nearest = np.full((size, size), np.inf)
    for stroke in STROKES[digit]:
        points = margin + (size - 2 * margin) * np.array(stroke)
        for (x0, y0), (x1, y1) in pairwise(points):
            dx, dy = x1 - x0, y1 - y0
            along = ((columns - x0) * dx + (rows - y0) * dy) / max(dx**2 + dy**2, 1e-12)
            along = np.clip(along, 0, 1)
            away = np.hypot(columns - x0 - along * dx, rows - y0 - along * dy)
            nearest = np.minimum(nearest, away)
    share = np.clip(pen / 2 + 0.5 - nearest, 0, 1)[:, :, None]
    return (paper + share * np.subtract(ink, paper) + 0.5).astype(np.uint8)
