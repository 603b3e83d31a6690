"""A bar for long work on stderr, or the caller's own function, or nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, Protocol

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

    By rich or tqdm, whichever is installed; where both are, by tqdm in a notebook (`tqdm.auto`
    has a bar of its own there) and by rich elsewhere.

    Raises
    ------
    ImportError
        If neither is installed.
    """
    bars = [bar_by_rich, bar_by_tqdm]
    for one in reversed(bars) if in_notebook() else bars:
        with suppress(ModuleNotFoundError):
            shown = one(what, total)
            break
    else:
        raise ImportError(
            'progress=True needs rich or tqdm: pip install "fastgd[cli]"', name="rich"
        )
    with shown as advance:
        yield advance


def in_notebook() -> bool:
    """Whether this process is the kernel of one (Jupyter, or what speaks its protocol)."""
    return "ipykernel" in sys.modules


def bar_by_rich(what: str, total: int | None) -> AbstractContextManager[Advance]:
    """A bar of rich, which goes when the work has ended."""
    from rich.console import Console
    from rich.progress import Progress

    return rich_bar(Progress(console=Console(stderr=True), transient=True), what, total)


@contextmanager
def rich_bar(progress: Any, what: str, total: int | None) -> Iterator[Advance]:
    """Shown while the block runs."""
    with progress as shown:
        task = shown.add_task(what, total=total)

        def advance(done: int, total: int, what: str | None = None) -> None:
            shown.update(task, completed=done, total=total, description=what)

        yield advance


def bar_by_tqdm(what: str, total: int | None) -> AbstractContextManager[Advance]:
    """A bar of tqdm, which stays where it was."""
    from tqdm.auto import tqdm

    return tqdm_bar(tqdm(desc=what, total=total))


@contextmanager
def tqdm_bar(shown: Any) -> Iterator[Advance]:
    """Shown while the block runs."""
    with shown:

        def advance(done: int, total: int, what: str | None = None) -> None:
            shown.total = total
            if what is not None:
                shown.set_postfix_str(what, refresh=False)
            shown.update(done - shown.n)

        yield advance
