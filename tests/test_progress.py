"""`_progress`: a bar, a function, or nothing."""

from __future__ import annotations

import io
import sys
from contextlib import nullcontext
from typing import Any

import pytest

from fastgd import _progress
from fastgd._progress import bar, reporting


def test_nothing_and_a_function() -> None:
    with reporting(False, "work") as report:
        assert report is None
    seen: list[tuple[int, int]] = []
    with reporting(lambda *at: seen.append(at), "work") as report:
        assert report is not None
        report(1, 2)
    assert seen == [(1, 2)]


def test_a_bar_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rich")
    with reporting(True, "work") as report:
        assert report is not None
        report(1, 2)
        report(2, 2)
    assert capsys.readouterr().out == ""


def test_a_bar_says_what_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    screen = io.StringIO()
    screen.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    with bar("descending", 3) as advance:
        advance(1, 3, "cost 0.5")
    with bar("work") as advance:
        advance(1, 2)
    for words in ("cost 0.5", "33%", "work", "50%"):
        assert words in screen.getvalue()


def test_a_bar_of_tqdm_where_there_is_no_rich(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tqdm")
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    with bar("descending", 4) as advance:
        advance(1, 4, "cost 0.5")
        advance(4, 4, "cost 0.25")
    said = capsys.readouterr()
    assert said.out == ""
    for words in ("descending", "4/4", "cost 0.25"):
        assert words in said.err


@pytest.mark.parametrize("notebook", [True, False])
def test_tqdm_comes_first_in_a_notebook(notebook: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where both are installed."""
    asked: list[str] = []

    def made(name: str) -> Any:
        def begin(what: str, total: int | None) -> Any:
            asked.append(name)
            return nullcontext()

        return begin

    monkeypatch.setattr(_progress, "bar_by_rich", made("rich"))
    monkeypatch.setattr(_progress, "bar_by_tqdm", made("tqdm"))
    monkeypatch.setattr(_progress, "in_notebook", lambda: notebook)
    with bar("descending", 4):
        pass
    assert asked == ["tqdm" if notebook else "rich"]


def test_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        pytest.raises(TypeError, match="progress: expected True, False or a function"),
        reporting(
            1,
            "work",  # type: ignore[arg-type]
        ),
    ):
        pass
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(ImportError, match=r'pip install "fastgd\[cli\]"'), reporting(True, "work"):
        pass
