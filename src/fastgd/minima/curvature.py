"""The extreme curvatures of a cost at a point: Lanczos on Hessian-vector products.

What they say about the point is left to `verdict`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastgd._brief import brief
from fastgd.minima.slopes import difference_step


class Curvature(NamedTuple):
    """Extreme Ritz values of the Hessian: curvatures that some direction really has."""

    lowest: float
    highest: float
    direction: NDArray[np.float64]
    """(n_parameters,) unit vector of the lowest."""
    n: int
    """Directions probed."""

    def __repr__(self) -> str:
        return brief(self)


def extreme_curvatures(
    cost: Any, theta: NDArray[np.float64], n_probes: int, rng: np.random.Generator
) -> Curvature:
    """Lowest and highest curvature in the span of a random direction, H of it, H^2 of it, ...

    With full reorthogonalisation (Golub and Van Loan, "Matrix computations", 10.3).
    """
    times_hessian = _hessian_at(cost, theta)
    n = min(n_probes, len(theta))
    basis = np.empty((n, len(theta)))
    basis[0] = rng.standard_normal(len(theta))
    basis[0] /= np.linalg.norm(basis[0])
    images = np.empty_like(basis)  # H of each basis vector
    for k in range(n):
        images[k] = times_hessian(basis[k])
        if k + 1 == n:
            break
        left = images[k].copy()
        for _ in range(2):
            left -= (left @ basis[: k + 1].T) @ basis[: k + 1]
        length = np.linalg.norm(left)
        if length <= 1e-10 * np.linalg.norm(images[k]):
            # The span is closed under H: continue in a new random direction.
            left = rng.standard_normal(len(theta))
            for _ in range(2):
                left -= (left @ basis[: k + 1].T) @ basis[: k + 1]
            length = np.linalg.norm(left)
        basis[k + 1] = left / length
    projected = basis @ images.T
    values, vectors = np.linalg.eigh((projected + projected.T) / 2)
    return Curvature(float(values[0]), float(values[-1]), vectors[:, 0] @ basis, n)


def _hessian_at(
    cost: Any, theta: NDArray[np.float64]
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """d -> H d: exact by the cost's own product, else (g(theta + h d) - g(theta - h d)) / 2h."""
    if hasattr(cost, "hessian_vector_product"):
        return lambda d: np.asarray(cost.hessian_vector_product(theta, d), np.float64)
    h = difference_step(cost, theta)

    def by_difference(d: NDArray[np.float64]) -> NDArray[np.float64]:
        ahead = np.array(cost.value_and_gradient(theta + h * d)[1], np.float64)
        behind = np.asarray(cost.value_and_gradient(theta - h * d)[1], np.float64)
        ahead -= behind
        ahead /= 2 * h
        return ahead

    return by_difference
