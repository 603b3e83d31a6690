"""`_engine/full_batch`: steps inside the kernel are `_steps.StepPerEpoch`'s, bit for bit."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from tests.bowl import descend
from tests.common import Array, Problem, problem, spec

from fastgd import Cost, Descent, _reference
from fastgd._engine import full_batch
from fastgd._engine.regions import run

DTYPES = ("float32", "float64")
momenta = pytest.mark.parametrize("momentum", [0.0, 0.9])
dtypes = pytest.mark.parametrize("dtype", DTYPES)


class ByNumPy:
    """A cost of which only this is known: NumPy takes the steps."""

    def __init__(self, cost: Cost) -> None:
        self.value_and_gradient = cost.value_and_gradient


def bits(descent: Descent) -> tuple[Any, ...]:
    return descent.theta.tobytes(), descent.costs.tobytes(), descent.steps, descent.stopped_by


def walked(cost: Any, theta: Array, **options: Any) -> Descent:
    return descend(cost, theta, **{"learning_rate": 0.3, "epochs": 25, "tol": 0.0} | options)


def start_of(p: Problem, dtype: str) -> Array:
    return p.theta.astype(dtype)


@dtypes
@momenta
@pytest.mark.parametrize("zeros", [0.0, 0.8])
@pytest.mark.parametrize("weighted", [False, True])
def test_steps_inside_have_numpy_s_bits(
    dtype: str, momentum: float, zeros: float, weighted: bool
) -> None:
    p = problem((40, 9, 4), 700, zeros=zeros, weighted=weighted)
    cost, theta = p.cost(dtype), start_of(p, dtype)
    inside = walked(cost, theta, momentum=momentum)
    assert bits(inside) == bits(walked(ByNumPy(cost), theta, momentum=momentum))
    assert not np.array_equal(inside.theta, theta)


def test_steps_inside_are_the_twin_s() -> None:
    p = problem((6, 9, 4), 300)
    theta = p.theta.copy()
    for _ in range(20):
        _, gradient, n = _reference.sums(*spec(p.network), theta, p.X, p.Y)
        theta -= 0.3 * gradient / n
    assert np.abs(walked(p.cost(), p.theta, epochs=20).theta - theta).max() < 1e-12


@momenta
@pytest.mark.parametrize("looked_at", [{"record": 7}, {"callback": lambda epoch: None}])
def test_whoever_looks_between_epochs_changes_no_bit(
    momentum: float, looked_at: dict[str, Any]
) -> None:
    p = problem((6, 9, 4), 300)
    expected = walked(p.cost(), p.theta, momentum=momentum)
    assert bits(walked(p.cost(), p.theta, momentum=momentum, **looked_at)) == bits(expected)


def test_the_path_is_kept_where_it_was_asked_for() -> None:
    p = problem((6, 9, 4), 300)
    path = walked(p.cost(), p.theta, record=10).path
    assert path is not None
    assert [len(path), path[0].tobytes()] == [3, p.theta.tobytes()]
    assert path[2].tobytes() == walked(p.cost(), p.theta, epochs=20).theta.tobytes()


@momenta
def test_pauses_and_other_teams_change_no_bit(
    momentum: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    p = problem((40, 17, 5), 700)
    expected = walked(p.cost(), p.theta, momentum=momentum)
    turns = itertools.cycle([2, 2, 1])
    monkeypatch.setattr("fastgd._engine.engine.threads_for", lambda n_threads, work: 2)
    monkeypatch.setattr("fastgd._engine.team.Team.choose", lambda team: (next(turns), 0.0))
    monkeypatch.setattr("fastgd._engine.team.Team.tell", lambda *told: None)
    assert bits(walked(p.cost(), p.theta, momentum=momentum)) == bits(expected)
    assert next(turns) is not None


def test_more_steps_than_one_call_keeps_costs_of(monkeypatch: pytest.MonkeyPatch) -> None:
    p = problem((6, 9, 4), 50)
    expected = walked(p.cost(), p.theta)
    monkeypatch.setattr("fastgd._steps.COSTS_AT_ONCE", 4)
    assert bits(walked(p.cost(), p.theta)) == bits(expected)


@momenta
@pytest.mark.parametrize("tol", [0.05, 0.02])
def test_it_rests_where_numpy_does(momentum: float, tol: float) -> None:
    p = problem((6, 9, 4), 300)
    options = {"momentum": momentum, "tol": tol, "epochs": 500}
    inside = walked(p.cost(), p.theta, **options)
    assert bits(inside) == bits(walked(ByNumPy(p.cost()), p.theta, **options))
    assert inside.stopped_by == "tol"
    assert len(inside.costs) < 500


@dtypes
def test_divergence_is_told_as_by_numpy(dtype: str) -> None:
    p = problem((3, 4, 2), 60, output_activation="identity")
    cost, theta = p.cost(dtype), start_of(p, dtype)
    told = []
    for function in (cost, ByNumPy(cost)):
        with pytest.raises(FloatingPointError) as caught:
            walked(function, theta, learning_rate=50.0, epochs=500)
        told.append((caught.value.epoch, caught.value.theta.tobytes()))  # type: ignore[attr-defined]
    assert told[0] == told[1]
    assert told[0][0] > 2


def test_ctrl_c_between_calls_keeps_what_was_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    p = problem((6, 9, 4), 300)
    monkeypatch.setattr("fastgd._steps.COSTS_AT_ONCE", 4)
    calls = itertools.count()

    def two_calls(*args: Any) -> Any:
        if next(calls) == 2:
            raise KeyboardInterrupt
        return run(*args)

    monkeypatch.setattr(full_batch, "run", two_calls)
    with pytest.raises(KeyboardInterrupt) as caught:
        walked(p.cost(), p.theta)
    got = caught.value.descent  # type: ignore[attr-defined]
    assert (got.steps, len(got.costs), got.stopped_by) == (8, 8, "interrupt")
    monkeypatch.setattr(full_batch, "run", run)
    assert got.theta.tobytes() == walked(p.cost(), p.theta, epochs=8).theta.tobytes()


def test_a_subclass_s_own_gradient_is_walked_on() -> None:
    class Still(Cost):
        def value_and_gradient(self, theta: Any, *, out: Any = None) -> Any:
            value, gradient = super().value_and_gradient(theta)
            return value, 0 * gradient

    p = problem((6, 9, 4), 50)
    got = walked(Still(p.network, p.X, p.Y), p.theta)
    assert (got.stopped_by, got.steps) == ("tol", 1)


def test_theta_of_another_dtype_keeps_it() -> None:
    p = problem((6, 9, 4), 300)
    cost, theta = p.cost("float32"), start_of(p, "float64")
    got = walked(cost, theta)
    assert got.theta.dtype == np.float64
    assert bits(got) == bits(walked(ByNumPy(cost), theta))
