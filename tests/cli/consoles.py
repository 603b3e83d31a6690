"""Consoles that show more and less, for what is drawn on them."""

from __future__ import annotations

import io
from typing import Any


def console(encoding: str = "utf-8", **options: Any) -> Any:
    """One of rich's that keeps what is printed."""
    from rich.console import Console

    file = io.TextIOWrapper(io.BytesIO(), encoding)
    return Console(file=file, highlight=False, markup=False, **options)


def shown(to: Any) -> str:
    """What was printed."""
    to.file.flush()
    return str(to.file.buffer.getvalue().decode(to.file.encoding))
