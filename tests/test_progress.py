"""`_progress`: a bar, a function, or nothing."""

from __future__ import annotations

import io
import sys

import pytest

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
    with pytest.raises(ImportError, match=r'pip install "fastgd\[cli\]"'), reporting(True, "work"):
        pass
