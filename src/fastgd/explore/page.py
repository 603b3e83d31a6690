"""Puts a network's numbers into the page: the parameters along its descent, the surface, digits.

The page itself draws, runs and shows them: `page.html`, style sheets of `STYLES` and the scripts
of `SCRIPTS`. What it trains on, `training_data` packs.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd import curves, landscape
from fastgd._engine.arrays import as_theta
from fastgd._progress import Report
from fastgd.cost import Cost
from fastgd.explore.training_data import packed_examples, packed_plane
from fastgd.inside.answers import checked_labels
from fastgd.inside.gradient import picture_shape
from fastgd.network import Network

FOLDER = files("fastgd.explore")
STYLES = ("page.css", "parts.css", "layout.css")
# In the order in which each may name those before it.
SCRIPTS = (
    "kernel.js", "survey.js", "trainer.js", "view.js", "ground.js", "shapes.js", "signs.js",
    "relief.js", "ink.js", "network.js", "state.js", "colours.js", "layout.js", "board.js",
    "neurons.js", "drawing.js", "inspector.js", "nudge.js", "grids.js", "terrain.js",
    "training.js", "curve.js", "story.js", "link.js", "page.js",
)  # fmt: skip
# Thetas along the descent that the page holds: as many as this many bytes of base64 take, within
# these bounds. A theta of 784-16-16-10 takes 70 kB.
SNAPSHOT_BYTES = 1_000_000
MOST_SNAPSHOTS = 21
FEWEST_SNAPSHOTS = 3
RESOLUTION = 61
SAMPLES_A_LABEL = 2


def explore_page(
    cost: Cost,
    theta: ArrayLike,
    *,
    path: ArrayLike | None = None,
    images: Any = None,
    labels: ArrayLike | None = None,
    examples: tuple[ArrayLike, ArrayLike] | None = None,
    learning_rate: float = 0.5,
    classes: Sequence[str] | None = None,
    title: str = "A network to explore",
    progress: bool | Report = False,
) -> str:
    """The page, as text to be written to one ``.html`` file. It needs no network.

    Draw with mouse, finger or keys, and see every neuron's activation; look into a neuron; follow
    the descent on the cost surface, recorded or live; a guided story leads through all of it.

    Parameters
    ----------
    cost : Cost
        On square images; its network is the page's.
    theta : (n_parameters,) array
        The trained network.
    path : (n, n_parameters) array or None
        The recorded descent, one point an epoch, the untrained theta first and `theta` last.
        None: the page shows `theta` alone, on a plane of random directions.
    images, labels : (n, n_inputs) uint8 array and (n,) integers, or None
        Images to try, and to measure accuracy on, best some that were not trained on.
    examples : tuple (X, targets) or None
        What the page trains on, its first 3,000: pixels (uint8) or reals, and labels or
        (n, n_outputs) reals. None: the page shows the recorded descent and does not train.
    learning_rate : float
        What the page's own descent begins with, from 0.01 to 10.
    classes : sequence of str or None
        Names of the outputs; None: their numbers.
    title : str
    progress : bool or callable
        Of the surface: True shows a bar on stderr; a callable gets ``(done, total)``.

    Returns
    -------
    str

    Raises
    ------
    TypeError, ValueError
        Where theta, path, images, examples or classes do not fit the network, or its inputs are
        no square image.

    Examples
    --------
    >>> import fastgd
    >>> sample = fastgd.datasets.digits()
    >>> net = fastgd.Network((784, 16, 16, 10))
    >>> cost = fastgd.Cost(net, sample.train_images[:100], sample.train_labels[:100])
    >>> page = explore_page(cost, net.random_theta(rng=0))
    >>> page.startswith("<!doctype html>"), "http://" in page.replace("http://www.w3.org", "")
    (True, False)
    """
    network = cost.network
    side, columns = picture_shape(network.n_inputs)
    if side != columns:
        raise ValueError(
            f"cost: the {network.n_inputs} inputs of a {network} network are no square image, "
            "and the page is one to draw on"
        )
    theta = as_theta(theta, network.n_parameters, network)
    points = np.asarray([theta] if path is None else path, np.float32)
    if points.ndim != 2 or points.shape[1] != network.n_parameters or not len(points):
        raise ValueError(f"path has shape {points.shape}; expected (n, {network.n_parameters})")
    if classes is not None and len(classes) != network.n_outputs:
        raise ValueError(f"classes: {len(classes)} names for {network.n_outputs} outputs")
    epochs = kept_points(len(points), most_snapshots(network.n_parameters))
    points = points[epochs]
    along = curves.curves(cost, points, images=images, labels=labels)
    about = (
        f"{network.n_parameters:,} weights and biases, {cost.n_examples:,} training images. "
        "Everything runs in this page."
    )
    data = {
        "layer_sizes": network.layer_sizes,
        "activations": network.layer_activations,
        "side": side,
        "names": [str(j) for j in range(network.n_outputs)] if classes is None else list(classes),
        "n_examples": cost.n_examples,
        "learning_rate": learning_rate,
        "thetas": [encoded(point.astype("<f4")) for point in points],
        "epochs": epochs.tolist(),
        "costs": along.costs.tolist(),
        "accuracies": None if along.accuracies is None else along.accuracies.tolist(),
        "surface": surface_data(cost, points, progress),
        "samples": [] if labels is None else sample_images(network, images, labels),
        **training_parts(network, examples, images, labels),
    }
    return filled(title, about, data)


def training_parts(
    network: Network,
    examples: tuple[ArrayLike, ArrayLike] | None,
    images: Any,
    labels: ArrayLike | None,
) -> dict[str, Any]:
    """What the page trains on, and the kernel that it trains with."""
    if examples is None:
        return {"examples": None, "no_training": "No training images are in this page."}
    X, targets = (np.asarray(part) for part in examples)
    if X.reshape(len(X), -1).shape[1] != network.n_inputs:
        raise ValueError(f"examples: X has shape {X.shape}; expected (n, {network.n_inputs})")
    if targets.ndim == 1:
        checked_labels(targets, len(X), network.n_outputs)
    elif targets.shape[1:] != (network.n_outputs,):
        raise ValueError(
            f"examples: targets have shape {targets.shape}; expected (n, {network.n_outputs})"
        )
    test = None if labels is None or targets.ndim != 1 else (images, labels)
    return {
        "examples": packed_examples(X, targets, test=test),
        "wasm": base64.b64encode((FOLDER / "descent.wasm").read_bytes()).decode(),
    }


def most_snapshots(n_parameters: int) -> int:
    """How many thetas fit into the page."""
    fit = SNAPSHOT_BYTES // (4 * n_parameters * 4 // 3)
    return min(MOST_SNAPSHOTS, max(FEWEST_SNAPSHOTS, fit))


def kept_points(n: int, most: int) -> NDArray[np.int64]:
    """Which of n points the page holds: all, or ever fewer as the descent goes on."""
    if n <= most:
        return np.arange(n)
    # 0, then from 1 to n - 1 in equal ratios; where these are less than 1 apart, in steps of 1
    kept = [0]
    while len(kept) < most:
        ratio = ((n - 1) / max(1, kept[-1])) ** (1 / (most - len(kept)))
        kept.append(max(kept[-1] + 1, round(max(1, kept[-1]) * ratio)))
    kept[-1] = n - 1
    return np.array(kept)


def surface_data(
    cost: Cost, points: NDArray[Any], progress: bool | Report
) -> dict[str, Any] | None:
    """The plane the descent moved in most, or a random one, and the points on it."""
    if not points[-1].any():
        return None  # random directions have the length of theta's neurons: here 0
    if len(points) >= 3:
        center, u, v, shares = landscape.principal_directions(points)
        first, second = (f"{100 * share:.0f} %" for share in shares)
        name = f"The two principal directions of the descent, {first} and {second} of its movement."
        names = {"a": f"1st: {first}", "b": f"2nd: {second}"}
    else:
        center = points[-1].astype(np.float64)
        rng = np.random.default_rng(0)
        u, v = (landscape.random_direction(cost.network, center, rng) for _ in range(2))
        name = "A plane of two random directions."
        names = {"a": "1st", "b": "2nd"}
    ground = landscape.plane(cost, center, u, v, resolution=RESOLUTION, progress=progress)
    seen = landscape.project(ground, cost, points)
    return {
        **packed_plane(ground),
        "name": name,
        "names": names,
        "path": {"a": seen.a.tolist(), "b": seen.b.tolist()},
        "distances": seen.distances.tolist(),
    }


def sample_images(network: Network, images: Any, labels: ArrayLike) -> list[dict[str, Any]]:
    """A few images of each label: one a row of buttons."""
    pixels = np.asarray(images)
    if pixels.dtype != np.uint8:
        raise TypeError(f"images: expected uint8 pixels, got dtype {pixels.dtype}")
    true = checked_labels(labels, len(pixels), network.n_outputs)
    rows = [np.flatnonzero(true == label)[:SAMPLES_A_LABEL] for label in np.unique(true)]
    chosen = [row[k] for k in range(SAMPLES_A_LABEL) for row in rows if k < len(row)]
    return [{"label": int(true[i]), "pixels": encoded(pixels[i])} for i in chosen]


def encoded(values: NDArray[Any]) -> str:
    return base64.b64encode(values.tobytes()).decode()


def filled(title: str, about: str, data: dict[str, Any]) -> str:
    """The page with styles, scripts and data in their places."""
    return with_parts("page.html", STYLES, SCRIPTS, html.escape(title), html.escape(about), data)


def with_parts(
    page: str, styles: Sequence[str], scripts: Sequence[str], title: str, about: str, data: Any
) -> str:
    """A page's own file with these parts in their places; title and about are HTML."""

    def read(*names: str) -> str:
        return "".join((FOLDER / name).read_text(encoding="utf-8") for name in names)

    # "</" would end the script element that holds the data, "<!--<script" would keep it open
    text = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", r"\u003c")
    parts = {
        "__TITLE__": title,
        "__ABOUT__": about,
        "__STYLE__": read(*styles),
        "__SCRIPT__": read(*scripts),
        "__DATA__": text,
    }
    before, *pieces = re.split("(__[A-Z]+__)", read(page))
    return before + "".join(parts.get(piece, piece) for piece in pieces)
