"""The cost, epoch by epoch, in a plot that is drawn again while the descent goes on."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

from fastgd._checks import as_real
from fastgd._epoch import Epoch
from fastgd._progress import in_notebook
from fastgd.plots.style import ACCENT, axes_or_new, counted, figure_of, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class LivePlot:
    """Draws the cost of each epoch; in a notebook, a picture below the cell that is replaced.

    Elsewhere give axes of a figure that is on the screen (``plt.subplots()`` after
    ``plt.ion()``): their canvas is drawn again. Drawing takes some 0.1 s, and the descent waits.
    Given to another descent, it draws that one; a resumed one goes on where the line ended.

    Parameters
    ----------
    ax : Axes or None
        None: those of a new figure.
    seconds : float
        At least so many between two drawings. `draw` shows what came after the last.

    Attributes
    ----------
    ax : Axes

    Raises
    ------
    ImportError
        If matplotlib is not installed (``pip install "fastgd[plots]"``).

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((2, 1))
    >>> cost = fastgd.Cost(net, [[1.0, 0.0], [0.0, 1.0]], [[0.0], [1.0]])
    >>> plot = fastgd.callbacks.LivePlot()
    >>> descent = fastgd.gradient_descent(
    ...     cost, net.random_theta(0), learning_rate=1.0, epochs=30, tol=0, callback=plot
    ... )
    >>> plot.draw()
    >>> len(plot.ax.lines[0].get_ydata())
    30
    """

    def __init__(self, ax: Axes | None = None, *, seconds: float = 0.5) -> None:
        self._seconds = as_real("seconds", seconds, "at least 0", lambda x: x >= 0)
        if ax is not None and not hasattr(ax, "plot"):
            raise TypeError(f"ax: expected matplotlib's Axes or None, got {type(ax).__name__}")
        self.ax: Axes = axes_or_new(ax)
        self.ax.set_xlabel("epoch")
        self.ax.set_ylabel("cost")
        counted(self.ax)
        plain(self.ax)
        (self._line,) = self.ax.plot([], [], color=ACCENT, linewidth=1.5)
        self._epochs: list[int] = []
        self._costs: list[float] = []
        self._drawn = -float("inf")
        self._shown: Any = None

    def __repr__(self) -> str:
        return f"<LivePlot of {len(self._costs)} epochs>"

    def __call__(self, epoch: Epoch) -> None:
        """Take the epoch down, and draw if it is time."""
        if self._epochs and epoch.epoch <= self._epochs[-1]:
            self._begin(epoch.epoch)
        self._epochs.append(epoch.epoch)
        self._costs.append(epoch.cost)
        if time.monotonic() - self._drawn >= self._seconds:
            self.draw()

    def draw(self) -> None:
        """Draw all epochs so far."""
        self._line.set_data(self._epochs, self._costs)
        self.ax.relim()
        self.ax.autoscale_view()
        figure = figure_of(self.ax)
        if in_notebook():
            self._show(figure)
        else:
            figure.canvas.draw_idle()
            figure.canvas.flush_events()
        self._drawn = time.monotonic()

    def _begin(self, epoch: int) -> None:
        """Another descent: its epochs replace those, and a picture of its own shows them."""
        kept = self._epochs.index(epoch) if epoch in self._epochs else 0
        del self._epochs[kept:], self._costs[kept:]
        self._drawn = -float("inf")
        self._shown = None

    def _show(self, figure: Any) -> None:
        from IPython.display import Image, display

        picture = io.BytesIO()
        figure.savefig(picture, format="png")
        image = Image(data=picture.getvalue(), format="png")
        if self._shown is None:
            self._shown = display(image, display_id=True)
        else:
            self._shown.update(image)
