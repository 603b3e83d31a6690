"""What a notebook shows of an object: pieces of HTML that need no library and no style sheet.

Text and lines take the colour that surrounds them, so they are read on light and dark alike.
Which object is shown how is said by its own ``_repr_html_``.
"""

from __future__ import annotations

import math
import struct
import zlib
from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

# 3 : 1 and more on white and on black (WCAG 2.2, contrast of graphics)
ACCENT = "#3f83e8"
WIDTH, HEIGHT = 480, 230
LEFT, RIGHT, TOP, BOTTOM = 60, 16, 28, 38
# A curve of more points is as sharp with so many, on any screen.
MOST_POINTS = 600
# Beyond this ratio of the highest to the lowest cost the axis counts in powers of ten.
LOG_FROM = 5.0


def table(head: Sequence[str], rows: Sequence[Sequence[object]], caption: str) -> str:
    """A table; columns with numbers stand to the right, a wide one scrolls."""
    numbers = [any(isinstance(row[i], int | float) for row in rows) for i in range(len(head))]

    def line(values: Sequence[object], tag: str) -> str:
        cells = (
            f'<{tag} style="text-align:{"right" if right else "left"}">'
            f"{escape(as_text(value))}</{tag}>"
            for value, right in zip(values, numbers, strict=True)
        )
        return f"<tr>{''.join(cells)}</tr>"

    body = "".join(line(row, "td") for row in rows)
    above = f'<caption style="text-align:left">{escape(caption)}</caption>'
    return (
        f'<div style="overflow-x:auto" tabindex="0"><table>{above}'
        f"<thead>{line(head, 'th')}</thead><tbody>{body}</tbody></table></div>"
    )


def as_text(value: object) -> str:
    """Numbers in four digits, all of those before the point."""
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"
    return str(value)


def layers_table(layer_sizes: Sequence[int], activations: Sequence[str]) -> str:
    """A fully connected network, layer by layer."""
    rows: list[Sequence[object]] = [("input", layer_sizes[0], "", "", "", "")]
    n_parameters = 0
    for i, (n_in, n_out) in enumerate(pairwise(layer_sizes)):
        name = "output" if i == len(activations) - 1 else f"hidden {i + 1}"
        rows.append((name, n_out, activations[i], n_in * n_out, n_out, (n_in + 1) * n_out))
        n_parameters += (n_in + 1) * n_out
    head = ("layer", "neurons", "activation", "weights", "biases", "parameters")
    sizes = "-".join(map(str, layer_sizes))
    return table(head, rows, f"Network {sizes}: {n_parameters:,} parameters")


def paragraph(text: str) -> str:
    """Words of their own."""
    return f"<p>{escape(text)}</p>"


def curve(costs: ArrayLike, described: str) -> str:
    """Costs, one an epoch, as an SVG; `described` is what a screen reader says.

    The axis of costs is logarithmic where they are above 0 and differ by more than 5 times.
    """
    values = np.asarray(costs, np.float64)
    low, high = float(values.min()), float(values.max())
    log = low > 0 and high / low > LOG_FROM
    at_y = Axis(low, high, HEIGHT - BOTTOM, TOP, log)
    n = len(values)
    at_x = Axis(1, n, LEFT, WIDTH - RIGHT, log=False)
    shown = np.unique(np.linspace(0, n - 1, min(n, MOST_POINTS)).round().astype(int))
    points = " ".join(f"{at_x(i + 1):.1f},{at_y(values[i]):.1f}" for i in shown)
    parts = [f"<title>{escape(described)}</title>"]
    at_ticks = ticks(low, high, log)
    for tick, text in zip(at_ticks, told_apart(at_ticks), strict=True):
        y = at_y(tick)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke-opacity=".2"/>')
        parts.append(label(LEFT - 8, y + 4, text, "end"))
    parts += [
        label(at_x(tick), HEIGHT - BOTTOM + 18, f"{tick:,.0f}", "middle")
        for tick in ticks(1, n, log=False)
        if tick == int(tick)
    ]
    parts.append(label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 4, "epoch", "middle"))
    parts.append(label(0, 12, "cost, log scale" if log else "cost", "start"))
    line = f'fill="none" stroke="{ACCENT}" stroke-width="1.8" stroke-linejoin="round"'
    parts.append(f'<polyline points="{points}" {line}/>')
    end = f'cx="{at_x(n):.1f}" cy="{at_y(values[-1]):.1f}"'
    parts.append(f'<circle {end} r="3.2" fill="{ACCENT}" stroke="none"/>')
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" style="max-width:100%;height:auto" '
        f'role="img" stroke="currentColor" fill="currentColor" font-size="12" '
        f'font-family="system-ui, sans-serif">{"".join(parts)}</svg>'
    )


