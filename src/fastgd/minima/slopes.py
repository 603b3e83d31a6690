"""The slope of the cost in many directions around a point: none falls faster than the gradient."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._brief import brief
from fastgd._checks import as_count
from fastgd.landscape.checks import checked_vectors

# Directions held in memory at once.
BATCH = 128


class Slopes(NamedTuple):
    """How steeply the cost falls or rises around a point, in random directions."""

    slopes: NDArray[np.float64]
    """(n_directions,) slope along each unit direction: its inner product with the gradient."""
    gradient_norm: float
    """The slope along the negative gradient is minus this."""
    measured: NDArray[np.float64]
    """(n_measured,) the first of `slopes`, from the cost alone by central differences."""
    measured_downhill: float
    """Along the negative gradient, from the cost alone by central differences."""

    @property
    def lowest(self) -> float:
        """The steepest fall among the random directions."""
        return float(self.slopes.min())

    def __repr__(self) -> str:
        return brief(self)


def steepest(
    cost: Any,
    theta: ArrayLike,
    n_directions: int = 10_000,
    rng: np.random.Generator | int | None = None,
    *,
    n_measured: int = 16,
) -> Slopes:
    """Slopes of the cost at theta along random directions: none falls as the gradient does.

    Directions are uniform on the unit sphere. A slope is the direction's inner product with
    the gradient, which is exact and costs one gradient for all of them; some are measured
    again from the cost itself, which knows no gradient.

    Parameters
    ----------
    cost : Cost, or any function of theta with ``value_and_gradient(theta)``
    theta : (n_parameters,) array
    n_directions : int
    rng : Generator, int or None
    n_measured : int
        Of the directions, how many to measure from the cost, two evaluations each.

    Returns
    -------
    Slopes

    Raises
    ------
    TypeError, ValueError
        Where theta does not fit the cost, or a number of directions is below 1 or none.

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((1, 1), output_activation="identity")
    >>> cost = fastgd.Cost(net, [[2.0]], [[1.0]])
    >>> around = steepest(cost, [1.0, 0.0], 1000, rng=0)
    >>> bool(around.lowest >= -around.gradient_norm), round(around.gradient_norm, 3)
    (True, 4.472)
    """
    (at,) = checked_vectors(cost, theta=theta)
    n_directions = as_count("n_directions", n_directions)
    n_measured = min(n_directions, as_count("n_measured", n_measured))
    rng = np.random.default_rng(rng)
    gradient = np.asarray(cost.value_and_gradient(at)[1], np.float64)
    norm = float(np.linalg.norm(gradient))
    at = at.astype(np.float64)
    h = difference_step(cost, at)

    def slope(direction: NDArray[np.float64]) -> float:
        ahead, behind = float(cost(at + h * direction)), float(cost(at - h * direction))
        return (ahead - behind) / (2.0 * h)

    slopes, measured = np.empty(n_directions), np.empty(n_measured)
    for first in range(0, n_directions, BATCH):
        n = min(BATCH, n_directions - first)
        directions = rng.standard_normal((n, len(at)))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        slopes[first : first + n] = directions @ gradient
        for i in range(first, min(first + n, n_measured)):
            measured[i] = slope(directions[i - first])
    return Slopes(slopes, norm, measured, slope(-gradient / norm) if norm else 0.0)


def difference_step(cost: Any, theta: NDArray[np.float64]) -> float:
    """The h of central differences at theta: it balances truncation, in h^2, against rounding."""
    precision = np.finfo(getattr(cost, "dtype", np.float64)).eps
    return float(np.cbrt(precision)) * max(1.0, float(np.linalg.norm(theta)))
