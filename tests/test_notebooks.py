"""Notebooks run by a real kernel: what a cell shows, and not a word on stderr."""

from __future__ import annotations

import os
import shutil
from base64 import b64decode
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from tests.common import PATIENCE, ROOT, python_blocks

import fastgd

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
if not all(map(find_spec, ("ipykernel", "ipywidgets", "tqdm", "matplotlib"))):
    pytest.skip("no kernel, or nothing for it to show", allow_module_level=True)

LESSON = ROOT / "examples" / "lesson.ipynb"
GALLERY = ROOT / "docs" / "gallery.md"
if not (LESSON.exists() and GALLERY.exists()):
    pytest.skip("examples/ and docs/ are not part of this copy", allow_module_level=True)
pytestmark = pytest.mark.slow


def run(notebook: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[Any]]:
    """The outputs of each code cell; an error in one is raised."""
    monkeypatch.setenv("PYTHONPATH", str(Path(fastgd.__file__).parents[1]), prepend=os.pathsep)
    # A backend of the tests' own would be the kernel's, too.
    monkeypatch.delenv("MPLBACKEND", raising=False)
    resources = {"metadata": {"path": str(folder)}}
    nbclient.NotebookClient(
        notebook,
        timeout=PATIENCE,
        startup_timeout=PATIENCE,
        kernel_name="python3",
        resources=resources,
    ).execute()
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]


def run_cells(cells: list[str], *where: Any) -> list[list[Any]]:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    return run(made, *where)


def texts(outputs: list[Any], name: str) -> str:
    return "".join(one.text for one in outputs if one.output_type == "stream" and one.name == name)


def bundles(outputs: list[Any]) -> list[Any]:
    """By MIME type, each thing that was displayed."""
    return [one.data for one in outputs if one.output_type in ("display_data", "execute_result")]


def is_a_picture(bundle: Any) -> bool:
    return b64decode(bundle.get("image/png", ""))[:8] == b"\x89PNG\r\n\x1a\n"


def test_the_lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = nbformat.read(LESSON, 4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in cells)  # kept without
    outputs = run(notebook, tmp_path, monkeypatch)
    shown = {cell.source.splitlines()[-1]: out for cell, out in zip(cells, outputs, strict=True)}
    assert {last: texts(out, "stderr") for last, out in shown.items()} == dict.fromkeys(shown, "")
    pictures = [last for last in shown if last.startswith("plots.")]
    assert len(pictures) == 4
    for last in (*pictures, "plot.draw()"):
        (bundle,) = bundles(shown[last])
        assert is_a_picture(bundle), last
    assert "<table" in bundles(shown["net"])[-1]["text/html"]
    assert "<svg" in bundles(shown["descent"])[-1]["text/html"]
    assert bundles(shown["digits"])[-1]["text/html"].count("<img") == 10


def test_the_gallery_shows_each_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's own lines, a cell each."""
    setup, *entries = python_blocks(GALLERY)
    starts = Path("docs", "thousand-starts.csv")
    (tmp_path / starts).parent.mkdir()
    shutil.copy(ROOT / starts, tmp_path / starts)
    first, *outputs = run_cells([setup, *entries], tmp_path, monkeypatch)
    assert first == []
    for code, out in zip(entries, outputs, strict=True):
        assert texts(out, "stderr") == "", code
        (bundle,) = bundles(out)
        assert is_a_picture(bundle), code


DESCEND = """
import fastgd
net = fastgd.Network((2, 3, 1))
cost = fastgd.Cost(net, [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [[0.0], [1], [1], [0]])
def descend(epochs=30, **options):
    theta = net.random_theta(rng=0)
    return fastgd.gradient_descent(cost, theta, learning_rate=1.0, epochs=epochs, tol=0, **options)
"""
HIDE = "import sys; sys.modules['ipywidgets'] = None\n"


def test_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By tqdm's bar for notebooks, by IPython's display where there are no widgets."""
    cells = [DESCEND, "a = descend(progress=True)", HIDE + "b = descend(progress=True)"]
    _, by_tqdm, by_ipython = run_cells(cells, tmp_path, monkeypatch)
    for out in (by_tqdm, by_ipython):
        assert texts(out, "stderr") == texts(out, "stdout") == ""
    assert "application/vnd.jupyter.widget-view+json" in bundles(by_tqdm)[0]
    (bar,) = bundles(by_ipython)
    assert bar["text/plain"].endswith(" 30/30")
    assert 'value="30" max="30"' in bar["text/html"]


def test_a_live_plot_is_one_picture_a_descent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = "descend(epochs=3, callback=plot)\nplot.draw()"
    make = "plot = fastgd.callbacks.LivePlot(seconds=0)\n"
    _, first, second = run_cells([DESCEND, make + draw, draw], tmp_path, monkeypatch)
    for out in (first, second):
        assert texts(out, "stderr") == ""
        (bundle,) = bundles(out)
        assert is_a_picture(bundle)


def test_a_picture_on_axes_of_pyplot_is_shown_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = """
import matplotlib.pyplot as plt
from fastgd import inside, plots
_, ax = plt.subplots()
plots.nudges(inside.read_gradient(net, cost.gradient(net.random_theta(rng=0)), 3), ax=ax);
"""
    alone = "plots.nudges(inside.read_gradient(net, cost.gradient(net.random_theta(rng=0)), 3))"
    _, on_axes, own = run_cells([DESCEND, draw, alone], tmp_path, monkeypatch)
    assert [is_a_picture(bundle) for bundle in bundles(on_axes)] == [True]
    assert [is_a_picture(bundle) for bundle in bundles(own)] == [True]
