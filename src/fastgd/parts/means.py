"""A cost of which sums are known: the one place that divides sums of parts.

How the sums come about is left to those who derive from it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._engine.arrays import as_float_theta, as_theta, check_out, for_kernels
from fastgd.network import Network, is_weight
from fastgd.parts.offers import offered_if


def mean(total: Any, weight_sum: float) -> Any:
    """A sum over examples divided by the sum of their weights."""
    return total / as_weight_sum(weight_sum)


def mean_in(
    dtype: np.dtype[Any],
    total: NDArray[np.float64],
    weight_sum: float,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """The mean of a vector in theta's dtype; what float32 cannot hold is infinite."""
    out = np.empty(total.shape, dtype) if out is None else out
    with np.errstate(over="ignore"):
        np.divide(total, as_weight_sum(weight_sum), out=out, casting="same_kind")
    return out


def as_weight_sum(weight_sum: float) -> float:
    """A sum of weights that can be divided by."""
    if not weight_sum > 0:
        raise ValueError("no part has an example (of a weight above 0): there is no mean cost")
    return weight_sum


class CostOfSums:
    """A cost, as a function of theta, by `sums`: what derives from it says where they come from.

    `gradient_descent`, SciPy, `landscape` and `minima` take it as they take a `Cost`. Derive
    from it, set `network` and `dtype`, and define ``sums``, which checks theta by `as_theta`;
    and, where they can be had, ``cost_sums``, ``product_sums`` and ``plane_sums`` as `Part`
    tells: with them come `hessian_vector_product`, `gauss_newton_product` and `on_plane`.

    Attributes
    ----------
    network : Network or None
        None where the parts are functions of any theta.
    dtype : numpy.dtype
        Of the arithmetic; the sums are float64 whatever it is.
    """

    network: Network | None = None
    dtype: np.dtype[Any] = np.dtype(np.float64)

    def sums(self, theta: ArrayLike) -> tuple[float, NDArray[Any], float]:
        """(cost_sum, gradient_sum (n_parameters,) float64, weight_sum) at theta."""
        raise NotImplementedError(f"{type(self).__name__} defines no sums(theta)")

    def cost_sums(self, theta: ArrayLike) -> tuple[float, float]:
        """(cost_sum, weight_sum) at theta."""
        cost_sum, _, weight_sum = self.sums(theta)
        return cost_sum, weight_sum

    def __call__(self, theta: ArrayLike) -> float:
        """The cost at theta, an (n_parameters,) array."""
        return float(mean(*self.cost_sums(theta)))

    def gradient(self, theta: ArrayLike) -> NDArray[Any]:
        """The gradient at theta: a fresh (n_parameters,) array of theta's dtype."""
        return self.value_and_gradient(theta)[1]

    def value_and_gradient(
        self, theta: ArrayLike, *, out: NDArray[Any] | None = None
    ) -> tuple[float, NDArray[Any]]:
        """Cost and gradient at theta: what ``scipy.optimize.minimize(..., jac=True)`` wants.

        Parameters
        ----------
        theta : (n_parameters,) array
        out : (n_parameters,) C-contiguous, writable array of theta's dtype, or None
            Where to write the gradient; None makes a fresh array each time.

        Returns
        -------
        cost : float
        gradient : (n_parameters,) array of theta's dtype
        """
        own = as_float_theta(theta)
        if out is not None:
            check_out(out, own)
        cost_sum, gradient_sum, weight_sum = self.sums(own)
        return float(mean(cost_sum, weight_sum)), mean_in(own.dtype, gradient_sum, weight_sum, out)

    @offered_if(lambda cost: hasattr(cost, "product_sums"))
    def hessian_vector_product(self, theta: ArrayLike, v: ArrayLike) -> NDArray[Any]:
        """The Hessian at theta times v: `Cost.hessian_vector_product`, summed over parts.

        There where all parts have `product_sums`.
        """
        return self._product(theta, v, False)

    @offered_if(lambda cost: hasattr(cost, "product_sums"))
    def gauss_newton_product(self, theta: ArrayLike, v: ArrayLike) -> NDArray[Any]:
        """2/n sum of J^T w J v: `Cost.gauss_newton_product`, summed over parts.

        There where all parts have `product_sums`.
        """
        return self._product(theta, v, True)

    @offered_if(lambda cost: hasattr(cost, "plane_sums"))
    def on_plane(
        self,
        corners: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
        a: NDArray[np.float64],
        b: NDArray[np.float64],
        report: Callable[[int, int], object] | None = None,
    ) -> NDArray[np.float64]:
        """The cost at center + a u + b v for each pair in a and b, (n_points,).

        What `landscape.plane` uses; there where all parts have `plane_sums`.
        """
        sums: Any = self
        found: NDArray[np.float64] = mean(*sums.plane_sums(corners, a, b, report))
        return found

    @offered_if(lambda cost: cost.network is not None)
    def is_weight(self) -> NDArray[np.bool_]:
        """Which entries of theta an L2 penalty is on: weights, not biases. (n_parameters,)."""
        assert self.network is not None
        return is_weight(self.network)

    def as_theta(self, theta: ArrayLike, name: str = "theta") -> NDArray[Any]:
        """theta as a finite float32 or float64 vector, of the network's length."""
        if self.network is None:
            own = as_float_theta(theta, name)
            if own.ndim != 1:
                raise ValueError(f"{name}: expected 1 dimension, got shape {own.shape}")
        else:
            own = as_theta(theta, self.network.n_parameters, self.network, name)
        for_kernels(own, self.dtype, name)  # finite in the arithmetic's dtype too
        return own

    def _product(self, theta: ArrayLike, v: ArrayLike, gauss_newton: bool) -> NDArray[Any]:
        own, sums = self.as_theta(theta), self
        found = sums.product_sums(own, self.as_theta(v, "v"), gauss_newton)  # type: ignore[attr-defined]
        return mean_in(own.dtype, *found)
