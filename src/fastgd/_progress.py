"""A bar for long work on stderr, or the caller's own function, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[[int, int], object]


@contextmanager
def reporting(progress: bool | Report, what: str) -> Iterator[Report | None]:
    """What to call as ``report(done, total)``; None where nothing is to be shown.

    Parameters
    ----------
    progress : bool or callable
        True: a bar on stderr. A callable is handed through.
    what : str
        What is going on, for the bar.
    """
    if callable(progress):
        yield progress
        return
    if not isinstance(progress, bool):
        raise TypeError(f"progress: expected True, False or a function, got {progress!r}")
    if not progress:
        yield None
        return
    try:
        from rich.console import Console
        from rich.progress import Progress
    except ImportError as error:
        raise ImportError(
            'progress=True needs rich: pip install "fastgd[cli]"', name="rich"
        ) from error
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
