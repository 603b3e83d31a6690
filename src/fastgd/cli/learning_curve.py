"""The learning curve in characters: cost by epoch, for training and validation examples.

Which series there are is left to the commands, and pictures of them to `plots`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rich.console import Console

HEIGHT = 11  # lines
MOST = 64  # columns: a curve does not get clearer when it is longer
WIDE = 5.0  # the axis is logarithmic where the highest cost is more than this many times the lowest
STYLES = ("bold cyan", "bold yellow")
# By their names in Unicode: arcs are named after the sides that they join.
DRAWN = {"flat": "─", "wall": "│", "down-right": "╭", "down-left": "╮", "up-right": "╰",
         "up-left": "╯", "dot": "●", "tick": "┤", "corner": "└"}  # fmt: skip
TYPED = {"flat": "-", "wall": "|", "down-right": ".", "down-left": ".", "up-right": "'",
         "up-left": "'", "dot": "o", "tick": "+", "corner": "+"}  # fmt: skip

Cells = dict[tuple[int, int], str]  # (line, column): a name in DRAWN


def show_curve(to: Console, series: Mapping[str, Sequence[float]], *, first_epoch: int = 1) -> None:
    """Draw up to two series of costs, one value an epoch, no wider than the console.

    Parameters
    ----------
    to : rich.console.Console
        See `terminal.console`.
    series : mapping of str to sequence of float
        By name, such as ``{"training": costs, "validation": validation_costs}``. The first is
        drawn as a line, the second as dots. Values that are not finite are left out.
    first_epoch : int
        The number of the first value's epoch, where a descent was continued.
    """
    from rich.text import Text

    curves = {name: np.asarray(costs, np.float64) for name, costs in series.items()}
    n_epochs = max(map(len, curves.values()), default=0)
    costs = np.concatenate([[], *curves.values()])
    if not np.isfinite(costs).any():
        to.print("There is no cost to draw: none is finite.")
        return
    scale = Scale(costs[np.isfinite(costs)])
    labels = scale.labels()
    margin = max(map(len, labels))
    n_columns = max(2, min(MOST, to.width - margin - 3)) if n_epochs > 1 else 2
    marks = TYPED if to.options.ascii_only else DRAWN
    cells: dict[tuple[int, int], tuple[str, str]] = {}
    for i, (curve, style) in enumerate(zip(curves.values(), STYLES, strict=False)):
        lines = lines_of(scale.heights(curve), n_columns, n_epochs)
        drawn = dots(lines, n_epochs) if i else connected(lines)
        cells |= {at: (marks[mark], style) for at, mark in drawn.items()}

    to.print(
        Text(f"{'':{margin}}  cost, logarithmic" if scale.logarithmic else f"{'':{margin}}  cost")
    )
    for y, label in enumerate(labels):
        row = Text(f"{label:>{margin}} {marks['tick' if label else 'wall']}")
        for x in range(n_columns):
            row.append(*cells.get((y, x), (" ", "")))
        row.rstrip()
        to.print(row)
    to.print(f"{'':{margin}} {marks['corner']}{marks['flat'] * n_columns}")
    first, last = f"epoch {first_epoch:,}", f"{first_epoch + n_epochs - 1:,}"
    between = f"{last:>{n_columns - len(first)}}" if n_epochs > 1 else ""
    to.print(f"{'':{margin}}  {first}{between}")
    keys = [
        Text(f"{marks['dot'] if i else 2 * marks['flat']} {name} {last_of(curve)}", style)
        for i, ((name, curve), style) in enumerate(zip(curves.items(), STYLES, strict=False))
    ]
    one_line = sum(map(len, keys)) + 3 * len(keys) + margin <= to.width
    for key in [Text("   ").join(keys)] if one_line else keys:
        to.print(Text(" " * (margin + 2)) + key)


class Scale:
    """From a cost to a share of the axis, 0 to 1; from a line to the cost it stands for."""

    def __init__(self, costs: NDArray[np.float64]) -> None:
        self.unit: float = float(np.abs(costs).max()) or 1.0  # no difference can overflow
        low, high = float(costs.min()), float(costs.max())
        self.logarithmic: bool = low > 0 and high / low > WIDE
        ends = self.measure(np.array([low, high])).tolist()
        self.low: float = ends[0]
        self.high: float = ends[1]

    def measure(self, costs: NDArray[np.float64]) -> NDArray[np.float64]:
        """What is linear along the axis."""
        measured: NDArray[np.float64] = np.log(costs) if self.logarithmic else costs / self.unit
        return measured

    def heights(self, costs: NDArray[np.float64]) -> NDArray[np.float64]:
        """NaN where a cost is not finite; the middle where all are one."""
        heights = np.full(len(costs), np.nan)
        finite = np.isfinite(costs)
        span = self.high - self.low
        share = (self.measure(costs[finite]) - self.low) / span if span else 0.5
        heights[finite] = np.clip(share, 0, 1)
        return heights

    def labels(self) -> list[str]:
        """For each line from the top: the cost at the axis's ends and middle, else nothing."""
        middle = HEIGHT // 2
        shares = {middle: 0.5} | ({0: 1.0, HEIGHT - 1: 0.0} if self.high > self.low else {})
        costs = {y: self.low + share * (self.high - self.low) for y, share in shares.items()}
        back = {y: np.exp(c) if self.logarithmic else c * self.unit for y, c in costs.items()}
        return [f"{back[y]:.3g}" if y in back else "" for y in range(HEIGHT)]


def lines_of(heights: NDArray[np.float64], n_columns: int, n_epochs: int) -> list[int | None]:
    """The line in each column: between epochs if they are few, the mean if they are many."""
    heights = np.concatenate([heights, np.full(n_epochs - len(heights), np.nan)])
    if n_epochs > n_columns:
        first = np.arange(n_columns + 1) * n_epochs // n_columns
        parts = [heights[a:b][np.isfinite(heights[a:b])] for a, b in pairwise(first.tolist())]
        shown = np.array([part.mean() if part.size else np.nan for part in parts])
    elif n_epochs > 1:
        places = np.linspace(0, n_columns - 1, n_epochs)
        shown = np.interp(np.arange(n_columns), places, heights)
        shown[places.round().astype(int)] = heights
    else:
        shown = np.append(heights, np.full(n_columns - 1, np.nan))
    return [None if np.isnan(h) else round((1 - h) * (HEIGHT - 1)) for h in shown.tolist()]


def connected(lines: Sequence[int | None]) -> Cells:
    """A line from column to column."""
    cells: Cells = {}
    for x, (here, following) in enumerate(pairwise([*lines, None])):
        if here is None:
            continue
        if following is None or following == here:
            cells[here, x] = "flat"
            continue
        down = following > here
        cells[here, x] = "down-left" if down else "up-left"
        cells[following, x] = "up-right" if down else "down-right"
        for y in range(min(here, following) + 1, max(here, following)):
            cells[y, x] = "wall"
    return cells


def dots(lines: Sequence[int | None], n_epochs: int) -> Cells:
    """A dot an epoch, or in every other column: what is below shows between them."""
    few = n_epochs <= len(lines) // 2
    places = set(np.linspace(0, len(lines) - 1, n_epochs).round().astype(int).tolist())
    cells: Cells = {}
    last = -2
    for x, y in enumerate(lines):
        if y is not None and (x in places if few else x - last >= 2):
            cells[y, x] = "dot"
            last = x
    return cells


def last_of(costs: NDArray[np.float64]) -> str:
    """The last finite cost."""
    finite = costs[np.isfinite(costs)]
    return f"{finite[-1]:.4g}" if finite.size else "-"
