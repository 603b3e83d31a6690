"""The cost of a network on a data set: a function of theta, parameterised by the data.

The place that divides by the examples, with `_residuals.py`, which has the cost as a sum of
squares: the engine returns sums over them. (A mini-batch steps on its mean, which the kernel
takes.) `descent.py` walks downhill.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from fastgd._engine.arrays import (
    as_inputs,
    as_rows,
    as_targets,
    as_theta,
    as_weights,
    check_out,
    warn_of_faint_pixels,
)
from fastgd._engine.engine import Engine
from fastgd._engine.full_batch import FullBatchSteps
from fastgd._engine.reals import float_dtype
from fastgd._engine.sparse_rows import SparseRows
from fastgd._engine.threads import check_n_threads
from fastgd._mini_batches import MiniBatches
from fastgd._residuals import Residuals
from fastgd._rule import Rule
from fastgd.network import Network, as_network, build_of, is_weight


class Cost(Residuals):
    """Average over examples of the summed squared differences, as a function of theta.

    The cost of one example is sum_j (y_j - a_j)^2, with no factor 1/2; the cost is the
    average over examples (3Blue1Brown, "Gradient descent, how neural networks learn").
    The gradient is backpropagation's (Rumelhart, Hinton and Williams 1986).

    It pickles and copies: X in its layout (a memory-mapped X as its numbers), Y, weights and
    n_threads. A shallow copy shares them.

    Parameters
    ----------
    network : Network
    X : (n_examples, n_inputs) array
        C or Fortran order, any strides, read-only, memory-mapped; floats, integers, a SciPy
        sparse matrix, anything with ``__array__`` or DLPack on the CPU. **uint8 are pixels:
        p means p/255.** Laid out once, here: where the kernels can walk over the array as
        it is, it is kept and not copied, so leave it unchanged while the cost is in use.
        Images (n_examples, rows, columns) are taken row by row, and one square image alone.
        A data frame (pandas, Polars, Arrow; extra ``frames``) has values in its columns as
        they stand, uint8 too, and is float64 where a column is.
    Y : (n_examples, n_outputs) floats, or (n_examples,) integer labels read as one-hot
        For one output also (n_examples,) numbers; integers for a sigmoid are labels 0 and 1.
    sample_weight : (n_examples,) array or None
        A weight of 2 equals the example twice.
    dtype : float32, float64 or None
        Of the arithmetic. None: float64 where X is float64, else float32.
    n_threads : int or None
        None: as many as pay, within affinity, cgroup quota and OpenMP's own limit. The
        result has the same bits for any number.
    like : Cost or None
        Lay X out as that one's is, so that both can be `joined`.

    Attributes
    ----------
    network : Network
    n_examples : int
    dtype : numpy.dtype
        Of the arithmetic.
    layout : str
        How X is kept: "compressed uint8", "compressed reals", "dense uint8", "dense reals".

    Raises
    ------
    TypeError, ValueError
        Where an argument does not fit, naming it, what was expected and what came.

    Warns
    -----
    UserWarning
        Where X is uint8 of 0 and 1 alone: as pixels they are 0 and 1/255.

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((2, 1), output_activation="identity")
    >>> cost = fastgd.Cost(net, [[1.0, 0.0], [0.0, 1.0]], [[1.0], [3.0]])
    >>> cost([0.0, 0.0, 0.0])
    5.0
    >>> cost.gradient([0.0, 0.0, 0.0])
    array([-1., -3., -4.])
    """

    def __init__(
        self,
        network: Network,
        X: Any,
        Y: ArrayLike,
        *,
        sample_weight: ArrayLike | None = None,
        dtype: DTypeLike | None = None,
        n_threads: int | None = None,
        like: Cost | None = None,
    ) -> None:
        self.network: Network = as_network(network)
        n_threads = check_n_threads(n_threads)
        asked = float_dtype(dtype)
        if like is not None:
            as_cost(like, "like")
        inputs = as_inputs(X, network.n_inputs, asked)
        warn_of_faint_pixels(X, inputs)
        own = inputs.values.dtype if isinstance(inputs, SparseRows) else inputs.dtype
        dtype = asked or np.dtype(np.float32 if own == np.uint8 else own)
        n = inputs.shape[0]
        build = build_of(network, dtype)
        targets = as_targets(
            Y, n, network.n_outputs, dtype, build.plan.row_outputs,
            output_activation=network.output_activation,
        )  # fmt: skip
        weight = None if sample_weight is None else as_weights(sample_weight, n, dtype)
        other = None if like is None else like._engine.examples.X
        self._engine = Engine(build, inputs, targets, weight, n_threads, other)

    def __repr__(self) -> str:
        return f"<Cost of {self.network!r} on {self.n_examples} examples, {self.layout}>"

    def __call__(self, theta: ArrayLike) -> float:
        """The cost at theta, an (n_parameters,) array."""
        cost_sum, weight_sum = self.cost_sums(theta)
        return cost_sum / weight_sum

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

        Examples
        --------
        >>> import fastgd
        >>> net = fastgd.Network((1, 1), output_activation="identity")
        >>> fastgd.Cost(net, [[2.0]], [[1.0]]).value_and_gradient([1.0, 0.0])
        (1.0, array([4., 2.]))
        """
        theta = self._as_theta(theta)
        if out is None:
            out = np.empty(len(theta), theta.dtype)
        else:
            check_out(out, theta, *self._engine.kept)
        cost_sum, weight_sum = self._engine.sums(theta, None, out)
        out /= out.dtype.type(weight_sum)
        return cost_sum / weight_sum, out

    def sums(
        self, theta: ArrayLike, rows: ArrayLike | None = None
    ) -> tuple[float, NDArray[Any], float]:
        """Sums over examples, not means: adding those of parts gives those of the whole.

        Parameters
        ----------
        theta : (n_parameters,) array
        rows : integers, a boolean mask, or None for all examples
            A row named twice counts twice.

        Returns
        -------
        cost_sum : float
        gradient_sum : (n_parameters,) array of theta's dtype
        weight_sum : float
            The number of examples, or the sum of their weights.

        Examples
        --------
        >>> import fastgd
        >>> net = fastgd.Network((1, 1), output_activation="identity")
        >>> fastgd.Cost(net, [[1.0], [2.0]], [[1.0], [1.0]]).sums([1.0, 0.0], rows=[1, 1])
        (2.0, array([8., 4.]), 2.0)
        """
        theta = self._as_theta(theta)
        order = None if rows is None else as_rows(rows, self.n_examples)
        gradient = np.zeros(len(theta), theta.dtype)
        if order is not None and len(order) == 0:
            return 0.0, gradient, 0.0
        cost_sum, weight_sum = self._engine.sums(theta, order, gradient)
        return cost_sum, gradient, weight_sum

    def cost_sums(self, theta: ArrayLike) -> tuple[float, float]:
        """(cost_sum, weight_sum) of `sums` alone: half of the work."""
        return self._engine.sums(self._as_theta(theta), None, None)

    def product_sums(
        self, theta: ArrayLike, v: ArrayLike, gauss_newton: bool = False
    ) -> tuple[NDArray[Any], float]:
        """(sum of Hessians, or their Gauss-Newton parts, times v (n_parameters,), weight_sum)."""
        return self._engine.products(self._as_theta(theta), self._as_theta(v, "v"), gauss_newton)

    def hessian_vector_product(self, theta: ArrayLike, v: ArrayLike) -> NDArray[Any]:
        """The Hessian at theta times v, exactly: SciPy's ``hessp`` (Pearlmutter 1994).

        No difference is taken and no matrix is made; it takes some two gradients' time. For
        relu f'' is 0 everywhere, at the kink too.

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
        >>> import fastgd
        >>> net = fastgd.Network((1, 1), output_activation="identity")
        >>> cost = fastgd.Cost(net, [[2.0]], [[1.0]])
        >>> cost.hessian_vector_product([1.0, 0.0], [1.0, 0.0])
        array([8., 4.])
        """
        return self._product(theta, v, gauss_newton=False)

    def gauss_newton_product(self, theta: ArrayLike, v: ArrayLike) -> NDArray[Any]:
        """2/n sum of J^T w J v, J the outputs' Jacobian at theta, n the sum of weights w.

        The Hessian without its terms of the errors (Schraudolph 2002): equal to it where every
        error is 0, and never of negative curvature. Parameters, errors and what is returned
        are those of `hessian_vector_product`.

        Examples
        --------
        >>> import fastgd
        >>> net = fastgd.Network((1, 1), output_activation="identity")
        >>> cost = fastgd.Cost(net, [[2.0]], [[1.0]])
        >>> cost.gauss_newton_product([1.0, 0.0], [0.0, 1.0])
        array([4., 2.])
        """
        return self._product(theta, v, gauss_newton=True)

    def mini_batches(
        self,
        theta: ArrayLike,
        *,
        batch_size: int,
        learning_rate: float,
        momentum: float = 0.0,
        nesterov: bool = False,
        l2: float = 0.0,
        velocity: ArrayLike | None = None,
    ) -> MiniBatches:
        """Mini-batch descent from theta, whole epochs inside the kernel.

        What `gradient_descent` uses; its arguments are checked there. `velocity` (n_parameters,)
        is what to begin with; None: at rest.
        """
        theta = self._as_theta(theta)
        rule = Rule(learning_rate, momentum, nesterov, l2)
        v = None if velocity is None else self._as_theta(velocity, "velocity")
        steps = self._engine.mini_batches(theta, batch_size, rule, v)
        return MiniBatches(steps, self.n_examples, theta.dtype)

    def full_batch(
        self,
        theta: NDArray[Any],
        rule: Rule,
        tol: float,
        decay: NDArray[Any] | None,
        velocity: NDArray[Any] | None,
    ) -> FullBatchSteps | None:
        """Full-batch descent from theta, many steps inside the kernel.

        What `gradient_descent` uses; its arguments are checked there. None where the steps are
        not the kernel's to take: theta has another dtype, a subclass another gradient, or a part
        reads its rows where they are.
        """
        own = type(self).value_and_gradient is Cost.value_and_gradient
        if not own or theta.dtype != self.dtype or self._engine.rows is not None:
            return None
        v = None if velocity is None else self._as_theta(velocity, "velocity")
        return self._engine.full_batch(self._as_theta(theta), rule, tol, decay, v)

    def is_weight(self) -> NDArray[np.bool_]:
        """Which entries of theta an L2 penalty is on: weights, not biases. (n_parameters,)."""
        return is_weight(self.network)

    def plane_sums(
        self,
        corners: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
        a: NDArray[np.float64],
        b: NDArray[np.float64],
        report: Callable[[int, int], object] | None = None,
    ) -> tuple[NDArray[np.float64], float]:
        """(sums of costs at center + a u + b v (n_points,), weight_sum): see `on_plane`."""
        return self._engine.plane_sums(corners, a, b, report), self._engine.weight_sum()

    def on_plane(
        self,
        corners: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
        a: NDArray[np.float64],
        b: NDArray[np.float64],
        report: Callable[[int, int], object] | None = None,
    ) -> NDArray[np.float64]:
        """The cost at center + a u + b v for each pair in a and b, (n_points,).

        What `landscape.plane` uses; its arguments are checked there. `report` is called as
        ``report(done, total)`` many times a second.
        """
        sums, weight_sum = self.plane_sums(corners, a, b, report)
        return sums / weight_sum

    def _product(self, theta: ArrayLike, v: ArrayLike, *, gauss_newton: bool) -> NDArray[Any]:
        out, weight_sum = self.product_sums(theta, v, gauss_newton)
        out /= out.dtype.type(weight_sum)
        return out

    def _as_theta(self, theta: ArrayLike, name: str = "theta") -> NDArray[Any]:
        return as_theta(theta, self.network.n_parameters, self.network, name)


def as_cost(cost: object, name: str = "cost") -> Cost:
    """`cost`, where it is one."""
    if not isinstance(cost, Cost):
        raise TypeError(f"{name}: expected a fastgd.Cost, got {type(cost).__name__}")
    return cost
