"""The cost of a network on a data set: a function of theta, parameterised by the data.

The one door for arrays, and the only place that divides by the number of examples (the
kernels return sums; a mini-batch's mean is taken inside them). How to walk downhill is
`descent.py`'s business.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from fastgd._arrays import (
    Compressed,
    as_inputs,
    as_rows,
    as_targets,
    as_theta,
    as_weights,
    check_out,
    float_dtype,
    for_kernels,
)
from fastgd._batches import MiniBatches
from fastgd._examples import examples
from fastgd._threads import check_n_threads, run, threads_for
from fastgd.network import Network


class Cost:
    """Average over examples of the summed squared differences, as a function of theta.

    The cost of one example is sum_j (y_j - a_j)^2, with no factor 1/2; the cost is the
    average over examples (3Blue1Brown, "Gradient descent, how neural networks learn").
    The gradient is backpropagation's (Rumelhart, Hinton and Williams 1986).

    Parameters
    ----------
    network : Network
    X : (n_examples, n_inputs) array
        C or Fortran order, any strides, read-only, memory-mapped; floats, integers, a SciPy
        sparse matrix, anything with ``__array__`` or DLPack on the CPU. **uint8 are pixels:
        p means p/255.** Laid out once, here: where the kernels can walk over the array as
        it is, it is kept and not copied, so leave it unchanged while the cost is in use.
    Y : (n_examples, n_outputs) floats, or (n_examples,) integer labels read as one-hot
    sample_weight : (n_examples,) array or None
        A weight of 2 equals the example twice.
    dtype : float32, float64 or None
        Of the arithmetic. None: float64 where X is float64, else float32.
    n_threads : int or None
        None: as many as pay, within affinity, cgroup quota and OpenMP's own limit. The
        result has the same bits for any number.

    Attributes
    ----------
    network : Network
    n_examples : int
    dtype : numpy.dtype
    layout : str
        How X is kept: "compressed uint8", "compressed reals", "dense uint8", "dense reals".

    Raises
    ------
    TypeError, ValueError
        Where an argument does not fit, naming it, what was expected and what came.

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
    ) -> None:
        if not isinstance(network, Network):
            raise TypeError(f"network: expected a fastgd.Network, got {type(network).__name__}")
        self.network = network
        self.n_threads = check_n_threads(n_threads)
        asked = float_dtype(dtype)
        inputs = as_inputs(X, network.n_inputs, asked)
        own = inputs.values.dtype if isinstance(inputs, Compressed) else inputs.dtype
        self.dtype = asked or np.dtype(np.float32 if own == np.uint8 else own)
        self.n_examples = inputs.shape[0]
        self._kernels, self._plan = network._kernels(self.dtype)
        targets = as_targets(
            Y, self.n_examples, network.n_outputs, self.dtype, self._plan.row_outputs
        )
        self._weight = (
            None
            if sample_weight is None
            else as_weights(sample_weight, self.n_examples, self.dtype)
        )
        self._examples, self.layout = examples(
            self._kernels, self._plan, self.dtype, inputs, targets, self._weight, self.n_threads
        )
        # Where every input is zero there may be no work at all.
        work = self._plan.work_per_example(self._examples.inputs_per_example)
        self._work_per_example = max(1.0, work)
        self._workspaces: list[NDArray[Any]] = []

    def __repr__(self) -> str:
        return f"<Cost of {self.network!r} on {self.n_examples} examples, {self.layout}>"

    def __call__(self, theta: ArrayLike) -> float:
        """The cost at theta, an (n_parameters,) array."""
        theta = as_theta(theta, self.network.n_parameters, str(self.network))
        return self._mean(self._sums(theta, None, None))

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
        theta = as_theta(theta, self.network.n_parameters, str(self.network))
        if out is None:
            out = np.empty(len(theta), theta.dtype)
        else:
            check_out(out, theta)
        sums = self._sums(theta, None, out)
        out /= out.dtype.type(sums[1])
        return self._mean(sums), out

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
        theta = as_theta(theta, self.network.n_parameters, str(self.network))
        order = None if rows is None else as_rows(rows, self.n_examples)
        gradient = np.zeros(len(theta), theta.dtype)
        if order is not None and len(order) == 0:
            return 0.0, gradient, 0.0
        cost_sum, weight_sum = self._sums(theta, order, gradient)
        return cost_sum, gradient, weight_sum

    def mini_batches(
        self, theta: ArrayLike, *, batch_size: int, learning_rate: float, momentum: float = 0.0
    ) -> MiniBatches:
        """Mini-batch descent from theta, whole epochs inside the kernel.

        What `gradient_descent` uses; its arguments are checked there.
        """
        return MiniBatches(self, theta, batch_size, learning_rate, momentum)

    def on_threads(self, n_threads: int | None) -> Cost:
        """The same cost, on the same laid-out examples, that runs on `n_threads`.

        For walks side by side: a `Cost` on one thread for each of them.
        """
        other = copy.copy(self)
        other.n_threads = check_n_threads(n_threads)
        other._workspaces = []
        return other

    def _mean(self, sums: tuple[float, float]) -> float:
        return sums[0] / sums[1]

    def _sums(
        self, theta: NDArray[Any], order: NDArray[np.int64] | None, out: NDArray[Any] | None
    ) -> tuple[float, float]:
        """(cost_sum, weight_sum) over `order`, the gradient's sum in `out` where given."""
        n = self.n_examples if order is None else len(order)
        work = self._work_per_example * (1 if out is not None else 0.5)
        n_groups = self._plan.n_groups(n)
        threads = min(threads_for(self.n_threads, n * work), n_groups)
        own = for_kernels(theta, self.dtype)
        direct = out if out is None or out.dtype == self.dtype else np.empty(len(own), self.dtype)
        workspace = self._take(self._plan.work_size(n_groups, threads))
        cost_sum = run(
            threads, self._kernels.sums, self._plan, self._examples, own, order, direct,
            workspace,
        )  # fmt: skip
        self._workspaces.append(workspace)
        if out is not None and direct is not out:
            out[:] = direct
        if self._weight is None:
            return cost_sum, float(n)
        weight = self._weight if order is None else self._weight[order]
        return cost_sum, float(weight.sum(dtype=np.float64))

    def _take(self, size: int) -> NDArray[Any]:
        """Working memory of at least `size`, from an earlier call where one left it.

        A list's pop and append are atomic, so threads that share a Cost do not share these.
        """
        try:
            workspace = self._workspaces.pop()
        except IndexError:
            return np.zeros(size, self.dtype)
        return workspace if len(workspace) >= size else np.zeros(size, self.dtype)
