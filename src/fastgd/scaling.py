"""Standardising inputs and targets, and a theta for raw units that has it folded in.

Both are affine, x -> (x - mean) / scale, and so is the first layer before its activation and the
last after an identity: what is trained on standardised numbers becomes one theta of the same
network on numbers as they come. Training is left to `descent`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._engine.arrays import as_float_theta, check_finite
from fastgd.network import Network, theta_of

__all__ = ["Standard", "folded"]


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
    Standard(mean=array([2., 5.]), scale=array([1., 1.]))
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
        values = as_columns(X)
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

    def transform(self, X: ArrayLike) -> NDArray[Any]:
        """(X - mean) / scale, of X's shape; float32 where X is, else float64."""
        values = as_columns(X, len(self.mean)).reshape(np.shape(X))
        return ((values - self.mean) / self.scale).astype(dtype_like(X), copy=False)

    def inverse(self, X: ArrayLike) -> NDArray[Any]:
        """X scale + mean, of X's shape; float32 where X is, else float64."""
        values = as_columns(X, len(self.mean)).reshape(np.shape(X))
        return (values * self.scale + self.mean).astype(dtype_like(X), copy=False)


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


def as_columns(X: ArrayLike, n_columns: int | None = None) -> NDArray[np.float64]:
    """X as finite float64 (n, n_columns); numbers alone are one column, or one row of many."""
    given = as_float_theta(X, "X") if np.asarray(X).dtype != np.uint8 else None
    if given is None:
        raise TypeError("X is uint8: pixels need no standardising; give values as X.astype(float)")
    one_column = given.ndim == 1 and n_columns in (None, 1)
    values = np.ascontiguousarray(given.reshape(-1, 1) if one_column else given, np.float64)
    if values.size == 0 or values.ndim > 2 or values.shape[-1] != (n_columns or values.shape[-1]):
        raise ValueError(
            f"X has shape {given.shape}; expected (n_examples, {n_columns or 'columns'})"
        )
    check_finite("X", values)
    return np.atleast_2d(values)


def dtype_like(X: ArrayLike) -> type[np.floating[Any]]:
    """float32 for float32 and float16, else float64."""
    dtype = np.asarray(X).dtype
    return np.float32 if dtype.kind == "f" and dtype.itemsize <= 4 else np.float64


def check_columns(name: str, standard: Standard, n: int) -> None:
    if len(standard.mean) != n:
        raise ValueError(f"{name} has {len(standard.mean)} columns; the network has {n}")
