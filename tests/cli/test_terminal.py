"""`terminal`: the console, as wide as what it writes to, and in its encoding."""

from __future__ import annotations

import io
import sys

import pytest

from fastgd.cli import terminal

pytest.importorskip("rich")


class Screen(io.StringIO):
    """Says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_what_is_no_terminal_has_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    terminal.console().print("x" * 500)
    assert sys.stdout.getvalue() == "x" * 500 + "\n"  # type: ignore[attr-defined]


@pytest.mark.parametrize("screen", [io.StringIO, Screen])
@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_columns_are_asked_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, screen: type[io.StringIO], term: str
) -> None:
    """A dumb terminal too has a width."""
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr(sys, "stdout", screen())
    assert terminal.console().width == 40


def test_a_character_that_the_console_lacks_is_an_escape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "ascii"))
    terminal.console().print("Blüte")
    sys.stdout.flush()
    assert sys.stdout.buffer.getvalue() == b"Bl\\xfcte\n"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("columns", "lines"),
    [
        (
            "40",
            ["name      first", "flags     -O3 -fno-math-errno", "          -fvisibility=hidden"],
        ),
        (None, ["name      first", "flags     -O3 -fno-math-errno -fvisibility=hidden"]),
    ],
)
def test_facts_stand_in_two_columns(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    columns: str | None,
    lines: list[str],
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns is not None:
        monkeypatch.setenv("COLUMNS", columns)
    terminal.print_facts(
        {"name": "first", "flags": "-O3 -fno-math-errno -fvisibility=hidden", "dtype   ": None}
    )
    assert capsys.readouterr().out.splitlines()[:-1] == lines


def test_facts_do_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A model's metadata may be a stranger's."""
    terminal.print_facts({"no\x1b[2Jte": "\x1b]0;title\x07 \x9b31m"})
    assert capsys.readouterr().out == r"no\x1b[2Jte  \x1b]0;title\x07 \x9b31m" + "\n"


@pytest.mark.parametrize(("term", "live"), [("xterm-256color", True), ("dumb", False)])
def test_a_dumb_terminal_is_not_live(
    monkeypatch: pytest.MonkeyPatch, term: str, live: bool
) -> None:
    monkeypatch.setenv("TERM", term)
    assert terminal.is_live(Screen()) == live
    assert not terminal.is_live(io.StringIO())


def test_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich.console", None)
    with pytest.raises(ImportError, match=r'pip install "fastgd\[cli\]"'):
        terminal.console()
