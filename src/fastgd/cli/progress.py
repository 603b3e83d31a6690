"""Progress on stderr: which epoch of how many, which picture of how many.

A terminal gets one live line, anything else lines of plain text; both keep the count "n/N". What
is done meanwhile is left to the commands.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fastgd.cli.terminal import console, is_live

# Least widths of a terminal, in columns, for what a live line can do without.
BAR, TIME, SPEED = 46, 60, 76
A_LINE = 1.0  # seconds between lines of plain text
A_PICTURE = 5.0


@contextmanager
def training(
    n_epochs: int, n_examples: int, *, quiet: bool = False
) -> Iterator[Callable[[Any], None]]:
    """Show training on stderr; what is yielded is a callback for `gradient_descent`.

    A terminal gets one live line. Anything else gets a line of plain text a second, at most, and
    one for the last epoch, which early stopping may bring. `quiet` shows nothing.
    """
    start = time.perf_counter()
    walked = 0

    def facts(state: Any) -> tuple[str, str]:
        seconds = max(time.perf_counter() - start, 1e-9)
        return f"cost {state.cost:.4f}", f"{walked * n_examples / seconds:,.0f} examples/s"

    if quiet:
        yield lambda state: None
    elif is_live(sys.stderr):
        with live_line("epoch", n_epochs) as advance:

            def show(state: Any) -> None:
                nonlocal walked
                walked += 1
                advance(state.epoch, n_epochs, *facts(state))

            yield show
    else:
        last, untold = start, None

        narrow = sys.stderr.isatty() and shutil.get_terminal_size().columns < SPEED

        def line(state: Any) -> None:
            cost, speed = facts(state)
            told = f"epoch {state.epoch}/{n_epochs}  {cost}"
            print(told if narrow else f"{told}  {speed}", file=sys.stderr)

        def tell(state: Any) -> None:
            nonlocal last, untold, walked
            walked, untold = walked + 1, state
            if time.perf_counter() - last >= A_LINE:
                line(state)
                last, untold = time.perf_counter(), None

        try:
            yield tell
        finally:
            if untold is not None:
                line(untold)


@contextmanager
def live_line(what: str, total: int) -> Iterator[Callable[[int, int, str, str], None]]:
    """A line on a terminal: ``advance(n, N, fact, speed)``; the count comes first and stays."""
    console()  # where rich is missing, this error says how to install it
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    width = shutil.get_terminal_size().columns
    columns: list[ProgressColumn] = [TextColumn(what), MofNCompleteColumn()]
    columns += [BarColumn(min(40, width // 4))] if width >= BAR else []
    columns += [TextColumn("{task.fields[fact]}", markup=False)]
    columns += [TextColumn("{task.fields[speed]}")] if width >= SPEED else []
    columns += [TimeElapsedColumn()] if width >= TIME else []
    with Progress(*columns, console=Console(stderr=True, highlight=False)) as line:
        task = line.add_task("", total=total, fact="", speed="")

        def advance(done: int, total: int, fact: str, speed: str) -> None:
            line.update(task, completed=done, total=total, fact=fact, speed=speed)

        yield advance


@contextmanager
def fits(*, quiet: bool = False) -> Iterator[Callable[[int, int], object]]:
    """Show on stderr how many fits of a round have ended: ``report(done, total)``."""
    if quiet:
        yield lambda done, total: None
    elif is_live(sys.stderr):
        with live_line("fit", 0) as advance:
            yield lambda done, total: advance(done, total, "", "")
    else:
        last = time.perf_counter()

        def tell(done: int, total: int) -> None:
            nonlocal last
            if done == total or time.perf_counter() - last >= A_LINE:
                last = time.perf_counter()
                print(f"fit {done}/{total}", file=sys.stderr, flush=True)

        yield tell


@contextmanager
def drawing(*, quiet: bool = False) -> Iterator[Callable[[int, int, str], object]]:
    """Show the making of pictures on stderr; what is yielded is told which one comes next.

    A terminal gets a live line. Anything else gets a line of plain text every few seconds.
    `quiet` shows nothing.
    """
    if quiet:
        yield lambda done, total, name: None
    elif is_live(sys.stderr):
        with live_line("picture", 0) as advance:
            yield lambda done, total, name: advance(min(done + 1, total), total, name, "")
    else:
        last = time.perf_counter()

        def tell(done: int, total: int, name: str) -> None:
            nonlocal last
            if name and time.perf_counter() - last > A_PICTURE:
                last = time.perf_counter()
                print(f"picture {done + 1}/{total}: {name}", file=sys.stderr, flush=True)

        yield tell
