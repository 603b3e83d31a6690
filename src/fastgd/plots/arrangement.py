"""Where a diagram's neurons stand, and how much room their words take.

Units are distances between two neurons of a layer; `diagram` draws them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastgd.plots.style import GLYPH, SMALL, as_picture

# Neurons that one layer is drawn with; of more, the first and the last half of these.
MOST = 20
LONGEST = 16  # letters of a name


class Column(NamedTuple):
    """Where a layer is drawn, in units of the distance between two neurons."""

    x: float
    y: NDArray[Any]
    """Of each neuron drawn, or of each row of the image."""
    drawn: NDArray[np.int64]
    """Which neurons are."""
    image: tuple[float, float, float, float] | None
    """Left, right, bottom and top of the image that stands for the layer."""

    @property
    def top(self) -> float:
        """Its highest point."""
        return float(self.image[3] if self.image else self.y.max() + 0.4)

    @property
    def right(self) -> float:
        """Where its lines begin."""
        return float(self.image[1] if self.image else self.x)

    @staticmethod
    def pixels(a: NDArray[Any]) -> NDArray[Any]:
        """A layer as rows and columns; one column where its neurons are no square number."""
        grid = as_picture(a)
        return grid if len(grid) > 1 else grid.T


def laid_out(layers: Sequence[NDArray[Any]]) -> list[Column]:
    """A column for each layer, from left to right."""
    tall = max([min(len(a), MOST) for a in layers[1:]] + [8])
    columns = []
    x = 0.0
    for number, a in enumerate(layers):
        if number == 0 and len(a) > MOST:
            rows, across = Column.pixels(a).shape
            side = 0.62 * tall
            width = max(1.0, side * across / rows)
            y = side / 2 - side * (np.arange(rows) + 0.5) / rows
            image = (0.0, width, -side / 2, side / 2)
            columns.append(Column(width / 2, y, np.arange(rows), image))
            x = width + 0.42 * tall
        else:
            which = np.arange(len(a))
            y = (len(a) - 1) / 2 - which
            if len(a) > MOST:
                half = MOST // 2
                which = np.append(which[:half], which[-half:])
                y = np.append(half - np.arange(half), -1.0 - np.arange(half)) + 0.0
            columns.append(Column(x, y, which, None))
            x += 0.48 * tall if len(layers) > 2 else 0.9 * tall
    return columns


class Frame(NamedTuple):
    """The limits of the drawing, and its width and height in inches."""

    left: float
    right: float
    bottom: float
    top: float
    width: float
    height: float


def framed(
    columns: Sequence[Column],
    names: Sequence[str] | None,
    answers: Sequence[str],
    width: float,
    height: float,
) -> Frame:
    """Limits that leave room for the words around the neurons in so many inches at most."""
    letter = GLYPH * SMALL / 72
    before = 0.2 if names is None else 0.3 + letter * (max(map(len, names)) + 7)
    after = 0.3 + letter * (max(map(len, answers)) + 14)
    first = columns[0].image[0] if columns[0].image else columns[0].x
    between = columns[-1].x - first
    tallest = max(column.top for column in columns)
    unit = min((width - before - after) / between, (height - 0.9) / (2 * tallest), 0.45)  # inches
    spare = (width - before - after) / unit - between
    left, right = first - before / unit - spare / 2, columns[-1].x + after / unit + spare / 2
    bottom, top = -tallest - 0.15 / unit, tallest + 0.7 / unit
    return Frame(left, right, bottom, top, width, unit * (top - bottom))


def shortened(names: Sequence[str]) -> list[str]:
    """Names that fit beside a neuron."""
    return [name if len(name) <= LONGEST else name[: LONGEST - 1] + "\u2026" for name in names]
