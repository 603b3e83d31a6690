"""Sums of parts that are no costs, parts that fail, and what a sum of parts offers."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from tests.parts.engines import each_part, problem

import fastgd
from fastgd import Network, parts


class Bowl:
    """A function of any theta, as a part."""

    name = "bowl"

    def sums(self, theta: Any) -> tuple[float, Any, float]:
        return float(theta @ theta), 2 * theta, 1.0


class Failing:
    def sums(self, theta: Any) -> Any:
        raise OSError("no route to host")


def test_parts_need_know_no_network() -> None:
    cost = parts.SumCost([Bowl(), Bowl()])
    assert cost([3.0, 4.0]) == 25
    assert cost.gradient([3.0, 4.0]).tolist() == [6, 8]
    found = fastgd.gradient_descent(cost, [3.0, 4.0], learning_rate=0.25, l2=0.1)
    assert found.stopped_by == "tol"


def test_what_not_all_parts_can_do_is_not_there() -> None:
    p = problem()
    able = each_part(p.network, p.shards([100]), "float64")
    offered = ("hessian_vector_product", "gauss_newton_product", "on_plane", "on_threads")
    assert all(hasattr(parts.SumCost(able), name) for name in offered)
    mixed = parts.SumCost([*able, Bowl()])
    assert not any(hasattr(mixed, name) for name in offered)
    with pytest.raises(AttributeError, match="not all that it is made of can do it"):
        mixed.hessian_vector_product(p.theta, p.theta)
    assert mixed(p.theta) > 0


def test_one_part_has_the_bits_of_its_cost() -> None:
    for dtype in ("float32", "float64"):
        p = problem("uint8", dtype=dtype)
        cost, whole = parts.SumCost([p.cost(dtype)]), p.cost(dtype)
        assert cost(p.theta) == whole(p.theta)
        assert (cost.gradient(p.theta) == whole.gradient(p.theta)).all()


def test_a_gradient_goes_where_it_is_asked_to() -> None:
    p = problem()
    cost = parts.SumCost(each_part(p.network, p.shards([100]), "float64"))
    out = np.empty_like(p.theta)
    assert cost.value_and_gradient(p.theta, out=out)[1] is out
    assert (out == cost.gradient(p.theta)).all()
    with pytest.raises(ValueError, match="out shares memory with theta"):
        cost.value_and_gradient(p.theta, out=p.theta)


def test_a_part_that_fails_is_named_through_parts_of_parts() -> None:
    cost = parts.SumCost([Bowl(), parts.SumCost([Bowl(), Failing()])])
    with pytest.raises(parts.PartError, match=r"^part 2 of 2, part 2 of 2: no route") as e:
        cost([1.0])
    assert e.value.part == "part 2 of 2, part 2 of 2"
    assert str(pickle.loads(pickle.dumps(e.value))) == str(e.value)


def test_a_part_s_name_is_told() -> None:
    class Short(Bowl):
        def sums(self, theta: Any) -> tuple[float, Any, float]:
            raise ValueError("too short")

    with pytest.raises(parts.PartError, match=r"^part 1 of 1 \(bowl\): too short"):
        parts.SumCost([Short()])([1.0])


def test_what_are_no_parts_is_refused() -> None:
    p = problem()
    first = p.cost("float64")
    with pytest.raises(ValueError, match="parts: expected at least one"):
        parts.SumCost([])
    with pytest.raises(TypeError, match=r"part 2 of 2: expected sums\(theta\), got int"):
        parts.SumCost([first, 3])  # type: ignore[list-item]
    with pytest.raises(ValueError, match=r"part 2 of 2: its dtype is dtype.'float32'."):
        parts.SumCost([first, p.cost("float32")])
    other = fastgd.Cost(Network((40, 3)), p.X, p.Y)
    with pytest.raises(ValueError, match=r"part 2 of 2: its network is .*that of part 1 of 2 is"):
        parts.SumCost([first, other])


def test_mini_batches_need_examples_in_reach() -> None:
    with pytest.raises(TypeError, match="a SumCost has no examples to draw"):
        fastgd.gradient_descent(parts.SumCost([Bowl()]), [1.0], learning_rate=1, batch_size=2)


def test_an_overflow_is_a_divergence() -> None:
    p = problem(dtype="float32")
    net = Network((40, 3), output_activation="identity")
    cost = parts.SumCost(each_part(net, p.shards([100]), "float32"))
    with pytest.raises(fastgd.DivergenceError):
        fastgd.gradient_descent(cost, net.random_theta(rng=0), learning_rate=1e6)


@pytest.mark.parametrize("rows", [0, 3])
def test_a_part_of_nothing_is_empty(rows: int) -> None:
    net = Network((4, 2))
    part = parts.part_of(net, np.ones((rows, 4)), np.ones((rows, 2)), sample_weight=np.zeros(rows))
    assert isinstance(part, parts.Empty)
    assert (part.n_examples, part.dtype) == (rows, np.float64)
    assert part.sums(np.zeros(10))[2] == 0


@pytest.mark.parametrize(
    ("X", "Y", "weight", "complaint"),
    [
        (np.ones((0, 3)), np.ones((0, 2)), None, r"X has shape \(0, 3\)"),
        (np.ones((0, 4)), np.ones((0, 3)), None, r"Y has shape \(0, 3\)"),
        (np.ones((2, 4)), np.ones((2, 2)), np.zeros(3), r"sample_weight has shape \(3,\)"),
        (np.full((2, 4), np.nan), np.ones((2, 2)), np.zeros(2), "X.0, 0. is nan"),
    ],
)
def test_a_part_of_nothing_is_checked_too(X: Any, Y: Any, weight: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parts.part_of(Network((4, 2)), X, Y, sample_weight=weight)
