"""Progress on stderr: which epoch of how many, which picture of how many.

A terminal gets one live line, anything else lines of plain text; both keep the count "n/N". What
is done meanwhile is left to the commands.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fastgd._progress import bar
from fastgd.cli.terminal import console


@contextmanager
def training(
    n_epochs: int, n_examples: int, *, quiet: bool = False
) -> Iterator[Callable[[Any], None]]:
    """Show training on stderr; what is yielded is a callback for `gradient_descent`.

    A terminal gets one live line. Anything else gets a line of plain text a second, at most.
    """
    start = time.perf_counter()

    def speed(state: Any) -> str:
        seconds = max(time.perf_counter() - start, 1e-9)
        return f"{state.epoch * n_examples / seconds:,.0f} examples/s"

    if not sys.stderr.isatty():
        last = start

        def tell(state: Any) -> None:
            nonlocal last
            now = time.perf_counter()
            if now - last < 1 and state.epoch < n_epochs:
                return
            last = now
            line = f"epoch {state.epoch}/{n_epochs}  cost {state.cost:.4f}  {speed(state)}"
            print(line, file=sys.stderr, flush=True)

        yield tell
        return

    with live_line(n_epochs) as advance:
        yield lambda state: advance(state.epoch, f"{state.cost:.4f}", speed(state))


@contextmanager
def live_line(n_epochs: int) -> Iterator[Callable[[int, str, str], None]]:
    console()  # where rich is missing, this error says how to install it
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("epoch"),
        MofNCompleteColumn(),
        BarColumn(),
        TextColumn("cost {task.fields[cost]}"),
        TextColumn("{task.fields[speed]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True, highlight=False)) as line:
        task = line.add_task("", total=n_epochs, cost="-", speed="")

        def advance(epoch: int, cost: str, speed: str) -> None:
            line.update(task, completed=epoch, cost=cost, speed=speed)

        yield advance


@contextmanager
def drawing(*, quiet: bool = False) -> Iterator[Callable[[int, int, str], object]]:
    """Show the making of pictures on stderr; what is yielded is told which one comes next.

    A terminal gets a bar. Anything else gets a line of plain text every few seconds.
    """
    if sys.stderr.isatty():
        with bar("drawing") as advance:
            yield lambda done, total, name: advance(done, total)
        return
    last = time.perf_counter()

    def tell(done: int, total: int, name: str) -> None:
        nonlocal last
        now = time.perf_counter()
        if now - last > 5 and name:
            last = now
            print(f"drawing {done + 1}/{total}: {name}", file=sys.stderr, flush=True)

    yield tell
