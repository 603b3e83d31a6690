"""`_progress`: a bar, a function, or nothing."""

from __future__ import annotations

import io
import sys
from contextlib import nullcontext
from types import SimpleNamespace
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


@pytest.mark.parametrize(
    ("shell", "notebook"),
    [(None, False), (SimpleNamespace(), False), (SimpleNamespace(kernel="a kernel"), True)],
    ids=["no shell", "IPython in a terminal", "a kernel"],
)
def test_a_notebook_is_a_shell_with_a_kernel(
    shell: Any, notebook: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IPython or ipykernel may be imported without."""
    ipython = SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", ipython)  # type: ignore[arg-type]
    assert _progress.in_notebook() is notebook
    monkeypatch.delitem(sys.modules, "IPython")
    assert not _progress.in_notebook()


@pytest.mark.parametrize(
    ("notebook", "widgets", "first"),
    [
        (False, True, ["rich", "tqdm"]),
        (False, False, ["rich", "tqdm"]),
        (True, True, ["tqdm", "rich", "ipython"]),
        (True, False, ["ipython"]),
    ],
)
def test_which_comes_first(
    notebook: bool, widgets: bool, first: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of those that are installed; here the last one alone."""
    asked: list[str] = []

    def made(name: str) -> Any:
        def begin(what: str, total: int | None) -> Any:
            asked.append(name)
            if name != first[-1]:
                raise ModuleNotFoundError(name)
            return nullcontext()

        return begin

    for name in ("rich", "tqdm", "ipython"):
        monkeypatch.setattr(_progress, f"bar_by_{name}", made(name))
    monkeypatch.setattr(_progress, "in_notebook", lambda: notebook)
    monkeypatch.setattr(_progress, "find_spec", lambda name: name if widgets else None)
    with bar("descending", 4):
        pass
    assert asked == first


def test_a_bar_of_ipython_is_drawn_when_it_is_time_and_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[str] = []
    now = [0.0]

    class Handle:
        def update(self, bundle: dict[str, str], *, raw: bool) -> None:
            assert raw
            drawn.append(bundle["text/plain"])

    def display(bundle: dict[str, str], *, raw: bool, display_id: bool) -> Handle:
        assert raw
        assert display_id
        drawn.append(bundle["text/plain"])
        return Handle()

    monkeypatch.setattr(_progress.time, "monotonic", lambda: now[0])
    with _progress.ipython_bar(display, "descending", None) as advance:
        advance(1, 40, "cost 0.5")
        now[0] = 1.0
        advance(20, 40, "cost 0.25")
        advance(40, 40)
    assert drawn == ["descending", "cost 0.25 20/40", "descending 40/40"]


def test_a_bar_of_ipython_stays_where_an_error_left_it() -> None:
    drawn: list[str] = []
    handle = SimpleNamespace(update=lambda bundle, raw: drawn.append(bundle["text/plain"]))

    def interrupted() -> None:
        with _progress.ipython_bar(lambda *_, **__: handle, "descending", 9) as advance:
            advance(3, 9)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert drawn == ["descending 3/9"]


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
