"""A stack of linear layers, wherever it came from, as a network and its theta."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastgd._engine.reals import check_finite
from fastgd.network import Network


class Linear(NamedTuple):
    """One layer's numbers, float32 or float64."""

    name: str
    """As its owner calls it."""
    weights: NDArray[Any]
    """(n_out, n_in)"""
    biases: NDArray[Any] | None
    """(n_out,), or None where the layer has none: zeros."""


def check_stack(stack: Sequence[Linear]) -> None:
    """Raise ValueError, naming the layer, where layers do not make one network.

    Where one takes not what the one before it gives, its bias has another length, its numbers
    are of another dtype than the first one's or are not finite.
    """
    for before, layer in pairwise(stack):
        n_in, n_out = layer.weights.shape[1], before.weights.shape[0]
        if n_in != n_out:
            raise ValueError(
                f"{layer.name} takes {n_in} inputs; {before.name} before it has {n_out} outputs"
            )
    name, weights, _ = stack[0]
    for layer in stack:
        for kind, values in (("weight", layer.weights), ("bias", layer.biases)):
            if values is None:
                continue
            if len(values) != len(layer.weights):
                raise ValueError(
                    f"{layer.name}.bias has {len(values)} numbers for {len(layer.weights)} outputs"
                )
            if values.dtype != weights.dtype:
                raise ValueError(
                    f"{layer.name}.{kind} is {values.dtype}, {name}.weight {weights.dtype}; "
                    "expected one dtype"
                )
            check_finite(f"{layer.name}.{kind}", np.ascontiguousarray(values))


def assembled(
    stack: Sequence[Linear], activation: str | Sequence[str], output_activation: str
) -> tuple[Network, NDArray[Any]]:
    """The network and its theta (n_parameters,) of layers that fit, in their dtype."""
    weights = stack[0].weights
    network = Network(
        (weights.shape[1], *(len(layer.weights) for layer in stack)),
        activation=activation,
        output_activation=output_activation,
    )
    theta = np.zeros(network.n_parameters, weights.dtype)
    for views, layer in zip(network.layers(theta), stack, strict=True):
        views.weights[...] = layer.weights
        if layer.biases is not None:
            views.biases[...] = layer.biases
    return network, theta
