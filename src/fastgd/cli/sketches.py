"""Images and a network's outputs, drawn in characters with rich.

A terminal with colours gets greys, any other console blocks, and one without block characters
ASCII. Which numbers are shown, and when, is left to the commands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fastgd.cli.tables import fitted
from fastgd.ink.areas import UNITS, averaged
from fastgd.inside.gradient import picture_shape

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rich.console import Console
    from rich.text import Text

EIGHTHS = " ▏▎▍▌▋▊▉█"
BAR, SHORT_BAR = 24, 6  # characters, for an activation of 1; less than the second is no bar
NAME = 16  # characters of an output's name
N_OUTPUTS = 12  # with a bar: the highest
SHADES = " .:-=+*#%@"  # of ink, for consoles with ASCII alone
INK = 0.4  # of the brightest pixel: the least that is drawn, where there are no greys
GAP = 3  # characters between pictures, and before bars


def show_reading(
    to: Console,
    image: NDArray[Any],
    activations: NDArray[Any],
    *,
    names: Sequence[str] | None = None,
) -> None:
    """Draw an image and, beside it or below it, the network's outputs as bars.

    Parameters
    ----------
    to : rich.console.Console
    image : (n_inputs,) or (rows, columns) array
        uint8, or floats from 0 to 1; of one row where the inputs are no square.
    activations : (n_outputs,) array
    names : sequence of str or None
        Of the outputs; their numbers if None.
    """
    from rich.table import Table

    drawn = picture(to, [image])[0]
    width = max(map(len, str(drawn).split("\n")))
    beside = bars(to, activations, names, to.width - width - GAP)
    if beside is None:
        to.print(drawn)
        to.print()
        to.print(bars(to, activations, names, to.width) or "")
        return
    row = Table.grid(padding=(0, GAP))
    row.add_row(drawn, beside)
    to.print(row)


def show_images(to: Console, images: Sequence[NDArray[Any]], captions: Sequence[str]) -> None:
    """Draw as many images as fit side by side, each with its caption below."""
    from rich.table import Table
    from rich.text import Text

    drawn = picture(to, images)
    columns = [
        max(*map(len, str(d).split("\n")), len(c)) for d, c in zip(drawn, captions, strict=True)
    ]
    n_fit = 1
    while n_fit < len(columns) and sum(columns[: n_fit + 1]) + GAP * n_fit <= to.width:
        n_fit += 1
    grid = Table.grid(padding=(0, GAP, 0, 0))
    grid.add_row(*picture(to, images[:n_fit]))
    grid.add_row(*map(Text, captions[:n_fit]))
    to.print(grid)


def bars(
    to: Console, activations: NDArray[Any], names: Sequence[str] | None, room: int
) -> Text | None:
    """One line an output: its name, a bar as long as the activation, and the activation.

    None where the room, in characters, is too small.
    """
    from rich.cells import cell_len
    from rich.text import Text

    names = [str(j) for j in range(len(activations))] if names is None else names
    n_hidden = max(0, len(activations) - N_OUTPUTS)
    shown = np.sort(np.argsort(-activations, kind="stable")[: len(activations) - n_hidden])
    width = min(NAME, max(2, *(cell_len(names[j]) for j in shown)))
    numbers = [f"{a:.2f}" for a in activations.tolist()]
    of_number = max(5, *(len(numbers[j]) for j in shown))
    length = min(BAR, room - width - of_number - 4)
    if length < SHORT_BAR:
        return None
    chosen = int(activations.argmax())
    text = Text()
    for j in shown.tolist():
        style = "bold green" if j == chosen else ""
        text.append(f"{fitted(to, names[j], width, right=names[j].isdigit())} ")
        text.append(f"{bar(to, float(activations[j]), length):<{length}}", style)
        text.append(f" {numbers[j]:>{of_number}}", style)
        text.append(" <\n" if j == chosen else "\n", style)
    if n_hidden:
        text.append(f"and {n_hidden} outputs less active")
    text.rstrip()
    return text


def bar(to: Console, activation: float, length: int) -> str:
    """As many characters of `length` as the activation is of 1."""
    eighths = round(min(max(activation, 0.0), 1.0) * length * 8)
    if to.options.ascii_only:
        return "#" * round(eighths / 8)
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()


def picture(to: Console, images: Sequence[NDArray[Any]]) -> list[Text]:
    """Draw images, two rows of pixels a line, cut to the ink of them all."""
    shape = picture_shape(images[0].size) if images[0].ndim == 1 else images[0].shape
    pixels = np.stack([as_bytes(image).reshape(shape) for image in images])
    rows = np.flatnonzero(pixels.max(axis=(0, 2)))
    columns = np.flatnonzero(pixels.max(axis=(0, 1)))
    if rows.size:
        pixels = pixels[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = min(1.0, to.width / pixels.shape[2])
    if scale < 1:
        size = (max(1, round(scale * pixels.shape[1])), to.width)
        pixels = np.stack([averaged(image, *size) // UNITS for image in pixels])
    pixels = np.pad(pixels, ((0, 0), (0, pixels.shape[1] % 2), (0, 0))).astype(int)
    most = int(pixels.max())
    if to.options.ascii_only:
        draw = draw_shades
    elif to.color_system in ("256", "truecolor") and not to.no_color:
        draw = draw_greys
    else:
        draw = draw_blocks
    return [draw(p[::2], p[1::2], most) for p in pixels]


def draw_greys(upper: NDArray[Any], lower: NDArray[Any], most: int) -> Text:
    """The upper pixel is the ink of a half-block, the lower one its ground."""
    from rich.text import Text

    lines = (
        Text("").join(
            Text("▀", f"rgb({u},{u},{u}) on rgb({v},{v},{v})")
            for u, v in zip(above, below, strict=True)
        )
        for above, below in zip(upper.tolist(), lower.tolist(), strict=True)
    )
    return Text("\n").join(lines)


def draw_blocks(upper: NDArray[Any], lower: NDArray[Any], most: int) -> Text:
    """A half-block for each pixel with enough ink, whatever the colours of the console."""
    least = max(1.0, INK * most)
    codes = (upper >= least) + 2 * (lower >= least)
    return from_rows([[" ▀▄█"[code] for code in row] for row in codes.tolist()])


def draw_shades(upper: NDArray[Any], lower: NDArray[Any], most: int) -> Text:
    """A character with as much ink as both pixels."""
    codes = (upper + lower) * (len(SHADES) - 1) // max(1, 2 * most)
    return from_rows([[SHADES[code] for code in row] for row in codes.tolist()])


def from_rows(rows: list[list[str]]) -> Text:
    from rich.text import Text

    return Text("\n".join(map("".join, rows)))


def as_bytes(image: NDArray[Any]) -> NDArray[np.uint8]:
    if image.dtype != np.uint8:
        image = (np.clip(image, 0, 1) * 255).round()
    return image.astype(np.uint8)
