"""Pictures of the way down: curves along it, slopes around it, other starts, shuffled labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastgd.plots.style import ACCENT, QUIET, SECOND, axes_or_new, counted, new_figure, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fastgd.curves import Curves, Memorising
    from fastgd.minima import MultiStart, Slopes


def descent_curves(curves: Curves, *, title: str = "The descent, epoch by epoch") -> Figure:
    """Cost, accuracy, step length and gradient along a path, one small plot each.

    Parameters
    ----------
    curves : Curves
    title : str

    Returns
    -------
    Figure

    Examples
    --------
    >>> import numpy as np
    >>> from fastgd.curves import Curves
    >>> ones = np.ones(3)
    >>> len(descent_curves(Curves(ones, ones, ones[1:], None)).axes)
    3
    """
    panels: list[tuple[str, NDArray[Any], int]] = [("cost", curves.costs, 0)]
    if curves.accuracies is not None:
        panels.append(("accuracy, %", 100 * curves.accuracies, 0))
    panels.append(("length of the step", curves.step_lengths, 1))
    panels.append(("length of the gradient", curves.gradient_norms, 0))
    figure = new_figure(7.2, 4.8)
    figure.suptitle(title)
    axes = figure.subplots(2, 2).ravel()
    for ax, (name, values, first) in zip(axes, panels, strict=False):
        ax.plot(np.arange(first, first + len(values)), values, "-", color=ACCENT, linewidth=1.5)
        ax.plot(first + len(values) - 1, values[-1], "o", color=ACCENT, markersize=4)
        ax.annotate(f"{values[-1]:.3g}", (first + len(values) - 1, values[-1]), (0, 6),
                    textcoords="offset points", ha="right", fontsize=8)  # fmt: skip
        ax.set_title(name, fontsize=10)
        ax.set_xlabel("recorded epoch", fontsize=8)
        counted(ax)
        ax.set_ylim(0, None if name != "accuracy, %" else 104)
        ax.margins(y=0.15)
        plain(ax)
    for ax in axes[len(panels) :]:
        ax.remove()
    return figure


def slope_histogram(
    slopes: Slopes,
    *,
    title: str = "No direction falls as steeply as the negative gradient",
    ax: Axes | None = None,
) -> Axes:
    """Slopes in random directions, beside that of the negative gradient.

    Parameters
    ----------
    slopes : Slopes
    title : str
    ax : Axes or None

    Examples
    --------
    >>> import numpy as np
    >>> from fastgd.minima import Slopes
    >>> slope_histogram(Slopes(np.array([-0.1, 0.1]), 1.0, np.array([]), -1.0)).get_xlabel()
    'slope of the cost along a unit direction'
    """
    ax = axes_or_new(ax)
    ax.hist(slopes.slopes, bins=41, color=ACCENT, alpha=0.8,
            label=f"{len(slopes.slopes):,} random directions")  # fmt: skip
    ax.axvline(-slopes.gradient_norm, color=SECOND, linewidth=2,
               label=f"negative gradient: {-slopes.gradient_norm:.3g}")  # fmt: skip
    ax.axvline(slopes.lowest, color=QUIET, linestyle=":", linewidth=1.5,
               label=f"steepest of the random ones: {slopes.lowest:.3g}")  # fmt: skip
    ax.set(xlabel="slope of the cost along a unit direction", ylabel="directions")
    ax.set_title(title, fontsize=11)
    ax.legend(fontsize=8)
    plain(ax)
    return ax


def starts(
    found: MultiStart,
    *,
    title: str = "Where descents from random starts end",
    ax: Axes | None = None,
) -> Axes:
    """The way down from each start, and the costs the descents ended at.

    Parameters
    ----------
    found : MultiStart
    title : str
    ax : Axes or None

    Examples
    --------
    >>> import numpy as np
    >>> from fastgd import Descent
    >>> from fastgd.minima import MultiStart
    >>> one = Descent(np.zeros(2), 0.5, np.array([2.0, 1.0]), 2, "epochs")
    >>> starts(MultiStart((one,), (0,))).get_xlabel()
    'epoch'
    """
    ax = axes_or_new(ax)
    n = len(found.descents)
    for descent in found.descents[::-1]:
        best = descent is found.best
        epochs = np.arange(1, len(descent.costs) + 1)
        ax.plot(epochs, descent.costs, color=SECOND if best else ACCENT, zorder=3 if best else 2,
                alpha=1 if best else 0.5, linewidth=1.8 if best else 1.1)  # fmt: skip
    lowest, highest = found.costs[0], found.costs[-1]
    ax.plot([], [], color=SECOND, label=f"the best: ends at {lowest:.4g}")
    if n > 1:
        ax.plot([], [], color=ACCENT, alpha=0.5, label=f"the other {n - 1}: up to {highest:.4g}")
    ax.set(xlabel="epoch", ylabel="cost, training", yscale="log")
    ax.set_title(title, fontsize=11)
    ax.yaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_minor_formatter(lambda x, _: f"{x:.2g}" if f"{x:e}"[0] in "25" else "")
    ax.tick_params(which="both", labelsize=9)
    counted(ax)
    ax.legend(fontsize=8)
    plain(ax)
    return ax


def memorising(
    found: Memorising,
    *,
    title: str = "Learning true labels, memorising shuffled ones",
    ax: Axes | None = None,
) -> Axes:
    """Accuracy on the examples trained on, with true and with shuffled labels.

    Parameters
    ----------
    found : Memorising
        With accuracies.
    title : str
    ax : Axes or None

    Examples
    --------
    >>> import numpy as np
    >>> from fastgd.curves import Curves, Memorising
    >>> some = Curves(np.ones(2), np.ones(2), np.ones(1), np.array([0.1, 0.9]))
    >>> memorising(Memorising(some, some, 0.1)).get_ylabel()
    'trained-on examples answered right, %'
    """
    ax = axes_or_new(ax)
    for curve, name, color in (
        (found.true, "true labels", ACCENT),
        (found.shuffled, "shuffled labels", SECOND),
    ):
        if curve.accuracies is None:
            raise ValueError("found: expected curves with accuracies")
        ax.plot(100 * curve.accuracies, "-o", markersize=3, color=color,
                label=f"{name}: {100 * curve.accuracies[-1]:.0f} % in the end")  # fmt: skip
    ax.axhline(100 * found.chance, color=QUIET, linestyle=":", label="always the commonest label")
    ax.set(xlabel="epoch", ylabel="trained-on examples answered right, %")
    ax.set_title(title, fontsize=11)
    counted(ax)
    ax.set_ylim(0, 102)
    ax.legend(fontsize=8)
    plain(ax)
    return ax
