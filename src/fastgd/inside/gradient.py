"""The gradient and the weights, read as the lesson reads them: which matter, and as images."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._brief import brief
from fastgd._checks import as_count
from fastgd._engine.arrays import as_theta
from fastgd.network import Layer, Network


@dataclass(frozen=True)
class Nudge:
    """One entry of the negative gradient, read as the lesson reads it."""

    index: int
    """Which entry of theta."""
    layer: int
    """1 is the first after the input."""
    neuron: int
    """Which neuron of that layer, from 0."""
    input: int | None
    """From which neuron of the layer before (or which input); None for a bias."""
    amount: float
    """The entry: how far a step of learning rate 1 moves the parameter."""
    direction: str
    """"up", "down", or "stay" where the amount is 0."""

    def __str__(self) -> str:
        what = "bias" if self.input is None else f"weight from {self.input}"
        return f"layer {self.layer}, neuron {self.neuron}, {what}: {self.direction}"

    def __repr__(self) -> str:
        return brief(self)


def read_gradient(network: Network, gradient: ArrayLike, k: int = 10) -> tuple[Nudge, ...]:
    """The k parameters that matter most to the cost right now, and which way to nudge them.

    The sign of an entry of the negative gradient says up or down; its size says how much
    that parameter matters beside the others.

    Parameters
    ----------
    network : Network
    gradient : (n_parameters,) array
        Such as ``cost.gradient(theta)``.
    k : int

    Returns
    -------
    tuple of Nudge
        The largest first.

    Raises
    ------
    TypeError, ValueError
        Where the gradient does not fit the network, or k is below 1.

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((2, 1))
    >>> for nudge in read_gradient(net, [0.1, -3.2, 0.5], 2):
    ...     print(nudge, round(nudge.amount, 1))
    layer 1, neuron 0, weight from 1: up 3.2
    layer 1, neuron 0, bias: down -0.5
    """
    steps = -as_theta(gradient, network.n_parameters, network).astype(np.float64)
    largest = np.argsort(-np.abs(steps), kind="stable")[: as_count("k", k)]
    numbered = network.layers(np.arange(network.n_parameters, dtype=np.float64))
    return tuple(nudge_at(numbered, int(index), float(steps[index])) for index in largest)


def nudge_at(numbered: tuple[Layer, ...], index: int, amount: float) -> Nudge:
    direction = "up" if amount > 0 else "down" if amount < 0 else "stay"
    layer = next(i for i, layer in enumerate(numbered) if layer.biases[-1] >= index)
    weights, biases = numbered[layer]
    if index >= biases[0]:
        return Nudge(index, layer + 1, index - int(biases[0]), None, amount, direction)
    neuron, source = divmod(index - int(weights[0, 0]), weights.shape[1])
    return Nudge(index, layer + 1, neuron, source, amount, direction)


def weight_grids(
    network: Network,
    theta: ArrayLike,
    layer: int = 1,
    *,
    shape: tuple[int, int] | None = None,
) -> NDArray[Any]:
    """Each neuron's incoming weights as an image.

    Parameters
    ----------
    network : Network
    theta : (n_parameters,) array
        Or a gradient: anything of theta's order.
    layer : int
        1 is the first after the input.
    shape : (int, int) or None
        Rows and columns; None: a square where the inputs are a square number, else one row.

    Returns
    -------
    (n_neurons, rows, columns) array

    Raises
    ------
    TypeError, ValueError
        Where theta does not fit the network, there is no such layer, or the shape does not
        hold its inputs.

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((784, 16, 16, 10))
    >>> weight_grids(net, net.random_theta(rng=0)).shape
    (16, 28, 28)
    """
    theta = as_theta(theta, network.n_parameters, network)
    n_layers = len(network.layer_sizes) - 1
    if as_count("layer", layer) > n_layers:
        raise ValueError(f"layer: expected 1 to {n_layers}, got {layer}")
    weights = network.layers(theta)[layer - 1].weights
    n_in = weights.shape[1]
    shape = picture_shape(n_in) if shape is None else shape
    if len(shape) != 2 or shape[0] * shape[1] != n_in:
        raise ValueError(f"shape: expected (rows, columns) of {n_in} inputs, got {shape}")
    return weights.reshape(len(weights), *shape)


def picture_shape(n_inputs: int) -> tuple[int, int]:
    """Rows and columns of inputs shown as an image: a square where there is one, else one row."""
    side = math.isqrt(n_inputs)
    return (side, side) if side * side == n_inputs else (1, n_inputs)
