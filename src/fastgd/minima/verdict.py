"""Whether a point of the surface is a minimum, a saddle, or still on the way down."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._brief import brief
from fastgd._checks import as_count
from fastgd.landscape.checks import checked_vectors
from fastgd.minima.curvature import extreme_curvatures


class Verdict(NamedTuple):
    """What a point of the surface is, with the numbers that say so."""

    verdict: str
    """"minimum", "saddle" or "descending"."""
    cost: float
    gradient_norm: float
    possible_decrease: float
    """Of the cost, as a share: what the best step along the negative gradient would gain."""
    lowest_curvature: float
    """Along `lowest_direction`; below 0 the cost curves down there."""
    highest_curvature: float
    lowest_direction: NDArray[np.float64]
    """(n_parameters,) unit vector: look along it with `landscape.line`."""
    n_probes: int
    """Directions the curvature was measured along."""

    def __repr__(self) -> str:
        return brief(self)


def is_minimum(
    cost: Any,
    theta: ArrayLike,
    *,
    n_probes: int = 40,
    tol: float = 1e-3,
    rng: np.random.Generator | int | None = 0,
) -> Verdict:
    """Say whether theta is a minimum, a saddle, or still on the way down.

    "descending": the best step along the negative gradient would still lower the cost by
    more than `tol` of it. "saddle": flat, but the cost curves down along some direction by
    more than `tol` of the highest curvature. "minimum": neither. Curvatures are found by
    the Lanczos method on Hessian-vector products, a `Cost`'s own, or by central differences
    of the gradient: a curvature below zero that it finds is there, one that it misses may
    be, so "minimum" means along `n_probes` directions.

    Parameters
    ----------
    cost : Cost, or any object with ``value_and_gradient(theta)``
        Its ``hessian_vector_product(theta, v)`` is used where it has one.
    theta : (n_parameters,) array
    n_probes : int
        A Hessian-vector product each, or two gradients; at most n_parameters are used.
    tol : float
        Share of the cost, and of the highest curvature, that counts as nothing.
    rng : Generator, int or None
        Draws the first probe.

    Returns
    -------
    Verdict

    Raises
    ------
    TypeError, ValueError
        Where theta does not fit the cost, n_probes is below 1 or tol not above 0.

    Examples
    --------
    >>> class Saddle:
    ...     def value_and_gradient(self, theta):
    ...         x, y = theta
    ...         return float(x * x - y * y), np.array([2 * x, -2 * y])
    >>> found = is_minimum(Saddle(), [0.0, 0.0])
    >>> found.verdict, round(found.lowest_curvature, 6), round(found.highest_curvature, 6)
    ('saddle', -2.0, 2.0)
    """
    if not hasattr(cost, "value_and_gradient"):
        raise TypeError(f"cost: expected value_and_gradient(theta), got {type(cost).__name__}")
    (at,) = checked_vectors(cost if callable(cost) else cost.value_and_gradient, theta=theta)
    if not (isinstance(tol, int | float) and 0 < tol < 1):
        raise ValueError(f"tol: expected a number between 0 and 1, got {tol!r}")
    value, gradient = cost.value_and_gradient(at)
    norm = float(np.linalg.norm(np.asarray(gradient, np.float64)))
    found = extreme_curvatures(
        cost, at.astype(np.float64), as_count("n_probes", n_probes), np.random.default_rng(rng)
    )
    top = max(abs(found.lowest), abs(found.highest))
    # The best step along -g lowers a parabola of curvature c by |g|^2 / (2 c).
    decrease = norm**2 / (2 * top) if top else norm
    share = decrease / abs(value) if value else decrease
    verdict = "minimum"
    if share > tol:
        verdict = "descending"
    elif found.lowest < -tol * top:
        verdict = "saddle"
    return Verdict(
        verdict, float(value), norm, share, found.lowest, found.highest, found.direction, found.n
    )
