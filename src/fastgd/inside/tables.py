"""What a network answers over a table: between two inputs' examples, and beside true numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._brief import brief
from fastgd._checks import as_count
from fastgd.network import Network

# The surface is wider than the examples on it by this share.
MARGIN = 0.25


class DecisionSurface(NamedTuple):
    """The outputs of a network of two inputs, all over the plane of these."""

    x: NDArray[np.float64]
    """(resolution,) values of the first input."""
    y: NDArray[np.float64]
    """(resolution,) values of the second."""
    outputs: NDArray[Any]
    """(resolution, resolution, n_outputs): ``outputs[i, j]`` is the answer to (x[j], y[i])."""

    def __repr__(self) -> str:
        return brief(self)


def decision_surface(
    network: Network, theta: ArrayLike, X: ArrayLike, *, resolution: int = 201
) -> DecisionSurface:
    """What a network of two inputs answers everywhere around its examples.

    Parameters
    ----------
    network : Network
        Of two inputs.
    theta : (n_parameters,) array
    X : (n_examples, 2) array
        Where to look: the surface holds all of them and a quarter more on each side.
        uint8 are pixels, as everywhere: p means p/255.
    resolution : int
        Points along each side, at least 2.

    Returns
    -------
    DecisionSurface

    Raises
    ------
    TypeError, ValueError
        Where the network has not two inputs, theta or X do not fit it, or the resolution is
        too small.

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((2, 1), output_activation="identity")
    >>> found = decision_surface(net, [1.0, 1.0, 0.0], [[0.0, 0.0], [1.0, 1.0]], resolution=3)
    >>> found.x, found.outputs[0, 2]
    (array([-0.25,  0.5 ,  1.25]), array([1.]))
    """
    if network.n_inputs != 2:
        raise ValueError(f"network: expected one of 2 inputs, got {network}")
    points = np.asarray(X)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0:
        raise ValueError(f"X has shape {points.shape}; expected (n_examples, 2)")
    if as_count("resolution", resolution) < 2:
        raise ValueError(f"resolution: expected at least 2, got {resolution}")
    seen = points / 255 if points.dtype == np.uint8 else points.astype(np.float64)
    low, high = seen.min(0), seen.max(0)
    away = np.where(high > low, MARGIN * (high - low), 1.0)
    x, y = np.linspace(low - away, high + away, resolution).T
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    outputs = network(theta, grid.reshape(-1, 2)).reshape(resolution, resolution, -1)
    return DecisionSurface(x, y, outputs)


class Predictions(NamedTuple):
    """What a regression predicts, beside what is true."""

    true: NDArray[np.float64]
    """(n_examples, n_outputs)"""
    predicted: NDArray[np.float64]
    """(n_examples, n_outputs)"""

    @property
    def rmse(self) -> NDArray[np.float64]:
        """(n_outputs,) root of the mean squared error, in the target's unit."""
        return np.asarray(np.sqrt(((self.predicted - self.true) ** 2).mean(0)))

    @property
    def r2(self) -> NDArray[np.float64]:
        """(n_outputs,) coefficient of determination: 1 is perfect, 0 as good as the mean.

        NaN where all targets are the same.
        """
        spread = ((self.true - self.true.mean(0)) ** 2).sum(0)
        left = ((self.true - self.predicted) ** 2).sum(0)
        return np.asarray(1 - np.divide(left, spread, np.full_like(left, np.nan), where=spread > 0))

    def __repr__(self) -> str:
        return brief(self)


def predictions(network: Network, theta: ArrayLike, X: Any, Y: ArrayLike) -> Predictions:
    """What a network predicts for examples whose numbers are known.

    Parameters
    ----------
    network : Network
    theta : (n_parameters,) array
    X : (n_examples, n_inputs) array
    Y : (n_examples, n_outputs) array, or (n_examples,) for one output

    Returns
    -------
    Predictions

    Raises
    ------
    TypeError, ValueError
        Where theta or X do not fit the network, or Y does not fit its outputs.

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((1, 1), output_activation="identity")
    >>> found = predictions(net, [2.0, 0.0], [[1.0], [2.0], [3.0]], [2.0, 4.0, 7.0])
    >>> found.predicted.ravel(), found.r2.round(2)
    (array([2., 4., 6.]), array([0.92]))
    """
    predicted = np.asarray(network(theta, X), np.float64)
    true = np.asarray(Y, np.float64)
    true = true[:, None] if true.ndim == 1 else true
    if true.shape != predicted.shape:
        raise ValueError(f"Y has shape {np.shape(Y)}; the outputs are {predicted.shape}")
    return Predictions(true, predicted)
