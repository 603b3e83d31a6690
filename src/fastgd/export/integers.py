"""A network in integers alone: quantised, and run in Python to the same bits as its C file.

Inputs and hidden activations are bytes, weights int8 or int16, sums int32. A byte q stands for
low + q step, so a layer's weighted input is

    z = sum_k w_k (low + q_k step) + b = 2^-shift (sum_k W_k q_k + B)

with integers W_k, B and a shift of each neuron's own. A shift is the largest that W_k fits in its
bits and that no sum, nor any part of one, leaves int32. How the C looks is left to `integer_c`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._checks import as_real
from fastgd._engine.arrays import as_examples, as_inputs, as_theta, for_kernels
from fastgd.inside.answers import checked_labels
from fastgd.network import Layer, Network

Array = NDArray[Any]

MOST = 255  # the highest byte
MOST_SUM = 2**31 - 1
# 8 << 24 and the few more that relu's rounding adds are int32.
MOST_SHIFT = 24
MOST_RELU_SHIFT = 23
# sigmoid's table: 1 is 32768; entries 1/8 apart from 0 to 8; z has 12 binary places.
ONE = 2**15
PLACES = 12
TABLE = np.rint(ONE / (1 + np.exp(-np.arange(65) / 8))).astype(np.int64)


@dataclass(frozen=True, eq=False)
class IntegerLayer:
    """One layer's numbers, as they stand in the C file."""

    activation: str
    weights: Array
    """(n_out, n_in) int8 or int16"""
    biases: NDArray[np.int32]
    """(n_out,)"""
    shifts: NDArray[np.uint8] | None
    """(n_out,): how far a sum is shifted; None where it is not: the output is the sum."""
    low: float
    step: float
    """What it hands on stands for low + step q: q a byte, or an output's int32."""


@dataclass(frozen=True)
class Loss:
    """What integers cost, measured on examples."""

    n_examples: int
    same_answer: float
    """Share of the examples whose highest output is the same."""
    mean_difference: float
    """Root mean square of the outputs' differences."""
    largest_difference: float
    accuracy: float | None = None
    """Of the network in floats, where labels were given."""
    integer_accuracy: float | None = None


