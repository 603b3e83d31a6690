"""`quantising`: close to the network, never beyond int32, and what it costs is measured truly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st
from tests.export.common import SAMPLE, every_kind, in_integers, trained

import fastgd
from fastgd.export import IntegerNetwork, quantise
from fastgd.export.quantising import MOST_SUM


@every_kind
@pytest.mark.parametrize(("weight_bits", "apart"), [(8, 0.02), (16, 0.005)])
def test_digits_are_read_nearly_as_before(kind: Any, weight_bits: int, apart: float) -> None:
    loss = in_integers(kind, weight_bits).loss
    assert loss.accuracy is not None
    assert loss.integer_accuracy is not None
    assert loss.integer_accuracy >= loss.accuracy - 0.01
    assert loss.same_answer >= 0.98
    assert loss.mean_difference <= apart


@every_kind
def test_the_loss_is_what_can_be_seen_from_outside(kind: Any) -> None:
    network, theta = trained(*kind)
    integers = in_integers(kind, 8)
    outputs = integers(SAMPLE.test_images) / integers.one
    expected = network(theta.astype(np.float64), SAMPLE.test_images)
    loss = integers.loss
    read, before = outputs.argmax(axis=1), expected.argmax(axis=1)
    assert loss.n_examples == 2000
    assert loss.same_answer == (read == before).mean()
    assert loss.accuracy == (before == SAMPLE.test_labels).mean()
    assert loss.integer_accuracy == (read == SAMPLE.test_labels).mean()
    assert loss.largest_difference == pytest.approx(abs(outputs - expected).max())
    assert loss.mean_difference == pytest.approx(np.sqrt(((outputs - expected) ** 2).mean()))


@st.composite
def quantised(draw: st.DrawFn) -> IntegerNetwork:
    """Networks of every activation, weights from tiny to large, any range of inputs."""
    sizes = draw(st.lists(st.integers(1, 12), min_size=2, max_size=4))
    network = fastgd.Network(
        sizes,
        activation=draw(st.sampled_from(["sigmoid", "tanh", "relu"])),
        output_activation=draw(st.sampled_from(["sigmoid", "tanh", "relu", "identity"])),
    )
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    theta = rng.normal(size=network.n_parameters) * 10.0 ** draw(st.integers(-9, 2))
    low = draw(st.sampled_from([0.0, -1.0, 2.5]))
    high = low + draw(st.sampled_from([1.0, 0.001, 10.0]))
    X = rng.uniform(low, high, (50, sizes[0]))
    weight_bits = draw(st.sampled_from([8, 16]))
    try:
        return quantise(network, theta, X, weight_bits=weight_bits, input_range=(low, high))
    except ValueError:  # steep layers after relu's large activations
        reject()


@given(quantised())
def test_no_sum_leaves_int32_whatever_the_inputs(integers: IntegerNetwork) -> None:
    for layer in integers.layers:
        W = layer.weights.astype(np.int64)
        assert abs(W).max() <= 2 ** (integers.weight_bits - 1) - 1
        for sign in (1, -1):  # the bytes that drive each neuron's sum the farthest that way
            partial = np.cumsum(255 * np.where(sign * W > 0, W, 0), axis=1)
            assert abs(layer.biases[:, None] + partial).max() <= MOST_SUM


@given(quantised(), st.integers(0, 2**32 - 1))
def test_bytes_and_the_numbers_they_stand_for_give_the_same(
    integers: IntegerNetwork, seed: int
) -> None:
    low, high = integers.input_range
    shape = (20, integers.network.n_inputs)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    numbers = np.clip(low + pixels * ((high - low) / 255), low, high)
    np.testing.assert_array_equal(integers(pixels), integers(numbers))


def test_a_line_is_exact_but_for_rounded_weights() -> None:
    network = fastgd.Network((3, 2), output_activation="identity")
    theta = np.array([0.3, -0.2, 0.1, 0.25, 0.5, -0.4, 2.0, -3.0])
    X = np.random.default_rng(0).uniform(-2, 2, (100, 3))
    integers = quantise(network, theta, X, weight_bits=16, input_range=(-2, 2))
    step = 4 / 255
    nearest = np.rint((X + 2) / step) * step - 2
    # three weights and a bias, each rounded by half a unit, times at most 255
    bound = (3 * 255 / 2 + 255 / 2 + 1) / integers.one
    assert abs(integers(X) / integers.one - network(theta, nearest)).max() <= bound


def test_relu_is_held_up_to_the_highest_that_was_seen() -> None:
    network = fastgd.Network((1, 1, 1), activation="relu", output_activation="identity")
    theta = [1.0, 0.0, 1.0, 0.0]
    integers = quantise(network, theta, [[0.0], [0.4]], weight_bits=16)
    top = 255 * integers.layers[0].step
    assert 0.4 <= top < 0.8
    np.testing.assert_allclose(integers([[0.4], [1.0]])[:, 0] / integers.one, [0.4, top], atol=2e-3)


NETWORK = fastgd.Network((2, 3, 2), activation="tanh")


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"weight_bits": 4}, "weight_bits: expected 8 or 16, got 4"),
        ({"input_range": (1, 1)}, "input_range: expected a finite number above 1, got 1"),
        ({"input_range": (0, np.inf)}, "input_range: expected a finite number above 0, got inf"),
        ({"X": [[0.5, 1.5]]}, "X: expected numbers in input_range, 0 to 1; got 0.5 to 1.5"),
        ({"X": [[0.5, 1.0, 0.5]]}, r"X has shape \(1, 3\); expected \(n_examples, 2 inputs\)"),
        ({"labels": [0, 1]}, r"labels have shape \(2,\); there are 1 images"),
        (
            {"theta": np.full(17, 1e9)},
            r"theta: layer 1 \(2-3\), neuron 0 is too large for integers",
        ),
        ({"theta": np.append(np.zeros(16), 1e11)}, r"theta: layer 2 \(3-2\), neuron 1 is too lar"),
        ({"theta": np.full(17, np.nan)}, "theta.0. is nan; expected finite numbers"),
    ],
)
def test_what_does_not_fit_is_named(changed: dict[str, Any], complaint: str) -> None:
    given = {"theta": NETWORK.random_theta(rng=0), "X": [[0.5, 1.0]]} | changed
    with pytest.raises(ValueError, match=complaint):
        quantise(NETWORK, given.pop("theta"), given.pop("X"), **given)


def test_a_range_is_two_numbers() -> None:
    with pytest.raises(TypeError, match="input_range: expected two numbers, got 3"):
        quantise(NETWORK, NETWORK.random_theta(rng=0), [[0, 0]], input_range=3)  # type: ignore[arg-type]


def test_a_hidden_identity_layer_is_refused() -> None:
    network = fastgd.Network((2, 3, 1), activation="identity")
    with pytest.raises(ValueError, match="network: a hidden identity layer has no bounds"):
        quantise(network, network.random_theta(rng=0), np.zeros((4, 2), np.uint8))
