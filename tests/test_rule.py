"""`_rule`: kernels, NumPy's steps and the twin follow it, in both dtypes and the same bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.bowl import Bowl, descend
from tests.common import TOLERANCE, distance, problem, spec

from fastgd import Cost, _reference

DTYPES = ("float32", "float64")
RULES: dict[str, dict[str, Any]] = {
    "Nesterov": {"momentum": 0.9, "nesterov": True},
    "penalty": {"l2": 0.03},
    "penalty, momentum": {"l2": 0.03, "momentum": 0.9},
    "all": {"l2": 0.03, "momentum": 0.9, "nesterov": True},
}
rules = pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
dtypes = pytest.mark.parametrize("dtype", DTYPES)


class ByNumPy:
    """A cost of which the kernel's steps are not known."""

    def __init__(self, cost: Cost) -> None:
        self.value_and_gradient, self.is_weight = cost.value_and_gradient, cost.is_weight


@rules
@dtypes
@pytest.mark.parametrize("batch_size", [1, 7, 64, 1000])
@pytest.mark.parametrize("sizes", [(6, 9, 4), (6, 40, 2)], ids=["wide", "narrow"])
def test_mini_batches_walk_as_the_twin(
    rule: dict[str, Any], dtype: str, batch_size: int, sizes: tuple[int, ...]
) -> None:
    p = problem(sizes, 300, weighted=True)
    walk = p.cost(dtype).mini_batches(p.theta, batch_size=batch_size, learning_rate=0.02, **rule)
    rng = np.random.default_rng(0)
    theta, velocity = p.theta.copy(), np.zeros_like(p.theta)
    for _ in range(2):
        order = rng.permutation(300)
        mean = walk.epoch(order)
        total, steps = _reference.descend(
            *spec(p.network), theta, p.X, p.Y, order, batch_size, 0.02, velocity=velocity,
            weight=p.weight, **rule,
        )  # fmt: skip
        assert mean == pytest.approx(total / steps, rel=30 * TOLERANCE[dtype])
    assert distance(walk.theta, theta) <= 30 * TOLERANCE[dtype]
    if rule.get("momentum"):
        assert distance(walk.velocity, velocity) <= 300 * TOLERANCE[dtype]
    else:
        assert walk.velocity is None


@rules
@dtypes
@pytest.mark.parametrize("zeros", [0.0, 0.8])
def test_full_batch_steps_inside_have_numpy_s_bits(
    rule: dict[str, Any], dtype: str, zeros: float
) -> None:
    p = problem((40, 9, 4), 700, zeros=zeros, weighted=True)
    cost, theta = p.cost(dtype), p.theta.astype(dtype)
    inside, outside = (descend(c, theta, epochs=25, tol=0, **rule) for c in (cost, ByNumPy(cost)))
    assert inside.theta.tobytes() == outside.theta.tobytes()
    assert inside.costs.tobytes() == outside.costs.tobytes()


@rules
def test_full_batch_steps_are_the_twin_s(rule: dict[str, Any]) -> None:
    p = problem((6, 9, 4), 300)
    theta = p.theta.copy()
    _reference.descend(
        *spec(p.network), theta, np.tile(p.X, (20, 1)), np.tile(p.Y, (20, 1)), np.arange(6000),
        300, 0.1, **rule,
    )  # fmt: skip
    got = descend(p.cost(), p.theta, learning_rate=0.1, epochs=20, tol=0, **rule)
    assert distance(got.theta, theta) < 1e-12


@rules
@dtypes
@pytest.mark.parametrize("zeros", [0.0, 0.8])
@pytest.mark.parametrize("batch_size", [None, 10, 2048])
def test_any_number_of_threads_gives_the_same_bits(
    rule: dict[str, Any], dtype: str, zeros: float, batch_size: int | None
) -> None:
    p = problem((64, 32, 10), 2500, zeros=zeros)
    one, *others = (
        descend(
            p.cost(dtype, n_threads=n), p.theta, epochs=2, tol=0, batch_size=batch_size, rng=0,
            learning_rate=0.1, **rule,
        ).theta.tobytes()
        for n in (1, 2, 3, 7)
    )  # fmt: skip
    assert others == [one] * 3


