"""Pictures of the network itself: its neurons, its weights as images, and where to nudge them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd.plots.style import (
    GROUND,
    SIGNED,
    SIGNED_ON_WHITE,
    as_picture,
    axes_or_new,
    chosen,
    limit_of,
    new_figure,
    plain,
    signed_colours,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fastgd.inside import Nudge


def neurons(
    activations: Sequence[ArrayLike],
    weights: Sequence[ArrayLike] = (),
    *,
    colors: str = "lesson",
    title: str = "Every neuron as bright as its activation",
    ax: Axes | None = None,
) -> Axes:
    """Every neuron as a disc as bright as its activation, the input as an image.

    Parameters
    ----------
    activations : sequence of (n_l,) arrays
        The input first, as `Network.activations` gives for one example.
    weights : sequence of (n_out, n_in) arrays
        Of each layer, the first's included: where given, lines between neurons, coloured by
        sign and as strong as the weight.
    colors : {"lesson", "safe"}
        Green and red, or a pair that colour-blind eyes tell apart.
    title : str
    ax : Axes or None

    Examples
    --------
    >>> drawn = neurons([np.zeros(9), np.ones(3), np.ones(2)])
    >>> len(drawn.patches)
    5
    """
    from matplotlib.collections import LineCollection
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Circle

    plus, minus = chosen(SIGNED, colors)
    ax = axes_or_new(ax, 7.6, 4.25)
    ax.set_facecolor(GROUND)
    layers = [np.asarray(a, np.float64).reshape(-1) for a in activations]
    tallest = max(map(len, layers[1:]))
    gap = 1.0 if tallest <= 40 else 40 / tallest
    height = (tallest - 1) * gap + 2
    x_of = [(0.75 + 0.45 * k) * height for k in range(len(layers) - 1)]
    at = [
        [(x, ((len(a) - 1) / 2 - j) * gap) for j in range(len(a))]
        for x, a in zip(x_of, layers[1:], strict=True)
    ]
    # The first layer's are left out: 784 lines to a neuron would hide everything else.
    for given, sources, targets in zip(weights[1:], at, at[1:], strict=False):
        W = np.asarray(given, np.float64)
        strength = np.clip(np.abs(W) / limit_of(W), 0, 1)
        lines = [(source, target) for target in targets for source in sources]
        ink = [
            to_rgba(plus if w > 0 else minus, 0.75 * s)
            for w, s in zip(W.ravel(), strength.ravel(), strict=True)
        ]
        ax.add_collection(LineCollection(lines, colors=ink, linewidths=0.8, zorder=1))
    for places, a in zip(at, layers[1:], strict=True):
        bright = np.clip(a / max(1.0, float(a.max())), 0, 1)
        for (x, y), light in zip(places, bright, strict=True):
            ax.add_patch(Circle((x, y), 0.4 * gap, facecolor=(light,) * 3,
                                edgecolor="#d8d8d8", linewidth=0.9, zorder=2))  # fmt: skip
    last, chosen_output = layers[-1], int(layers[-1].argmax())
    for j, (x, y) in enumerate(at[-1]):
        ax.text(x + 0.75 * gap, y, f"{j}  {last[j]:.2f}", va="center", fontsize=8,
                color="white" if j == chosen_output else "#8d939c",
                fontweight="bold" if j == chosen_output else "normal")  # fmt: skip
    side = 0.5 * height
    pixels = as_picture(layers[0])
    ax.imshow(pixels, cmap="gray", extent=(0, side, -side / 2, side / 2), zorder=2,
              interpolation="nearest", aspect="equal")  # fmt: skip
    ax.set_xlim(-0.04 * height, x_of[-1] + 0.25 * height)
    ax.set_ylim(-height / 2, height / 2)
    ax.set_aspect("equal")
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_title(title)
    return ax


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
    # As many columns as leave the fewest places empty; of equals, the most.
    n_columns = min(range(min(5, len(grids)), 9), key=lambda n: (-len(grids) % n, -n))
    n_rows = math.ceil(len(grids) / n_columns)
    figure = new_figure(1.1 * n_columns + 0.9, 1.28 * n_rows + 0.55)
    figure.suptitle(title, fontsize=11)
    axes = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    captions = [f"neuron {j}" for j in range(len(grids))] if captions is None else captions
    for ax, grid, caption in zip(axes, grids, captions, strict=False):
        drawn = ax.imshow(grid, cmap=signed_colours(colors), vmin=-limit, vmax=limit,
                          interpolation="nearest")  # fmt: skip
        ax.set_title(caption, fontsize=8, pad=3)
        ax.set_xticks([])
        ax.set_yticks([])
    for ax in axes[len(grids) :]:
        ax.remove()
    scale = figure.colorbar(drawn, ax=axes[: len(grids)].tolist(), extend="both", shrink=0.9,
                            ticks=[-limit, 0, limit], pad=0.02)  # fmt: skip
    scale.ax.set_yticklabels([f"-{limit:.3g}", "0", f"{limit:.3g}"], fontsize=8)
    scale.set_label("black is exactly 0", fontsize=8)
    return figure


def nudges(
    found: Sequence[Nudge],
    *,
    colors: str = "lesson",
    title: str = "The parameters that matter most right now, and which way to nudge them",
    ax: Axes | None = None,
) -> Axes:
    """The largest entries of the negative gradient as bars.

    Parameters
    ----------
    found : sequence of Nudge
        What `inside.read_gradient` gives.
    colors : {"lesson", "safe"}
    title : str
    ax : Axes or None

    Examples
    --------
    >>> from fastgd.inside import Nudge
    >>> drawn = nudges([Nudge(0, 1, 0, None, 2.0, "up")])
    >>> drawn.get_yticklabels()[0].get_text()
    'layer 1, neuron 0, bias'
    """
    plus, minus = chosen(SIGNED_ON_WHITE, colors)
    ax = axes_or_new(ax, 7.2, 0.28 * len(found) + 1.2)
    amounts = [nudge.amount for nudge in found]
    names = [str(nudge).rsplit(":", 1)[0] for nudge in found]
    ax.barh(np.arange(len(found)), amounts, color=[plus if a > 0 else minus for a in amounts])
    ax.set_yticks(np.arange(len(found)), names, fontsize=8)
    ax.invert_yaxis()
    ax.axvline(0, color="black", linewidth=0.8)
    ax.set_xlabel("down  <  entry of the negative gradient  >  up", fontsize=9)
    ax.set_title(title, fontsize=11, x=0.3)
    plain(ax)
    return ax
