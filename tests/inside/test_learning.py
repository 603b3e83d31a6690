"""`inside.has_learned`: what counts as learned, what is said of what has not, and why."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.common import Problem, problems

import fastgd
from fastgd import Cost, DivergenceError, Network, gradient_descent
from fastgd.inside import Learning, has_learned

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR = np.array([[0.0], [1.0], [1.0], [0.0]])
ONE = Network((2, 1), output_activation="identity")


@pytest.fixture(scope="module")
def digits() -> Any:
    return fastgd.datasets.digits()


def trained(
    digits: Any, activation: str = "sigmoid", output: str = "sigmoid", **options: Any
) -> Learning:
    """What is said of a descent on the embedded digits, or of where it diverged from."""
    net = Network((784, 16, 16, 10), activation=activation, output_activation=output)
    cost = Cost(net, digits.train_images, digits.train_labels)
    try:
        theta = gradient_descent(cost, net.random_theta(rng=0), rng=0, **options).theta
    except DivergenceError as error:
        theta = error.theta
    return has_learned(cost, theta)


# ------------------------------------------------------------------------ what has and has not


def test_one_honest_epoch_is_learning(digits: Any) -> None:
    found = trained(digits, learning_rate=0.5, batch_size=10, epochs=1)
    assert found
    assert found.learned is True
    assert 0.3 < found.skill < 0.7
    assert found.reason.startswith(
        f"its cost of {found.cost:.3g} is {100 * found.skill:.0f} % below that"
    )


def test_a_learning_rate_of_1000(digits: Any) -> None:
    found = trained(digits, learning_rate=1000.0, batch_size=10, epochs=1)
    assert not found
    assert "to every example: a constant prediction" in found.reason
    assert "is saturated: its sigmoid is flat" in found.reason
    assert found.advice == "try a smaller learning_rate from a new start"
    assert found.predicted == 0.1


def test_relu_with_identity(digits: Any) -> None:
    found = trained(digits, "relu", "identity", learning_rate=0.5, batch_size=10, epochs=3)
    assert not found
    assert "every relu of hidden layer 2 is dead: 0 for every example" in found.reason
    assert "learning_rate" in found.advice
    assert 'activation="tanh"' in found.advice


def test_fifty_steps_on_the_whole_set(digits: Any) -> None:
    found = trained(digits, learning_rate=0.5, epochs=50)
    assert not found
    assert found.reason == "it answers nearly the same to every example: a constant prediction"
    assert found.advice == (
        'try more epochs, a smaller batch_size, a higher learning_rate, or activation="tanh"'
    )
    assert 0 < found.skill < 0.01


def test_what_has_learned_all_but_a_class(digits: Any) -> None:
    found = trained(digits, learning_rate=0.5, batch_size=10, epochs=1)
    assert found.predicted == 0.9
    assert found.reason.endswith("; it never answers class 9")
    assert found.advice == "try more epochs"


# -------------------------------------------------------------------------------- the numbers


@given(problems(most_examples=40, most_width=8, most_hidden=2))
def test_no_constant_costs_less_than_the_best(p: Problem) -> None:
    """The targets' mean, as far as the outputs reach; here as the twin of NumPy has it."""
    found = has_learned(p.cost(), p.theta)
    weight = np.ones(len(p.X)) if p.weight is None else p.weight
    low, high = {"sigmoid": (0, 1), "tanh": (-1, 1), "relu": (0, np.inf)}.get(
        p.network.output_activation, (-np.inf, np.inf)
    )
    best = np.clip(np.average(p.Y, axis=0, weights=weight), low, high)

    def cost_of(constant: Any) -> float:
        return float(np.average(((p.Y - constant) ** 2).sum(1), weights=weight))

    assert found.constant_cost == pytest.approx(cost_of(best), rel=1e-9, abs=1e-12)
    for off in (-0.01, 0.01):
        assert cost_of(np.clip(best + off, low, high)) >= found.constant_cost * (1 - 1e-9)
    assert found.cost == pytest.approx(p.cost()(p.theta))
    if found.constant_cost > 1e-9:
        assert found.skill == pytest.approx(1 - found.cost / found.constant_cost)
        assert found.learned == (found.skill >= 0.05)


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_a_constant_prediction_never_counts(bias: float, other: float) -> None:
    net = Network((2, 2), output_activation="identity")
    Y = np.array([[0.0, 1.0], [1.0, 1.0], [5.0, 0.5], [2.0, 3.0]])
    found = has_learned(Cost(net, X, Y), [0.0, 0, 0, 0, bias, other])
    assert not found
    assert found.skill <= 1e-12
    assert found.reason.startswith("it answers nearly the same to every example")


def test_weights_count() -> None:
    """A weight of 2 is the example twice."""
    theta = [0.3, 0.1, 0.2]
    twice = has_learned(Cost(ONE, X[[0, 1, 1, 2]], XOR[[0, 1, 1, 2]]), theta)
    weighted = has_learned(Cost(ONE, X[:3], XOR[:3], sample_weight=[1, 2, 1]), theta)
    assert weighted.constant_cost == pytest.approx(twice.constant_cost)
    assert weighted.skill == pytest.approx(twice.skill)


def test_r_squared_of_a_regression() -> None:
    Y = np.array([[0.0], [1.0], [2.0], [3.0]])
    found = has_learned(Cost(ONE, X, Y), [2.0, 1.0, 0.0])
    assert (found.learned, found.skill, found.cost) == (True, 1.0, 0.0)
    assert math.isnan(found.predicted)
    half = has_learned(Cost(ONE, X, Y), [1.0, 0.0, 1.0])
    assert half.skill == pytest.approx(1 - 0.5 / 1.25)