def test_nesterov_is_known_in_closed_form() -> None:
    """On |theta|^2: v = m v + g, theta -= rate (g + m v)."""
    middle, theta, v = Bowl.middle, np.zeros(2), np.zeros(2)
    for _ in range(6):
        g = 2 * (theta - middle)
        v = 0.5 * v + g
        theta = theta - 0.25 * (g + 0.5 * v)
    got = descend(epochs=6, tol=0, momentum=0.5, nesterov=True)
    assert distance(got.theta, theta) < 1e-15


def test_nesterov_without_momentum_is_plain() -> None:
    p = problem(n=50)
    for batch_size in (None, 10):
        plain, nesterov = (
            descend(p.cost(), p.theta, epochs=3, tol=0, batch_size=batch_size, rng=0, nesterov=on)
            for on in (False, True)
        )
        assert distance(nesterov.theta, plain.theta) < 1e-14


def test_the_penalty_is_on_all_of_theta_where_no_weights_are_known() -> None:
    """|theta - m|^2 + l2 |theta|^2 is lowest at m / (1 + l2)."""
    got = descend(l2=1.0, tol=1e-9)
    assert distance(got.theta, Bowl.middle / 2) < 1e-8
    assert got.cost == pytest.approx(Bowl().value_and_gradient(got.theta)[0])


def test_the_penalty_leaves_biases_alone() -> None:
    p = problem((3, 4, 2), 30)
    mask = p.cost().is_weight()
    for layer in p.network.layers(mask.astype(float)):
        assert layer.weights.min() == 1
        assert layer.biases.max() == 0


@pytest.mark.parametrize("batch_size", [None, 10])
def test_the_rate_may_be_a_function_of_the_epoch(batch_size: int | None) -> None:
    p = problem(n=50)
    asked: list[int] = []

    def rate(epoch: int) -> float:
        asked.append(epoch)
        return 0.3 / (1 + epoch)

    options = {"batch_size": batch_size, "tol": 0, "momentum": 0.5}
    got = descend(p.cost(), p.theta, learning_rate=rate, epochs=3, rng=0, **options)
    assert asked == [0, 1, 2]
    constant = descend(
        p.cost(), p.theta, learning_rate=lambda epoch: 0.3, epochs=3, rng=0, **options
    )
    expected = descend(p.cost(), p.theta, learning_rate=0.3, epochs=3, rng=0, **options)
    assert constant.theta.tobytes() == expected.theta.tobytes()
    assert got.theta.tobytes() != expected.theta.tobytes()


def test_the_function_s_rates_are_taken() -> None:
    """theta - middle shrinks by 1 - 2 rate a step."""
    got = descend(learning_rate=lambda epoch: [0.25, 0.125][epoch], epochs=2, tol=0)
    assert got.theta.tolist() == ((1 - 0.5 * 0.75) * Bowl.middle).tolist()


def test_rates_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"learning_rate\(1\): expected a finite number above 0"):
        descend(learning_rate=lambda epoch: 0.25 - 0.25 * epoch, epochs=2, tol=0)
    with pytest.raises(ValueError, match="l2: expected a finite number at least 0, got -1"):
        descend(l2=-1)
    with pytest.raises(TypeError, match="nesterov: expected True or False, got 1"):
        descend(nesterov=1)


def test_it_is_pytorch_s_sgd() -> None:
    """Whose weight_decay is 2 l2."""
    torch: Any = pytest.importorskip("torch")
    p = problem((5, 7, 3), 40)
    options = {"momentum": 0.8, "nesterov": True}
    got = descend(p.cost(), p.theta, learning_rate=0.05, l2=0.01, epochs=25, tol=0, **options)
    theta = [
        torch.tensor(a, requires_grad=True)
        for layer in p.network.layers(p.theta)
        for a in (layer.weights, layer.biases)
    ]
    sgd = torch.optim.SGD(
        [{"params": theta[::2], "weight_decay": 0.02}, {"params": theta[1::2]}], lr=0.05, **options
    )
    for _ in range(25):
        sgd.zero_grad()
        a = torch.tensor(p.X)
        for weights, biases in zip(theta[::2], theta[1::2], strict=True):
            a = torch.sigmoid(a @ weights.T + biases)
        ((a - torch.tensor(p.Y)) ** 2).sum(1).mean().backward()
        sgd.step()
    assert distance(got.theta, np.concatenate([t.detach().numpy().ravel() for t in theta])) < 1e-14