def label(x: float, y: float, text: str, anchor: str) -> str:
    where = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {where} stroke="none">{escape(text)}</text>'


class Axis:
    """Where a number from `low` to `high` lies between two places, in pixels."""

    def __init__(self, low: float, high: float, first: float, last: float, log: bool) -> None:
        self._of = math.log10 if log else float
        self._low, self._span = self._of(low), self._of(high) - self._of(low)
        self._first, self._length = first, last - first

    def __call__(self, value: float) -> float:
        share = (self._of(value) - self._low) / self._span if self._span else 0.5
        return self._first + share * self._length


def ticks(low: float, high: float, log: bool) -> list[float]:
    """Round numbers from `low` to `high`: 3 to 6 of them, where there are as many."""
    if low == high:
        return [low]
    if log:
        decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        for among in ((1, 2, 5), (1, 3), (1,)):
            found = [m * 10.0**d for d in decades for m in among if low <= m * 10.0**d <= high]
            if len(found) <= 6:
                return found
        return found[:: -(-len(found) // 6)]
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * min((1, 2, 5, 10), key=lambda m: abs(m * power - rough))
    first = math.ceil(low / step - 1e-9)
    return [i * step for i in range(first, math.floor(high / step + 1e-9) + 1)]


def told_apart(numbers: Sequence[float]) -> list[str]:
    """Numbers in as few digits as leave them different, 3 at least."""
    for digits in range(3, 18):
        texts = [f"{number:.{digits}g}" for number in numbers]
        if len(set(texts)) == len(texts):
            break
    return texts


def progress_bar(done: int, total: int | None, what: str) -> dict[str, str]:
    """A bar and what goes on, as the bundle of MIME types that Jupyter displays."""
    of, value = "", ""
    if total is not None:
        of, value = f" {done:,}/{total:,}", f' value="{done}" max="{total}"'
    text = f"{what}{of}"
    bar = f'<progress aria-label="{escape(what)}"{value} style="width:20em"></progress>'
    return {"text/plain": text, "text/html": f"{bar} {escape(text)}"}


def pictures(images: Iterable[NDArray[np.uint8]], captions: Iterable[str], size: int = 48) -> str:
    """Grey images (rows, columns) beside one another, `size` pixels high, a caption below each."""
    figures = "".join(
        f'<figure style="margin:0;text-align:center">'
        f'<img alt="{escape(caption)}" style="height:{size}px;image-rendering:pixelated;margin:0" '
        f'src="data:image/png;base64,{b64encode(png(image)).decode()}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
        for image, caption in zip(images, captions, strict=True)
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:6px;max-width:40em">{figures}</div>'


def png(image: NDArray[np.uint8]) -> bytes:
    """A PNG of 8-bit greys, (rows, columns)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows, columns = image.shape
    # Each row begins with the number of its filter: 0, none.
    lines = np.hstack([np.zeros((rows, 1), np.uint8), image]).tobytes()
    header = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    return b"".join(
        [b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(lines, 9)),
         chunk(b"IEND", b"")]
    )  # fmt: skip
