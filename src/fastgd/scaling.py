"""Standardising inputs and targets, and a theta for raw units that has it folded in.

Both are affine, x -> (x - mean) / scale, and so is the first layer before its activation and the
last after an identity: what is trained on standardised numbers becomes one theta of the same
network on numbers as they come. Training is left to `descent`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._brief import brief
from fastgd._engine.arrays import as_float_theta
from fastgd._engine.reals import check_finite
from fastgd.network import Network, theta_of

__all__ = ["Standard", "folded", "moments"]


class Standard(NamedTuple):
    """Mean and scale of each column: (x - mean) / scale has mean 0 and standard deviation 1.

    Attributes
    ----------
    mean : (n_columns,) float64 array
    scale : (n_columns,) float64 array
        The standard deviation (of the population, divided by n); 1 where a column is constant.

    Examples
    --------
    >>> standard = Standard.of([[1.0, 5.0], [3.0, 5.0]])
    >>> standard
    Standard(mean=[2, 5], scale=[1, 1])
    >>> standard.transform([[4.0, 6.0]])
    array([[2., 1.]])
    >>> standard.inverse([[2.0, 1.0]])
    array([[4., 6.]])
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]

    @classmethod
    def of(cls, X: ArrayLike) -> Standard:
        """Of the columns of X (n, n_columns), or of one column (n,).

        Raises
        ------
        TypeError, ValueError
            Where X is no such numbers, is empty, or is uint8: pixels need no standardising.
        """
        values = np.atleast_2d(as_values(X).T).T.astype(np.float64, copy=False)
        low, high = values.min(0), values.max(0)
        with np.errstate(over="ignore"):
            spread = high - low
        if not np.isfinite(spread).all():
            wide = int(np.argmin(np.isfinite(spread)))
            raise ValueError(f"X: column {wide} reaches from {low[wide]} to {high[wide]}: too far")
        constant = spread == 0
        unit = np.where(constant, 1.0, spread)
        share = (values - low) / unit  # 0 to 1: no square overflows
        mean = np.where(constant, low, low + unit * share.mean(0))
        return cls(mean, np.where(constant, 1.0, unit * share.std(0)))

    @classmethod
    def of_chunks(cls, chunks: Iterable[ArrayLike]) -> Standard:
        """As `of`, of columns that come in chunks of rows: one pass, of which one is in memory.

        Means and sums of squares are merged as Chan, Golub and LeVeque (1979) have it.

        Examples
        --------
        >>> Standard.of_chunks([[[1.0, 5.0]], [[3.0, 5.0], [2.0, 5.0]]])
        Standard(mean=[2, 5], scale=[0.816497, 1])
        """
        return cls.of_moments(map(moments, chunks))

    @classmethod
    def of_moments(cls, each: Iterable[NDArray[np.float64]]) -> Standard:
        """As `of_chunks`, of the `moments` of chunks, whoever computed which.

        Parameters
        ----------
        each : iterable of (5, n_columns) float64 array
            In the order of the chunks.

        Examples
        --------
        >>> Standard.of_moments([moments([[1.0], [3.0]]), moments([[2.0]])])
        Standard(mean=[2], scale=[0.816497])
        """
        n = 0.0
        for rows, own_first, still, own_mean, own_squares in each:
            m, fixed = float(rows[0]), still == 1
            if n == 0:
                first, constant, mean, squares = own_first, fixed, own_mean, own_squares
            else:
                step = own_mean - mean
                squares = squares + own_squares + np.square(step) * (n * m / (n + m))
                mean = mean + step * (m / (n + m))
                constant = constant & fixed & (own_first == first)
            n += m
        if n == 0:
            raise ValueError("chunks: expected at least one, got none")
        scale = np.sqrt(squares / n)
        return cls(np.where(constant, first, mean), np.where(constant | (scale == 0), 1.0, scale))

    def transform(self, X: ArrayLike) -> NDArray[Any]:
        """(X - mean) / scale for (n, n_columns), or one row or column: float32 where X is."""
        values = as_values(X, len(self.mean))
        return ((values - self.mean) / self.scale).astype(values.dtype, copy=False)

    def inverse(self, X: ArrayLike) -> NDArray[Any]:
        """X scale + mean, what `transform` was made from: float32 where X is."""
        values = as_values(X, len(self.mean))
        return (values * self.scale + self.mean).astype(values.dtype, copy=False)

    def __repr__(self) -> str:
        return brief(self)


