"""Puts a network's numbers into the page: the parameters along its descent, the surface, digits.

The page itself draws, runs and shows them: `page.html`, `page.css`, `network.js` and `page.js`.
"""

from __future__ import annotations

import base64
import html
import json
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd import curves, landscape
from fastgd._engine.arrays import as_theta
from fastgd._progress import Report
from fastgd.cost import Cost
from fastgd.inside.answers import checked_labels
from fastgd.inside.gradient import picture_shape
from fastgd.network import Network

# Thetas along the descent that the page holds: about 70 kB each for 784-16-16-10.
MOST_SNAPSHOTS = 21
RESOLUTION = 61
SAMPLES_A_LABEL = 2


def explore_page(
    cost: Cost,
    theta: ArrayLike,
    *,
    path: ArrayLike | None = None,
    images: Any = None,
    labels: ArrayLike | None = None,
    title: str = "A network to explore",
    progress: bool | Report = False,
) -> str:
    """The page, as text to be written to one ``.html`` file. It needs no network.

    Draw with mouse, finger or keys, and see every neuron's activation; choose a neuron to see
    its weights; follow the descent with a slider, as a point on the cost surface.

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
        Digits to try, and to measure accuracy on.
    title : str
    progress : bool or callable
        Of the surface: True shows a bar on stderr; a callable gets ``(done, total)``.

    Returns
    -------
    str

    Raises
    ------
    TypeError, ValueError
        Where theta, path or images do not fit the network, or its inputs are no square image.

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
        raise ValueError(f"cost: {network.n_inputs} inputs are no square image to draw on")
    theta = as_theta(theta, network.n_parameters, network)
    points = np.asarray([theta] if path is None else path, np.float32)
    if points.ndim != 2 or points.shape[1] != network.n_parameters or not len(points):
        raise ValueError(f"path has shape {points.shape}; expected (n, {network.n_parameters})")
    epochs = kept_points(len(points))
    points = points[epochs]
    along = curves.curves(cost, points, images=images, labels=labels)
    data = {
        "about": f"{network}: {network.n_parameters:,} weights and biases, "
        f"{cost.n_examples:,} examples. Everything runs in this page.",
        "layer_sizes": network.layer_sizes,
        "activations": network.layer_activations,
        "side": side,
        "thetas": [encoded(point.astype("<f4")) for point in points],
        "epochs": epochs.tolist(),
        "costs": along.costs.tolist(),
        "accuracies": None if along.accuracies is None else along.accuracies.tolist(),
        "surface": surface_data(cost, points, progress),
        "samples": [] if labels is None else sample_digits(network, images, labels),
    }
    return filled(title, data)


def kept_points(n: int) -> NDArray[np.int64]:
    """Which of n points the page holds: all, or ever fewer as the descent goes on."""
    if n <= MOST_SNAPSHOTS:
        return np.arange(n)
    # 0, then from 1 to n - 1 in equal ratios; where these are less than 1 apart, in steps of 1
    kept = [0]
    while len(kept) < MOST_SNAPSHOTS:
        ratio = ((n - 1) / max(1, kept[-1])) ** (1 / (MOST_SNAPSHOTS - len(kept)))
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
        name = f"The plane the descent moved in most: it holds {100 * sum(shares):.0f} % of it."
    else:
        center = points[-1].astype(np.float64)
        rng = np.random.default_rng(0)
        u, v = (landscape.random_direction(cost.network, center, rng) for _ in range(2))
        name = "A plane of two random directions."
    ground = landscape.plane(cost, center, u, v, resolution=RESOLUTION, progress=progress)
    seen = landscape.project(ground, cost, points)
    return {
        "name": name,
        "side": RESOLUTION,
        "costs": [float(f"{c:.5g}") for c in ground.costs.ravel()],
        "a": seen.a.tolist(),
        "b": seen.b.tolist(),
        "distances": seen.distances.tolist(),
    }


def sample_digits(network: Network, images: Any, labels: ArrayLike) -> list[dict[str, Any]]:
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


def filled(title: str, data: dict[str, Any]) -> str:
    """The page with style, script and data in their places."""
    folder = files("fastgd.explore")

    def read(name: str) -> str:
        return (folder / name).read_text(encoding="utf-8")

    # "</" would end the script element that holds the data
    text = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("</", "<\\/")
    parts = {
        "__TITLE__": html.escape(title),
        "__STYLE__": read("page.css"),
        "__SCRIPT__": read("network.js") + read("page.js"),
        "__DATA__": text,
    }
    out = read("page.html")
    for name, part in parts.items():
        out = out.replace(name, part)
    return out
