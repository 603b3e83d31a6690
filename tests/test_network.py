"""`network`: sizes, views, random starts and outputs; what it is as a Python object."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from tests.common import TOLERANCE, Problem, distance, problem, problems, spec

from fastgd import Network, _reference
from fastgd.network import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS

LESSON = (784, 16, 16, 10)


# --------------------------------------------------------------------------------- sizes


def test_the_lesson_s_network_has_13002_parameters() -> None:
    net = Network(LESSON)
    assert net.n_parameters == 784 * 16 + 16 + 16 * 16 + 16 + 16 * 10 + 10 == 13002


def test_it_tells_inputs_and_outputs() -> None:
    net = Network(LESSON)
    assert (net.n_inputs, net.n_outputs, net.layer_sizes) == (784, 10, LESSON)


@pytest.mark.parametrize(
    "sizes", [[3, 4], (3, 4), np.array([3, 4]), (np.int64(3), np.uint8(4)), iter([3, 4])]
)
def test_sizes_may_be_any_integers(sizes: Any) -> None:
    net = Network(sizes)
    assert net.layer_sizes == (3, 4)
    assert [type(size) for size in net.layer_sizes] == [int, int]


@pytest.mark.parametrize("size", [0, -1, -(2**70)])
def test_sizes_below_one_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="each at least 1, got"):
        Network((3, size, 2))


@pytest.mark.parametrize("sizes", [(), (5,)])
def test_fewer_than_two_sizes_are_refused(sizes: Any) -> None:
    with pytest.raises(ValueError, match="at least two numbers"):
        Network(sizes)


@pytest.mark.parametrize("sizes", [(2**40, 1), (1, 2**40), (3, 2**40, 2**70, 2)])
def test_more_parameters_than_any_memory_are_refused(sizes: Any) -> None:
    with pytest.raises(ValueError, match=r"layer_sizes: \d+ parameters; expected at most 2\*\*40"):
        Network(sizes)


@pytest.mark.parametrize(
    "sizes",
    [5, None, "784", b"ab", (3.0, 2), (3, "2"), (3, None), (True, 2), (np.True_, 2), [[3, 2]],
     np.array([3.0, 2.0])],
    ids=str,
)  # fmt: skip
def test_sizes_that_are_no_integers_are_refused(sizes: Any) -> None:
    with pytest.raises(TypeError, match="layer_sizes: expected integers, got"):
        Network(sizes)


@pytest.mark.parametrize("name", ["Sigmoid", "", None, 1, ["rely"], [None], {"relu"}], ids=str)
def test_unknown_hidden_activations_are_refused(name: Any) -> None:
    with pytest.raises(ValueError, match="activation: expected one of sigmoid, tanh, relu, ident"):
        Network((3, 4, 2), activation=name)


def test_unknown_output_activations_are_refused() -> None:
    with pytest.raises(
        ValueError,
        match="output_activation: expected one of sigmoid, tanh, relu, identity, got 'softmax'",
    ):
        Network((3, 2), output_activation="softmax")


# --------------------------------------------------------------------- as a Python object


@pytest.mark.parametrize("activation", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize("output_activation", OUTPUT_ACTIVATIONS)
def test_repr_evaluates_back(activation: str, output_activation: str) -> None:
    net = Network((3, 4, 2), activation=activation, output_activation=output_activation)
    assert eval(repr(net), {"Network": Network}) == net


def test_repr_of_numpy_arguments_evaluates_back() -> None:
    net = Network(np.array([3, 4, 2]), activation=np.str_("relu"))  # type: ignore[arg-type]
    assert repr(net) == "Network((3, 4, 2), activation='relu')"


def test_str_is_its_sizes() -> None:
    assert str(Network(LESSON)) == "784-16-16-10"


def test_equal_networks_hash_equal() -> None:
    assert len({Network([3, 2]), Network((3, 2)), Network((3, 2), activation="sigmoid")}) == 1


@pytest.mark.parametrize(
    "other",
    [
        Network((3, 4, 3)),
        Network((3, 4, 2), activation="relu"),
        Network((3, 4, 2), output_activation="relu"),
    ],
    ids=repr,
)
def test_other_networks_are_unequal(other: Network) -> None:
    assert Network((3, 4, 2)) != other


@pytest.mark.parametrize("used", [False, True])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_pickles(protocol: int, used: bool) -> None:
    net = Network((3, 4, 2), activation="tanh")
    theta = net.random_theta(0)
    if used:
        net(theta, np.ones((1, 3)))
    back = pickle.loads(pickle.dumps(net, protocol))
    assert back == net
    assert np.array_equal(back(theta, np.ones((1, 3))), net(theta, np.ones((1, 3))))


def test_it_copies() -> None:
    net = Network((3, 2))
    net(net.random_theta(0), np.ones((1, 3)))
    assert copy.deepcopy(net) == copy.copy(net) == net


@pytest.mark.parametrize("name", ["layer_sizes", "activation", "output_activation", "other"])
def test_it_is_immutable(name: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(Network((3, 2)), name, "relu")


# --------------------------------------------------------------------------------- layers


def test_layers_tile_theta_once() -> None:
    net = Network((5, 4, 3, 2))
    theta = np.zeros(net.n_parameters)
    for array in (array for layer in net.layers(theta) for array in layer):
        array += 1
    assert np.array_equal(theta, np.ones_like(theta))


def test_layers_are_in_the_order_of_the_contract() -> None:
    """W1, b1, W2, b2, each W C-ordered (n_out, n_in)."""
    net = Network((2, 3, 1))
    (w1, b1), (w2, b2) = net.layers(np.arange(13.0))
    assert w1.tolist() == [[0, 1], [2, 3], [4, 5]]
    assert b1.tolist() == [6, 7, 8]
    assert w2.tolist() == [[9, 10, 11]]
    assert b2.tolist() == [12]


@pytest.mark.parametrize("step", [2, -1, -3])
def test_layers_are_views_of_strided_theta(step: int) -> None:
    net = Network((2, 3, 1))
    theta = np.zeros(13 * abs(step))[::step]
    net.layers(theta)[0].weights[1, 1] = 7
    assert theta[3] == 7


def test_layers_of_read_only_theta_are_read_only() -> None:
    net = Network((2, 1))
    theta = np.zeros(3)
    theta.flags.writeable = False
    assert not net.layers(theta)[0].weights.flags.writeable


@pytest.mark.parametrize(
    "theta", [[0.0, 0.0, 0.0], np.zeros(3, int), np.zeros(3, np.float16), np.zeros(3, ">f4"), None]
)
def test_layers_of_what_they_cannot_view_are_refused(theta: Any) -> None:
    with pytest.raises(TypeError, match="theta: expected a float32 or float64 array to view, got"):
        Network((2, 1)).layers(theta)


def test_layers_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="theta has 4 entries; a 2-1 network has 3 parameters"):
        Network((2, 1)).layers(np.zeros(4))


# --------------------------------------------------------------------------- random starts


def test_a_seed_gives_the_same_start() -> None:
    net = Network((3, 4, 2))
    assert np.array_equal(net.random_theta(5), net.random_theta(np.random.default_rng(5)))


def test_another_seed_gives_another_start() -> None:
    net = Network((3, 4, 2))
    assert not np.array_equal(net.random_theta(5), net.random_theta(6))


def test_no_seed_gives_another_start_each_time() -> None:
    net = Network((3, 4, 2))
    assert not np.array_equal(net.random_theta(), net.random_theta())


def test_starts_of_both_dtypes_are_the_same_numbers_rounded() -> None:
    net = Network((3, 4, 2))
    double = net.random_theta(5, dtype=np.float64)
    assert double.dtype == np.float64
    assert np.array_equal(net.random_theta(5), double.astype(np.float32))


def test_starts_are_float32_unless_asked() -> None:
    assert Network((3, 2)).random_theta(0).dtype == np.float32


@pytest.mark.parametrize(("activation", "gain"), [("sigmoid", 1.0), ("tanh", 1.0), ("relu", 2.0)])
def test_starts_have_the_promised_spread(activation: str, gain: float) -> None:
    net = Network((400, 300, 200), activation=activation, output_activation="identity")
    first, last = net.layers(net.random_theta(0))
    assert first.weights.std() == pytest.approx(np.sqrt(gain / 400), rel=0.02)
    assert last.weights.std() == pytest.approx(np.sqrt(1 / 300), rel=0.02)
    assert not first.biases.any()
    assert not last.biases.any()


@pytest.mark.parametrize("dtype", [np.float16, int, "f2", complex, object, "nonsense"])
def test_starts_of_other_dtypes_are_refused(dtype: Any) -> None:
    with pytest.raises(TypeError, match="dtype: expected float32, float64 or None, got"):
        Network((3, 2)).random_theta(0, dtype=dtype)


# -------------------------------------------------------------------------------- outputs


@given(problems(most_examples=300))
def test_activations_are_the_twin_s(p: Problem) -> None:
    expected = _reference.activations(*spec(p.network), p.theta, p.X)
    for got, wanted in zip(p.network.activations(p.theta, p.X), expected, strict=True):
        assert distance(got, wanted) <= 1e-13


@given(problems(most_examples=300))
def test_outputs_in_float32_are_the_twin_s(p: Problem) -> None:
    expected = _reference.activations(*spec(p.network), p.theta, p.X)[-1]
    got = p.network(p.theta.astype(np.float32), p.X)
    assert distance(got, expected) <= TOLERANCE["float32"]


def test_outputs_are_the_last_activations() -> None:
    p = problem()
    assert np.array_equal(p.network(p.theta, p.X), p.network.activations(p.theta, p.X)[-1])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_outputs_have_theta_s_dtype(dtype: str) -> None:
    p = problem()
    assert {a.dtype for a in p.network.activations(p.theta.astype(dtype), p.X)} == {np.dtype(dtype)}


def test_one_example_gives_one_output() -> None:
    net = Network(LESSON)
    theta, x = net.random_theta(0), np.random.default_rng(0).random(784)
    assert net(theta, x).shape == (10,)
    assert distance(net(theta, x), net(theta, x[None])[0]) < 1e-6


@given(problems(most_examples=1))
def test_one_example_s_output_is_the_twin_s(p: Problem) -> None:
    """By the way of its own that opens once the network has been used."""
    expected = _reference.activations(*spec(p.network), p.theta, p.X)[-1][0]
    for dtype, tolerance in TOLERANCE.items():
        theta, x = p.theta.astype(dtype), p.X[0].astype(dtype)
        p.network(theta, p.X)
        assert distance(p.network(theta, x), expected) <= tolerance


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_one_example_of_pixels_is_p_over_255(dtype: str, share: float) -> None:
    net = Network(LESSON)
    theta = net.random_theta(0, dtype=dtype)
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, 784, np.uint8) * (rng.random(784) < share)
    net(theta, x[None])
    assert distance(net(theta, x), net(theta, x[None] / 255)[0]) <= TOLERANCE[dtype]


def test_one_example_s_output_is_fresh() -> None:
    net = Network((5, 4))
    theta, x = net.random_theta(0), np.ones(5, np.float32)
    first, second, third = (net(theta, x) for _ in range(3))
    assert not np.shares_memory(second, third)
    assert distance(second, first) < 1e-6


def test_one_example_gives_one_activation_a_layer() -> None:
    net = Network((5, 4, 3))
    assert [a.shape for a in net.activations(net.random_theta(0), np.ones(5))] == [(5,), (4,), (3,)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
def test_activations_are_fresh(dtype: Any) -> None:
    """The input among them too: writing what is returned must not write the data."""
    net = Network((5, 4))
    X = np.ones((3, 5), dtype)
    net.activations(net.random_theta(0), X)[0][:] = 7
    assert np.array_equal(X, np.ones((3, 5)))


def test_uint8_inputs_are_pixels() -> None:
    net = Network((5, 4))
    theta = net.random_theta(0)
    X = np.arange(0, 250, 10, np.uint8).reshape(5, 5)
    assert np.array_equal(net(theta, X), net(theta, (X / 255).astype(np.float32)))
    assert np.array_equal(net.activations(theta, X)[0], (X / 255).astype(np.float32))


def test_saturated_neurons_answer_their_limits() -> None:
    net = Network((1, 1))
    theta = np.array([1.0, 0.0])
    assert net(theta, [[1e6], [-1e6], [0.0]]).ravel() == pytest.approx([1, 0, 0.5], abs=1e-300)


def test_outputs_are_the_same_bits_for_any_number_of_threads() -> None:
    p = problem((30, 20, 10), 9000)
    expected = p.network.activations(p.theta, p.X, n_threads=1)
    for n_threads in (2, 3, 4, 7, 16):
        got = p.network.activations(p.theta, p.X, n_threads=n_threads)
        assert all(map(np.array_equal, got, expected))
