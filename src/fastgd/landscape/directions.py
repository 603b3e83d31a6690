"""Directions of theta-space worth looking along: they span the planes and lines of `surface`."""

from __future__ import annotations

import operator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._brief import brief
from fastgd._engine.arrays import as_theta
from fastgd._steps import Differentiable
from fastgd.network import Network

# The plane is wider than the path on it by this share.
MARGIN = 0.2


class PathPlane(NamedTuple):
    """The plane that holds most of a path: ``plane(cost, *path_plane[:3])`` shows all of it."""

    center: NDArray[np.float64]
    """(n_parameters,) the middle of the path as seen on the plane."""
    u: NDArray[np.float64]
    """(n_parameters,) first principal direction; a from -1 to 1 holds the path."""
    v: NDArray[np.float64]
    """(n_parameters,) second principal direction, orthogonal to u; b likewise."""
    shares: tuple[float, float]
    """Of the path's squared distances from its mean: what u and v hold."""

    def __repr__(self) -> str:
        return brief(self)

    @property
    def labels(self) -> tuple[str, str]:
        """What the axes of a picture of it are."""
        u, v = (
            f"{which} principal direction of the descent, {100 * share:.0f} % of its movement"
            for which, share in zip(("first", "second"), self.shares, strict=True)
        )
        return u, v


def random_direction(
    network: Network, theta: ArrayLike, rng: np.random.Generator | int | None = None
) -> NDArray[np.float64]:
    """A random direction, filter-normalised: as long in each neuron as theta is.

    A neuron's incoming weights (a filter, in a fully connected layer) are drawn from the
    normal distribution and scaled to the length of that neuron's weights in theta; biases
    are 0, as in the paper's code. So a step of 1 changes every neuron by as much as it
    holds, and surfaces of different networks can be compared (Li, Xu, Taylor, Studer and
    Goldstein, "Visualizing the loss landscape of neural nets", 2018).

    Parameters
    ----------
    network : Network
    theta : (n_parameters,) array
    rng : Generator, int or None
        As for ``numpy.random.default_rng``.

    Returns
    -------
    (n_parameters,) float64 array

    Raises
    ------
    TypeError, ValueError
        Where theta does not fit the network.

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((2, 1))
    >>> direction = random_direction(net, [3.0, 4.0, 5.0], rng=0)
    >>> bool(np.isclose(np.hypot(direction[0], direction[1]), 5)), float(direction[2])
    (True, 0.0)
    """
    theta = as_theta(theta, network.n_parameters, network).astype(np.float64)
    generator = np.random.default_rng(rng)
    direction = np.zeros(network.n_parameters)
    for to, at in zip(network.layers(direction), network.layers(theta), strict=True):
        to.weights[:] = generator.standard_normal(to.weights.shape)
        lengths = np.linalg.norm(to.weights, axis=1, keepdims=True)
        to.weights[:] *= np.linalg.norm(at.weights, axis=1, keepdims=True) / lengths
    return direction


def principal_directions(path: ArrayLike) -> PathPlane:
    """The plane that a recorded descent moved in most: its principal components.

    Parameters
    ----------
    path : (n, n_parameters) array, n at least 3
        Such as `Descent.path`.

    Returns
    -------
    PathPlane
        center, u and v such that the path lies within -1 and 1, and the shares of it that
        u and v hold. What the plane leaves out, `project` measures.

    Raises
    ------
    ValueError
        Where the points are fewer than 3, not finite, or all on one line.

    Examples
    --------
    >>> found = principal_directions([[-3.0, 0, 0], [0, 1, 0], [0, -1, 0], [3, 0, 0]])
    >>> found.u.round(2), [round(share, 2) for share in found.shares]
    (array([3.6, 0. , 0. ]), [0.9, 0.1])
    """
    points = np.asarray(path, np.float64)
    if points.ndim != 2 or len(points) < 3:
        raise ValueError(f"path has shape {points.shape}; expected (n, n_parameters), n at least 3")
    if not np.isfinite(points).all():
        raise ValueError("path: expected finite numbers")
    mean = points.mean(0)
    # The SVD of (n, n_parameters) needs no (n_parameters, n_parameters) covariance.
    _, sizes, components = np.linalg.svd(points - mean, full_matrices=False)
    if len(sizes) < 2 or sizes[1] <= 1e-12 * sizes[0]:
        raise ValueError("path: all points are on one line; it spans no plane")
    center, directions = mean.copy(), []
    for component in components[:2]:
        # A component's sign is arbitrary: take the one in which the path ends ahead of its start.
        component = component if component @ (points[-1] - points[0]) >= 0 else -component
        along = (points - mean) @ component
        low, high = along.min(), along.max()
        center += component * (low + high) / 2
        directions.append(component * (1 + MARGIN) * (high - low) / 2)
    squares = sizes**2 / (sizes**2).sum()
    u, v = directions
    return PathPlane(center, u, v, (float(squares[0]), float(squares[1])))


def negative_gradient(cost: Differentiable, theta: ArrayLike) -> NDArray[Any]:
    """The direction of steepest descent at theta, of the gradient's own length.

    On ``line(cost, theta, negative_gradient(cost, theta))`` t is the learning rate.

    Parameters
    ----------
    cost : Cost, or any object with ``value_and_gradient(theta)``
    theta : (n_parameters,) array

    Returns
    -------
    (n_parameters,) array

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((1, 1), output_activation="identity")
    >>> negative_gradient(fastgd.Cost(net, [[2.0]], [[1.0]]), [1.0, 0.0])
    array([-4., -2.])
    """
    return -np.asarray(cost.value_and_gradient(np.asarray(theta))[1])


def parameter_directions(
    network: Network, i: int, j: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The directions of two parameters: the plane of all else held still.

    Parameters
    ----------
    network : Network
    i, j : int
        Which entries of theta, different; negative ones count from the end.

    Returns
    -------
    two (n_parameters,) float64 arrays
        1 at that entry, 0 elsewhere.

    Raises
    ------
    TypeError, ValueError
        Where i or j is no integer, out of range, or both are the same.

    Examples
    --------
    >>> import fastgd
    >>> parameter_directions(fastgd.Network((1, 1)), 0, 1)
    (array([1., 0.]), array([0., 1.]))
    """
    n = network.n_parameters
    directions = []
    for name, at in (("i", i), ("j", j)):
        try:
            at = operator.index(at)
        except TypeError:
            raise TypeError(f"{name}: expected an integer, got {at!r}") from None
        if not -n <= at < n:
            raise ValueError(f"{name}: expected {-n} to {n - 1}, got {at}")
        direction = np.zeros(n)
        direction[at] = 1
        directions.append(direction)
    if (directions[0] == directions[1]).all():
        raise ValueError(f"i and j are the same parameter, {i}")
    return directions[0], directions[1]
