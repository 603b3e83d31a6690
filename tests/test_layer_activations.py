"""`Network`: an activation for each hidden layer."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from fastgd import Network


@pytest.mark.parametrize("names", [[], ["relu"], ["relu"] * 3], ids=str)
def test_activations_for_other_than_the_hidden_layers_are_refused(names: list[str]) -> None:
    with pytest.raises(ValueError, match="one for each of 2 hidden layers, got"):
        Network((5, 4, 3, 2), activation=names)


def test_each_hidden_layer_may_have_its_own_activation() -> None:
    net = Network((5, 4, 3, 2), activation=["tanh", "relu"], output_activation="identity")
    assert net.layer_activations == ("tanh", "relu", "identity")
    assert repr(net) == (
        "Network((5, 4, 3, 2), activation=('tanh', 'relu'), output_activation='identity')"
    )
    assert eval(repr(net), {"Network": Network}) == net == pickle.loads(pickle.dumps(net))
    theta = net.random_theta(rng=0, dtype=np.float64)
    (W1, b1), (W2, b2), (W3, b3) = net.layers(theta)
    x = np.linspace(-1, 1, 5)
    hidden = np.maximum(0, W2 @ np.tanh(W1 @ x + b1) + b2)
    np.testing.assert_allclose(net(theta, x), W3 @ hidden + b3, rtol=1e-12)


def test_one_activation_for_all_is_the_same_network_as_one_for_each() -> None:
    one, each = Network((4, 3, 2, 1), activation="relu"), ["relu", "relu"]
    assert Network((4, 3, 2, 1), activation=each) == one
    assert hash(Network((4, 3, 2, 1), activation=each)) == hash(one)


@pytest.mark.parametrize("activation", ["tanh", (), []])
def test_without_hidden_layers_their_activation_is_no_part_of_the_network(activation: Any) -> None:
    """But its name is checked."""
    net = Network((4, 2), activation=activation)
    assert net == Network((4, 2))
    assert hash(net) == hash(Network((4, 2)))
    assert repr(net) == "Network((4, 2))"
    assert net.activation == "sigmoid"
    for wrong in ("tan", None, 3):
        with pytest.raises(ValueError, match="activation: expected one of sigmoid, tanh"):
            Network((4, 2), activation=wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="one for each of 0 hidden layers, got"):
        Network((4, 2), activation=["tanh"])
