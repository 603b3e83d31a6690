"""Pictures of the way down: curves along it, slopes around it, other starts, shuffled labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import numpy as np

from fastgd.plots.style import (
    ACCENT,
    LABEL,
    QUIET,
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
    from numpy.typing import NDArray

    from fastgd.curves import Curves, Memorising
    from fastgd.minima import MultiStart, Slopes

# Points up to which each has a dot.
DOTS = 60
EPOCH = "An epoch is one walk over all training examples; each batch of it is one step."


def descent_curves(curves: Curves, *, title: str = "The descent, epoch by epoch") -> Figure:
    """Cost, accuracy, movement and gradient along a path, one small plot each.

    Costs, movement and gradient are on logarithmic scales where all are above 0. An epoch is
    one walk over all examples; it has as many steps as there are batches.

    Parameters
    ----------
    curves : Curves
    title : str

    Returns
    -------
    Figure

    Examples
    --------
    >>> from fastgd.curves import Curves
    >>> ones = np.ones(3)
    >>> len(descent_curves(Curves(ones, ones, ones[1:], None)).axes)
    3
    """
    apart = "an epoch" if curves.record == 1 else f"{curves.record:,} epochs"
    costs = [(curves.costs, "training", ACCENT)]
    if curves.test_costs is not None:
        costs.append((curves.test_costs, "test", SECOND))
    panels: list[tuple[str, list[tuple[NDArray[Any], str, str]]]] = [("cost", costs)]
    if curves.accuracies is not None:
        panels.append(("test accuracy, %", [(100 * curves.accuracies, "", SECOND)]))
    panels.append((f"distance moved in {apart}", [(curves.step_lengths, "", ACCENT)]))
    panels.append(("length of the gradient", [(curves.gradient_norms, "", ACCENT)]))
    figure = new_figure(7.4, 5.2)
    head_figure(figure, title)
    figure.supxlabel(EPOCH, fontsize=SMALL, color=QUIET)
    axes = figure.subplots(2, 2).ravel()
    for ax, (name, lines) in zip(axes, panels, strict=False):
        for values, which, color in lines:
            draw_curve(ax, curves.epochs[-len(values) :], values, which, color)
        if "%" in name:
            ax.set_ylim(0, 104)
        else:
            logarithmic(ax)
        counted(ax)
        ax.margins(x=0.04)
        label_axes(ax, "epochs done", "")
        if lines[0][1]:
            ax.legend(fontsize=SMALL)
        else:  # one curve: the title has room for its end
            name = f"{name}: {lines[0][0][-1]:.3g} in the end"
        ax.set_title(name, fontsize=LABEL + 0.5)
        plain(ax)
    for ax in axes[len(panels) :]:
        ax.remove()
    return figure


def draw_curve(
    ax: Axes, epochs: NDArray[Any], values: NDArray[Any], which: str, color: str
) -> None:
    """A line with a dot at its end."""
    label = f"{which}: {values[-1]:.3g} in the end" if which else None
    dashes = "--" if color == SECOND and which else "-"
    ax.plot(epochs, values, dashes, color=color, linewidth=1.6, label=label)
    ax.plot(epochs[-1], values[-1], "o", color=color, markersize=4)


@overload
def slope_histogram(slopes: Slopes, *, title: str = ..., ax: None = ...) -> Figure: ...
@overload
def slope_histogram(slopes: Slopes, *, title: str = ..., ax: Axes) -> Axes: ...
def slope_histogram(
    slopes: Slopes,
    *,
    title: str = "No direction falls as steeply as the negative gradient",
    ax: Axes | None = None,
) -> Figure | Axes:
    """Slopes in random directions, beside that of the negative gradient.

    Parameters
    ----------
    slopes : Slopes
    title : str
    ax : Axes or None

    Returns
    -------
    Figure, or the Axes given

    Examples
    --------
    >>> from fastgd.minima import Slopes
    >>> slope_histogram(Slopes(np.array([-0.1, 0.1]), 1.0, np.array([]), -1.0)).axes[0].get_xlabel()
    'slope of the cost along a unit direction'
    """
    drawn = axes_or_new(ax)
    drawn.hist(slopes.slopes, bins=41, color=ACCENT, alpha=0.85,
               label=f"{len(slopes.slopes):,} random directions: {slopes.lowest:.3g} to "
               f"{slopes.slopes.max():.3g}")  # fmt: skip
    drawn.axvline(-slopes.gradient_norm, color=SECOND, linewidth=2.2,
                  label=f"negative gradient: {-slopes.gradient_norm:.3g}")  # fmt: skip
    drawn.axvline(0, color=QUIET, linewidth=0.8)
    label_axes(drawn, "slope of the cost along a unit direction", "directions")
    head(drawn, title, "Below 0 the cost falls.")
    drawn.legend(fontsize=SMALL)
    plain(drawn)
    return drawn_on(drawn, ax)


@overload
def starts(found: MultiStart, *, title: str = ..., ax: None = ...) -> Figure: ...
@overload
def starts(found: MultiStart, *, title: str = ..., ax: Axes) -> Axes: ...
def starts(
    found: MultiStart,
    *,
    title: str = "Where descents from random starts end",
    ax: Axes | None = None,
) -> Figure | Axes:
    """The way down from each start, and the costs the descents ended at.

    Parameters
    ----------
    found : MultiStart
        Where it has `curves` (from ``record=``), these are drawn: the cost over all examples.
        Else what descents keep: the mean cost of an epoch's batches. Legend and curves
        show the same.
    title : str
    ax : Axes or None

    Returns
    -------
    Figure, or the Axes given

    Examples
    --------
    >>> from fastgd import Descent
    >>> from fastgd.minima import MultiStart
    >>> one = Descent(np.zeros(2), 0.5, np.array([2.0, 1.0]), 2, "epochs")
    >>> starts(MultiStart((one,), (0,))).axes[0].get_ylabel()
    'mean training cost of the epoch'
    """
    drawn = axes_or_new(ax)
    if found.curves:
        name, apart, first = "training cost", found.record or 1, 0
        curves = list(found.curves)
    else:
        name, apart, first = "mean training cost of the epoch", 1, 1
        curves = [descent.costs for descent in found.descents]
    curves.sort(key=lambda costs: float(costs[-1]))
    n = len(curves)
    for rank, costs in reversed(list(enumerate(curves))):
        best = rank == 0
        label = None
        if best:
            label = f"the best of {n}: {costs[-1]:.4g} in the end"
        elif rank == n - 1:
            label = f"the others: {curves[1][-1]:.4g} to {costs[-1]:.4g}"
        drawn.plot(apart * np.arange(first, first + len(costs)), costs, label=label,
                   color=SECOND if best else ACCENT, zorder=3 if best else 2,
                   alpha=1 if best else 0.45, linewidth=2.2 if best else 1.1)  # fmt: skip
    label_axes(drawn, "epochs done", name)
    head(drawn, title)
    logarithmic(drawn)
    counted(drawn)
    drawn.margins(x=0.03)
    handles, labels = drawn.get_legend_handles_labels()
    drawn.legend(handles[::-1], labels[::-1], fontsize=SMALL)
    plain(drawn)
    return drawn_on(drawn, ax)


@overload
def memorising(found: Memorising, *, title: str | None = ..., ax: None = ...) -> Figure: ...
@overload
def memorising(found: Memorising, *, title: str | None = ..., ax: Axes) -> Axes: ...
def memorising(
    found: Memorising,
    *,
    title: str | None = None,
    ax: Axes | None = None,
) -> Figure | Axes:
    """Accuracy on the examples trained on, with true and with shuffled labels.

    Parameters
    ----------
    found : Memorising
        With accuracies.
    title : str or None
        None: says how much of the shuffled labels was learned by heart.
    ax : Axes or None

    Returns
    -------
    Figure, or the Axes given

    Examples
    --------
    >>> from fastgd.curves import Curves, Memorising
    >>> some = Curves(np.ones(2), np.ones(2), np.ones(1), np.array([0.1, 0.9]))
    >>> memorising(Memorising(some, some, 0.1)).axes[0].get_title()
    'Shuffled labels are memorised, too: 90 % of them'
    """
    drawn = axes_or_new(ax)
    for curve, name, color, dashes in (
        (found.true, "true labels", ACCENT, "-"),
        (found.shuffled, "shuffled labels", SECOND, "--"),
    ):
        if curve.accuracies is None:
            raise ValueError("found: expected curves with accuracies")
        mark = "o" if len(curve.accuracies) <= DOTS else ""
        drawn.plot(curve.epochs, 100 * curve.accuracies, dashes, marker=mark, markersize=3,
                   color=color, linewidth=1.6,
                   label=f"{name}: {100 * curve.accuracies[-1]:.0f} % in the end")  # fmt: skip
    drawn.axhline(100 * found.chance, color=QUIET, linestyle=":",
                  label=f"always the commonest label: {100 * found.chance:.0f} %")  # fmt: skip
    label_axes(drawn, "epochs done", "examples trained on and answered right, %")
    head(drawn, told_of(found) if title is None else title)
    counted(drawn)
    drawn.margins(x=0.03)
    drawn.set_ylim(0, 102)
    drawn.legend(fontsize=SMALL)
    plain(drawn)
    return drawn_on(drawn, ax)


def told_of(found: Memorising) -> str:
    """How much of the shuffled labels was learned by heart."""
    assert found.shuffled.accuracies is not None
    end = float(found.shuffled.accuracies[-1])
    if end >= 0.8:
        return f"Shuffled labels are memorised, too: {100 * end:.0f} % of them"
    how = "hardly" if end - found.chance <= 0.1 else "partly"
    by_chance = f"{100 * end:.0f} %, by chance {100 * found.chance:.0f} %"
    return f"Shuffled labels are {how} memorised: {by_chance}"
