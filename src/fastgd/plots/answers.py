"""Pictures of what a network answers to images: the mess, noise, mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastgd.plots.style import (
    ACCENT,
    LABEL,
    QUIET,
    RIGHT,
    SECOND,
    SMALL,
    WRONG,
    head_figure,
    label_axes,
    names_of,
    new_figure,
    plain,
    show_image,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from fastgd.inside import Mess, Mistakes, Noise

# Outputs that are drawn: of more, the highest.
MOST = 24


def mess(
    found: Mess,
    *,
    classes: Sequence[str] | None = None,
    title: str = "The same image, before and after training",
) -> Figure:
    """The image, and the activations of the outputs before and after training.

    Where `found` says what the image is, a right answer is blue and a wrong one orange.

    Parameters
    ----------
    found : Mess
    classes : sequence of str, or None
        Names of the outputs; None: numbers from 0.
    title : str

    Examples
    --------
    >>> from fastgd.inside import Mess
    >>> len(mess(Mess(np.zeros(4), np.ones(3), np.ones(3))).axes)
    3
    """
    n = len(found.trained)
    names = names_of(n, classes)
    which = np.sort(np.argsort(-found.trained, kind="stable")[:MOST])
    figure = new_figure(7.6, max(3.2, 0.2 * len(which) + 1.2))
    head_figure(figure, title)
    shown, before, after = figure.subplots(1, 3, width_ratios=[1, 1.35, 1.35])
    show_image(shown, found.image, "" if found.label is None else f"this is: {names[found.label]}")
    low = min(0.0, float(found.untrained.min()), float(found.trained.min()))
    top = max(1.0, float(found.untrained.max()), float(found.trained.max()))
    for ax, outputs, word in (
        (before, found.untrained, "untrained"),
        (after, found.trained, "trained"),
    ):
        answer = int(outputs.argmax())
        color, verdict = ACCENT, ""
        if found.label is not None:
            right = answer == found.label
            color, verdict = (RIGHT, ", right") if right else (WRONG, ", wrong")
        ax.barh(np.arange(len(which)), outputs[which],
                color=[color if j == answer else QUIET for j in which])  # fmt: skip
        ax.invert_yaxis()
        ax.set_xlim(1.05 * low, 1.05 * top)
        label_axes(ax, "activation", "")
        ax.set_yticks(np.arange(len(which)), [names[j] for j in which], fontsize=SMALL)
        ax.set_title(f"{word}: {names[answer]}{verdict}", fontsize=LABEL + 1, color=color)
        plain(ax)
        ax.grid(axis="y", visible=False)
    before.set_ylabel("output", fontsize=LABEL)
    return figure


def noise(
    found: Noise,
    n: int = 6,
    *,
    classes: Sequence[str] | None = None,
    title: str = "Pure noise, and the confident answer to it",
) -> Figure:
    """The noise that gets the surest answers, noise of the middle, and how sure all of them are.

    Parameters
    ----------
    found : Noise
    n : int
        Images in each row.
    classes : sequence of str, or None
        Names of the outputs; None: numbers from 0.
    title : str

    Examples
    --------
    >>> from fastgd.inside import Noise
    >>> some = Noise(np.zeros((3, 4), np.uint8), np.eye(3))
    >>> len(noise(some, 2).axes)  # two surest, two typical and the histogram
    5
    """
    n = min(n, len(found.images))
    names = names_of(found.outputs.shape[1], classes)
    middle = (len(found.images) - n) // 2
    figure = new_figure(7.2, 5.8)
    head_figure(figure, title)
    parts: Any = figure.subfigures(3, 1, height_ratios=[1, 1, 1.15])
    for part, first, word in zip(parts, (0, middle), ("the surest", "typical"), strict=False):
        part.suptitle(word, fontsize=LABEL)
        for ax, i in zip(part.subplots(1, n, squeeze=False).ravel(), range(first, first + n),
                         strict=True):  # fmt: skip
            said = f"{names[found.answers[i]]}: {found.confidence[i]:.2f}"
            show_image(ax, found.images[i], said, SMALL)
    ax = parts[2].subplots()
    ax.hist(found.confidence, bins=np.linspace(0, max(1, float(found.confidence.max())), 31),
            color=ACCENT, alpha=0.85)  # fmt: skip
    typical = float(np.median(found.confidence))
    ax.axvline(typical, color=SECOND, linewidth=2, label=f"the middle: {typical:.2f}")
    label_axes(ax, f"highest activation, over {len(found.images):,} images of noise", "images")
    ax.legend(fontsize=SMALL)
    plain(ax)
    return figure


def mistakes(
    found: Mistakes,
    images: NDArray[Any],
    typical: Mistakes | None = None,
    *,
    classes: Sequence[str] | None = None,
    title: str = "Mistakes",
) -> Figure:
    """Images that were misread, each with what it is and what it was read as.

    Parameters
    ----------
    found : Mistakes
        The costliest: what `inside.worst_mistakes` gives.
    images : (n_examples, n_inputs) array
        Those the mistakes were found among.
    typical : Mistakes or None
        What `inside.typical_mistakes` gives: drawn below the others.
    classes : sequence of str, or None
        Names of the outputs; None: numbers from 0.
    title : str

    Examples
    --------
    >>> from fastgd.inside import Mistakes
    >>> one = Mistakes(np.array([1]), np.array([0]), np.array([[0.1, 0.9]]), np.array([1.6]), 1)
    >>> mistakes(one, np.zeros((2, 4))).axes[0].get_title()
    'is 0, cost 1.60'
    """
    if len(found.rows) == 0:
        figure = new_figure(4, 1.5)
        head_figure(figure, f"{title}: none")
        return figure
    names = names_of(found.outputs.shape[1], classes)
    groups = [("the costliest", found)] + ([] if typical is None else [("typical", typical)])
    n_columns = min(max(len(group.rows) for _, group in groups), 6)
    heights = [-(-len(group.rows) // n_columns) for _, group in groups]
    figure = new_figure(max(1.25 * n_columns, 3.4), 1.6 * sum(heights) + 0.3 * len(groups) + 0.4)
    head_figure(figure, f"{title}: {sum(len(g.rows) for _, g in groups)} of {found.n_wrong:,}")
    parts: Any = figure.subfigures(len(groups), 1, height_ratios=heights, squeeze=False)
    for part, (word, group), n_rows in zip(parts[:, 0], groups, heights, strict=True):
        part.suptitle(word, fontsize=LABEL)
        axes = part.subplots(n_rows, n_columns, squeeze=False).ravel()
        for ax, row, label, outputs, cost in zip(
            axes, group.rows, group.labels, group.outputs, group.costs, strict=False
        ):
            show_image(ax, images[row], f"is {names[label]}, cost {cost:.2f}", SMALL)
            ax.text(0.5, -0.03, f"read as {names[outputs.argmax()]}", transform=ax.transAxes,
                    ha="center", va="top", fontsize=SMALL, color=WRONG)  # fmt: skip
        for ax in axes[len(group.rows) :]:
            ax.remove()
    return figure
