"""A bar for long work on stderr, or the caller's own function, or nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from importlib.util import find_spec
from typing import Any, Protocol

from fastgd._notebook import progress_bar

# At least so many between two drawings where the bar's library does not see to it.
SECONDS = 0.1

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

    By rich or tqdm, whichever is installed, rich before tqdm. In a notebook both need ipywidgets
    and warn where it is missing: with it by tqdm (`tqdm.auto`), then rich; without, by IPython.

    Raises
    ------
    ImportError
        If neither is installed, but for notebooks.
    """
    bars = [bar_by_rich, bar_by_tqdm]
    if in_notebook():
        widgets = find_spec("ipywidgets") is not None
        bars = [*reversed(bars), bar_by_ipython] if widgets else [bar_by_ipython]
    for one in bars:
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
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None


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


def bar_by_ipython(what: str, total: int | None) -> AbstractContextManager[Advance]:
    """A bar below the cell, which stays where it was."""
    from IPython.display import display

    return ipython_bar(display, what, total)


@contextmanager
def ipython_bar(display: Any, what: str, total: int | None) -> Iterator[Advance]:
    """Drawn again no more often than the eye follows, and at the end."""
    began = what
    last: tuple[int, int | None, str] = 0, total, began
    shown = display(progress_bar(*last), raw=True, display_id=True)
    drawn = time.monotonic()

    def advance(done: int, total: int, what: str | None = None) -> None:
        nonlocal last, drawn
        last = done, total, what or began
        if time.monotonic() - drawn >= SECONDS:
            shown.update(progress_bar(*last), raw=True)
            drawn = time.monotonic()

    try:
        yield advance
    finally:
        shown.update(progress_bar(*last), raw=True)
