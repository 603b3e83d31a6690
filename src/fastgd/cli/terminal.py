"""What the command line shows: digits, activations and progress, drawn with rich.

Results go to the console given, progress to stderr. Which numbers are shown, and when, is left to
the commands. A console that is no terminal gets plain text; one without block characters, ASCII.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from fastgd._progress import bar
from fastgd.inside.gradient import picture_shape

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from rich.console import Console
    from rich.text import Text

    from fastgd.network import Network

EIGHTHS = " ▏▎▍▌▋▊▉█"
BAR = 24  # characters, for an activation of 1
SHADES = " .:-=+*#%@"  # of ink, for consoles with ASCII alone
INK = 96  # least brightness of a pixel that is drawn, where there are no greys


def describe(network: Network) -> str:
    """Return what a network is called: its sizes and how many parameters they make."""
    return f"{network}: {network.n_parameters:,} parameters"


def percent(share: float) -> str:
    """Write a share of 1 in percent."""
    return f"{100 * share:.1f} %"


def print_json(results: dict[str, Any]) -> None:
    """Print one JSON object on stdout, on one line."""
    print(json.dumps(results, default=str))


def console() -> Console:
    """Return the console of stdout; what is printed there is shown as it is, never as markup.

    Raises
    ------
    ImportError
        If rich is not installed (``pip install "fastgd[cli]"``).
    """
    try:
        from rich.console import Console
    except ImportError as error:
        raise ImportError(
            'drawing in the terminal needs rich: pip install "fastgd[cli]"', name="rich"
        ) from error
    return Console(file=sys.stdout, highlight=False, markup=False, emoji=False)


def show_reading(to: Console, image: NDArray[Any], activations: NDArray[Any]) -> None:
    """Draw an image, (n_inputs,), and beside it the network's outputs, (n_outputs,), as bars."""
    from rich.table import Table

    row = Table.grid(padding=(0, 3))
    row.add_row(picture(to, [image])[0], bars(to, activations))
    to.print(row)


def show_images(to: Console, images: Sequence[NDArray[Any]], captions: Sequence[str]) -> None:
    """Draw as many images as fit side by side, each with its caption below."""
    from rich.table import Table
    from rich.text import Text

    drawn = picture(to, images)
    columns = [
        max(*map(len, str(d).split("\n")), len(c)) for d, c in zip(drawn, captions, strict=True)
    ]
    n_fit = 1
    while n_fit < len(columns) and sum(columns[: n_fit + 1]) + 3 * n_fit <= to.width:
        n_fit += 1
    grid = Table.grid(padding=(0, 3, 0, 0))
    grid.add_row(*drawn[:n_fit])
    grid.add_row(*map(Text, captions[:n_fit]))
    to.print(grid)


def bars(to: Console, activations: NDArray[Any]) -> Text:
    """One line an output: its number, a bar as long as the activation, and the activation."""
    from rich.text import Text

    chosen = int(activations.argmax())
    text = Text()
    for j, a in enumerate(activations.tolist()):
        eighths = round(min(max(a, 0.0), 1.0) * BAR * 8)
        if to.options.ascii_only:
            bar = "#" * round(eighths / 8)
        else:
            bar = "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()
        style = "bold green" if j == chosen else ""
        text.append(f"{j:2d} ")
        text.append(f"{bar:<{BAR}}", style)
        text.append(f" {a:5.2f}", style)
        text.append(" <\n" if j == chosen else "\n", style)
    text.rstrip()
    return text


def picture(to: Console, images: Sequence[NDArray[Any]]) -> list[Text]:
    """Draw images, (n_inputs,), two rows of pixels a line, cut to the ink of them all."""
    shape = picture_shape(images[0].size)
    pixels = np.stack([as_bytes(image).reshape(shape) for image in images])
    rows = np.flatnonzero(pixels.max(axis=(0, 2)))
    columns = np.flatnonzero(pixels.max(axis=(0, 1)))
    if rows.size:
        pixels = pixels[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    pixels = np.pad(pixels, ((0, 0), (0, pixels.shape[1] % 2), (0, 0)))
    if to.options.ascii_only:
        draw = draw_shades
    elif to.color_system in ("256", "truecolor"):
        draw = draw_greys
    else:
        draw = draw_blocks
    return [draw(p[::2].astype(int), p[1::2].astype(int)) for p in pixels]


def draw_greys(upper: NDArray[Any], lower: NDArray[Any]) -> Text:
    """The upper pixel is the ink of a half-block, the lower one its ground."""
    from rich.text import Text

    lines = (
        Text("").join(
            Text("▀", f"rgb({u},{u},{u}) on rgb({v},{v},{v})")
            for u, v in zip(above, below, strict=True)
        )
        for above, below in zip(upper.tolist(), lower.tolist(), strict=True)
    )
    return Text("\n").join(lines)


def draw_blocks(upper: NDArray[Any], lower: NDArray[Any]) -> Text:
    codes = (upper >= INK) + 2 * (lower >= INK)
    return from_rows([[" ▀▄█"[code] for code in row] for row in codes.tolist()])


def draw_shades(upper: NDArray[Any], lower: NDArray[Any]) -> Text:
    codes = (upper + lower) * (len(SHADES) - 1) // (2 * 255)
    return from_rows([[SHADES[code] for code in row] for row in codes.tolist()])


def from_rows(rows: list[list[str]]) -> Text:
    from rich.text import Text

    return Text("\n".join(map("".join, rows)))


def as_bytes(image: NDArray[Any]) -> NDArray[np.uint8]:
    if image.dtype != np.uint8:
        image = (np.clip(image, 0, 1) * 255).round()
    return image.astype(np.uint8)


@contextmanager
def progress(n_epochs: int, n_examples: int) -> Iterator[Callable[[Any], None]]:
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
def drawing() -> Iterator[Callable[[int, int, str], object]]:
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
