"""The cost as a sum of squares: residuals, their Jacobian, its product with itself.

One convention, for weights w that sum to W (n where there are none):

    residuals      r = sqrt(w / W) (a_L - y), one for each example and output
    cost           r^T r, the weighted mean over examples of the summed squared differences
    Jacobian       J = dr/dtheta
    gradient       2 J^T r
    gauss_newton   2 J^T J: the cost's Hessian without the terms of the errors' own curvature

`marquardt.py` walks downhill with them; so does ``scipy.optimize.least_squares``, whose own cost
is half of ours.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._engine.arrays import as_rows, as_theta, for_kernels
from fastgd._examples import OnExamples

# J^T J is made for no more parameters: in float64 134 MB, and up to 142 MB of working memory.
MOST_PARAMETERS = 4096


class Residuals(OnExamples):
    """What `Cost` is as a sum of squares."""

    def of_each(self, theta: ArrayLike, rows: ArrayLike | None = None) -> NDArray[Any]:
        """The cost of each example alone: sum_j (y_j - a_j)^2, without its weight.

        Its mean is the cost; with weights ``np.average(cost.of_each(theta), weights=...)`` is.

        Parameters
        ----------
        theta : (n_parameters,) array
        rows : integers, a boolean mask, or None for all examples

        Returns
        -------
        (n,) array of the cost's dtype

        Raises
        ------
        TypeError, ValueError
            Where theta or rows do not fit.

        Examples
        --------
        >>> import fastgd
        >>> net = fastgd.Network((1, 1), output_activation="identity")
        >>> cost = fastgd.Cost(net, [[1.0], [2.0], [4.0]], [[1.0], [1.0], [1.0]])
        >>> cost.of_each([1.0, 0.0])
        array([0., 1., 9.])
        """
        outputs, Y, _ = self._answers(theta, rows)
        return np.asarray(np.square(outputs - Y).sum(axis=1))

    def residuals(self, theta: ArrayLike, rows: ArrayLike | None = None) -> NDArray[Any]:
        """r = sqrt(w / W) (a - y): ``r @ r`` is the cost; for ``scipy.optimize.least_squares``.

        W is the sum of all weights w, or the number of all examples where there are none, also
        where `rows` names some.

        Parameters
        ----------
        theta : (n_parameters,) array
        rows : integers, a boolean mask, or None for all examples

        Returns
        -------
        (n * n_outputs,) array of theta's dtype
            Those of an example stand together.

        Raises
        ------
        TypeError, ValueError
            Where theta or rows do not fit.

        Examples
        --------
        >>> import fastgd
        >>> net = fastgd.Network((1, 1), output_activation="identity")
        >>> cost = fastgd.Cost(net, [[1.0], [2.0], [3.0], [4.0]], [[1.0], [1.0], [1.0], [1.0]])
        >>> r = cost.residuals([1.0, 0.0])
        >>> r.tolist(), float(r @ r) == cost([1.0, 0.0])
        ([0.0, 0.5, 1.0, 1.5], True)
        """
        theta = self._as_parameters(theta)
        outputs, Y, weight = self._answers(theta, rows)
        r = outputs - Y
        if weight is not None:
            r *= np.sqrt(weight)[:, None]
        r /= r.dtype.type(math.sqrt(self._engine.weight_sum()))
        return np.asarray(r.reshape(-1), theta.dtype)

    def jacobian(self, theta: ArrayLike, rows: ArrayLike | None = None) -> NDArray[Any]:
        """J = dr/dtheta, r the residuals: a row for each example and output.

        It takes n * n_outputs * n_parameters numbers of memory, twice where theta's dtype is not
        the cost's; `normal_equations` takes J^T J without it.

        Parameters
        ----------
        theta : (n_parameters,) array
        rows : integers, a boolean mask, or None for all examples

        Returns
        -------
        (n * n_outputs, n_parameters) array of theta's dtype
            Its rows in the order of `residuals`.

        Raises
        ------
        TypeError, ValueError
            Where theta or rows do not fit.

        Examples
        --------
        >>> import fastgd
        >>> net = fastgd.Network((1, 1), output_activation="identity")
        >>> cost = fastgd.Cost(net, [[1.0], [2.0], [3.0], [4.0]], [[1.0], [1.0], [1.0], [1.0]])
        >>> cost.jacobian([1.0, 0.0], rows=[1, 3])
        array([[1. , 0.5],
               [2. , 0.5]])
        """
        theta = self._as_parameters(theta)
        J, weight_sum = self._engine.jacobian(theta, self._as_order(rows))
        J /= J.dtype.type(math.sqrt(weight_sum))
        return J

    def normal_equations(self, theta: ArrayLike) -> tuple[float, NDArray[Any], NDArray[Any]]:
        """Cost, gradient 2 J^T r and 2 J^T J in one pass over the examples, J never whole.

        2 J^T J is the Gauss-Newton approximation of the cost's Hessian, whose products with a
        vector are `Cost.gauss_newton_product`. Symmetric, never of negative curvature, with the
        same bits for any number of threads.

        Parameters
        ----------
        theta : (n_parameters,) array
            Of at most 4,096 parameters. The matrix takes 8 n_parameters^2 bytes in float64, and
            working memory that the cost keeps at most some 4 n_parameters^2 for each of 1 to 32
            groups of examples, of all groups up to 64 MiB, or two of them.

        Returns
        -------
        cost : float
        gradient : (n_parameters,) array of theta's dtype
            Equal to `Cost.gradient` up to rounding.
        gauss_newton : (n_parameters, n_parameters) array of theta's dtype

        Raises
        ------
        ValueError
            Where the network has more parameters.
        TypeError, ValueError
            Where theta is no vector of n_parameters finite numbers.

        Examples
        --------
        >>> import fastgd
        >>> net = fastgd.Network((1, 1), output_activation="identity")
        >>> cost = fastgd.Cost(net, [[2.0], [0.0]], [[1.0], [0.0]])
        >>> value, gradient, gauss_newton = cost.normal_equations([1.0, 0.0])
        >>> value, gradient.tolist(), gauss_newton.tolist()
        (0.5, [2.0, 1.0], [[4.0, 2.0], [2.0, 2.0]])
        """
        theta = self._as_parameters(theta)
        n = self.network.n_parameters
        if n > MOST_PARAMETERS:
            raise ValueError(
                f"normal_equations: the matrix of {n:,} parameters would take "
                f"{n * n * self.dtype.itemsize / 1e9:.3g} GB, and is made for at most "
                f"{MOST_PARAMETERS:,}; `gauss_newton_product` and `gradient_descent` need none"
            )
        total, gradient, gauss_newton, weight_sum = self._engine.normal_equations(theta)
        twice = 2 / weight_sum
        gradient *= gradient.dtype.type(twice)
        gauss_newton *= gauss_newton.dtype.type(twice)
        return total / weight_sum, gradient, gauss_newton

    def acceleration_product(self, theta: ArrayLike, v: ArrayLike) -> NDArray[Any]:
        """2 J^T r_vv, r_vv the second derivative of the residuals along v, exactly.

        How the residuals bend on the way from theta to theta + v, seen by the parameters: what
        geodesic acceleration corrects a Gauss-Newton step v by (Transtrum and Sethna 2012). It
        takes some three gradients' time. For relu f'' is 0 everywhere.

        Parameters
        ----------
        theta : (n_parameters,) array
        v : (n_parameters,) array

        Returns
        -------
        (n_parameters,) array of theta's dtype

        Raises
        ------
        TypeError, ValueError
            Where theta or v is no vector of n_parameters finite numbers.

        Examples
        --------
        The output w2 (w1 x + b1) + b2 bends where both weights move: its r_vv is 2 v_w1 v_w2 x.

        >>> import fastgd
        >>> net = fastgd.Network((1, 1, 1), activation="identity", output_activation="identity")
        >>> cost = fastgd.Cost(net, [[2.0]], [[0.0]])
        >>> cost.acceleration_product([1.0, 0.0, 3.0, 0.0], [1.0, 0.0, 1.0, 0.0])
        array([48., 24., 16.,  8.])
        """
        theta = self._as_parameters(theta)
        along = as_theta(v, self.network.n_parameters, self.network, "v")
        out, weight_sum = self._engine.accelerations(theta, along)
        out *= out.dtype.type(2 / weight_sum)
        return out

    def _as_parameters(self, theta: ArrayLike) -> NDArray[Any]:
        return as_theta(theta, self.network.n_parameters, self.network)

    def _as_order(self, rows: ArrayLike | None) -> NDArray[np.int64] | None:
        return None if rows is None else as_rows(rows, self.n_examples)

    def _answers(
        self, theta: ArrayLike, rows: ArrayLike | None
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None]:
        """Outputs, targets and weights of some examples."""
        own = for_kernels(self._as_parameters(theta), self.dtype)
        order = self._as_order(rows)
        Y, weight = self.targets, self.sample_weight
        if order is not None:
            Y, weight = Y[order], None if weight is None else weight[order]
        if not len(Y):
            return np.empty_like(Y), Y, weight
        last = len(self.network.layer_sizes) - 2
        return self._engine.activations(own, last, order)[0], Y, weight
