"""A figure that a notebook shows by itself: without pyplot, a backend or a magic command."""

from __future__ import annotations

import io

from matplotlib.figure import Figure


class _Picture(Figure):
    """What `plots` draws on: a matplotlib Figure that Jupyter shows as a PNG."""

    def _repr_png_(self) -> bytes:
        out = io.BytesIO()
        self.savefig(out, format="png")
        return out.getvalue()


def shown_by_notebooks(width: float, height: float) -> Figure:
    """An empty figure of so many inches that arranges itself."""
    return _Picture(figsize=(width, height), layout="constrained")
