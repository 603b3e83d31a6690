"""A network in integers alone, run in Python to the same bits as its C file.

Inputs and hidden activations are bytes, weights int8 or int16, sums int32. A byte q stands for
low + q step, so a layer's weighted input is

    z = sum_k w_k (low + q_k step) + b = 2^-shift (sum_k W_k q_k + B)

with integers W_k, B and a shift of each neuron's own. How these are found is left to
`quantising`, how the C looks to `integer_c`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._brief import brief
from fastgd._engine.arrays import as_examples, as_inputs, as_reals
from fastgd.network import Network

Array = NDArray[Any]

MOST = 255  # the highest byte
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

    def __repr__(self) -> str:
        return brief(self)


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
        numbers = as_numbers(rows, self.network.n_inputs, self.input_range)
        out = outputs(self.layers, as_bytes(numbers, self.input_range))
        return out[0] if one else out

    def __repr__(self) -> str:
        return brief(self)


def as_numbers(X: Any, n_inputs: int, input_range: tuple[float, float]) -> Array:
    """X (n, n_inputs) as the float64 numbers that it holds, or that its bytes stand for."""
    low, high = input_range
    if getattr(X, "dtype", None) == np.uint8 and isinstance(X, np.ndarray):
        return low + np.asarray(as_inputs(X, n_inputs, None)) * ((high - low) / MOST)
    dtype = np.dtype(np.float64)
    reals = as_reals(as_inputs(X, n_inputs, dtype), dtype)
    if reals.min() < low or reals.max() > high:
        raise ValueError(
            f"X: expected numbers in input_range, {low:g} to {high:g}; "
            f"got {reals.min():g} to {reals.max():g}"
        )
    return reals


def as_bytes(numbers: Array, input_range: tuple[float, float]) -> NDArray[np.uint8]:
    """The bytes that stand for these numbers, or for the nearest."""
    low, high = input_range
    return np.rint((numbers - low) * (MOST / (high - low))).astype(np.uint8)


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
