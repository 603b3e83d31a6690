"""Numbers at the edge: infinite, huge, tiny, saturated; a walk that leaves what can be counted.

NaN and infinity in X, Y, theta, weights and options: `tests/_engine/test_arrays.py`,
`test_targets.py`, `test_theta.py`, `tests/test_descent_input.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.common import distance, one_or_each, problem

from fastgd import Cost, DivergenceError, Network, _reference, gradient_descent
from fastgd.network import OUTPUT_ACTIVATIONS

every_dtype = pytest.mark.parametrize("dtype", ["float32", "float64"])


@given(
    seed=st.integers(0, 99),
    hidden=one_or_each(2),
    output=st.sampled_from(OUTPUT_ACTIVATIONS),
    rate=st.sampled_from([1e1, 1e3, 1e6, 1e18, 1e38, 1e300]),
    batch_size=st.sampled_from([None, 1, 7, 64]),
    momentum=st.sampled_from([0.0, 0.9]),
    dtype=st.sampled_from(["float32", "float64"]),
    kinds=st.sampled_from(["float32", "float64"]),
)
def test_a_walk_ends_finite_or_diverges_with_the_last_finite_theta(
    seed: int, hidden: Any, output: str, rate: float, batch_size: int | None, momentum: float,
    dtype: str, kinds: str,
) -> None:  # fmt: skip
    """Wherever it happens: never a NaN in what is handed back."""
    p = problem((5, 6, 4, 3), 64, hidden, output, seed=seed)
    cost, theta = p.cost(dtype), p.theta.astype(kinds)
    try:
        found = gradient_descent(
            cost, theta, learning_rate=rate, momentum=momentum, batch_size=batch_size,
            epochs=12, rng=seed,
        )  # fmt: skip
    except DivergenceError as error:
        end = error.theta
    else:
        end = found.theta
        assert np.isfinite([found.cost, *found.costs]).all()
        assert found.cost == cost(end)
    assert end.dtype == theta.dtype
    assert np.isfinite(cost(end))


@every_dtype
@pytest.mark.parametrize("scale", [1e-310, 1e-45, 1e-30, 1e-10, 1e4, 1e15])
def test_inputs_of_any_scale_have_the_twin_s_gradient(scale: float, dtype: str) -> None:
    """Of subnormal ones, of ones that saturate every neuron, and of -0."""
    p = problem((6, 5, 3), 40, "tanh", "identity")
    X = (p.X * scale).astype(dtype).astype(float)
    X[0] = -0.0
    cost = Cost(p.network, X, p.Y, dtype=dtype)
    total, gradient, n = _reference.sums((6, 5, 3), "tanh", "identity", p.theta, X, p.Y, None)
    error = 2e-5 if dtype == "float32" else 1e-12
    assert abs(cost(p.theta) - total / n) <= error * abs(total / n)
    assert distance(cost.gradient(p.theta), gradient / n) < error


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
@every_dtype
def test_saturated_neurons_have_finite_gradients(activation: str, dtype: str) -> None:
    net = Network((2, 3, 2), activation=activation, output_activation=activation)
    theta = np.full(net.n_parameters, 1e4, dtype)
    theta[::2] *= -1
    cost = Cost(net, [[1.0, 2.0], [1e3, -1e3], [0.0, 0.0]], [[0.0, 1.0]] * 3, dtype=dtype)
    value, gradient = cost.value_and_gradient(theta)
    assert 0 <= value <= 8
    assert np.isfinite(gradient).all()


@every_dtype
def test_a_cost_that_overflows_is_infinite_and_no_walk(dtype: str) -> None:
    """Squares of numbers that the dtype holds."""
    net = Network((1, 1), output_activation="identity")
    huge = 1e30 if dtype == "float32" else 1e200
    cost = Cost(net, [[1.0]], [[huge]], dtype=dtype)
    start = np.zeros(2, dtype)
    assert cost(start) == np.inf
    for batch_size in (None, 1):
        with pytest.raises(DivergenceError) as caught:
            gradient_descent(cost, start, learning_rate=0.1, batch_size=batch_size)
        assert (caught.value.theta == start).all()


def test_a_float32_cost_that_overflows_diverges_whatever_theta_is() -> None:
    """A float64 theta, whose steps float32 cannot hold, was told that it is no theta."""
    net = Network((1, 1), output_activation="identity")
    cost = Cost(net, [[1e15]], [[1e4]], dtype="float32")
    for batch_size in (None, 1):
        with pytest.raises(DivergenceError) as caught:
            gradient_descent(cost, np.zeros(2), learning_rate=1e20, batch_size=batch_size, epochs=9)
        assert caught.value.theta.dtype == np.float64
        assert np.isfinite(cost(caught.value.theta))


@every_dtype
@pytest.mark.parametrize("scale", [1e-20, 1e-10, 1e10, 1e19])
def test_weights_of_any_scale_that_is_taken_give_the_same_walk(scale: float, dtype: str) -> None:
    p = problem((6, 5, 3), 40)
    weight = 1 + np.arange(40) % 3

    def found(sample_weight: Any) -> Any:
        cost = Cost(p.network, p.X, p.Y, sample_weight=sample_weight, dtype=dtype)
        value, gradient = cost.value_and_gradient(p.theta)
        ends = [
            gradient_descent(
                cost, p.theta, learning_rate=0.1, batch_size=size, epochs=2, rng=0, tol=0
            ).theta
            for size in (None, 7, 32)
        ]
        return np.concatenate([[value], gradient, *ends])

    assert distance(found(weight * scale), found(weight)) < (3e-6 if dtype == "float32" else 1e-12)


@every_dtype
@pytest.mark.parametrize("weight", [1e300, 1e37, 1.01e20, 0.99e-20, 1e-40, 5e-324])
def test_weights_whose_products_no_float_holds_are_refused(weight: float, dtype: str) -> None:
    """A gradient of 0 beside a right cost, NaN, a divergence of batches."""
    p = problem((6, 5, 3), 4)
    with pytest.raises(ValueError, match=r"sample_weight\[2\] is .*only ratios of weights count"):
        Cost(p.network, p.X, p.Y, sample_weight=[1, 1, weight, 1], dtype=dtype)


def test_sums_of_many_examples_lose_no_digits() -> None:
    """A float32 sum in one row would stand still at 2^24."""
    weight = np.ones(300_000)
    weight[0] = 2**24
    net = Network((1, 1), output_activation="identity")
    n = len(weight)
    cost = Cost(net, np.zeros((n, 1), np.float32), np.ones((n, 1)), sample_weight=weight)
    _, gradient, total = cost.sums(np.zeros(2, np.float32))
    assert total == weight.sum()
    assert distance(gradient, [0, -2 * total]) < 1e-4  # 2e-2 without the ones


@pytest.mark.parametrize("n_threads", [1, 2])
def test_the_gradient_is_right_where_a_cost_is_not_finite_at_another_place(n_threads: int) -> None:
    """What a call that overflowed left in its working memory is not seen by the next."""
    p = problem((6, 5, 3), 3000, "relu", "identity")
    cost = p.cost("float32", n_threads=n_threads)
    before = cost.gradient(p.theta)
    assert not np.isfinite(cost(np.full_like(p.theta, 1e30)))
    assert (cost.gradient(p.theta) == before).all()
