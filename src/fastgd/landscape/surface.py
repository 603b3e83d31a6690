"""The cost on planes and lines through theta-space, and points of a path seen on a plane.

On a plane the first layer's weighted input is affine in the two coordinates. So a cost with
`on_plane`, a `Cost`, answers
for all points of the plane at once, many times faster than point by point; any other function of
theta is called at each point. Which planes are worth looking at, `directions` says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._brief import brief
from fastgd._progress import Report, reporting
from fastgd.landscape.checks import (
    Vector,
    check_span,
    checked_extent,
    checked_range,
    checked_resolution,
    checked_vectors,
)


@dataclass(frozen=True, eq=False)
class Plane:
    """The cost on a plane through theta-space.

    Attributes
    ----------
    center, u, v : (n_parameters,) arrays
        The plane is center + a u + b v.
    a, b : (resolution,) float64 arrays
        Coordinates, from -extent to extent.
    costs : (resolution, resolution) float64 array
        ``costs[i, j]`` is the cost at ``center + a[j] * u + b[i] * v``.
    """

    center: Vector
    u: Vector
    v: Vector
    a: NDArray[np.float64]
    b: NDArray[np.float64]
    costs: NDArray[np.float64]

    def __repr__(self) -> str:
        n_b, n_a = self.costs.shape
        low, high = self.costs.min(), self.costs.max()
        return f"<Plane of {n_b} x {n_a} costs from {low:.6g} to {high:.6g}>"


@dataclass(frozen=True, eq=False)
class Line:
    """The cost on a line through theta-space.

    Attributes
    ----------
    center, u : (n_parameters,) arrays
    t : (resolution,) float64 array
    costs : (resolution,) float64 array
        ``costs[i]`` is the cost at ``center + t[i] * u``.
    """

    center: Vector
    u: Vector
    t: NDArray[np.float64]
    costs: NDArray[np.float64]

    def __repr__(self) -> str:
        low, high = self.costs.min(), self.costs.max()
        return f"<Line of {len(self.t)} costs from {low:.6g} to {high:.6g}>"


class Projection(NamedTuple):
    """Points of theta-space as seen on a plane: where, how far from it, and their own cost."""

    a: NDArray[np.float64]
    """(n,) coordinate along u of the nearest point of the plane."""
    b: NDArray[np.float64]
    """(n,) along v."""
    costs: NDArray[np.float64]
    """(n,) the **true** cost of each point, not the plane's below it."""
    distances: NDArray[np.float64]
    """(n,) Euclidean distance of each point from the plane."""

    def __repr__(self) -> str:
        return brief(self)


def plane(
    cost: Callable[[Any], float],
    center: ArrayLike,
    u: ArrayLike,
    v: ArrayLike,
    *,
    extent: float = 1.0,
    resolution: int = 51,
    progress: bool | Report = False,
) -> Plane:
    """The cost on the plane center + a u + b v, a and b from -extent to extent.

    Parameters
    ----------
    cost : Cost, or any function of theta
    center, u, v : (n_parameters,) arrays
        u and v need not be orthogonal, but not parallel.
    extent : float
        Above 0.
    resolution : int
        Points along each side, at least 2. Memory does not grow with it, but for the result.
    progress : bool or callable
        True shows a bar on stderr (extra ``cli``); a callable gets ``(done, total)``.

    Returns
    -------
    Plane

    Raises
    ------
    TypeError, ValueError
        Where lengths differ or do not fit the cost's network, a number is not finite, u and v
        are parallel or one is zero, or the extent or resolution is too small.

    Notes
    -----
    For a `Cost` the numbers agree with ``cost(theta)`` at each point up to rounding, and have
    the same bits for any number of threads.

    Examples
    --------
    One weight, one bias: the whole of theta-space is a plane.

    >>> import fastgd
    >>> from fastgd import landscape
    >>> net = fastgd.Network((1, 1), output_activation="identity")
    >>> cost = fastgd.Cost(net, [[1.0], [2.0]], [[1.0], [2.0]])
    >>> weight, bias = landscape.parameter_directions(net, 0, 1)
    >>> surface = landscape.plane(cost, [1.0, 0.0], weight, bias, resolution=3)
    >>> surface.costs
    array([[6.5, 1. , 0.5],
           [2.5, 0. , 2.5],
           [0.5, 1. , 6.5]])
    """
    corners = origin, along_u, along_v = checked_vectors(cost, center=center, u=u, v=v)
    check_span(along_u, along_v)
    side = np.linspace(-1, 1, checked_resolution(resolution)) * checked_extent(extent)
    a, b = (grid.ravel() for grid in np.meshgrid(side, side))
    costs = point_costs(cost, corners, a, b, progress, "cost on a plane")
    return Plane(origin, along_u, along_v, side, side.copy(), costs.reshape(len(side), len(side)))