# ------------------------------------------------------------------------------ what is said


def said(network: Network, X: Any, Y: Any, theta: Any = None) -> Learning:
    start = network.random_theta(rng=0) if theta is None else theta
    found = has_learned(Cost(network, X, Y), start)
    assert not found
    return found


def test_one_output_says_its_number() -> None:
    found = said(ONE, X, XOR, [0.0, 0, 0.5])
    assert found.reason == "it answers about 0.5 to every example: a constant prediction"
    assert found.predicted == 0.5


def test_one_class_is_named() -> None:
    net = Network((2, 3), output_activation="identity")
    found = said(net, X, np.array([0, 1, 2, 2]), [0.0] * 6 + [0.1, 0.2, 0.3])
    assert found.reason == "it answers class 2 to every example: a constant prediction"
    assert found.predicted == pytest.approx(1 / 3)


def test_classes_by_their_names() -> None:
    net = Network((2, 3), output_activation="identity")
    cost = Cost(net, X, np.array([0, 1, 2, 2]))
    names = ("cat", "dog", "owl")
    found = has_learned(cost, [0.0] * 6 + [0.1, 0.2, 0.3], names=names)
    assert found.reason.startswith("it answers owl to every example")
    found = has_learned(cost, [0.0, 0, 0, 0, 1, 0, 0.25, 0.25, 0], names=names)
    assert found.learned
    assert found.reason.endswith("; it never answers dog")
    with pytest.raises(ValueError, match="names: expected 3, one an output, got 2"):
        has_learned(cost, np.zeros(9), names=names[:2])


def test_targets_beyond_the_outputs() -> None:
    found = said(Network((2, 3, 1)), X, XOR * 100 + 100)
    assert "lie beyond what sigmoid outputs can reach, 0 to 1" in found.reason
    assert 'output_activation="identity"' in found.advice
    found = said(Network((2, 1), output_activation="relu"), X, -1 - XOR)
    assert "relu outputs can reach, 0 and above" in found.reason


def test_targets_that_are_all_the_same_and_beyond() -> None:
    found = said(Network((2, 3, 1)), X, np.full((4, 1), 5.0))
    assert "lie beyond" in found.reason


def test_dead_outputs() -> None:
    found = said(Network((2, 1), output_activation="relu"), X, XOR, [-1.0, -1, -1])
    assert "every relu of the output layer is dead" in found.reason
    assert 'output_activation="tanh"' in found.advice


def test_inputs_far_too_large() -> None:
    wide = np.random.default_rng(0).normal(size=(50, 2)) * 1e6
    net = Network((2, 4, 1), activation="tanh", output_activation="identity")
    found = said(net, wide, wide[:, :1] * wide[:, 1:] > 0)
    assert "hidden layer 1 is saturated: its tanh is flat" in found.reason
    assert "inputs scaled to about -1 to 1" in found.advice


def test_bytes_of_0_and_1_are_nearly_black() -> None:
    """XOR as uint8: p means p/255."""
    net = Network((2, 4, 1))
    with pytest.warns(UserWarning, match="uint8 are pixels"):
        cost = Cost(net, X.astype(np.uint8), XOR)
    theta = gradient_descent(cost, net.random_theta(rng=0), learning_rate=1.0, epochs=500).theta
    found = has_learned(cost, theta)
    assert "hidden layer 1 hardly tells the inputs apart" in found.reason
    assert "uint8 are pixels" in found.advice


def test_worse_than_a_constant_and_moving() -> None:
    found = said(ONE, X, XOR, [3.0, -2.0, 0.0])
    assert found.reason == "its cost of 3.5 is above that of the best constant prediction, 0.25"
    assert found.advice == "try more epochs, a smaller batch_size, or another learning_rate"


def test_hardly_better_than_a_constant() -> None:
    Y = np.array([[0.0], [1.0], [2.0], [3.0]])
    found = said(ONE, X, Y, [0.1, -0.15, 1.525])
    assert found.reason == (
        "its cost of 1.23 is only 1.4 % below that of the best constant prediction, 1.25"
    )


def test_nothing_to_learn() -> None:
    """Whatever the mean of equal numbers rounds to."""
    found = has_learned(Cost(ONE, X, np.full((4, 1), 0.1), dtype="float32"), [0.0, 0, 0])
    assert found.learned
    assert found.reason == "all targets are the same: there is nothing to learn but a constant"
    assert found.constant_cost == 0
    assert math.isnan(found.skill)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_theta_that_is_not_finite(bad: float) -> None:
    found = said(ONE, X, XOR, [0.0, bad, bad])
    assert found.reason == "theta has 2 entries that are not finite: the descent has diverged"
    assert "smaller learning_rate" in found.advice
    assert math.isnan(found.cost)


def test_a_cost_that_is_not_finite() -> None:
    found = said(ONE, X, XOR, [1e300, 1e300, 0.0])
    assert found.reason == "the cost is not finite: the descent has diverged"


def test_printed_it_is_sentences() -> None:
    found = Learning(False, "it answers 3", "try less", 1.0, 0.9, -0.1, 0.1)
    assert str(found) == "It answers 3. Try less."
    assert str(Learning(True, "all is well", "", 1.0, 0.9, 0.5, 1.0)) == "All is well."


def test_refusals() -> None:
    with pytest.raises(TypeError, match=r"cost: expected a fastgd\.Cost, got function"):
        has_learned(lambda theta: 0.0, [0.0])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="theta has 2 entries; a 2-1 network has 3 parameters"):
        has_learned(Cost(ONE, X, XOR), [0.0, 0.0])
