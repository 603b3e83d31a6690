"""Pictures of answers to tables: what is taken for what, where classes meet, predicted and true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd.plots.style import (
    ACCENT,
    LABEL,
    QUIET,
    SMALL,
    axes_or_new,
    drawn_on,
    figure_of,
    head,
    label_axes,
    legend_below,
    names_of,
    plain,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

    from fastgd.inside import DecisionSurface, Predictions

# Classes up to which a confusion matrix has its numbers.
MOST_CLASSES = 14
# Okabe and Ito's colours, which colour-blind eyes tell apart; black is left for lines.
CLASSES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999")
MARKS = "os^Dv<>P"


@overload
def confusion(
    counts: NDArray[Any],
    *,
    classes: Sequence[str] | None = ...,
    title: str = ...,
    ax: None = ...,
) -> Figure: ...
@overload
def confusion(
    counts: NDArray[Any], *, classes: Sequence[str] | None = ..., title: str = ..., ax: Axes
) -> Axes: ...
def confusion(
    counts: NDArray[Any],
    *,
    classes: Sequence[str] | None = None,
    title: str = "What each digit is read as",
    ax: Axes | None = None,
) -> Figure | Axes:
    """A confusion matrix: right answers in blue, wrong ones in orange, by their share of a row.

    Parameters
    ----------
    counts : (n_classes, n_classes) array
        What `inside.confusion` gives.
    classes : sequence of str, or None
        Their names; None: numbers from 0.
    title : str
    ax : Axes or None

    Returns
    -------
    Figure, or the Axes given

    Examples
    --------
    >>> confusion(np.array([[3, 1], [0, 4]])).axes[0].get_xlabel()
    'read as'
    """
    drawn = axes_or_new(ax, 7.0, 5.6)
    n = len(counts)
    names = names_of(n, classes)
    shares = 100 * counts / np.maximum(1, counts.sum(1, keepdims=True))
    diagonal = np.eye(n, dtype=bool)
    worst = max(1.0, float(shares[~diagonal].max(initial=0)))
    for mask, cmap, top, word in (
        (diagonal, "Blues", 100.0, "right"),
        (~diagonal, "Oranges", worst, "wrong"),
    ):
        image = drawn.imshow(np.ma.masked_where(~mask, shares), cmap=cmap, vmin=0, vmax=top)
        bar = figure_of(drawn).colorbar(image, ax=drawn, shrink=0.8, pad=0.02, aspect=25)
        bar.set_label(f"{word}, % of the row", fontsize=SMALL)
        bar.ax.tick_params(labelsize=SMALL)
    if n <= MOST_CLASSES:
        for (d, r), count in np.ndenumerate(counts):
            if count:
                dark = shares[d, r] > 0.6 * (100 if d == r else worst)
                drawn.text(r, d, f"{count}", ha="center", va="center", fontsize=SMALL,
                           color="white" if dark else "black")  # fmt: skip
    label_axes(drawn, "read as", "is")
    if n <= 30:
        long = max(map(len, names)) > 2
        drawn.set_xticks(np.arange(n), names, rotation=90 if long else 0)
        drawn.set_yticks(np.arange(n), names)
    right = counts.trace() / max(1, counts.sum())
    head(drawn, f"{title}: {100 * right:.1f} % right")
    return drawn_on(drawn, ax)


@overload
def decision_surface(
    found: DecisionSurface,
    X: ArrayLike,
    labels: ArrayLike,
    *,
    classes: Sequence[str] | None = ...,
    inputs: Sequence[str] | None = ...,
    title: str = ...,
    ax: None = ...,
) -> Figure: ...
@overload
def decision_surface(
    found: DecisionSurface,
    X: ArrayLike,
    labels: ArrayLike,
    *,
    classes: Sequence[str] | None = ...,
    inputs: Sequence[str] | None = ...,
    title: str = ...,
    ax: Axes,
) -> Axes: ...
def decision_surface(
    found: DecisionSurface,
    X: ArrayLike,
    labels: ArrayLike,
    *,
    classes: Sequence[str] | None = None,
    inputs: Sequence[str] | None = None,
    title: str = "What the network answers to any two inputs",
    ax: Axes | None = None,
) -> Figure | Axes:
    """The answers of a network of two inputs as ground, its examples on it by their class.

    One output is drawn as it is, with a line where it is 0.5; of several the highest.

    Parameters
    ----------
    found : DecisionSurface
        What `inside.decision_surface` gives.
    X : (n_examples, 2) array
    labels : (n_examples,) integers
    classes, inputs : sequences of str, or None
        Their names; None: numbers from 0.
    title : str
    ax : Axes or None

    Returns
    -------
    Figure, or the Axes given

    Examples
    --------
    >>> from fastgd.inside import DecisionSurface
    >>> some = DecisionSurface(np.arange(2.0), np.arange(2.0), np.zeros((2, 2, 1)))
    >>> decision_surface(some, [[0, 0], [1, 1]], [0, 1], inputs=["x", "y"]).axes[0].get_xlabel()
    'x'
    """
    points, which = np.asarray(X), np.asarray(labels).reshape(-1).astype(int)
    points = points / 255 if points.dtype == np.uint8 else points
    one = found.outputs.shape[2] == 1
    n = 2 if one else found.outputs.shape[2]
    names = names_of(n, classes)
    drawn = axes_or_new(ax, 6.8, 5.4)
    figure, note = figure_of(drawn), ""
    if one:
        answers = found.outputs[:, :, 0]
        levels = np.linspace(min(0.0, float(answers.min())), max(1.0, float(answers.max())), 21)
        ground = drawn.contourf(found.x, found.y, answers, levels,
                                cmap=between(CLASSES[0], CLASSES[1]))  # fmt: skip
        bar = figure.colorbar(ground, ax=drawn, ticks=np.linspace(0, 1, 6), pad=0.02, aspect=25)
        words = "" if classes is None else f": 0 is {names[0]}, 1 is {names[1]}"
        bar.set_label(f"output{words}", fontsize=LABEL)
        bar.ax.tick_params(labelsize=SMALL)
        if answers.min() < 0.5 < answers.max():
            drawn.contour(found.x, found.y, answers, [0.5], colors="black", linewidths=1.6)
            note = "On the line the output is 0.5."
        else:
            note = "The output is on one side of 0.5 everywhere: it tells no classes apart."
    else:
        answers = found.outputs.argmax(2)
        colours = [CLASSES[j % len(CLASSES)] for j in range(n)]
        drawn.contourf(
            found.x, found.y, answers, np.arange(n + 1) - 0.5, colors=colours, alpha=0.45
        )
        note = "The ground has the colour of the highest output."
    for j in np.unique(which):
        at = points[which == j]
        drawn.plot(at[:, 0], at[:, 1], MARKS[j % len(MARKS)], color=CLASSES[j % len(CLASSES)],
                   markeredgecolor="black", markersize=9 if len(points) < 50 else 5, linestyle="",
                   label=f"is {names[j]}")  # fmt: skip
    x, y = names_of(2, inputs) if inputs is not None else ("input 0", "input 1")
    label_axes(drawn, x, y)
    head(drawn, title, note)
    legend_below(drawn, ncols=min(n, 3))
    return drawn_on(drawn, ax)


def between(first: str, second: str) -> Colormap:
    """From one colour over white to another."""
    from matplotlib.colors import LinearSegmentedColormap

    made: Colormap = LinearSegmentedColormap.from_list("between", [first, "white", second], N=256)
    return made


@overload
def predicted_against_true(
    found: Predictions, output: int = ..., *, name: str = ..., title: str = ..., ax: None = ...
) -> Figure: ...
@overload
def predicted_against_true(
    found: Predictions, output: int = ..., *, name: str = ..., title: str = ..., ax: Axes
) -> Axes: ...
def predicted_against_true(
    found: Predictions,
    output: int = 0,
    *,
    name: str = "target",
    title: str = "Predicted against true",
    ax: Axes | None = None,
) -> Figure | Axes:
    """One output's predictions over what is true: on the line they would be perfect.

    Parameters
    ----------
    found : Predictions
        What `inside.predictions` gives.
    output : int
        Which output.
    name : str
        What it is.
    title : str
    ax : Axes or None

    Returns
    -------
    Figure, or the Axes given

    Examples
    --------
    >>> from fastgd.inside import Predictions
    >>> some = Predictions(np.array([[1.0], [2.0]]), np.array([[1.1], [1.9]]))
    >>> predicted_against_true(some, name="price").axes[0].get_xlabel()
    'price, true'
    """
    drawn = axes_or_new(ax, 6.0, 5.8)
    true, predicted = found.true[:, output], found.predicted[:, output]
    low, high = min(true.min(), predicted.min()), max(true.max(), predicted.max())
    away = 0.04 * (high - low or 1.0)
    ends = [low - away, high + away]
    drawn.plot(ends, ends, "--", color=QUIET, linewidth=1.2, label="predicted = true")
    many = len(true) > 500
    drawn.plot(true, predicted, "o", color=ACCENT, markersize=3 if many else 4.5, linestyle="",
               alpha=0.35 if many else 0.7, markeredgewidth=0,
               label=f"{len(true):,} examples")  # fmt: skip
    drawn.set(xlim=ends, ylim=ends, aspect="equal")
    label_axes(drawn, f"{name}, true", f"{name}, predicted")
    note = (
        f"R\N{SUPERSCRIPT TWO} = {found.r2[output]:.3f} (1 is perfect, 0 no better than the mean); "
        f"root mean squared error {found.rmse[output]:.4g}"
    )
    head(drawn, title, note)
    drawn.legend(fontsize=SMALL)
    plain(drawn)
    return drawn_on(drawn, ax)