@dataclass(frozen=True, eq=False)
class IntegerNetwork:
    """A network that computes in integers, bit for bit as the C file of `to_integer_c`.

    `quantise` makes one.

    Attributes
    ----------
    network : Network
        Whose outputs these are, but for rounding.
    weight_bits : int
        8 or 16.
    input_range : (float, float)
        What the input bytes 0 and 255 stand for.
    layers : tuple of IntegerLayer
    one : int
        The output that stands for 1: 32768 after sigmoid and tanh, another power of 2 else.
    loss : Loss
        Measured on the examples it was made with.
    """

    network: Network
    weight_bits: int
    input_range: tuple[float, float]
    layers: tuple[IntegerLayer, ...]
    one: int
    loss: Loss

    def __call__(self, X: ArrayLike) -> NDArray[np.int32]:
        """The outputs for X, in integers: divided by ``one`` they are the network's.

        Parameters
        ----------
        X : (n_examples, n_inputs) or (n_inputs,) array
            uint8 as they are; other numbers are rounded to the bytes that stand for them.

        Returns
        -------
        (n_examples, n_outputs) or (n_outputs,) int32 array

        Raises
        ------
        TypeError, ValueError
            Where X does not fit the network, or has a number outside ``input_range``.
        """
        rows, one = as_examples(X, self.network.n_inputs)
        out = outputs(self.layers, as_bytes(rows, self.network.n_inputs, self.input_range))
        return out[0] if one else out


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
    >>> small = fastgd.export.quantise(net, [1.0, 2.0, 3.0], [[10.0, 20.0]], input_range=(0, 51))
    >>> small([10.0, 20.0]) / small.one
    array([53.])
    """
    if weight_bits not in (8, 16):
        raise ValueError(f"weight_bits: expected 8 or 16, got {weight_bits!r}")
    low, high = checked_range(input_range)
    theta = for_kernels(as_theta(theta, network.n_parameters, network), np.dtype(np.float64))
    rows = as_bytes(X, network.n_inputs, (low, high))
    reals = np.asarray(X, np.float64)
    if np.asarray(X).dtype == np.uint8:
        reals = low + rows * ((high - low) / MOST)
    floats = network.activations(theta, reals)
    labels = None if labels is None else checked_labels(labels, len(rows), network.n_outputs)

    layers: list[IntegerLayer] = []
    reads = low, (high - low) / MOST
    for l, parameters in enumerate(network.layers(theta), 1):
        last = l == len(floats) - 1
        f = network.output_activation if last else network.activation
        where = f"layer {l} ({network.layer_sizes[l - 1]}-{network.layer_sizes[l]})"
        layers.append(
            integer_layer(where, f, last, parameters, reads, floats[l].max(), weight_bits)
        )
        reads = layers[-1].low, layers[-1].step
    one = round(1 / layers[-1].step)
    loss = measured(outputs(layers, rows) / one, floats[-1], labels)
    return IntegerNetwork(network, weight_bits, (low, high), tuple(layers), one, loss)


# ------------------------------------------------------------------------------ quantising


def checked_range(input_range: Any) -> tuple[float, float]:
    """(low, high), low below high."""
    try:
        low, high = input_range
    except (TypeError, ValueError):
        raise TypeError(f"input_range: expected two numbers, got {input_range!r}") from None
    low = as_real("input_range", low, "", lambda _: True)
    high = as_real("input_range", high, f"above {low:g}", lambda x: x > low)
    return low, high


def as_bytes(X: Any, n_inputs: int, input_range: tuple[float, float]) -> NDArray[np.uint8]:
    """X (n, n_inputs) as the bytes that the integer network reads."""
    if getattr(X, "dtype", None) == np.uint8:
        return np.asarray(as_inputs(X, n_inputs, None))
    reals = np.asarray(as_inputs(X, n_inputs, np.dtype(np.float64)))
    low, high = input_range
    if reals.min() < low or reals.max() > high:
        raise ValueError(
            f"X: expected numbers in input_range, {low:g} to {high:g}; "
            f"got {reals.min():g} to {reals.max():g}"
        )
    return np.rint((reals - low) * (MOST / (high - low))).astype(np.uint8)


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
    places: Array = fitting_places(W, b, offset, weight_bits)
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


# --------------------------------------------------------------- the C file's steps, in NumPy


def outputs(layers: Any, a: Array) -> NDArray[np.int32]:
    """(n, n_outputs) int32 from bytes (n, n_inputs): what `integer.c` computes."""
    for layer in layers:
        # int64 shows that int32 would not do; `fits` proved that it does.
        sums = a.astype(np.int64) @ layer.weights.T.astype(np.int64) + layer.biases
        last = layer is layers[-1]
        if layer.shifts is None:
            a = np.maximum(sums, 0) if layer.activation == "relu" else sums
        elif layer.activation == "relu":
            a = relu(sums, layer.shifts.astype(np.int64))
        else:
            a = curve(sums, layer.shifts.astype(np.int64))
            if not last:
                a = (a * MOST + ONE // 2) >> 15
            elif layer.activation == "tanh":
                a = 2 * a - ONE
    return a.astype(np.int32)


def curve(sums: Array, shifts: Array) -> Array:
    """sigmoid(sums / 2^shifts) in 1/32768ths, between the table's entries on straight lines."""
    size = np.minimum(abs(sums), 8 << shifts)
    z = np.where(
        shifts > PLACES,
        size >> np.maximum(shifts - PLACES, 0),
        size << np.maximum(PLACES - shifts, 0),
    )
    at = np.minimum(z >> 9, 63)
    part = z - (at << 9)  # 512 at z = 8
    a = TABLE[at] + (((TABLE[at + 1] - TABLE[at]) * part + 256) >> 9)
    return np.asarray(np.where(sums < 0, ONE - a, a))


def relu(sums: Array, shifts: Array) -> Array:
    """Activations in steps, rounded, from 0 to 255."""
    steps = (np.maximum(sums, 0) + ((1 << shifts) >> 1)) >> shifts
    return np.asarray(np.minimum(steps, MOST))
