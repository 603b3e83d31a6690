"""Finds a network's integers: the largest that fit, and what rounding costs on examples.

A neuron's shift is the largest at which its weights fit in their bits and no sum, nor any part of
one, leaves int32, whatever the inputs. What the integers mean and compute is `integers`' business.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fastgd._checks import as_real
from fastgd._engine.arrays import for_kernels
from fastgd.export.integers import (
    MOST,
    ONE,
    Array,
    IntegerLayer,
    IntegerNetwork,
    Loss,
    as_bytes,
    as_numbers,
    outputs,
)
from fastgd.inside.answers import checked_labels
from fastgd.network import Layer, Network, theta_of

MOST_SUM = 2**31 - 1
# 8 << 24, and 255 << 23 with what relu's rounding adds, are int32.
MOST_SHIFT = 24
MOST_RELU_SHIFT = 23


def quantise(
    network: Network,
    theta: ArrayLike,
    X: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    weight_bits: int = 8,
    input_range: tuple[float, float] = (0.0, 1.0),
) -> IntegerNetwork:
    """The network in integers, and what that costs, measured on X.

    Parameters
    ----------
    network : Network
    theta : (n_parameters,) array
    X : (n_examples, n_inputs) array
        Examples such as it will read: uint8 as they are, other numbers within `input_range`.
        A hidden "relu" layer's activations are held up to the highest that is seen here.
    labels : (n_examples,) integers, optional
        To measure the accuracy, too.
    weight_bits : 8 or 16
    input_range : (low, high)
        What the bytes 0 and 255 stand for: the pixels' 0 and 1, unless told otherwise.

    Returns
    -------
    IntegerNetwork

    Raises
    ------
    TypeError, ValueError
        Where theta, X or labels do not fit the network, X leaves the range, or a layer has
        weights so large that they or their sums do not fit in integers.

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((2, 1), output_activation="identity")
    >>> small = fastgd.export.quantise(
    ...     net, [1.0, 2.0, 3.0], [[10.0, 20.0]], weight_bits=16, input_range=(0, 51)
    ... )
    >>> (small([10.0, 20.0]) / small.one).round(2)
    array([53.])
    """
    if weight_bits not in (8, 16):
        raise ValueError(f"weight_bits: expected 8 or 16, got {weight_bits!r}")
    low, high = checked_range(input_range)
    theta = for_kernels(theta_of(network, theta), np.dtype(np.float64))
    reals = as_numbers(X, network.n_inputs, (low, high))
    rows = as_bytes(reals, (low, high))
    floats = network.activations(theta, reals)
    labels = None if labels is None else checked_labels(labels, len(rows), network.n_outputs)

    if "identity" in network.layer_activations[:-1]:
        raise ValueError("network: a hidden identity layer has no bounds that bytes could span")
    layers: list[IntegerLayer] = []
    reads = low, (high - low) / MOST
    for l, parameters in enumerate(network.layers(theta), 1):
        last = l == len(floats) - 1
        f = network.layer_activations[l - 1]
        where = f"layer {l} ({network.layer_sizes[l - 1]}-{network.layer_sizes[l]})"
        layers.append(
            integer_layer(where, f, last, parameters, reads, floats[l].max(), weight_bits)
        )
        reads = layers[-1].low, layers[-1].step
    one = round(1 / layers[-1].step)
    loss = measured(outputs(layers, rows) / one, floats[-1], labels)
    return IntegerNetwork(network, weight_bits, (low, high), tuple(layers), one, loss)


def checked_range(input_range: Any) -> tuple[float, float]:
    """(low, high), low below high."""
    try:
        low, high = input_range
    except (TypeError, ValueError):
        raise TypeError(f"input_range: expected two numbers, got {input_range!r}") from None
    low = as_real("input_range", low, "", lambda _: True)
    high = as_real("input_range", high, f"above {low:g}", lambda x: x > low)
    return low, high


def integer_layer(
    where: str,
    f: str,
    last: bool,
    parameters: Layer,
    reads: tuple[float, float],
    highest: float,
    weight_bits: int,
) -> IntegerLayer:
    """One layer, which reads bytes that stand for low + step q; `highest` is its activation's."""
    low, step = reads
    W, b, offset = parameters.weights * step, parameters.biases, low / step
    places = fitting_places(W, b, offset, weight_bits)
    shifts: Array | None
    if f in ("sigmoid", "tanh"):
        doubled = int(f == "tanh")  # tanh(z) = 2 sigmoid(2 z) - 1
        places = np.maximum(places, doubled)
        shifts = places - doubled
        low, step = (-1.0, 2 / MOST) if doubled else (0.0, 1 / MOST)
        if last:
            low, step = 0.0, 1 / ONE
    elif last:
        places[:] = places.min()
        shifts = None
        low, step = 0.0, 2.0 ** -float(places[0])
    else:
        finest = activation_places(highest, places)
        places = np.minimum(places, finest + MOST_RELU_SHIFT)
        shifts = places - finest
        low, step = 0.0, 2.0**-finest
    weights, biases = rounded(W, b, offset, places)
    bad = ~fits(weights, biases, weight_bits)
    if bad.any():
        j = int(bad.argmax())
        raise ValueError(
            f"theta: {where}, neuron {j} is too large for integers: a weight of "
            f"{abs(weights[j]).max():.0f} (at most {2 ** (weight_bits - 1) - 1} fit), sums up to "
            f"{largest_sums(weights, biases)[j]:.0f} (at most {MOST_SUM} fit)"
        )
    return IntegerLayer(
        f,
        weights.astype(np.int8 if weight_bits == 8 else np.int16),
        biases.astype(np.int32),
        None if shifts is None else shifts.astype(np.uint8),
        low,
        step,
    )


