"""`_engine/mini_batches`: a walk that pauses, and changes its team meanwhile, changes no bit."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest
from tests.common import Array, Problem, problem

from fastgd._engine import mini_batches
from fastgd._engine.regions import run

N, BATCH_SIZE, EPOCHS = 700, 50, 10
STEPS = EPOCHS * N // BATCH_SIZE
NO_GROUPS = {"WORK_TO_SHARE": 1.0, "groups_of": lambda *_: 1}
# The ways in which a team shares a batch: of dense rows, by halves of the columns, in groups.
WAYS: dict[str, tuple[float, dict[str, Any]]] = {
    "dense": (0.0, NO_GROUPS),
    "dense groups": (0.0, {"groups_of": lambda *_: 5}),
    "halves": (0.8, {"WORK_TO_SHARE": 1.0, "WORK_TO_GROUP": 1e18}),
    "groups": (0.8, {"WORK_TO_GROUP": 0.0, "WORK_PER_PARAMETER": 0.0}),
}
ways = pytest.mark.parametrize(("zeros", "to_share"), WAYS.values(), ids=WAYS.keys())
momenta = pytest.mark.parametrize("momentum", [0.0, 0.9])
dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])
ORDER = np.concatenate([np.random.default_rng(i).permutation(N) for i in range(EPOCHS)])


class Walk(NamedTuple):
    theta: Array
    cost: float
    steps: int
    interrupted: bool = False

    def bits(self) -> tuple[bytes, bytes, int]:
        return self.theta.tobytes(), np.float64(self.cost).tobytes(), self.steps


def walked(
    p: Problem, dtype: str = "float32", momentum: float = 0.0, order: Array = ORDER,
    learning_rate: float = 0.02, batch_size: int = BATCH_SIZE,
) -> Walk:  # fmt: skip
    walk = p.cost(dtype).mini_batches(
        p.theta, batch_size=batch_size, learning_rate=learning_rate, momentum=momentum
    )
    try:
        with np.errstate(invalid="ignore", over="ignore"):
            mean = walk.epoch(order)
    except KeyboardInterrupt:
        return Walk(walk.theta, np.nan, walk.steps, interrupted=True)
    return Walk(walk.theta, mean, walk.steps)


def share(monkeypatch: pytest.MonkeyPatch, to_share: dict[str, Any]) -> None:
    for name, work in to_share.items():
        monkeypatch.setattr(mini_batches, name, work)


def take_turns(monkeypatch: pytest.MonkeyPatch, turns: Iterable[int]) -> list[int]:
    """From now on teams of these sizes work in turn, each until it may pause: who did."""
    turns, took_part = iter(turns), []

    def choose(team: Any) -> tuple[int, float]:
        took_part.append(next(turns))
        return took_part[-1], 0.0

    monkeypatch.setattr(mini_batches, "threads_for", lambda n_threads, work: 2)
    monkeypatch.setattr("fastgd._engine.team.Team.choose", choose)
    monkeypatch.setattr("fastgd._engine.team.Team.tell", lambda *told: None)
    return took_part


@ways
@dtypes
@momenta
def test_pauses_and_other_teams_change_no_bit(
    zeros: float, to_share: dict[str, Any], dtype: str, momentum: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    share(monkeypatch, to_share)
    p = problem((40, 17, 5), N, zeros=zeros)
    expected = walked(p, dtype, momentum)
    took_part = take_turns(monkeypatch, itertools.cycle([2, 2, 1]))
    assert walked(p, dtype, momentum).bits() == expected.bits()
    assert expected.steps == STEPS
    assert took_part.count(2) > 2
    assert took_part.count(1) > 1


@ways
@momenta
def test_pauses_within_the_clock_s_own_choice_change_no_bit(
    zeros: float, to_share: dict[str, Any], momentum: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    share(monkeypatch, to_share)
    p = problem((40, 17, 5), N, zeros=zeros)
    expected = walked(p, momentum=momentum)
    monkeypatch.setattr(mini_batches, "threads_for", lambda n_threads, work: 2)
    for name in ("LOOK", "SLICE", "AGAIN", "MOST"):
        monkeypatch.setattr(f"fastgd._engine.team.{name}", 0.0)
    assert walked(p, momentum=momentum).bits() == expected.bits()


@momenta
def test_pauses_between_batches_of_many_blocks_change_no_bit(
    momentum: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch is never left half done."""
    share(monkeypatch, NO_GROUPS)
    p = problem((6, 9, 4), 2900, weighted=True)
    order = np.random.default_rng(0).permutation(2900)
    expected = walked(p, momentum=momentum, order=order, batch_size=600)
    took_part = take_turns(monkeypatch, itertools.cycle([2, 2, 1]))
    assert walked(p, momentum=momentum, order=order, batch_size=600).bits() == expected.bits()
    assert took_part[:2] == [2, 2]


