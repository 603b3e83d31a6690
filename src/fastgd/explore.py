"""One self-contained HTML page in which a network can be tried, opened and watched as it learns.

The page (`page/`) draws, runs and shows; here the numbers are put into it. Which model and
digits it is about is `_show`'s business.
"""

from __future__ import annotations

import base64
import html
import json
import math
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd import curves, landscape
from fastgd._arrays import as_theta
from fastgd._progress import Report
from fastgd.cost import Cost
from fastgd.inside import checked_labels

__all__ = ["explore_page"]

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
    side = math.isqrt(network.n_inputs)
    if side * side != network.n_inputs:
        raise ValueError(f"cost: {network.n_inputs} inputs are no square image to draw on")
    theta = as_theta(theta, network.n_parameters, str(network))
    points = np.asarray([theta] if path is None else path, np.float32)
    if points.ndim != 2 or points.shape[1] != network.n_parameters or not len(points):
        raise ValueError(f"path has shape {points.shape}; expected (n, {network.n_parameters})")
    epochs = _kept(len(points))
    points = points[epochs]
    along = curves.curves(cost, points, images=images, labels=labels)
    data = {
        "about": f"{network}: {network.n_parameters:,} weights and biases, "
        f"{cost.n_examples:,} examples. Everything runs in this page.",
        "layer_sizes": network.layer_sizes,
        "activation": network.activation,
        "output_activation": network.output_activation,
        "side": side,
        "thetas": [_encoded(point.astype("<f4")) for point in points],
        "epochs": epochs.tolist(),
        "costs": along.costs.tolist(),
        "accuracies": None if along.accuracies is None else along.accuracies.tolist(),
        "surface": _surface(cost, points, progress),
        "samples": [] if images is None else _samples(cost, theta, images, labels),
    }
    return _filled(title, data)


def _kept(n: int) -> NDArray[np.int64]:
    """Which points the page holds: all, or fewer and fewer as the steps become small."""
    if n <= MOST_SNAPSHOTS:
        return np.arange(n)
    # 0, then 1 to n - 1 in equal ratios, where these are less than 1 apart one by one
    kept = [0]
    while len(kept) < MOST_SNAPSHOTS:
        ratio = ((n - 1) / max(1, kept[-1])) ** (1 / (MOST_SNAPSHOTS - len(kept)))
        kept.append(max(kept[-1] + 1, round(max(1, kept[-1]) * ratio)))
    kept[-1] = n - 1
    return np.array(kept)


def _surface(cost: Cost, points: NDArray[Any], progress: bool | Report) -> dict[str, Any] | None:
    """The plane the descent moved in most, or a random one, and the points on it."""
    if not points[-1].any():
        return None  # random directions are as long as theta's neurons
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


def _samples(
    cost: Cost, theta: NDArray[Any], images: Any, labels: ArrayLike | None
) -> list[dict[str, Any]]:
    """A few images of each label: one a row of buttons."""
    pixels = np.asarray(images)
    if pixels.dtype != np.uint8:
        raise TypeError(f"images: expected uint8 pixels, got dtype {pixels.dtype}")
    true = checked_labels(cost.network, cost.network(theta, pixels), np.asarray(labels))
    rows = [np.flatnonzero(true == label)[:SAMPLES_A_LABEL] for label in np.unique(true)]
    chosen = [row[k] for k in range(SAMPLES_A_LABEL) for row in rows if k < len(row)]
    return [{"label": int(true[i]), "pixels": _encoded(pixels[i])} for i in chosen]


def _encoded(values: NDArray[Any]) -> str:
    return base64.b64encode(values.tobytes()).decode()


def _filled(title: str, data: dict[str, Any]) -> str:
    """The page with style, script and data in their places."""
    page = files("fastgd") / "page"
    # "</" would end the script element that holds the data
    text = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("</", "<\\/")
    parts = {
        "__TITLE__": html.escape(title),
        "__STYLE__": (page / "explore.css").read_text(encoding="utf-8"),
        "__SCRIPT__": (page / "explore.js").read_text(encoding="utf-8"),
        "__DATA__": text,
    }
    out = (page / "explore.html").read_text(encoding="utf-8")
    for name, part in parts.items():
        out = out.replace(name, part)
    return out
