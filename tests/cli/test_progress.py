"""`progress`: the count stays, on terminals of any width and where there is none."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from tests.cli.test_terminal import Screen

from fastgd.cli import progress

pytest.importorskip("rich")


def epoch(number: int, cost: float) -> SimpleNamespace:
    """What a callback is told."""
    return SimpleNamespace(epoch=number, cost=cost)


def on_screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """A terminal as stderr, from now on."""
    made = Screen()
    monkeypatch.setattr(sys, "stderr", made)
    monkeypatch.setenv("TERM", "xterm-256color")
    return made


def test_without_a_terminal_it_is_plain_text(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.training(2, 100) as report:
        report(epoch(1, 0.5))
        report(epoch(2, 0.25))
    captured = capsys.readouterr()
    assert captured.out == ""
    # The first epoch is not a second old; the last is always told.
    assert captured.err.startswith("epoch 2/2  cost 0.2500  ")
    assert captured.err.endswith(" examples/s\n")
    assert captured.err.count("\n") == 1
    assert "\x1b" not in captured.err


def test_a_line_a_second(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "A_LINE", 0.0)
    with progress.training(30, 100) as report:
        for number in range(1, 4):
            report(epoch(number, 0.5))
    lines = capsys.readouterr().err.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["epoch 1/30", "epoch 2/30", "epoch 3/30"]


def test_the_last_epoch_is_told_where_it_stops_early(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.training(30, 100) as report:
        report(epoch(1, 0.5))
        report(epoch(2, 0.5))
    assert capsys.readouterr().err.startswith("epoch 2/30  ")


def test_nothing_is_told_of_no_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.training(30, 100):
        pass
    assert capsys.readouterr().err == ""


def test_it_never_stops_the_descent() -> None:
    with progress.training(1, 1) as report:
        assert report(epoch(1, 0.5)) is None


def test_quiet_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = on_screen(monkeypatch)
    with progress.training(1, 1, quiet=True) as report:
        assert report(epoch(1, 0.5)) is None
    with progress.drawing(quiet=True) as tell:
        tell(0, 2, "mess")
    assert screen.getvalue() == ""


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (24, ["12/30"]),
        (40, ["12/30", "cost 0.2500"]),
        (60, ["12/30", "cost 0.2500", "━"]),
        (120, ["12/30", "cost 0.2500", "━", "examples/s"]),
    ],
)
def test_a_terminal_has_one_live_line_that_fits(
    monkeypatch: pytest.MonkeyPatch, width: int, words: list[str]
) -> None:
    screen = on_screen(monkeypatch)
    monkeypatch.setenv("COLUMNS", str(width))
    with progress.training(30, 100) as report:
        report(epoch(12, 0.25))
    text = screen.getvalue()
    assert "\x1b[" in text
    for word in words:
        assert word in text
    assert text.count("\n") == 1


def test_a_dumb_terminal_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = on_screen(monkeypatch)
    monkeypatch.setenv("TERM", "dumb")
    with progress.training(2, 100) as report:
        report(epoch(2, 0.25))
    assert screen.getvalue().startswith("epoch 2/2  cost 0.2500  ")
    assert "\x1b" not in screen.getvalue()


def test_lines_fit_a_narrow_dumb_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = on_screen(monkeypatch)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "40")
    with progress.training(2, 100) as report:
        report(epoch(2, 0.25))
    assert screen.getvalue() == "epoch 2/2  cost 0.2500\n"


def test_pictures_are_counted_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = on_screen(monkeypatch)
    monkeypatch.setenv("COLUMNS", "40")
    with progress.drawing() as tell:
        tell(0, 3, "mess")
        tell(2, 3, "relief")
    assert "3/3" in screen.getvalue()
    assert "relief" in screen.getvalue()


def test_pictures_are_counted_without_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "A_PICTURE", -1.0)
    with progress.drawing() as tell:
        tell(0, 2, "mess")
        tell(1, 2, "relief")
        tell(2, 2, "")
    assert capsys.readouterr().err == "picture 1/2: mess\npicture 2/2: relief\n"


def test_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    on_screen(monkeypatch)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    with (
        pytest.raises(ImportError, match=r'pip install "fastgd\[cli\]"'),
        progress.training(1, 1),
    ):
        pass
