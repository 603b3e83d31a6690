"""A picture of a sweep: scores over a setting, the way there of each fit, where they ended."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from fastgd.plots.style import (
    ACCENT,
    SECOND,
    SMALL,
    axes_or_new,
    counted,
    drawn_on,
    head,
    head_figure,
    label_axes,
    logarithmic,
    new_figure,
    plain,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from fastgd.sweeps import Sweep

# Curves drawn one by one, the best and others spread over the ranks.
MOST_CURVES = 60


def sweep(found: Sweep, *, over: str | None = None, title: str | None = None) -> Figure:
    """Scores over one setting, every learning curve, and a histogram of where the fits ended.

    Fits that failed are counted in the title and drawn nowhere.

    Parameters
    ----------
    found : Sweep
    over : str or None
        The setting along the first picture's axis; None: the learning rate where it varies, else
        the first that does, else none: then two pictures are drawn.
    title : str or None

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        Where `over` was not varied, or every fit failed.

    Examples
    --------
    >>> import fastgd
    >>> cost = fastgd.Cost(fastgd.Network((1, 1)), [[0.0], [1.0]], [[0.0], [1.0]])
    >>> found = fastgd.sweep(cost, learning_rate=[0.1, 1.0], seed=range(5), epochs=10)
    >>> [ax.get_xlabel() for ax in sweep(found).axes]
    ['learning rate', 'epochs done', 'cost']
    """
    fine = [fit for fit in found if not math.isnan(fit.score)]
    if not fine:
        raise ValueError(f"found: every fit failed: {found[0].error}")
    varied = [name for name in found.varied if name not in ("seed", "rows")]
    if over is not None and over not in found.varied:
        raise ValueError(f"over: expected one of {', '.join(found.varied)}, got {over!r}")
    if over is None and varied:
        over = "learning_rate" if "learning_rate" in varied else varied[0]
    held_out = not math.isnan(fine[0].validation_cost)
    name = "cost on held-out examples" if held_out else "cost"
    n = 3 if over else 2
    figure = new_figure(8.0, 2.6 * n)
    failed = len(found) - len(fine)
    head_figure(
        figure,
        title
        or f"{len(fine):,} fits, side by side" + (f"; {failed:,} more failed" if failed else ""),
    )
    axes: Any = figure.subplots(n, 1)
    if over is not None:
        draw_scores(axes[0], found, over, name)
    draw_curves(axes[-2], fine, "the best on held-out examples" if held_out else "the best")
    spread([fit.score for fit in fine], name=name, ax=axes[-1])
    return figure


def draw_scores(ax: Axes, found: Sweep, over: str, name: str) -> None:
    """Each fit's score over a setting, and the means."""
    from matplotlib.ticker import NullLocator

    column = found.columns[over]
    scores = np.array([fit.score for fit in found])
    kept = ~np.isnan(scores)
    values = list(dict.fromkeys(column.tolist()))
    numeric = column.dtype.kind in "if"
    if numeric:
        values.sort()
    spread = numeric and min(values) > 0 and max(values) >= 8 * min(values)
    places = values if numeric else list(range(len(values)))
    at = dict(zip(values, places, strict=True))
    x = np.array([at[value] for value in column.tolist()], np.float64)
    ax.plot(x[kept], scores[kept], "o", color=ACCENT, alpha=0.4, markersize=4, label="a fit")
    means = [
        (at[value], scores[kept & (column == value)].mean())
        for value in values
        if (kept & (column == value)).any()
    ]
    line = "o-" if numeric else "D"
    ax.plot(*zip(*means, strict=True), line, color=SECOND, linewidth=1.8, label="their mean")
    label_axes(ax, over.replace("_", " "), name)
    logarithmic(ax)
    if spread:
        ax.set_xscale("log")
        ax.set_xticks(values, [f"{value:g}" for value in values], fontsize=SMALL)
        ax.xaxis.set_minor_locator(NullLocator())
    elif not numeric:
        ax.set_xticks(places, values, fontsize=SMALL)
    ax.legend(fontsize=SMALL)
    plain(ax)


def draw_curves(ax: Axes, fits: list[Any], named: str) -> None:
    """The way down of each, the best on top."""
    ranked = sorted((fit for fit in fits if len(fit.costs)), key=lambda fit: float(fit.score))
    n = len(ranked)
    shown = sorted({round(i) for i in np.linspace(0, n - 1, min(n, MOST_CURVES))})
    for rank in reversed(shown):
        costs, best = ranked[rank].costs, rank == 0
        some = f"{len(shown) - 1} of the other {n - 1}" if len(shown) < n else "the others"
        label = named if best else some if rank == shown[-1] else None
        ax.plot(np.arange(1, len(costs) + 1), costs, label=label,
                color=SECOND if best else ACCENT, alpha=1 if best else 0.4,
                linewidth=2.0 if best else 0.9, zorder=3 if best else 2)  # fmt: skip
    label_axes(ax, "epochs done", "training cost")
    logarithmic(ax)
    counted(ax)
    handles, labels = ax.get_legend_handles_labels()
    ax.legend(handles[::-1], labels[::-1], fontsize=SMALL)
    plain(ax)


@overload
def spread(
    costs: ArrayLike, *, name: str = ..., title: str = ..., note: str = ..., ax: None = ...
) -> Figure: ...
@overload
def spread(
    costs: ArrayLike, *, name: str = ..., title: str = ..., note: str = ..., ax: Axes
) -> Axes: ...
def spread(
    costs: ArrayLike,
    *,
    name: str = "cost",
    title: str = "Where they ended",
    note: str = "",
    ax: Axes | None = None,
) -> Figure | Axes:
    """How many of many descents ended at which cost.

    Parameters
    ----------
    costs : (n,) array
    name : str
        Of what is counted.
    title, note : str
    ax : Axes or None

    Returns
    -------
    Figure, or the Axes given

    Raises
    ------
    ValueError
        Where there are no costs, or one is not finite.

    Examples
    --------
    >>> spread([0.04, 0.05, 0.05]).axes[0].get_ylabel()
    'how many'
    """
    from matplotlib.ticker import MaxNLocator

    scores = np.asarray(costs, np.float64).ravel()
    if not (scores.size and np.isfinite(scores).all()):
        raise ValueError(f"costs: expected finite numbers, got {costs!r}")
    drawn = axes_or_new(ax)
    low, high = float(scores.min()), float(scores.max())
    n_bins = int(np.clip(round(2 * len(scores) ** (1 / 3)), 5, 60)) if high > low else 1
    drawn.hist(scores, n_bins, color=ACCENT, alpha=0.75)
    middle = float(np.median(scores))
    drawn.axvline(middle, color=SECOND, linewidth=1.8, label=f"half lie below {middle:.4g}")
    label_axes(drawn, name, "how many")
    head(drawn, title, note or f"From {low:.4g} to {high:.4g}.")
    drawn.margins(y=0.15)
    drawn.legend(fontsize=SMALL)
    drawn.yaxis.set_major_locator(MaxNLocator(integer=True))
    plain(drawn)
    return drawn_on(drawn, ax)
