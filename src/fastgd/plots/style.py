"""How pictures look: figures without global state, and colours of signed numbers.

matplotlib is imported inside functions, never pyplot: nothing is shown, kept or configured.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastgd.inside.gradient import picture_shape

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

# (plus, minus): the lesson's green and red, and a pair that colour-blind eyes tell apart.
SIGNED = {"lesson": ("#3bea3b", "#ff3b3b"), "safe": ("#ffb000", "#4f8cff")}
# The same, darker, for a white ground.
SIGNED_ON_WHITE = {"lesson": ("#15921b", "#d02020"), "safe": ("#c77700", "#2a62d0")}
ACCENT, QUIET, SECOND = "#2a62d0", "#8a8a8a", "#c77700"
GROUND = "#14161a"


def new_figure(width: float = 6.4, height: float = 4.4) -> Figure:
    """An empty figure, inches, that arranges itself."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError(
            'pictures need matplotlib: pip install "fastgd[plots]"', name="matplotlib"
        ) from error
    return Figure(figsize=(width, height), layout="constrained")


def axes_or_new(ax: Axes | None, width: float = 6.4, height: float = 4.4) -> Axes:
    """`ax`, or those of a new figure."""
    if ax is not None:
        return ax
    made: Axes = new_figure(width, height).add_subplot()
    return made


def figure_of(ax: Axes) -> Figure:
    """The whole figure that axes belong to."""
    found: Any = ax.get_figure()
    while not hasattr(found, "savefig"):
        found = found.get_figure()
    figure: Figure = found
    return figure


def signed_colours(colors: str) -> Colormap:
    """Plus, black, minus: black is exactly 0 on a scale from -x to x."""
    from matplotlib.colors import LinearSegmentedColormap

    plus, minus = chosen(SIGNED, colors)
    # Of an odd number of colours the middle one, black, is exactly that of 0.
    made: Colormap = LinearSegmentedColormap.from_list(colors, [minus, "black", plus], N=257)
    return made


def chosen(table: dict[str, tuple[str, str]], colors: str) -> tuple[str, str]:
    """(plus, minus) of a named pair."""
    if colors not in table:
        raise ValueError(f"colors: expected {' or '.join(table)}, got {colors!r}")
    return table[colors]


def limit_of(values: NDArray[Any]) -> float:
    """Half the width of a scale that holds all but a few outliers, rounded to two digits."""
    sizes = np.abs(np.asarray(values, np.float64))
    limit = float(np.quantile(sizes, 0.995)) or float(sizes.max()) or 1.0
    step = 10.0 ** (math.floor(math.log10(limit)) - 1)
    return math.ceil(limit / step - 1e-9) * step


def as_picture(image: NDArray[Any]) -> NDArray[Any]:
    """Inputs as rows and columns: a square where they are a square number, else one row."""
    flat = np.asarray(image).reshape(-1)
    return flat.reshape(picture_shape(flat.size))


def show_image(ax: Axes, image: NDArray[Any], caption: str = "", size: float = 9) -> None:
    """Draw an input in greys, without axes, a caption above it."""
    pixels = as_picture(image)
    top = 255 if pixels.dtype == np.uint8 else max(1.0, float(np.max(pixels)))
    ax.imshow(pixels, cmap="gray", vmin=0, vmax=top, interpolation="nearest")
    ax.set_axis_off()
    if caption:
        ax.set_title(caption, fontsize=size)


def counted(ax: Axes) -> None:
    """Whole numbers along x."""
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(integer=True))


def plain(ax: Axes) -> None:
    """Only the two axes that carry numbers, and a light grid."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(alpha=0.25, linewidth=0.6)
    ax.set_axisbelow(True)
