"""Pictures of weights and gradients: as images, as matrices, the largest entries, their order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd.plots.style import (
    ACCENT,
    GLYPH,
    LABEL,
    QUIET,
    SECOND,
    SIGNED_ON_WHITE,
    SMALL,
    WIDTH,
    axes_or_new,
    chosen,
    counted,
    drawn_on,
    head,
    head_figure,
    label_axes,
    legend_below,
    limit_of,
    names_of,
    new_figure,
    plain,
    signed_colours,
    size_of,
    told_apart,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

    from fastgd.inside import Nudge
    from fastgd.spatial import MoransI

# Cells up to which a matrix has its numbers in it, and rows or columns up to which each is named.
MOST_NUMBERS, MOST_NAMES = 64, 16
# Room that a number needs, inches.
CELL = (0.5, 0.26)


def weights(
    grids: NDArray[Any],
    *,
    colors: str = "lesson",
    limit: float | None = None,
    captions: Sequence[str] | None = None,
    title: str = "What each neuron of the first layer looks for: its weights as an image",
) -> Figure:
    """Weights, or anything else with a sign, as pixel grids; black is exactly 0.

    Parameters
    ----------
    grids : (n, rows, columns) array
        Such as `inside.weight_grids` gives.
    colors : {"lesson", "safe"}
    limit : float or None
        What is drawn in full colour; larger ones look the same. None: holds 99.5 % of them.
    captions : sequence of str, or None
        One a grid; None: "neuron 0", ...
    title : str

    Examples
    --------
    >>> figure = weights(np.zeros((3, 2, 2)))
    >>> len(figure.axes)  # three grids and the scale
    4
    """
    limit = limit_of(grids) if limit is None else limit
    n = len(grids)
    many = n > 32
    # As many columns as leave the fewest places empty; of equals, the most.
    n_columns = 10 if many else min(range(min(4, n), 9), key=lambda k: (-n % k, -k))
    n_rows = math.ceil(n / n_columns)
    side = min(1.2, (WIDTH - 0.9) / n_columns)
    figure = new_figure(max(side * n_columns + 0.9, 5.0), (side + 0.2) * n_rows + 0.5)
    head_figure(figure, title)
    axes = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    captions = (
        [str(j) if many else f"neuron {j}" for j in range(n)] if captions is None else captions
    )
    for ax, grid, caption in zip(axes, grids, captions, strict=False):
        drawn = ax.imshow(grid, cmap=signed_colours(colors), vmin=-limit, vmax=limit,
                          interpolation="nearest")  # fmt: skip
        ax.set_title(caption, fontsize=SMALL, pad=3)
        ax.set_xticks([])
        ax.set_yticks([])
    for ax in axes[n:]:
        ax.remove()
    add_scale(figure, drawn, axes[:n].tolist(), limit, grids)
    return figure


def add_scale(figure: Figure, drawn: Any, axes: Any, limit: float, values: NDArray[Any]) -> None:
    """The colours' scale: round ticks from end to end, arrows where some values lie beyond."""
    from matplotlib.ticker import MaxNLocator

    low, high = float(np.min(values)) < -limit, float(np.max(values)) > limit
    extend = "both" if low and high else "min" if low else "max" if high else "neither"
    tall = figure.get_figheight()
    found = MaxNLocator(10 if tall > 2.6 else 5).tick_values(-limit, limit)
    ticks = [float(tick) for tick in found if abs(tick) <= 1.001 * limit]
    scale = figure.colorbar(drawn, ax=axes, extend=extend, shrink=0.95, pad=0.02, ticks=ticks,
                            aspect=min(30, 7 * tall))  # fmt: skip
    scale.ax.set_yticklabels(told_apart(ticks), fontsize=SMALL)
    scale.set_label("black is exactly 0", fontsize=SMALL)


