"""What a picture says, and whether it can be read: no text clipped, too small, or on another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d.art3d import Text3D

SMALLEST = 8.0  # points
SLACK = 1.5  # pixels that boxes may share: they are a little larger than their letters


def drawn_texts(figure: Figure) -> list[Any]:
    """Every text that is drawn."""
    FigureCanvasAgg(figure).draw()
    found = [*parts_texts(figure)]
    for ax in figure.axes:
        found += [ax.title, *ax.texts]
        legend = ax.get_legend()
        if legend is not None:
            found += [legend.get_title(), *legend.get_texts()]
        if hasattr(ax, "zaxis"):  # where ticks stand in 3-D is known only while they are drawn
            found += [axis.label for axis in (ax.xaxis, ax.yaxis, ax.zaxis)]
        elif ax.axison:
            for axis in (ax.xaxis, ax.yaxis):
                found += [axis.label, axis.get_offset_text(), *tick_labels(axis)]
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def parts_texts(figure: Any) -> Iterator[Any]:
    """Titles above figures and parts of figures."""
    yield from figure.texts
    for part in figure.subfigs:
        yield from parts_texts(part)


def tick_labels(axis: Any) -> Iterator[Any]:
    """Those of ticks in view."""
    low, high = sorted(axis.get_view_interval())
    away = 1e-9 * (high - low)
    for minor in (False, True):
        places, texts = axis.get_ticklocs(minor=minor), axis.get_ticklabels(minor=minor)
        for place, text in zip(places, texts, strict=False):
            if low - away <= place <= high + away:
                yield text


def words(figure: Figure) -> str:
    """All it says, a line each."""
    return "\n".join(text.get_text() for text in drawn_texts(figure))


def faults(figure: Figure, *, overlaps: bool = True) -> list[str]:
    """What cannot be read."""
    # Where a text in three dimensions stands is known only while it is drawn.
    texts = [text for text in drawn_texts(figure) if not isinstance(text, Text3D)]
    boxes = [text.get_window_extent() for text in texts]
    width, height = figure.bbox.width, figure.bbox.height
    found = [f"small: {text.get_text()!r}" for text in texts if text.get_fontsize() < SMALLEST]
    for text, box in zip(texts, boxes, strict=True):
        if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1:
            found.append(f"clipped: {text.get_text()!r} at {box.extents.round()}")
    for (one, a), (other, b) in combinations(zip(texts, boxes, strict=True), 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        up = min(a.y1, b.y1) - max(a.y0, b.y0)
        if overlaps and across > SLACK and up > SLACK:
            found.append(f"on each other: {one.get_text()!r} and {other.get_text()!r}")
    return found
