"""`inside.gradient`: parameters of networks small enough to check."""

from __future__ import annotations

import numpy as np
import pytest

import fastgd
from fastgd import inside

DIGITS = fastgd.Network((784, 16, 16, 10))
LINEAR = fastgd.Network((2, 2), output_activation="identity")
IDENTITY = np.array([1.0, 0, 0, 1, 0, 0])


def test_every_entry_of_the_gradient_finds_its_parameter() -> None:
    network = fastgd.Network((3, 2, 4, 1))
    gradient = np.arange(1.0, network.n_parameters + 1)
    found = {n.index: n for n in inside.read_gradient(network, gradient, 100)}
    assert sorted(found) == list(range(network.n_parameters))
    for l, layer in enumerate(network.layers(gradient), 1):
        for j, (weights, bias) in enumerate(zip(*layer, strict=True)):
            for k, entry in [*enumerate(weights), (None, bias)]:
                nudge = found[int(entry) - 1]
                assert (nudge.layer, nudge.neuron, nudge.input) == (l, j, k)
                assert (nudge.amount, nudge.direction) == (-entry, "down")


def test_the_largest_entries_come_first() -> None:
    found = inside.read_gradient(LINEAR, [0.0, -5, 2, 0, 3, 0], 4)
    assert [n.index for n in found] == [1, 4, 2, 0]
    assert [n.direction for n in found] == ["up", "down", "down", "stay"]
    with pytest.raises(ValueError, match="k: expected an integer of at least 1"):
        inside.read_gradient(LINEAR, IDENTITY, 0)
    with pytest.raises(ValueError, match="theta has 5 entries"):
        inside.read_gradient(LINEAR, IDENTITY[1:])


def test_weight_grids() -> None:
    theta = DIGITS.random_theta(rng=0)
    first, _, last = DIGITS.layers(theta)
    assert (inside.weight_grids(DIGITS, theta).reshape(16, 784) == first.weights).all()
    assert inside.weight_grids(DIGITS, theta, 2).shape == (16, 4, 4)
    found = inside.weight_grids(DIGITS, theta, 3, shape=(2, 8))
    assert (found.reshape(10, 16) == last.weights).all()
    assert inside.weight_grids(LINEAR, IDENTITY).tolist() == [[[1, 0]], [[0, 1]]]
    with pytest.raises(ValueError, match="layer: expected 1 to 3, got 4"):
        inside.weight_grids(DIGITS, theta, 4)
    with pytest.raises(ValueError, match=r"shape: expected \(rows, columns\) of 784 inputs"):
        inside.weight_grids(DIGITS, theta, shape=(28, 27))
