"""The network as a diagram: every neuron, the lines between them, and the image they look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd.plots.arrangement import Column, framed, laid_out, shortened
from fastgd.plots.style import (
    GROUND,
    RIGHT_ON_DARK,
    SIGNED,
    SMALL,
    WRONG_ON_DARK,
    axes_or_new,
    chosen,
    drawn_on,
    head,
    legend_below,
    limit_of,
    names_of,
    size_of,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FRAME = (7.6, 5.2)  # inches, the drawing at most
PALE = "#b9bec7"


@overload
def neurons(
    activations: Sequence[ArrayLike],
    weights: Sequence[ArrayLike] = ...,
    *,
    label: int | None = ...,
    classes: Sequence[str] | None = ...,
    inputs: Sequence[str] | None = ...,
    colors: str = ...,
    title: str = ...,
    ax: None = ...,
) -> Figure: ...
@overload
def neurons(
    activations: Sequence[ArrayLike],
    weights: Sequence[ArrayLike] = ...,
    *,
    label: int | None = ...,
    classes: Sequence[str] | None = ...,
    inputs: Sequence[str] | None = ...,
    colors: str = ...,
    title: str = ...,
    ax: Axes,
) -> Axes: ...
def neurons(
    activations: Sequence[ArrayLike],
    weights: Sequence[ArrayLike] = (),
    *,
    label: int | None = None,
    classes: Sequence[str] | None = None,
    inputs: Sequence[str] | None = None,
    colors: str = "lesson",
    title: str = "Every neuron as bright as its activation",
    ax: Axes | None = None,
) -> Figure | Axes:
    """Every neuron as a disc as bright as its activation, the input as an image.

    More than 20 inputs are drawn as an image: a square where they are a square number. Of a
    layer of more than 20 neurons the first and the last ten are drawn.

    Parameters
    ----------
    activations : sequence of (n_l,) arrays
        The input first, as `Network.activations` gives for one example.
    weights : sequence of (n_out, n_in) arrays
        Of each layer, the first's included: where given, lines between neurons, coloured by
        sign and as strong as the weight. A line from a row of the image is the sum of weight
        times pixel over that row.
    label : int or None
        What the input is: the answer is then drawn as right or wrong.
    classes, inputs : sequences of str, or None
        Names of outputs and inputs; None: numbers from 0.
    colors : {"lesson", "safe"}
        Green and red, or a pair that colour-blind eyes tell apart.
    title : str
    ax : Axes or None

    Returns
    -------
    Figure, or the Axes given

    Examples
    --------
    >>> drawn = neurons([np.zeros(9), np.ones(3), np.ones(2)]).axes[0]
    >>> len(drawn.patches)
    14
    """
    from matplotlib.patches import Circle

    layers = [np.asarray(a, np.float64).reshape(-1) for a in activations]
    columns = laid_out(layers)
    names = None if columns[0].image else shortened(names_of(len(layers[0]), inputs))
    answers = shortened(names_of(len(layers[-1]), classes))
    width, height = FRAME if ax is None else size_of(ax)
    frame = framed(columns, names, answers, width, height)
    drawn = axes_or_new(ax, frame.width, frame.height + 1.0)
    drawn.set_facecolor(GROUND)
    add_lines(drawn, layers, columns, [np.asarray(W, np.float64) for W in weights], colors)
    for number, (a, column) in enumerate(zip(layers, columns, strict=True)):
        if column.image is not None:
            left, right, low, high = column.image
            drawn.imshow(column.pixels(a), cmap="gray", extent=(left, right, low, high), zorder=2,
                         interpolation="nearest", aspect="equal")  # fmt: skip
        else:
            # Inputs in units of their own have no common scale: they are all grey.
            top = max(1.0, float(a.max()))
            a = np.full_like(a, 0.5 * top) if number == 0 and not in_unit(a) else a
            for j, y in zip(column.drawn, column.y, strict=True):
                light = min(1.0, max(0.0, float(a[j]) / top))
                drawn.add_patch(Circle((column.x, y), 0.4, facecolor=(light,) * 3,
                                       edgecolor="#d8d8d8", linewidth=0.9, zorder=3))  # fmt: skip
            if len(column.drawn) < len(a):
                drawn.text(column.x, 0, "\N{VERTICAL ELLIPSIS}", color="white", fontsize=14,
                           ha="center", va="center", zorder=3)  # fmt: skip
        drawn.text(column.x, column.top + 0.3, told_of(number, layers, column), color="white",
                   fontsize=SMALL, ha="center", va="bottom")  # fmt: skip
    if names is not None:
        name_inputs(drawn, layers[0], columns[0], names)
    name_outputs(drawn, layers[-1], columns[-1], answers, label)
    add_key(drawn, layers, columns, bool(len(weights)), colors, frame.width)
    drawn.set_xlim(frame.left, frame.right)
    drawn.set_ylim(frame.bottom, frame.top)
    drawn.set_aspect("equal")
    drawn.set_xticks([])
    drawn.set_yticks([])
    head(drawn, title)
    return drawn_on(drawn, ax)


def in_unit(a: NDArray[Any]) -> bool:
    """Whether all are from 0 to 1."""
    return bool(((a >= 0) & (a <= 1)).all())


def add_lines(
    ax: Axes,
    layers: Sequence[NDArray[Any]],
    columns: Sequence[Column],
    weights: Sequence[NDArray[Any]],
    colors: str,
) -> None:
    """Lines from each layer to the next: weights, or sums over rows of the image."""
    from matplotlib.collections import LineCollection
    from matplotlib.colors import to_rgba

    plus, minus = chosen(SIGNED, colors)
    for a, W, source, target in zip(layers, weights, columns, columns[1:], strict=False):
        if source.image is not None:
            grid = Column.pixels(a)
            shown = (W[target.drawn] * a).reshape(len(target.drawn), *grid.shape).sum(2)
        else:
            shown = W[np.ix_(target.drawn, source.drawn)]
        strength = np.clip(np.abs(shown) / limit_of(shown), 0, 1)
        lines = [
            ((source.right, y0), (target.x, y1)) for y1 in target.y for y0 in source.y
        ]  # in the order of shown: (n_out, n_in)
        ink = [
            to_rgba(plus if w > 0 else minus, 0.75 * s)
            for w, s in zip(shown.ravel(), strength.ravel(), strict=True)
        ]
        ax.add_collection(LineCollection(lines, colors=ink, linewidths=0.8, zorder=1))


def told_of(number: int, layers: Sequence[NDArray[Any]], column: Column) -> str:
    """A layer's name, its size, and what white is where it is not 1."""
    n, top = len(layers[number]), float(layers[number].max())
    if number == 0:
        return f"input\n{n:,} {'pixels' if column.image else 'numbers'}"
    last = number == len(layers) - 1
    name = "output" if last else f"hidden {number}" if len(layers) > 3 else "hidden"
    size = f"{n:,} neuron{'s' * (n > 1)}"
    if len(column.drawn) < n:
        size += f", {len(column.drawn)} drawn"
    return f"{name}\n{size}" + (f"\nwhite: {top:.3g}" if top > 1.005 else "")