def moments(chunk: ArrayLike) -> NDArray[np.float64]:
    """What `Standard.of_moments` takes of the columns of a chunk of rows (n, n_columns).

    Returns
    -------
    (5, n_columns) float64 array
        Number of rows, first row, whether all rows are as the first, mean, and sum of squares
        around it.

    Raises
    ------
    TypeError, ValueError
        As `Standard.of`.

    Examples
    --------
    >>> moments([[1.0, 5.0], [3.0, 5.0]]).tolist()
    [[2.0, 2.0], [1.0, 5.0], [0.0, 1.0], [2.0, 5.0], [2.0, 0.0]]
    """
    values = np.atleast_2d(as_values(chunk).T).T
    own, m, still = Standard.of(values), len(values), (values == values[0]).all(0)
    squares = np.where(still, 0.0, m * np.square(own.scale))
    return np.array([np.full_like(own.mean, m), values[0], still, own.mean, squares])


def folded(
    network: Network,
    theta: ArrayLike,
    *,
    inputs: Standard | None = None,
    outputs: Standard | None = None,
) -> NDArray[np.float64]:
    """theta of the same network in raw units, from one trained on standardised numbers.

    With W' = W_1 / s and b' = b_1 - W_1 (m / s) for inputs of mean m and scale s, and W' = t W_L,
    b' = t b_L + u for targets of mean u and scale t::

        network(folded(network, theta, inputs=a, outputs=b), X)
            == b.inverse(network(theta, a.transform(X)))   # to rounding

    Parameters
    ----------
    network : Network
    theta : (n_parameters,) array
    inputs : Standard of n_inputs columns, or None
    outputs : Standard of n_outputs columns, or None
        For a network whose output activation is "identity".

    Returns
    -------
    (n_parameters,) float64 array
        Fresh. In float32 a column far from 0, as years are, would lose what tells rows apart.

    Raises
    ------
    TypeError, ValueError
        Where theta or a standard does not fit the network, or `outputs` comes with another
        output activation.

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((1, 1), output_activation="identity")
    >>> inputs, outputs = Standard.of([[1900.0], [2100.0]]), Standard.of([[3.0], [7.0]])
    >>> theta = folded(net, [1.0, 0.0], inputs=inputs, outputs=outputs)
    >>> net(theta, [2000.0]), net(theta, [2100.0])
    (array([5.]), array([7.]))
    """
    raw = np.array(theta_of(network, theta), np.float64)
    first, last = network.layers(raw)[0], network.layers(raw)[-1]
    with np.errstate(over="ignore", invalid="ignore"):
        if inputs is not None:
            check_columns("inputs", inputs, network.n_inputs)
            first.weights[:] /= inputs.scale
            first.biases[:] -= first.weights @ inputs.mean
        if outputs is not None:
            check_columns("outputs", outputs, network.n_outputs)
            if network.output_activation != "identity":
                f = network.output_activation
                raise ValueError(f"outputs: targets fold into an identity output, not into {f}")
            last.weights[:] *= outputs.scale[:, None]
            last.biases[:] = last.biases * outputs.scale + outputs.mean
    check_finite("folded theta", raw)
    return raw


def as_values(X: ArrayLike, n_columns: int | None = None) -> NDArray[Any]:
    """X as finite float32 or float64: (n, n_columns), one row, or one column (n,)."""
    if getattr(X, "dtype", None) == np.uint8:
        raise TypeError("X is uint8: pixels need no standardising; give values as X.astype(float)")
    values = np.asarray(as_float_theta(X, "X"), order="C")
    one_column = values.ndim == n_columns == 1
    fits = values.ndim in (1, 2) and (n_columns in (None, values.shape[-1]) or one_column)
    if not fits or values.size == 0:
        wanted = "n_columns" if n_columns is None else n_columns
        raise ValueError(f"X has shape {values.shape}; expected (n_examples, {wanted})")
    check_finite("X", values)
    return values


def check_columns(name: str, standard: Standard, n: int) -> None:
    """Raise ValueError where a standard is not one of n columns."""
    if len(standard.mean) != n:
        raise ValueError(f"{name} has {len(standard.mean)} columns; the network has {n}")