def fitting_places(W: Array, b: Array, offset: float, weight_bits: int) -> Array:
    """(n_out,): the most binary places at which each neuron's numbers fit, at least 0."""
    places = np.full(len(W), MOST_SHIFT)
    while True:
        weights, biases = rounded(W, b, offset, places)
        bad = (places > 0) & ~fits(weights, biases, weight_bits)
        if not bad.any():
            return places
        places[bad] -= 1


def rounded(W: Array, b: Array, offset: float, places: Array) -> tuple[Array, Array]:
    """Weights and biases in units of 2^-places, whole; `offset` is low / step."""
    unit = np.exp2(places)
    weights = np.rint(W * unit[:, None])
    return weights, np.rint(b * unit + offset * weights.sum(axis=1))


def fits(weights: Array, biases: Array, weight_bits: int) -> Array:
    """(n_out,): whether weights fit in their bits, and every sum of some products in int32."""
    small = abs(weights).max(axis=1) <= 2 ** (weight_bits - 1) - 1
    return np.asarray(small & (largest_sums(weights, biases) <= MOST_SUM))


def largest_sums(weights: Array, biases: Array) -> Array:
    """(n_out,): |B| + 255 sum_k |W_k|, which no sum on its way exceeds."""
    return np.asarray(abs(biases) + MOST * abs(weights).sum(axis=1))


def activation_places(highest: float, places: Array) -> int:
    """The most binary places at which 255 steps reach relu's highest activation."""
    finest = MOST_SHIFT if highest <= 0 else int(np.floor(np.log2(MOST / highest)))
    return min(finest, int(places.min()))


def measured(integer: Array, floats: Array, labels: Array | None) -> Loss:
    """The loss, from the outputs of both networks (n, n_outputs)."""
    answers, before = integer.argmax(axis=1), floats.argmax(axis=1)
    difference = integer - floats
    return Loss(
        len(integer),
        float((answers == before).mean()),
        float(np.sqrt((difference**2).mean())),
        float(abs(difference).max()),
        None if labels is None else float((before == labels).mean()),
        None if labels is None else float((answers == labels).mean()),
    )
