"""A bar for long work on stderr, or the caller's own function, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

Report = Callable[[int, int], object]


class Advance(Protocol):
    """Moves a bar to ``done`` of ``total``, and writes `what` before it where that is given."""

    def __call__(self, done: int, total: int, what: str | None = None) -> object: ...


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
    with bar(what) as advance:
        yield advance


@contextmanager
def bar(what: str, total: int | None = None) -> Iterator[Advance]:
    """A bar on stderr, and what to call as it moves: ``advance(done, total)``.

    Raises
    ------
    ImportError
        If rich is not installed.
    """
    try:
        from rich.console import Console
        from rich.progress import Progress
    except ImportError as error:
        raise ImportError(
            'progress=True needs rich: pip install "fastgd[cli]"', name="rich"
        ) from error
    with Progress(console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=total)

        def advance(done: int, total: int, what: str | None = None) -> None:
            shown.update(task, completed=done, total=total, description=what)

        yield advance