def line(
    cost: Callable[[Any], float],
    center: ArrayLike,
    u: ArrayLike,
    *,
    extent: float | tuple[float, float] = 1.0,
    resolution: int = 201,
    progress: bool | Report = False,
) -> Line:
    """The cost on the line center + t u.

    Parameters
    ----------
    cost : Cost, or any function of theta
    center, u : (n_parameters,) arrays
    extent : float or (float, float)
        t goes from -extent to extent, or from the first number to the second. Along
        `negative_gradient`, t is the learning rate of one step.
    resolution : int
        Points, at least 2.
    progress : bool or callable
        As for `plane`.

    Returns
    -------
    Line

    Raises
    ------
    TypeError, ValueError
        As for `plane`.

    Examples
    --------
    >>> from fastgd import landscape
    >>> def bowl(theta):
    ...     return float(theta @ theta)
    >>> landscape.line(bowl, [0.0, 1.0], [1.0, 0.0], resolution=3).costs
    array([2., 1., 2.])
    """
    start, along = checked_vectors(cost, center=center, u=u)
    if not along.any():
        raise ValueError("u: expected a direction, got zeros")
    t = np.linspace(*checked_range(extent), checked_resolution(resolution))
    corners = (start, along, np.zeros_like(along))
    costs = point_costs(cost, corners, t, np.zeros_like(t), progress, "cost on a line")
    return Line(start, along, t, costs)


def project(plane: Plane, cost: Callable[[Any], float], path: ArrayLike) -> Projection:
    """Points of theta-space on a plane, with their true cost and their distance from it.

    A path drawn on a plane need not lie in it, and the surface below it then shows another
    cost than the walker's: so both are given.

    Parameters
    ----------
    plane : Plane
    cost : Cost, or any function of theta
    path : (n, n_parameters) array
        Such as `Descent.path`.

    Returns
    -------
    Projection

    Raises
    ------
    TypeError, ValueError
        Where the points have another length than the plane's, or are not finite.

    Examples
    --------
    >>> from fastgd import landscape
    >>> def bowl(theta):
    ...     return float(theta @ theta)
    >>> ground = landscape.plane(bowl, [0.0, 0, 0], [1.0, 0, 0], [0, 1.0, 0], resolution=3)
    >>> landscape.project(ground, bowl, [[1.0, 0.5, 2.0]])
    Projection(a=[1], b=[0.5], costs=[5.25], distances=[2])
    """
    points = np.asarray(path)
    if points.ndim != 2 or points.shape[1] != len(plane.center):
        raise ValueError(
            f"path has shape {points.shape}; expected (n, {len(plane.center)}) as the plane's theta"
        )
    if not np.isfinite(points).all():
        raise ValueError("path: expected finite numbers")
    basis = np.array([plane.u, plane.v], np.float64)
    away = points.astype(np.float64) - plane.center
    a, b = np.linalg.solve(basis @ basis.T, basis @ away.T)
    distances = np.linalg.norm(away - np.outer(a, basis[0]) - np.outer(b, basis[1]), axis=1)
    return Projection(a, b, np.array([float(cost(point)) for point in points]), distances)


def point_costs(
    cost: Callable[[Any], float],
    corners: tuple[Vector, Vector, Vector],
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    progress: bool | Report,
    what: str,
) -> NDArray[np.float64]:
    """cost(center + a u + b v) for each pair in a and b."""
    with reporting(progress, what) as report:
        if hasattr(cost, "on_plane"):
            return cost.on_plane(corners, a, b, report)  # type: ignore[no-any-return]
        center, u, v = (corner.astype(np.float64) for corner in corners)
        out = np.empty(len(a))
        for i in range(len(a)):
            out[i] = cost(center + a[i] * u + b[i] * v)
            if report is not None:
                report(i + 1, len(a))
        return out
