"""How pictures look: figures without global state, text that fits, and colours with a meaning.

matplotlib is imported inside functions, never pyplot: nothing is shown, kept or configured.
No text is smaller than 8 points, and no figure wider than `WIDTH`: at that width a page of text
shows it as it is.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastgd.inside.gradient import picture_shape

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

# (plus, minus): the lesson's green and red, and a pair that colour-blind eyes tell apart.
SIGNED = {"lesson": ("#3bea3b", "#ff3b3b"), "safe": ("#ffb000", "#4f8cff")}
# The same, darker, for a white ground.
SIGNED_ON_WHITE = {"lesson": ("#15921b", "#d02020"), "safe": ("#c77700", "#2a62d0")}
# Two curves, or right and wrong: blue and orange, which colour-blind eyes tell apart.
ACCENT, SECOND, QUIET = "#2a62d0", "#b84a00", "#6f6f6f"
RIGHT, WRONG = ACCENT, SECOND
# The same on a dark ground.
GROUND, RIGHT_ON_DARK, WRONG_ON_DARK = "#14161a", "#7fb0ff", "#ffa64d"
WIDTH = 8.0  # inches, the widest figure
TITLE, LABEL, SMALL = 11.0, 9.0, 8.0  # points
GLYPH = 0.54  # width of a letter, in font sizes


def new_figure(width: float = 6.4, height: float = 4.4) -> Figure:
    """An empty figure, inches, that arranges itself and that a notebook shows."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        raise ImportError(
            'pictures need matplotlib: pip install "fastgd[plots]"', name="matplotlib"
        ) from error
    from fastgd.plots.picture import shown_by_notebooks

    return shown_by_notebooks(width, height)


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


def drawn_on(drawn: Axes, given: Axes | None) -> Figure | Axes:
    """What a picture returns: the axes where they were given, else their figure."""
    return figure_of(drawn) if given is None else drawn


# ------------------------------------------------------------------------------------ text


def wrapped(text: str, inches: float, size: float) -> str:
    """Text in lines of at most so many inches; a line end in it stays one."""
    n = max(12, int(inches * 72 / (GLYPH * size)))
    whole = text.replace(" %", "\N{NO-BREAK SPACE}%")  # a number keeps its unit
    lines = [textwrap.fill(line, n, break_on_hyphens=False) for line in whole.split("\n")]
    return "\n".join(lines).replace("\N{NO-BREAK SPACE}", " ")


def size_of(ax: Axes) -> tuple[float, float]:
    """Width and height of axes, inches, before their figure arranges itself."""
    box, dpi = ax.get_window_extent(), figure_of(ax).dpi
    return box.width / dpi, box.height / dpi


def head(ax: Axes, title: str, note: str = "", taken: float = 0.0) -> None:
    """A title above the axes, and a note in small print between the two.

    `taken`: inches that names left of the axes take from their width.
    """
    width = max(1.5, size_of(ax)[0] - taken)
    note = wrapped(note, width, SMALL)
    lines = note.count("\n") + 1 if note else 0
    ax.set_title(wrapped(title, width, TITLE), fontsize=TITLE, pad=6 + 1.35 * SMALL * lines)
    if note:
        ax.annotate(note, (0.5, 1), (0, 4), xycoords="axes fraction", textcoords="offset points",
                    ha="center", va="bottom", fontsize=SMALL, color=QUIET)  # fmt: skip


def head_figure(figure: Figure, title: str) -> None:
    """A title above all of a figure."""
    figure.suptitle(wrapped(title, 0.95 * figure.get_figwidth(), TITLE), fontsize=TITLE)


def label_axes(ax: Axes, x: str, y: str, ratio: float = 1.0) -> None:
    """Names of the two axes, in lines no longer than an axis; `ratio`: height to width at most."""
    width, height = size_of(ax)
    ax.set_xlabel(wrapped(x, width, LABEL), fontsize=LABEL)
    ax.set_ylabel(wrapped(y, min(height, ratio * width), LABEL), fontsize=LABEL)
    ax.tick_params(which="both", labelsize=SMALL)


def legend_below(ax: Axes, **options: Any) -> Legend:
    """A legend under the axes and the name of x."""
    from matplotlib.transforms import ScaledTranslation

    figure = figure_of(ax)
    lines = ax.get_xlabel().count("\n") + 1 if ax.get_xlabel() else 0
    inches = 0.32 + 1.4 * LABEL / 72 * lines if lines else 0.08
    below = ax.transAxes + ScaledTranslation(0, -inches, figure.dpi_scale_trans)
    made: Legend = ax.legend(
        fontsize=SMALL, loc="upper center", bbox_to_anchor=(0.5, 0), bbox_transform=below,
        borderaxespad=0, **options,
    )  # fmt: skip
    return made


def told_apart(values: Sequence[float]) -> list[str]:
    """Numbers in as few digits, two at least, as leave no two of them alike."""
    for digits in range(2, 7):
        texts = [shortest(value, digits) for value in values]
        if len(set(texts)) == len(set(values)):
            break
    return [text.replace("-", "\N{MINUS SIGN}") if text[0] == "-" else text for text in texts]


def shortest(value: float, digits: int) -> str:
    """So many digits, with an exponent only where there are many zeros."""
    if value and not 1e-4 <= abs(value) < 1e6:
        return f"{value:.{digits}g}"
    return np.format_float_positional(value, digits, fractional=False, trim="-")


def names_of(n: int, names: Sequence[str] | None) -> list[str]:
    """The names given, or numbers from 0."""
    if names is None:
        return [str(j) for j in range(n)]
    if len(names) != n:
        raise ValueError(f"expected {n} names, got {len(names)}")
    return list(map(str, names))


# ---------------------------------------------------------------------------------- colours


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


def show_image(
    ax: Axes, image: NDArray[Any], caption: str = "", size: float = LABEL, color: str = "black"
) -> None:
    """Draw an input in greys, without axes, a caption above it."""
    pixels = as_picture(image)
    top = 255 if pixels.dtype == np.uint8 else max(1.0, float(np.max(pixels)))
    ax.imshow(pixels, cmap="gray", vmin=0, vmax=top, interpolation="nearest")
    ax.set_axis_off()
    if caption:
        ax.set_title(caption, fontsize=size, color=color)


def counted(ax: Axes) -> None:
    """Whole numbers along x."""
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(integer=True))


def logarithmic(ax: Axes) -> None:
    """A logarithmic y axis with plain numbers, where all that is drawn is above 0."""
    from matplotlib.ticker import MaxNLocator, NullLocator

    lines = [np.asarray(line.get_ydata(), np.float64) for line in ax.lines]
    low, high = min(line.min() for line in lines), max(line.max() for line in lines)
    if low <= 0:
        ax.set_ylim(0, None)
        return
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter("{x:g}")
    if high < 4 * low:  # hardly a power of ten in it
        ax.yaxis.set_major_locator(MaxNLocator(6))
        ax.yaxis.set_minor_locator(NullLocator())
    else:
        # Less than three decades have few powers of ten: 1, 2 and 5 of each are named then.
        named = "125" if high < 1000 * low else "1"
        ax.yaxis.set_minor_formatter(lambda x, _: f"{x:g}" if f"{x:e}"[0] in named else "")
    margin = max((high / low) ** 0.15, 1.01)
    ax.set_ylim(low / margin, high * margin)


def plain(ax: Axes) -> None:
    """Only the two axes that carry numbers, and a light grid."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(alpha=0.25, linewidth=0.6)
    ax.set_axisbelow(True)
