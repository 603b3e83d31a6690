"""Callbacks that do what they should not: what was walked is kept, and the next call is right.

A true answer, StopIteration and an error: `tests/test_descent.py`.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from tests.common import problem, run_python

from fastgd import Cost, Descent, Network, gradient_descent

both = pytest.mark.parametrize("batch_size", [None, 10])


def walk(cost: Cost, theta: Any, batch_size: int | None, **options: Any) -> Descent:
    return gradient_descent(
        cost, theta, learning_rate=0.1, batch_size=batch_size, rng=0, **{"epochs": 4, **options}
    )


@both
def test_one_that_descends_on_the_same_cost(batch_size: int | None) -> None:
    """Both walks have the bits of a walk alone."""
    p = problem((6, 5, 3), 40)
    cost = p.cost()
    alone = walk(cost, p.theta, batch_size).theta
    inner = []
    outer = walk(
        cost, p.theta, batch_size,
        callback=lambda _: inner.append(walk(cost, p.theta, batch_size).theta),
    ).theta  # fmt: skip
    assert (np.array([outer, *inner]) == alone).all()


@both
def test_one_that_writes_on_the_start(batch_size: int | None) -> None:
    p = problem((6, 5, 3), 40)
    cost, start = p.cost(), p.theta.copy()
    expected = walk(cost, p.theta, batch_size).theta

    def spoil(_: Any) -> None:
        start[:] = np.nan

    assert (walk(cost, start, batch_size, callback=spoil).theta == expected).all()


@both
def test_one_that_spoils_the_examples(batch_size: int | None) -> None:
    """X is the user's own array, read where it stands: the walk diverges, and says so."""
    p = problem((6, 5, 3), 40, activation="tanh", output_activation="identity")
    X = p.X.copy()
    cost = Cost(p.network, X, p.Y)

    def spoil(epoch: Any) -> None:
        if epoch.epoch == 2:
            X[:] = np.nan

    with pytest.raises(FloatingPointError) as caught:
        walk(cost, p.theta, batch_size, callback=spoil)
    assert np.isfinite(caught.value.theta).all()  # type: ignore[attr-defined]
    X[:] = p.X
    assert walk(cost, p.theta, batch_size).cost < cost(p.theta)


@both
def test_one_that_drops_all_that_it_knows_of(batch_size: int | None) -> None:
    """The walk holds what it walks on."""
    p = problem((6, 5, 3), 40)
    known = {"cost": p.cost(), "theta": p.theta.copy(), "network": Network((6, 5, 3))}
    expected = walk(p.cost(), p.theta, batch_size).theta
    found = walk(
        known["cost"],
        known["theta"],
        batch_size,
        callback=lambda _: known.clear(),  # type: ignore[arg-type]
    )
    assert (found.theta == expected).all()


ANSWERS = {"nan": float("nan"), "text": "no", "list": [1], "object": object()}


@both
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_any_true_answer_stops(batch_size: int | None, answer: object) -> None:
    p = problem((6, 5, 3), 40)
    found = walk(p.cost(), p.theta, batch_size, callback=lambda _: answer)
    assert (len(found.costs), found.stopped_by) == (1, "callback")


@both
@pytest.mark.parametrize("end", [SystemExit(3), GeneratorExit(), MemoryError(), RecursionError()])
def test_whatever_ends_it_carries_what_was_walked(
    batch_size: int | None, end: BaseException
) -> None:
    p = problem((6, 5, 3), 40)

    def fail(epoch: Any) -> None:
        if epoch.epoch == 2:
            raise end

    with pytest.raises(type(end)) as caught:
        walk(p.cost(), p.theta, batch_size, callback=fail)
    told = caught.value.descent  # type: ignore[attr-defined]
    rest = walk(p.cost(), p.theta, batch_size, resume=told)
    assert (rest.theta == walk(p.cost(), p.theta, batch_size).theta).all()


@pytest.mark.skipif(sys.platform != "linux", reason="forks as on Linux")
@pytest.mark.promise("forks", 3)
def test_one_that_forks() -> None:
    """Child and parent both walk on to the end, with the same bits."""
    code = """
import os, signal
from tests.common import problem
from fastgd import gradient_descent
p = problem((64, 32, 10), 3001)
def walk(n_threads, batch_size, callback=None):
    return gradient_descent(
        p.cost("float32", n_threads=n_threads), p.theta, learning_rate=0.1, tol=0,
        batch_size=batch_size, rng=0, epochs=4, callback=callback).theta
for batch_size in (None, 32, 2048):
    expected, child = walk(1, batch_size), None
    def fork(epoch):
        global child
        if epoch.epoch == 2:
            child = os.fork()
            signal.alarm(300)
    same = (walk(2, batch_size, fork) == expected).all()
    if child == 0:
        os._exit(not same)
    print(same, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert run_python(code).split() == ["True", "0"] * 3
