"""Callbacks for ``gradient_descent(..., callback=[...])``: stop, keep, write down, show.

A callback is any function of an `Epoch` (its ``epoch``, ``steps``, ``cost``, ``theta``, ``state``);
a true result stops the descent. These are some ready ones.
"""

from fastgd._epoch import Epoch
from fastgd.callbacks.checkpoint import Checkpoint
from fastgd.callbacks.early_stopping import EarlyStopping
from fastgd.callbacks.live_plot import LivePlot
from fastgd.callbacks.logs import CSVLog, JSONLinesLog

__all__ = ["CSVLog", "Checkpoint", "EarlyStopping", "Epoch", "JSONLinesLog", "LivePlot"]