def test_pauses_after_batches_without_weight_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    share(monkeypatch, {"WORK_TO_SHARE": 1.0})
    weight = np.arange(N) % 2.0
    p = replace(problem((40, 17, 5), N), weight=weight)
    order = np.argsort(-weight, kind="stable")
    expected = walked(p, order=order)
    take_turns(monkeypatch, itertools.cycle([2, 1]))
    assert walked(p, order=order).bits() == expected.bits()


@momenta
@ways
def test_a_walk_that_diverges_ends_at_the_same_theta_however_often_it_pauses(
    zeros: float, to_share: dict[str, Any], momentum: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of a walk, some walks after the first."""
    share(monkeypatch, {**to_share, "WORK_PER_WALK": 4e4})
    p = problem((40, 17, 5), N, "relu", "identity", zeros=zeros)
    expected = walked(p, momentum=momentum, learning_rate=0.9)
    assert not np.isfinite(expected.cost)
    assert 2 < expected.steps < STEPS
    take_turns(monkeypatch, itertools.cycle([2, 2, 1]))
    again = walked(p, momentum=momentum, learning_rate=0.9)
    assert np.isfinite(again.theta).all()
    assert np.array_equal(again.theta, expected.theta)
    assert again.steps == expected.steps
    assert not np.isfinite(again.cost)


@ways
@dtypes
@momenta
def test_ctrl_c_in_a_pause_leaves_theta_at_the_last_step(
    zeros: float, to_share: dict[str, Any], dtype: str, momentum: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    share(monkeypatch, to_share)
    p = problem((40, 17, 5), N, zeros=zeros)
    with monkeypatch.context() as turns:
        take_turns(turns, itertools.repeat(2))
        calls = itertools.count()

        def two_calls(*args: Any) -> Any:
            if next(calls) == 2:
                raise KeyboardInterrupt
            return run(*args)

        turns.setattr(mini_batches, "run", two_calls)
        got = walked(p, dtype, momentum)
    assert got.interrupted
    assert 0 < got.steps < STEPS
    first = walked(p, dtype, momentum, ORDER[: got.steps * BATCH_SIZE])
    assert np.array_equal(got.theta, first.theta)
    assert got.steps == first.steps


def test_a_walk_goes_on_after_ctrl_c_in_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """From where it stands, and pauses no less."""
    share(monkeypatch, {"WORK_TO_SHARE": 1.0})
    p = problem((40, 17, 5), N)
    walk = p.cost("float32").mini_batches(p.theta, batch_size=BATCH_SIZE, learning_rate=0.02)
    with monkeypatch.context() as turns:
        take_turns(turns, itertools.repeat(2))
        steps = walk._steps
        calls = itertools.count()

        def one_call(*args: Any) -> Any:
            if next(calls) == 1:
                raise KeyboardInterrupt
            return run(*args)

        turns.setattr(mini_batches, "run", one_call)
        with pytest.raises(KeyboardInterrupt):
            walk.epoch(ORDER)
    done = steps.steps * BATCH_SIZE
    walk.epoch(ORDER[done:])
    assert np.array_equal(walk.theta, walked(p).theta)


@pytest.mark.parametrize("blocks", [1, 2, 3, 6, 12])
def test_batches_of_any_number_of_blocks_pause(
    blocks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks between looks and blocks of a batch had a common factor, and never met."""
    n = 256 * 48
    share(monkeypatch, NO_GROUPS)
    p = problem((4, 32, 16, 4), n, "tanh")
    take_turns(monkeypatch, itertools.repeat(1))
    calls = itertools.count()

    def counted(*args: Any) -> Any:
        next(calls)
        return run(*args)

    monkeypatch.setattr(mini_batches, "run", counted)
    walk = p.cost("float32").mini_batches(p.theta, batch_size=256 * blocks, learning_rate=0.01)
    walk.epoch(np.arange(n))
    assert next(calls) >= 4
