"""Time of `Cost.normal_equations`, as a share of the machine's peak, beside NumPy's J.T @ J."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import fastgd
from benches import roofline
from fastgd import _reference

NETWORKS = ((5, 20, 1), (10, 20, 1), (20, 30, 1), (2, 15, 15, 2))
COUNTS = (1000, 10_000)
TURNS = 15


class Row(NamedTuple):
    """One network, number of examples and dtype."""

    network: str
    n_parameters: int
    n_examples: int
    dtype: str
    seconds: float
    share: float
    """Of the multiply-adds of the triangle alone, of the peak; NaN where that is unknown."""
    of_numpy: float
    """NumPy's seconds in ours."""
    of_matrix: float
    """Seconds of J.T @ J alone, J made before, in ours."""


def best_of(function: Callable[[], Any], seconds: float = 0.15) -> float:
    """The fastest of some calls."""
    function()
    found = []
    began = time.perf_counter()
    while len(found) < TURNS or time.perf_counter() - began < seconds:
        start = time.perf_counter()
        function()
        found.append(time.perf_counter() - start)
        time.sleep(0.002)  # threads that spin fall asleep
    return min(found)


def numpy_path(spec: Any, theta: Any, X: Any, Y: Any) -> tuple[Any, Any, Any]:
    """What one writes in NumPy: J made whole by `_reference.jacobian`, then products."""
    a = _reference.activations(*spec, theta, X)[-1]
    J = _reference.jacobian(*spec, theta, X).reshape(-1, len(theta))
    r = (a - Y).reshape(-1)
    return r @ r, J.T @ r, J.T @ J


def peak(dtype: str) -> float:
    """Operations a second of all threads; half as many in float64. NaN without a compiler."""
    threads = fastgd.show_config()["threads"]
    runs = roofline.runs(threads)
    if not runs:
        return np.nan
    found = roofline.flops(threads) / min(best_of(runs["multiply-add"], 0.3) for _ in range(3))
    return found / (2 if dtype == "float64" else 1)


def rows(networks: Any = NETWORKS, counts: Any = COUNTS) -> list[Row]:
    """All of the table; each answer is checked first."""
    out = []
    for dtype in ("float64", "float32"):
        most = peak(dtype)
        for sizes in networks:
            net = fastgd.Network(sizes, activation="tanh", output_activation="identity")
            spec = net.layer_sizes, net.activation, net.output_activation
            for n in counts:
                rng = np.random.default_rng(0)
                X = rng.normal(size=(n, sizes[0])).astype(dtype)
                Y = rng.normal(size=(n, sizes[-1])).astype(dtype)
                theta = net.random_theta(rng=0, dtype=np.dtype(dtype))
                cost = fastgd.Cost(net, X, Y)
                expected = numpy_path(spec, theta, X, Y)[2] * (2 / n)
                error = np.abs(cost.normal_equations(theta)[2] - expected).max()
                assert error < 1e-3 * np.abs(expected).max()
                seconds = best_of(lambda c=cost, t=theta: c.normal_equations(t))  # type: ignore[misc]
                by_numpy = best_of(lambda s=spec, t=theta, x=X, y=Y: numpy_path(s, t, x, y))  # type: ignore[misc]
                J = _reference.jacobian(*spec, theta, X).reshape(-1, len(theta))
                alone = best_of(lambda J=J: J.T @ J)  # type: ignore[misc]
                work = n * sizes[-1] * net.n_parameters * (net.n_parameters + 1.0)
                out.append(
                    Row(
                        "-".join(map(str, sizes)), net.n_parameters, n, dtype, seconds,
                        work / seconds / most, by_numpy / seconds, alone / seconds,
                    )
                )  # fmt: skip
    return out