def name_inputs(ax: Axes, a: NDArray[Any], column: Column, names: Sequence[str]) -> None:
    """Each input's name and value, on its left."""
    for j, y in zip(column.drawn, column.y, strict=True):
        ax.text(column.x - 0.75, y, f"{names[j]}  {a[j]:.4g}", va="center", ha="right",
                fontsize=SMALL, color=PALE)  # fmt: skip


def name_outputs(
    ax: Axes, a: NDArray[Any], column: Column, names: Sequence[str], label: int | None
) -> None:
    """Each output's name and activation, on its right; the answer stands out."""
    answer = int(a.argmax()) if len(a) > 1 else 0
    for j, y in zip(column.drawn, column.y, strict=True):
        color, verdict = PALE, ""
        if j == answer:
            color = "white"
            if label is not None and len(a) > 1:
                color = RIGHT_ON_DARK if j == label else WRONG_ON_DARK
                verdict = "  right" if j == label else "  wrong"
        elif j == label:
            verdict = "  is this"
        name = f"{names[j]}  " if len(a) > 1 else ""
        value = f"{a[j]:.2f}" if abs(a[j]) < 100 else f"{a[j]:.4g}"
        ax.text(column.x + 0.75, y, f"{name}{value}{verdict}", va="center", fontsize=SMALL,
                color=color, fontweight="bold" if j == answer else "normal")  # fmt: skip


def add_key(
    ax: Axes,
    layers: Sequence[NDArray[Any]],
    columns: Sequence[Column],
    lines: bool,
    colors: str,
    width: float,
) -> None:
    """What discs and lines mean, below the diagram."""
    from matplotlib.lines import Line2D

    plus, minus = chosen(SIGNED, colors)
    below = any(float(a.min()) < 0 for a in layers[1:])
    disc: dict[str, Any] = {
        "marker": "o",
        "markersize": 9,
        "markeredgecolor": "#d8d8d8",
        "linestyle": "",
    }
    key = [
        Line2D([], [], **disc, markerfacecolor="black", label="0 or below" if below else "0"),
        Line2D([], [], **disc, markerfacecolor="white", label="1, or as said above it"),
    ]
    heading = "Discs: activations."
    if lines:
        heading += "  Lines: weights."
        if columns[0].image is not None:
            heading += "  From the image: weight times pixel, summed over a row of pixels."
        key += [
            Line2D([], [], color=plus, linewidth=2, label="positive"),
            Line2D([], [], color=minus, linewidth=2, label="negative"),
            Line2D([], [], color="black", linewidth=2, label="zero"),
        ]
    narrow = width < 5.5
    legend = legend_below(
        ax, handles=key, title=wrapped(heading, 0.95 * width, SMALL), title_fontsize=SMALL,
        ncols=3 if narrow else len(key), facecolor="#3a3f47", labelcolor="white",
        edgecolor="#3a3f47", framealpha=1, handlelength=1.6,
    )  # fmt: skip
    legend.get_title().set_color("white")
