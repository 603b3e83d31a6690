"""`callbacks.LivePlot`: what is on it, when it is drawn, and where it is shown."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest
from tests.bowl import descend

from fastgd._state import State
from fastgd.callbacks import LivePlot

pytest.importorskip("matplotlib")


def drawn(plot: LivePlot) -> list[float]:
    return np.asarray(plot.ax.lines[0].get_ydata()).tolist()


def test_each_epoch_s_cost_is_drawn() -> None:
    plot = LivePlot(seconds=0)
    got = descend(epochs=5, tol=0, callback=plot)
    assert drawn(plot) == got.costs.tolist()
    assert np.asarray(plot.ax.lines[0].get_xdata()).tolist() == [1, 2, 3, 4, 5]
    low, high = plot.ax.get_ylim()
    assert low <= min(got.costs) < max(got.costs) <= high


def test_not_more_often_than_asked() -> None:
    plot = LivePlot(seconds=1e6)
    got = descend(epochs=5, tol=0, callback=plot)
    assert drawn(plot) == got.costs[:1].tolist()
    plot.draw()
    assert drawn(plot) == got.costs.tolist()


def test_another_descent_replaces_the_line_and_a_resumed_one_goes_on() -> None:
    plot = LivePlot(seconds=0)
    descend(epochs=5, tol=0, callback=plot)
    part = descend(epochs=2, tol=0, learning_rate=0.1, callback=plot)
    assert drawn(plot) == part.costs.tolist()
    whole = descend(epochs=4, tol=0, learning_rate=0.1, callback=plot, resume=part)
    assert drawn(plot) == whole.costs.tolist()


def test_a_resumed_descent_walks_some_epochs_again() -> None:
    plot = LivePlot(seconds=0)
    states: list[State] = []
    descend(epochs=2, tol=0, callback=lambda epoch: states.append(epoch.state))
    descend(epochs=5, tol=0, callback=plot)
    got = descend(epochs=4, tol=0, callback=plot, resume=states[1])
    assert drawn(plot) == got.costs.tolist()


def test_on_axes_of_one_s_own() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    canvas = FigureCanvasAgg(figure)
    ax = figure.add_subplot()
    before = bytes(canvas.buffer_rgba()) if hasattr(canvas, "renderer") else b""
    plot = LivePlot(ax, seconds=0)
    descend(epochs=3, tol=0, callback=plot)
    assert plot.ax is ax
    assert bytes(canvas.buffer_rgba()) != before


def test_in_a_notebook_one_picture_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """By what Jupyter has; IPython itself is not needed to run this."""
    shown: list[tuple[str, bytes]] = []

    class Handle:
        def update(self, image: bytes) -> None:
            shown.append(("updated", image))

    def display(image: bytes, *, display_id: bool) -> Handle:
        assert display_id
        shown.append(("displayed", image))
        return Handle()

    fake = types.SimpleNamespace(display=display, Image=lambda data, format: data)
    kernel = types.SimpleNamespace(kernel="a kernel")
    ipython = types.SimpleNamespace(get_ipython=lambda: kernel)
    monkeypatch.setitem(sys.modules, "IPython", ipython)  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "IPython.display", fake)  # type: ignore[arg-type]
    plot = LivePlot(seconds=0)
    descend(epochs=3, tol=0, callback=plot)
    assert [what for what, _ in shown] == ["displayed", "updated", "updated"]
    assert len({image for _, image in shown}) == 3
    assert all(image.startswith(b"\x89PNG") for _, image in shown)
    descend(epochs=2, tol=0, callback=plot)
    assert [what for what, _ in shown[3:]] == ["displayed", "updated"]


def test_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="seconds: expected a finite number at least 0, got -1"):
        LivePlot(seconds=-1)
    with pytest.raises(TypeError, match="ax: expected matplotlib's Axes or None, got list"):
        LivePlot([])  # type: ignore[arg-type]
    monkeypatch.delitem(sys.modules, "fastgd.plots.picture", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r'pip install "fastgd\[plots\]"'):
        LivePlot()
