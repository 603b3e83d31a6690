"""`cost`: value and gradient against the twin, by hand and by autograd; sums; the results' form."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.common import (
    TOLERANCE,
    Problem,
    complex_step,
    complex_step_along,
    distance,
    problem,
    problems,
    spec,
    twin,
    twin_sums,
)

from fastgd import Cost, Network, _reference, gradient_descent
from fastgd.network import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS

DTYPES = ("float32", "float64")


# ------------------------------------------------------------------ the gradient is right


@given(problems(most_examples=30, most_width=7))
def test_gradient_agrees_with_complex_steps(p: Problem) -> None:
    assert distance(p.cost().gradient(p.theta), complex_step(p)) <= 1e-12


@settings(max_examples=40)
@given(problems(), st.integers(0, 2**32 - 1))
def test_gradient_agrees_with_complex_steps_along_directions(p: Problem, seed: int) -> None:
    """Of large networks too, where a step for each parameter would take long."""
    gradient = p.cost().gradient(p.theta)
    for d in np.random.default_rng(seed).normal(size=(2, len(p.theta))):
        error = gradient @ d - complex_step_along(p, d)
        assert abs(error) <= 1e-12 * np.linalg.norm(gradient) * np.linalg.norm(d)


@given(problems())
def test_cost_and_gradient_agree_with_the_twin_in_float64(p: Problem) -> None:
    cost, gradient = p.cost().value_and_gradient(p.theta)
    expected_cost, expected = twin(p)
    assert cost == pytest.approx(expected_cost, rel=1e-12)
    assert distance(gradient, expected) <= 1e-12


@given(problems())
def test_cost_and_gradient_agree_with_the_float64_twin_in_float32(p: Problem) -> None:
    cost, gradient = p.cost("float32").value_and_gradient(p.theta.astype(np.float32))
    expected_cost, expected = twin(p)
    assert cost == pytest.approx(expected_cost, rel=2e-6)
    assert distance(gradient, expected) <= 2e-6


@pytest.mark.parametrize("activation", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize("output_activation", OUTPUT_ACTIVATIONS)
def test_gradient_agrees_with_central_differences(activation: str, output_activation: str) -> None:
    p = problem((4, 7, 3, 10), 5, activation, output_activation, seed=1)
    cost, h = p.cost(), 1e-6
    differences = [
        (cost(p.theta + step) - cost(p.theta - step)) / (2 * h) for step in h * np.eye(len(p.theta))
    ]
    assert distance(cost.gradient(p.theta), differences) < 1e-7


@pytest.mark.parametrize("activation", HIDDEN_ACTIVATIONS)
@pytest.mark.parametrize("output_activation", OUTPUT_ACTIVATIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_layer_has_a_gradient(activation: str, output_activation: str, dtype: str) -> None:
    p = problem((4, 7, 5, 3), 50, activation, output_activation, seed=2)
    gradient = p.cost(dtype).gradient(p.theta)
    for layer in p.network.layers(gradient):
        assert np.any(layer.weights != 0)
        assert np.any(layer.biases != 0)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_2_2_1_network_by_hand(dtype: str) -> None:
    """One example x = (1, 2), y = 1; relu neurons, an identity output.

    W1 = [[1, 1], [0.5, -1]], b1 = [-1, 1]:
        z1 = [1 + 2 - 1, 0.5 - 2 + 1] = [2, -0.5], a1 = [2, 0]
    W2 = [[2, 3]], b2 = [-1]:
        a2 = 2 * 2 + 3 * 0 - 1 = 3
    C = (3 - 1)^2 = 4, dC/da2 = 2 * (3 - 1) = 4, f' = 1: delta2 = 4
        dW2 = delta2 a1 = [8, 0], db2 = 4
    delta1 = W2^T delta2 * f'(z1) = [2 * 4 * 1, 3 * 4 * 0] = [8, 0]
        dW1 = delta1 x^T = [[8, 16], [0, 0]], db1 = [8, 0]
    """
    net = Network((2, 2, 1), activation="relu", output_activation="identity")
    theta = np.array([1, 1, 0.5, -1, -1, 1, 2, 3, -1], dtype)
    cost, gradient = Cost(net, [[1.0, 2.0]], [[1.0]], dtype=dtype).value_and_gradient(theta)
    assert cost == 4.0
    assert gradient.tolist() == [8, 16, 0, 0, 8, 0, 8, 0, 4]


def test_the_cost_is_the_lesson_s_sum_of_squares() -> None:
    """Ten outputs of 0.5 against a one-hot label: 10 * 0.5^2 = 2.5, with no factor 1/2."""
    net = Network((3, 10))
    assert Cost(net, np.ones((4, 3)), [0, 3, 9, 3])(np.zeros(net.n_parameters)) == 2.5


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layer_sizes", [(3, 2), (6, 5, 4), (20, 16, 9, 17)])
def test_torch_agrees(layer_sizes: tuple[int, ...], dtype: str) -> None:
    torch: Any = pytest.importorskip("torch")
    p = problem(layer_sizes, 40, "tanh", "sigmoid")
    modules: list[Any] = []
    for n_in, n_out in itertools.pairwise(layer_sizes):
        modules += [torch.nn.Linear(n_in, n_out, dtype=getattr(torch, dtype)), torch.nn.Tanh()]
    model = torch.nn.Sequential(*modules[:-1], torch.nn.Sigmoid())
    vector = torch.nn.utils.parameters_to_vector(model.parameters())
    theta = vector.detach().numpy().copy()
    X, Y = (torch.from_numpy(a.astype(dtype)) for a in (p.X, p.Y))
    loss = ((model(X) - Y) ** 2).sum(dim=1).mean()
    loss.backward()
    expected = torch.nn.utils.parameters_to_vector(w.grad for w in model.parameters())
    cost, gradient = p.cost(dtype).value_and_gradient(theta)
    assert cost == pytest.approx(loss.item(), rel=TOLERANCE[dtype])
    assert distance(gradient, expected.numpy()) <= TOLERANCE[dtype]


def test_torch_reads_theta_as_its_own_parameters() -> None:
    torch: Any = pytest.importorskip("torch")
    p = problem((6, 5, 4), 8)
    model = torch.nn.Sequential(
        torch.nn.Linear(6, 5), torch.nn.Sigmoid(), torch.nn.Linear(5, 4), torch.nn.Sigmoid()
    )
    theta = p.theta.astype(np.float32)
    torch.nn.utils.vector_to_parameters(torch.from_numpy(theta), model.parameters())
    X = p.X.astype(np.float32)
    expected = model(torch.from_numpy(X)).detach().numpy()
    assert distance(p.network(theta, X), expected) < 1e-6


# ---------------------------------------------------------------------------------- sums


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weighted", [False, True])
def test_sums_of_shards_are_those_of_the_whole(dtype: str, weighted: bool) -> None:
    p = problem((6, 5, 4), 1000, weighted=weighted)
    parts = [p.of_rows(slice(lo, lo + 300)).cost(dtype).sums(p.theta) for lo in range(0, 1000, 300)]
    cost, gradient, n = p.cost(dtype).sums(p.theta)
    assert cost == pytest.approx(sum(part[0] for part in parts), rel=TOLERANCE[dtype])
    assert distance(sum(part[1] for part in parts), gradient) <= TOLERANCE[dtype]
    assert n == pytest.approx(sum(part[2] for part in parts), rel=1e-14)


def test_sums_of_rows_are_those_of_a_cost_on_them() -> None:
    p = problem(n=700, weighted=True)
    rows = np.random.default_rng(0).integers(0, 700, 600)
    got, expected = p.cost().sums(p.theta, rows), twin_sums(p.of_rows(rows))
    assert got[0] == pytest.approx(expected[0], rel=1e-12)
    assert distance(got[1], expected[1]) <= 1e-12
    assert got[2] == pytest.approx(expected[2], rel=1e-12)


def test_a_row_named_twice_counts_twice() -> None:
    p = problem()
    once, twice = (p.cost().sums(p.theta, rows) for rows in ([3], [3, 3]))
    assert twice[0] == pytest.approx(2 * once[0], rel=1e-14)
    np.testing.assert_allclose(twice[1], 2 * once[1], rtol=1e-12)
    assert twice[2] == 2 * once[2] == 2.0


def test_rows_may_be_a_mask() -> None:
    p = problem(n=6)
    mask = np.array([True, False, False, True, True, False])
    by_mask, by_number = p.cost().sums(p.theta, mask), p.cost().sums(p.theta, [0, 3, 4])
    assert by_mask[0] == by_number[0]
    assert np.array_equal(by_mask[1], by_number[1])
    assert by_mask[2] == 3.0


def test_rows_count_from_the_end_where_negative() -> None:
    p = problem(n=6)
    assert p.cost().sums(p.theta, [-1])[0] == p.cost().sums(p.theta, [5])[0]


@pytest.mark.parametrize("rows", [[], np.zeros(7, bool)], ids=["empty", "mask of none"])
def test_no_rows_sum_to_nothing(rows: Any) -> None:
    p = problem(n=7)
    cost, gradient, n = p.cost().sums(p.theta, rows)
    assert (cost, n) == (0.0, 0.0)
    assert gradient.shape == p.theta.shape
    assert not gradient.any()


def test_sums_without_weights_count_the_examples() -> None:
    assert problem(n=7).cost().sums(problem(n=7).theta)[2] == 7.0


def test_rows_after_the_whole_do_not_see_what_it_left() -> None:
    """Working memory is used again for sums of other sizes."""
    p = problem((6, 5, 4), 3000)
    cost = p.cost()
    cost.gradient(p.theta)
    for rows in ([1], range(1500), [2, 3]):
        assert np.array_equal(cost.sums(p.theta, list(rows))[1], p.cost().sums(p.theta, rows)[1])


# ------------------------------------------------------------------------------- weights


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_weight_of_two_is_the_example_twice(dtype: str) -> None:
    p = problem(n=5)
    weighted = Cost(p.network, p.X, p.Y, sample_weight=[1, 2, 1, 1, 1], dtype=dtype)
    doubled = p.of_rows([0, 1, 1, 2, 3, 4]).cost(dtype)
    assert weighted(p.theta) == pytest.approx(doubled(p.theta), rel=TOLERANCE[dtype])
    assert distance(weighted.gradient(p.theta), doubled.gradient(p.theta)) <= TOLERANCE[dtype]


def test_a_weight_of_zero_leaves_the_example_out() -> None:
    p = problem(n=5)
    weighted = Cost(p.network, p.X, p.Y, sample_weight=[1, 0, 1, 0, 1])
    expected = p.of_rows([0, 2, 4]).cost()
    assert weighted(p.theta) == pytest.approx(expected(p.theta), rel=1e-14)
    assert distance(weighted.gradient(p.theta), expected.gradient(p.theta)) < 1e-14


# ------------------------------------------------------------------ form of what is returned


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("theta_dtype", DTYPES)
def test_the_gradient_has_theta_s_dtype(dtype: str, theta_dtype: str) -> None:
    p = problem()
    assert p.cost(dtype).gradient(p.theta.astype(theta_dtype)).dtype == theta_dtype


def test_the_cost_is_a_python_float() -> None:
    p = problem()
    assert type(p.cost("float32")(p.theta)) is float


@pytest.mark.parametrize("theta_dtype", DTYPES)
def test_gradients_are_fresh(theta_dtype: str) -> None:
    p = problem()
    cost, theta = p.cost("float32"), p.theta.astype(theta_dtype)
    first = cost.gradient(theta)
    kept = first.copy()
    second = cost.gradient(theta * 2)
    assert not np.shares_memory(first, second)
    assert np.array_equal(first, kept)


@pytest.mark.parametrize("theta_dtype", DTYPES)
def test_out_is_written_and_returned(theta_dtype: str) -> None:
    p = problem()
    theta = p.theta.astype(theta_dtype)
    out = np.full_like(theta, np.nan)
    _, gradient = p.cost("float32").value_and_gradient(theta, out=out)
    assert gradient is out
    assert np.array_equal(out, p.cost("float32").gradient(theta))


def test_value_gradient_and_call_agree() -> None:
    p = problem()
    cost = p.cost()
    value, gradient = cost.value_and_gradient(p.theta)
    assert cost(p.theta) == value
    assert np.array_equal(cost.gradient(p.theta), gradient)


@pytest.mark.parametrize(
    ("X", "dtype"),
    [(np.float64, "float64"), (np.float32, "float32"), (np.float16, "float32"),
     (np.int32, "float32"), (np.uint8, "float32"), (">f8", "float64"), (">f4", "float32")],
)  # fmt: skip
def test_arithmetic_follows_the_dtype_of_x(X: Any, dtype: str) -> None:
    assert Cost(Network((3, 2)), np.ones((2, 3), X), [0, 1]).dtype == dtype


def test_repr_names_network_examples_and_layout() -> None:
    text = repr(problem(n=7).cost())
    assert text == "<Cost of Network((5, 4, 3)) on 7 examples, dense reals>"


def test_threads_may_share_a_cost() -> None:
    p = problem((20, 30, 10), 4000)
    cost = p.cost("float32", n_threads=1)
    thetas = [p.theta * scale for scale in (0.5, 1.0, 1.5, 2.0)]
    expected = [cost.gradient(theta) for theta in thetas]
    got: dict[int, list[bool]] = {}

    def ask(i: int) -> None:
        got[i] = [np.array_equal(cost.gradient(thetas[i]), expected[i]) for _ in range(20)]

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {i: all(same) for i, same in got.items()} == dict.fromkeys(range(4), True)


@pytest.mark.parametrize("dtype", DTYPES)
def test_scipy_minimizes_it(dtype: str) -> None:
    optimize: Any = pytest.importorskip("scipy.optimize")
    p = problem((4, 6, 2), 60, "tanh")
    cost = p.cost(dtype)
    result = optimize.minimize(
        cost.value_and_gradient, p.theta.astype(dtype), jac=True, options={"maxiter": 30}
    )
    assert cost(result.x) < 0.8 * cost(p.theta)


# ----------------------------------------------------------------------------- mini-batches


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("batch_size", [1, 7, 64, 1000])
@pytest.mark.parametrize("weighted", [False, True])
def test_mini_batches_walk_as_the_twin(
    dtype: str, momentum: float, batch_size: int, weighted: bool
) -> None:
    p = problem((6, 9, 4), 300, weighted=weighted)
    rng = np.random.default_rng(0)
    walk = p.cost(dtype).mini_batches(
        p.theta, batch_size=batch_size, learning_rate=0.02, momentum=momentum
    )
    theta, velocity = p.theta.copy(), np.zeros_like(p.theta)
    for _ in range(2):
        order = rng.permutation(300)
        mean = walk.epoch(order)
        total, steps = _reference.descend(
            *spec(p.network), theta, p.X, p.Y, order, batch_size, 0.02, momentum, velocity, p.weight
        )
        assert mean == pytest.approx(total / steps, rel=20 * TOLERANCE[dtype])
    assert walk.steps == 2 * steps
    assert distance(walk.theta, theta) <= 20 * TOLERANCE[dtype]


def test_a_batch_without_weight_is_no_step() -> None:
    p = problem(n=4)
    weight = np.array([0.0, 0.0, 1.0, 1.0])
    cost = Cost(p.network, p.X, p.Y, sample_weight=weight)
    walk = cost.mini_batches(p.theta, batch_size=2, learning_rate=0.3)
    walk.epoch(np.array([0, 1]))
    assert np.array_equal(walk.theta, p.theta)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_mini_batches_are_the_same_bits_however_many_calls_they_take(
    momentum: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    p = problem((6, 9, 4), 300)
    order = np.random.default_rng(0).permutation(300)

    def walked() -> Any:
        walk = p.cost("float32").mini_batches(
            p.theta, batch_size=8, learning_rate=0.02, momentum=momentum
        )
        walk.epoch(order)
        return walk.theta

    expected = walked()
    monkeypatch.setattr("fastgd._engine.mini_batches.WORK_PER_CALL", 1.0)
    assert np.array_equal(walked(), expected)


def test_mini_batches_of_every_example_are_full_batch_steps() -> None:
    p = problem(n=50)
    full = gradient_descent(p.cost(), p.theta, learning_rate=0.5, epochs=5, tol=0)
    batches = gradient_descent(p.cost(), p.theta, learning_rate=0.5, epochs=5, batch_size=50)
    assert distance(batches.theta, full.theta) < 1e-12
    assert batches.costs == pytest.approx(full.costs, rel=1e-12)
