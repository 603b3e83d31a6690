"""Pictures of what a network answers: the mess, noise, mistakes; and of order in its weights."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastgd.plots.style import (
    ACCENT,
    QUIET,
    SECOND,
    axes_or_new,
    new_figure,
    plain,
    show_image,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fastgd.inside import Mess, Mistakes, Noise
    from fastgd.spatial import MoransI


def mess(found: Mess, *, title: str = "The same image, before and after training") -> Figure:
    """The image, and the activations of the outputs before and after training.

    Examples
    --------
    >>> from fastgd.inside import Mess
    >>> len(mess(Mess(np.zeros(4), np.ones(3), np.ones(3))).axes)
    3
    """
    figure = new_figure(7.6, 3.0)
    figure.suptitle(title)
    shown, before, after = figure.subplots(1, 3, width_ratios=[1, 1.35, 1.35])
    show_image(shown, found.image)
    top = max(1.0, float(found.untrained.max()), float(found.trained.max()))
    for ax, outputs, name in (
        (before, found.untrained, "untrained: a mess"),
        (after, found.trained, f"trained: {int(found.trained.argmax())}"),
    ):
        colours = [QUIET] * len(outputs)
        colours[int(outputs.argmax())] = ACCENT
        ax.barh(np.arange(len(outputs)), outputs, color=colours)
        ax.set_yticks(np.arange(len(outputs)), [str(j) for j in range(len(outputs))], fontsize=8)
        ax.invert_yaxis()
        ax.set_xlim(min(0.0, float(outputs.min())), 1.05 * top)
        ax.set_xlabel("activation", fontsize=9)
        ax.tick_params(labelsize=8)
        ax.set_title(name, fontsize=10)
        plain(ax)
        ax.grid(axis="y", visible=False)
    before.set_ylabel("output", fontsize=9)
    return figure


def noise(
    found: Noise, n: int = 6, *, title: str = "Pure noise, and the confident answer to it"
) -> Figure:
    """The noise that gets the surest answers, and how sure the network is of noise at large.

    Examples
    --------
    >>> from fastgd.inside import Noise
    >>> some = Noise(np.zeros((3, 4), np.uint8), np.eye(3))
    >>> len(noise(some, 2).axes)  # two images and the histogram
    3
    """
    n = min(n, len(found.images))
    figure = new_figure(1.25 * max(n, 4), 4.0)
    figure.suptitle(title)
    parts: Any = figure.subfigures(2, 1, height_ratios=[1, 1.2])
    above, below = parts
    for ax, image, answer, sure in zip(
        above.subplots(1, n, squeeze=False).ravel(),
        found.images, found.answers, found.confidence, strict=False,
    ):  # fmt: skip
        show_image(ax, image, f"{answer}: {sure:.2f}")
    ax = below.subplots()
    ax.hist(found.confidence, bins=np.linspace(0, max(1, float(found.confidence.max())), 31),
            color=ACCENT, alpha=0.8)  # fmt: skip
    ax.set_xlabel(f"highest activation, over {len(found.images):,} images of noise", fontsize=9)
    ax.set_ylabel("images", fontsize=9)
    plain(ax)
    return figure


def confusion(
    counts: NDArray[Any],
    *,
    title: str = "What each digit is read as",
    ax: Axes | None = None,
) -> Axes:
    """A confusion matrix, with its numbers; colour shows the share of each row.

    Examples
    --------
    >>> confusion(np.array([[3, 1], [0, 4]])).get_xlabel()
    'read as'
    """
    ax = axes_or_new(ax, 5.6, 5.2)
    n = len(counts)
    shares = counts / np.maximum(1, counts.sum(1, keepdims=True))
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for d in range(n):
        for r in range(n):
            if counts[d, r]:
                ax.text(r, d, f"{counts[d, r]}", ha="center", va="center", fontsize=8,
                        color="white" if shares[d, r] > 0.5 else "black")  # fmt: skip
    ax.set_xticks(np.arange(n))
    ax.set_yticks(np.arange(n))
    right = counts.trace() / max(1, counts.sum())
    ax.set(xlabel="read as", ylabel="is")
    ax.set_title(f"{title}: {100 * right:.1f} % right", fontsize=11)
    return ax


def mistakes(found: Mistakes, images: NDArray[Any], *, title: str = "The worst mistakes") -> Figure:
    """The images misread at the highest cost, each with what it is and what it was read as.

    Parameters
    ----------
    found : Mistakes
    images : (n_examples, n_inputs) array
        Those the mistakes were found among.
    title : str

    Examples
    --------
    >>> from fastgd.inside import Mistakes
    >>> one = Mistakes(np.array([1]), np.array([0]), np.array([[0.1, 0.9]]), np.array([1.6]), 1)
    >>> mistakes(one, np.zeros((2, 4))).axes[0].get_title()
    '0, read as 1\\ncost 1.60'
    """
    n = len(found.rows)
    if n == 0:
        figure = new_figure(4, 1.5)
        figure.suptitle(f"{title}: none")
        return figure
    n_columns = min(n, 5)
    n_rows = math.ceil(n / n_columns)
    figure = new_figure(1.35 * max(n_columns, 3), 1.55 * n_rows + 0.5)
    figure.suptitle(f"{title}: {n} of {found.n_wrong:,}", fontsize=11)
    axes = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for ax, row, label, outputs, cost in zip(
        axes, found.rows, found.labels, found.outputs, found.costs, strict=False
    ):
        show_image(ax, images[row], f"{label}, read as {outputs.argmax()}\ncost {cost:.2f}", 8)
    for ax in axes[n:]:
        ax.remove()
    return figure


def order_in_weights(
    trained: MoransI,
    untrained: MoransI | None = None,
    *,
    title: str = "Do the first layer's weights lie at random?",
    ax: Axes | None = None,
) -> Axes:
    """Moran's I of each neuron's grid, beside what shuffled pixels give.

    Examples
    --------
    >>> from fastgd.spatial import morans_i
    >>> found = morans_i(np.random.default_rng(0).random((3, 5, 5)), n_permutations=19)
    >>> order_in_weights(found).get_xlabel()
    'neuron of the first layer'
    """
    ax = axes_or_new(ax, 7.0, 4.2)
    at = np.arange(len(trained.statistic))
    wide = 2 * trained.shuffled_deviation.mean()
    mean = trained.shuffled_mean.mean()
    ax.axhspan(mean - wide, mean + wide, color=QUIET, alpha=0.25,
               label="shuffled pixels, mean and two deviations")  # fmt: skip
    worst = float(trained.p_values.max())
    sign = "=" if worst == trained.p_values.min() else "up to"
    ax.plot(at, trained.statistic, "o", color=ACCENT, label=f"trained: p {sign} {worst:.3g}")
    if untrained is not None:
        least = float(untrained.p_values.min())
        ax.plot(at, untrained.statistic, "o", color=SECOND, markerfacecolor="none",
                label=f"untrained: p from {least:.3g}")  # fmt: skip
    ax.set_xticks(at)
    ax.set(xlabel="neuron of the first layer", ylabel="Moran's I", title=title)
    low = min(-0.2, float(trained.statistic.min()) - 0.1)
    ax.set_ylim(low, max(1.0, float(trained.statistic.max()) + 0.1))
    ax.legend(fontsize=8, loc="upper right", ncols=3)
    plain(ax)
    return ax
