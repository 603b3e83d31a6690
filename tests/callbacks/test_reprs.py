"""Callbacks say in a line what they are and where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.bowl import Bowl, descend

from fastgd.callbacks import Checkpoint, CSVLog, EarlyStopping, JSONLinesLog, LivePlot


def test_early_stopping_says_the_best() -> None:
    stopping = EarlyStopping(lambda theta: Bowl().value_and_gradient(theta)[0])
    assert repr(stopping) == "<EarlyStopping: best cost not known yet>"
    descend(epochs=3, tol=0, callback=stopping)
    assert repr(stopping) == "<EarlyStopping: best cost 0.07812 in epoch 3 of 3>"


def test_files_are_named(tmp_path: Path) -> None:
    pytest.importorskip("safetensors")
    path = str(tmp_path / "file")
    assert repr(Checkpoint(path)) == f"Checkpoint({path!r}, epochs=1)"
    assert repr(Checkpoint(tmp_path / "file", seconds=2)) == f"Checkpoint({path!r}, seconds=2.0)"
    assert repr(CSVLog(path)) == f"CSVLog({path!r})"
    assert repr(JSONLinesLog(path)) == f"JSONLinesLog({path!r})"


def test_a_plot_counts() -> None:
    pytest.importorskip("matplotlib")
    plot = LivePlot()
    descend(epochs=3, tol=0, callback=plot)
    assert repr(plot) == "<LivePlot of 3 epochs>"
