"""What a part of a cost is: sums over some of the examples, as a function of theta.

Adding parts is left to `adding`, dividing to `means`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from fastgd._brief import brief
from fastgd._engine.arrays import as_theta
from fastgd._engine.reals import float_dtype
from fastgd.cost import Cost
from fastgd.network import Network, as_network


class Sums(NamedTuple):
    """Sums over examples: what parts add up to, and a mean is made of."""

    cost: float
    gradient: NDArray[np.float64]
    """(n_parameters,)"""
    weight: float
    """The number of examples, or the sum of their weights."""

    def __repr__(self) -> str:
        return brief(self)


class Part(Protocol):
    """Some of the examples: anything with `sums`, a `Cost` and a `SumCost` among them.

    What a part also offers, its sum offers where all parts do:

    - ``cost_sums(theta) -> (cost_sum, weight_sum)``: half of the work, where no gradient is asked;
    - ``product_sums(theta, v, gauss_newton=False) -> (product_sum, weight_sum)``: for
      `hessian_vector_product` and `gauss_newton_product`;
    - ``plane_sums(corners, a, b, report) -> (cost_sums (n_points,), weight_sum)``: for
      `landscape`;
    - ``on_threads(n_threads)``: the same part on so many threads;
    - ``network``, ``dtype`` (of the arithmetic), ``n_examples``, ``name`` (told in errors).
    """

    def sums(self, theta: NDArray[Any]) -> tuple[float, NDArray[Any], float]:
        """(cost_sum, gradient_sum (n_parameters,), weight_sum) at theta; all 0 of no examples."""
        ...


class PartError(RuntimeError):
    """A part failed: it cannot be read, holds what it must not, or raised an error of its own.

    Attributes
    ----------
    part : str
        Which one: "part 2 of 5", "chunk 7 of 12 (shards/train-00007.npy)".
    why : str
        What its own error said; that is the ``__cause__``.
    """

    def __init__(self, part: str, why: str) -> None:
        super().__init__(part, why)
        self.part = part
        self.why = why

    def __str__(self) -> str:
        return f"{self.part}: {self.why}"


@contextmanager
def naming(part: str) -> Iterator[None]:
    """An error in the block becomes a `PartError` that names the part."""
    try:
        yield
    except PartError as error:  # of a part of this part
        raise PartError(f"{part}, {error.part}", error.why) from error
    except Exception as error:
        raise PartError(part, str(error) or type(error).__name__) from error


class Empty:
    """A part without examples: a rank that got no rows, a shard whose weights are all 0.

    Attributes
    ----------
    network : Network
    dtype : numpy.dtype
    n_examples, nbytes : int

    Examples
    --------
    >>> import fastgd
    >>> Empty(fastgd.Network((1, 1))).sums([1.0, 0.0])
    (0.0, array([0., 0.]), 0.0)
    """

    def __init__(
        self, network: Network, dtype: DTypeLike = np.float32, n_examples: int = 0
    ) -> None:
        self.network: Network = as_network(network)
        self.dtype: np.dtype[Any] = float_dtype(dtype) or np.dtype(np.float32)
        self.n_examples: int = n_examples
        self.nbytes: int = 0

    def __repr__(self) -> str:
        return f"<Part of {self.network!r} on no examples>"

    def sums(self, theta: ArrayLike) -> tuple[float, NDArray[Any], float]:
        """Zeros; the gradient's are of theta's dtype."""
        return 0.0, self._zeros(theta), 0.0

    def cost_sums(self, theta: ArrayLike) -> tuple[float, float]:
        """Zeros."""
        self._zeros(theta)
        return 0.0, 0.0

    def product_sums(
        self, theta: ArrayLike, v: ArrayLike, gauss_newton: bool = False
    ) -> tuple[NDArray[Any], float]:
        """Zeros; of theta's dtype."""
        return self._zeros(theta), 0.0

    def plane_sums(
        self, corners: Any, a: NDArray[np.float64], b: NDArray[np.float64], report: Any = None
    ) -> tuple[NDArray[np.float64], float]:
        """Zeros, (n_points,)."""
        return np.zeros(len(a)), 0.0

    def on_threads(self, n_threads: int | None) -> Empty:
        """Itself."""
        return self

    def _zeros(self, theta: ArrayLike) -> NDArray[Any]:
        return np.zeros_like(as_theta(theta, self.network.n_parameters, self.network))


def part_of(
    network: Network,
    X: Any,
    Y: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    dtype: DTypeLike | None = None,
    n_threads: int | None = None,
    like: Cost | None = None,
) -> Cost | Empty:
    """A `Cost`, or `Empty` where there are no rows or all weights are 0: a shard as a part.

    Parameters and errors are those of `Cost`, which refuses to be a mean over nothing.

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((2, 1))
    >>> X, Y = np.ones((3, 2)), np.ones((3, 1))
    >>> [part_of(net, X[rows], Y[rows]).n_examples for rows in (slice(0, 2), slice(3, 5))]
    [2, 0]
    """
    shape = tuple(X.shape if hasattr(X, "shape") else np.shape(X))
    n = shape[0] if shape else 0
    if n and (sample_weight is None or np.shape(sample_weight) != (n,) or np.any(sample_weight)):
        return Cost(
            network, X, Y, sample_weight=sample_weight, dtype=dtype, n_threads=n_threads,
            like=like,
        )  # fmt: skip
    if n:  # Cost checks X and Y
        dtype = Cost(network, X, Y, dtype=dtype, n_threads=n_threads, like=like).dtype
    else:
        check_no_rows(network, shape, np.shape(Y))
        own = np.float64 if getattr(X, "dtype", None) == np.float64 else np.float32
        dtype = float_dtype(dtype) or own
    return Empty(network, dtype, n)


def check_no_rows(network: Network, X: tuple[int, ...], Y: tuple[int, ...]) -> None:
    """Raise ValueError where shapes of X and Y without rows are not those of the network."""
    n_in, n_out = network.n_inputs, network.n_outputs
    if math.prod(X[1:]) != n_in or len(X) < 2:
        raise ValueError(f"X has shape {X}; expected (n_examples, {n_in} inputs)")
    if Y not in ((0,), (0, n_out)):
        raise ValueError(f"Y has shape {Y}; expected numbers (0, {n_out}) or labels (0,)")