def weight_matrices(
    weights: Sequence[ArrayLike],
    *,
    inputs: Sequence[str] | None = None,
    classes: Sequence[str] | None = None,
    colors: str = "lesson",
    title: str = "The weights of each layer; black is exactly 0",
) -> Figure:
    """Each layer's weights as a matrix of colours, a row for each neuron, on one scale.

    What `weights` is for images, this is for tables: a column of the first matrix is what
    one input does. Small matrices have their numbers in them.

    Parameters
    ----------
    weights : sequence of (n_out, n_in) arrays
        Such as ``[layer.weights for layer in net.layers(theta)]``.
    inputs, classes : sequences of str, or None
        Names of the inputs and outputs; None: numbers from 0.
    colors : {"lesson", "safe"}
    title : str

    Returns
    -------
    Figure

    Examples
    --------
    >>> figure = weight_matrices([np.zeros((3, 2)), np.ones((1, 3))], inputs=["x", "y"])
    >>> figure.axes[0].get_title(), figure.axes[1].get_ylabel()
    ('3 x 2', 'output')
    """
    matrices = [np.asarray(W, np.float64) for W in weights]
    limit = limit_of(np.concatenate([W.ravel() for W in matrices]))
    names = ["input", *(f"hidden {k}" for k in range(1, len(matrices))), "output"]
    tallest = min(26, max(len(W) for W in matrices))
    below = max(map(len, inputs)) * GLYPH * SMALL / 72 if inputs else 0.1
    figure = new_figure(WIDTH, min(6.0, max(2.0, CELL[1] * tallest + 0.9) + 0.7 + below))
    head_figure(figure, title)
    ratios = [min(30, max(W.shape[1], 4)) for W in matrices]
    axes = figure.subplots(1, len(matrices), squeeze=False, width_ratios=ratios).ravel()
    for number, (ax, W) in enumerate(zip(axes, matrices, strict=True)):
        width = ((WIDTH - 1.6) * ratios[number] / sum(ratios) - 0.5) / W.shape[1]
        drawn = ax.imshow(W, cmap=signed_colours(colors), vmin=-limit, vmax=limit,
                          aspect="auto" if len(W) > 6 else "equal",
                          interpolation="nearest")  # fmt: skip
        if W.size <= MOST_NUMBERS and width >= CELL[0]:
            add_numbers(ax, W, limit)
        label_axes(ax, f"from {names[number]}", names[number + 1])
        ax.set_title(f"{W.shape[0]} x {W.shape[1]}", fontsize=LABEL)
        name_ticks(ax.xaxis, W.shape[1], width, inputs if number == 0 else None, along=True)
        height = (figure.get_figheight() - 1.2 - below) / len(W)
        name_ticks(ax.yaxis, len(W), height, classes if number == len(matrices) - 1 else None)
    add_scale(figure, drawn, axes.tolist(), limit, np.concatenate([W.ravel() for W in matrices]))
    return figure


def name_ticks(
    axis: Axis, n: int, inches: float, names: Sequence[str] | None, *, along: bool = False
) -> None:
    """A name at each row or column where so many inches hold it, else some of their numbers."""
    from matplotlib.ticker import MaxNLocator

    texts = names_of(n, names)
    longest = max(map(len, texts))
    turned = along and longest > 2
    needed = GLYPH * SMALL / 72 * (longest + 1) if along and not turned else 0.15
    if n > MOST_NAMES or inches < needed:
        axis.set_major_locator(MaxNLocator(4, integer=True))
    else:
        axis.set_ticks(range(n), texts, rotation=90 if turned else 0)


def add_numbers(ax: Axes, W: NDArray[Any], limit: float) -> None:
    """Each number in its cell, dark where the cell is bright."""
    for (j, k), w in np.ndenumerate(W):
        ax.text(k, j, f"{w:.2g}", ha="center", va="center", fontsize=SMALL,
                color="black" if abs(w) > 0.55 * limit else "white")  # fmt: skip


