"""`terminal`: what is drawn, on consoles that can show more and less."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fastgd.cli import terminal

rich_console = pytest.importorskip("rich.console")

# 4 x 4: an empty row, then ink in the two middle columns; cut to ink: 3 x 2
IMAGE = np.array(
    [[0, 0, 0, 0], [0, 255, 0, 0], [0, 255, 255, 0], [0, 0, 128, 0]], np.uint8
).reshape(16)


def console(encoding: str = "utf-8", **options: Any) -> Any:
    file = io.TextIOWrapper(io.BytesIO(), encoding)
    return rich_console.Console(file=file, highlight=False, markup=False, **options)


def shown(to: Any) -> str:
    to.file.flush()
    return str(to.file.buffer.getvalue().decode(to.file.encoding))


def test_picture_in_blocks_is_cut_to_its_ink() -> None:
    assert str(terminal.picture(console(), [IMAGE])[0]) == "█▄\n ▀"


def test_picture_in_ascii_where_the_console_has_no_more() -> None:
    assert str(terminal.picture(console("ascii"), [IMAGE])[0]) == "@=\n :"


def test_picture_in_greys_on_a_terminal_with_colours() -> None:
    drawn = terminal.picture(console(force_terminal=True, color_system="truecolor"), [IMAGE])[0]
    assert str(drawn) == "▀▀\n▀▀"
    assert [span.style for span in drawn.spans] == [
        "rgb(255,255,255) on rgb(255,255,255)",
        "rgb(0,0,0) on rgb(255,255,255)",
        "rgb(0,0,0) on rgb(0,0,0)",
        "rgb(128,128,128) on rgb(0,0,0)",
    ]


def test_empty_picture_is_drawn_whole() -> None:
    assert str(terminal.picture(console(), [np.zeros(16, np.uint8)])[0]) == "    \n    "


def test_picture_of_floats_is_0_to_1() -> None:
    drawn = terminal.picture(console(), [np.array([-1.0, 1.0, 9.0, 0.5])])[0]
    assert str(drawn) == "▄█"


def test_inputs_that_are_no_square_are_one_row() -> None:
    drawn = terminal.picture(console(), [np.array([255, 0, 255, 255, 255], np.uint8)])[0]
    assert str(drawn) == "▀ ▀▀▀"


def test_pictures_side_by_side_are_cut_alike() -> None:
    corner = np.zeros(16, np.uint8)
    corner[0] = 255
    widths = {
        len(line)
        for drawn in terminal.picture(console(), [IMAGE, corner])
        for line in str(drawn).split("\n")
    }
    assert widths == {3}


@pytest.mark.parametrize(("encoding", "half"), [("utf-8", "█" * 12), ("ascii", "#" * 12)])
def test_bars_are_as_long_as_the_activations(encoding: str, half: str) -> None:
    text = terminal.bars(console(encoding), np.array([0.5, 1.0, 0.0]))
    assert str(text).split("\n") == [
        f" 0 {half:<24}  0.50",
        f" 1 {half * 2}  1.00 <",
        f" 2 {'':<24}  0.00",
    ]


def test_bars_end_at_0_and_1() -> None:
    text = terminal.bars(console(), np.array([-3.0, 7.0]))
    assert str(text).split("\n") == [f" 0 {'':<24} -3.00", f" 1 {'█' * 24}  7.00 <"]


@pytest.mark.parametrize(("width", "n_shown"), [(80, 3), (25, 2), (4, 1)])
def test_as_many_images_are_shown_as_fit(width: int, n_shown: int) -> None:
    to = console(width=width)
    captions = ["1, read as 7"[: width - 1], "second", "third"]
    terminal.show_images(to, [IMAGE] * 3, captions)
    lines = shown(to).splitlines()
    assert sum(caption in lines[-1] for caption in captions) == n_shown


def test_reading_has_no_control_codes_without_a_terminal() -> None:
    to = console()
    terminal.show_reading(to, IMAGE, np.array([0.5, 1.0]))
    assert "\x1b" not in shown(to)
    assert "1.00 <" in shown(to)


def test_progress_without_a_terminal_is_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.progress(n_epochs=2, n_examples=100) as report:
        report(SimpleNamespace(epoch=1, cost=0.5))
        report(SimpleNamespace(epoch=2, cost=0.25))
    captured = capsys.readouterr()
    assert captured.out == ""
    # The first epoch is not a second old; the last is always told.
    assert captured.err.startswith("epoch 2/2  cost 0.2500  ")
    assert captured.err.endswith(" examples/s\n")
    assert "\x1b" not in captured.err


def test_progress_never_stops_the_descent() -> None:
    with terminal.progress(n_epochs=1, n_examples=1) as report:
        assert report(SimpleNamespace(epoch=1, cost=0.5)) is None


def test_progress_on_a_terminal_is_live(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    with terminal.progress(n_epochs=2, n_examples=100) as report:
        report(SimpleNamespace(epoch=2, cost=0.25))
    for words in ("2/2", "cost 0.2500", "examples/s", "\x1b["):
        assert words in screen.getvalue()


def test_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    with pytest.raises(ImportError, match=r'pip install "fastgd\[cli\]"'):
        terminal.console()
