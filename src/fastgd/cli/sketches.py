"""Images and a network's outputs, drawn in characters with rich.

A terminal with colours gets greys, any other console blocks, and one without block characters
ASCII. Which numbers are shown, and when, is left to the commands.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fastgd.inside.gradient import picture_shape

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rich.console import Console
    from rich.text import Text

EIGHTHS = " ▏▎▍▌▋▊▉█"
BAR = 24  # characters, for an activation of 1
SHADES = " .:-=+*#%@"  # of ink, for consoles with ASCII alone
INK = 96  # least brightness of a pixel that is drawn, where there are no greys


def show_reading(to: Console, image: NDArray[Any], activations: NDArray[Any]) -> None:
    """Draw an image, (n_inputs,), and beside it the network's outputs, (n_outputs,), as bars."""
    from rich.table import Table

    row = Table.grid(padding=(0, 3))
    row.add_row(picture(to, [image])[0], bars(to, activations))
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
    while n_fit < len(columns) and sum(columns[: n_fit + 1]) + 3 * n_fit <= to.width:
        n_fit += 1
    grid = Table.grid(padding=(0, 3, 0, 0))
    grid.add_row(*drawn[:n_fit])
    grid.add_row(*map(Text, captions[:n_fit]))
    to.print(grid)


def bars(to: Console, activations: NDArray[Any]) -> Text:
    """One line an output: its number, a bar as long as the activation, and the activation."""
    from rich.text import Text

    chosen = int(activations.argmax())
    text = Text()
    for j, a in enumerate(activations.tolist()):
        eighths = round(min(max(a, 0.0), 1.0) * BAR * 8)
        if to.options.ascii_only:
            bar = "#" * round(eighths / 8)
        else:
            bar = "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()
        style = "bold green" if j == chosen else ""
        text.append(f"{j:2d} ")
        text.append(f"{bar:<{BAR}}", style)
        text.append(f" {a:5.2f}", style)
        text.append(" <\n" if j == chosen else "\n", style)
    text.rstrip()
    return text


def picture(to: Console, images: Sequence[NDArray[Any]]) -> list[Text]:
    """Draw images, (n_inputs,), two rows of pixels a line, cut to the ink of them all."""
    shape = picture_shape(images[0].size)
    pixels = np.stack([as_bytes(image).reshape(shape) for image in images])
    rows = np.flatnonzero(pixels.max(axis=(0, 2)))
    columns = np.flatnonzero(pixels.max(axis=(0, 1)))
    if rows.size:
        pixels = pixels[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    pixels = np.pad(pixels, ((0, 0), (0, pixels.shape[1] % 2), (0, 0)))
    if to.options.ascii_only:
        draw = draw_shades
    elif to.color_system in ("256", "truecolor"):
        draw = draw_greys
    else:
        draw = draw_blocks
    return [draw(p[::2].astype(int), p[1::2].astype(int)) for p in pixels]


def draw_greys(upper: NDArray[Any], lower: NDArray[Any]) -> Text:
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


def draw_blocks(upper: NDArray[Any], lower: NDArray[Any]) -> Text:
    codes = (upper >= INK) + 2 * (lower >= INK)
    return from_rows([[" ▀▄█"[code] for code in row] for row in codes.tolist()])


def draw_shades(upper: NDArray[Any], lower: NDArray[Any]) -> Text:
    codes = (upper + lower) * (len(SHADES) - 1) // (2 * 255)
    return from_rows([[SHADES[code] for code in row] for row in codes.tolist()])


def from_rows(rows: list[list[str]]) -> Text:
    from rich.text import Text

    return Text("\n".join(map("".join, rows)))


def as_bytes(image: NDArray[Any]) -> NDArray[np.uint8]:
    if image.dtype != np.uint8:
        image = (np.clip(image, 0, 1) * 255).round()
    return image.astype(np.uint8)