@overload
def nudges(
    found: Sequence[Nudge], *, colors: str = ..., title: str = ..., ax: None = ...
) -> Figure: ...
@overload
def nudges(found: Sequence[Nudge], *, colors: str = ..., title: str = ..., ax: Axes) -> Axes: ...
def nudges(
    found: Sequence[Nudge],
    *,
    colors: str = "lesson",
    title: str = "The parameters that matter most right now, and which way to nudge them",
    ax: Axes | None = None,
) -> Figure | Axes:
    """The largest entries of the negative gradient as bars.

    Parameters
    ----------
    found : sequence of Nudge
        What `inside.read_gradient` gives.
    colors : {"lesson", "safe"}
    title : str
    ax : Axes or None

    Returns
    -------
    Figure, or the Axes given

    Examples
    --------
    >>> from fastgd.inside import Nudge
    >>> drawn = nudges([Nudge(0, 1, 0, None, 2.0, "up")]).axes[0]
    >>> drawn.get_yticklabels()[0].get_text()
    'layer 1, neuron 0, bias'
    """
    plus, minus = chosen(SIGNED_ON_WHITE, colors)
    drawn = axes_or_new(ax, 7.2, max(2.4, 0.24 * len(found) + 1.2))
    amounts = [nudge.amount for nudge in found]
    names = [str(nudge).rsplit(":", 1)[0] for nudge in found]
    drawn.barh(np.arange(len(found)), amounts, height=0.7,
               color=[plus if a > 0 else minus for a in amounts])  # fmt: skip
    drawn.invert_yaxis()
    drawn.axvline(0, color="black", linewidth=0.8)
    widest = max(map(abs, amounts), default=1.0)
    drawn.set_xlim(-1.08 * widest, 1.08 * widest)
    taken = GLYPH * SMALL / 72 * max(map(len, names), default=0) - 0.8
    label = wrapped("entry of the negative gradient: left is down, right is up",
                    size_of(drawn)[0] - taken, LABEL)  # fmt: skip
    label_axes(drawn, label, "")
    drawn.locator_params(axis="x", nbins=5)
    drawn.set_yticks(np.arange(len(found)), names, fontsize=SMALL)
    head(drawn, title, taken=taken)
    plain(drawn)
    drawn.grid(axis="y", visible=False)
    return drawn_on(drawn, ax)


@overload
def order_in_weights(
    trained: MoransI, untrained: MoransI | None = ..., *, title: str = ..., ax: None = ...
) -> Figure: ...
@overload
def order_in_weights(
    trained: MoransI, untrained: MoransI | None = ..., *, title: str = ..., ax: Axes
) -> Axes: ...
def order_in_weights(
    trained: MoransI,
    untrained: MoransI | None = None,
    *,
    title: str = "Do the first layer's weights lie at random?",
    ax: Axes | None = None,
) -> Figure | Axes:
    """Moran's I of each neuron's grid, beside what shuffled pixels give.

    Parameters
    ----------
    trained : MoransI
        What `spatial.morans_i` gives.
    untrained : MoransI or None
        The same of the network before its training.
    title : str
    ax : Axes or None

    Returns
    -------
    Figure, or the Axes given

    Examples
    --------
    >>> from fastgd.spatial import morans_i
    >>> found = morans_i(np.random.default_rng(0).random((3, 5, 5)), n_permutations=19)
    >>> order_in_weights(found).axes[0].get_xlabel()
    'neuron of the first layer'
    """
    drawn = axes_or_new(ax, 7.2, 4.8)
    at = np.arange(len(trained.statistic))
    wide = 2 * trained.shuffled_deviation.mean()
    mean = trained.shuffled_mean.mean()
    small = 5.0 if len(at) <= 40 else 3.0
    drawn.axhspan(mean - wide, mean + wide, color=QUIET, alpha=0.25,
                  label="shuffled pixels: mean and two standard deviations")  # fmt: skip
    drawn.plot(at, trained.statistic, "o", color=ACCENT, markersize=small,
               label=f"trained: {told_of(trained)}")  # fmt: skip
    if untrained is not None:
        drawn.plot(at, untrained.statistic, "s", color=SECOND, markerfacecolor="none",
                   markersize=small, label=f"untrained: {told_of(untrained)}")  # fmt: skip
    label_axes(drawn, "neuron of the first layer", "Moran's I")
    head(drawn, title, MEANING.format(trained.n_permutations))
    if len(at) <= 20:
        drawn.set_xticks(at)
    else:
        counted(drawn)
    low = min(-0.2, float(trained.statistic.min()) - 0.1)
    drawn.set_ylim(low, max(1.0, float(trained.statistic.max()) + 0.1))
    legend_below(drawn)
    plain(drawn)
    return drawn_on(drawn, ax)


MEANING = (
    "Moran's I: 1 where neighbouring weights are alike, 0 without order, below 0 where unlike.\n"
    "p: the share of {:,} shuffles of the pixels with an I as high; a small p is not chance."
)


def told_of(found: MoransI) -> str:
    """The range of p."""
    least, most = float(found.p_values.min()), float(found.p_values.max())
    if least == most:
        return f"p = {least:.3g} each"
    return f"p from {least:.3g} to {most:.3g}"
