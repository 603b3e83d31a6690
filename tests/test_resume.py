"""`_state`, `resume=`: interrupted and resumed is never interrupted, bit for bit."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.bowl import Bowl, descend
from tests.common import Problem, problem, problems, run_python

from fastgd import Descent, _steps, descent
from fastgd._engine import full_batch, mini_batches
from fastgd._engine.regions import run
from fastgd._state import State

WALKS: dict[str, dict[str, Any]] = {
    "full batch": {},
    "full batch, momentum": {"momentum": 0.9},
    "full batch, all": {"momentum": 0.9, "nesterov": True, "l2": 0.01},
    "batches": {"batch_size": 7},
    "batches, momentum": {"batch_size": 7, "momentum": 0.9},
    "batches, all": {"batch_size": 7, "momentum": 0.9, "nesterov": True, "l2": 0.01},
    "groups": {"batch_size": 250, "momentum": 0.9},
    "rates": {"batch_size": 7, "momentum": 0.5, "learning_rate": lambda epoch: 0.3 * 0.9**epoch},
}
walks = pytest.mark.parametrize("options", WALKS.values(), ids=WALKS.keys())


def bits(descent: Descent) -> tuple[Any, ...]:
    return (
        descent.theta.dtype, descent.theta.tobytes(), descent.costs.tobytes(), descent.cost,
        descent.steps, descent.stopped_by,
    )  # fmt: skip


@walks
@pytest.mark.parametrize("arithmetic", ["float32", "float64"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("seen", [True, False])
def test_resumed_is_uninterrupted(
    options: dict[str, Any], arithmetic: str, dtype: str, seen: bool
) -> None:
    p = problem((9, 12, 4), 300, zeros=0.6)
    cost, theta = p.cost(arithmetic), p.theta.astype(dtype)
    options = {"tol": 0, "callback": (lambda epoch: None) if seen else None} | options
    whole = descend(cost, theta, epochs=9, rng=0, **options)
    part = descend(cost, theta, epochs=4, rng=0, **options)
    # The seed and theta's numbers are the state's.
    resumed = descend(cost, 0 * theta, epochs=9, rng=5, resume=part, **options)
    assert bits(resumed) == bits(whole)
    assert part.state is not None
    assert bits(descend(cost, theta, epochs=9, resume=part.state, **options)) == bits(whole)


@walks
def test_the_epoch_s_state_is_its_end(options: dict[str, Any]) -> None:
    p = problem((9, 12, 4), 300, zeros=0.6)
    states = []
    options = {"tol": 0, "epochs": 5} | options
    whole = descend(p.cost(), p.theta, rng=0, callback=lambda e: states.append(e.state), **options)
    assert [len(state.costs) for state in states] == [1, 2, 3, 4, 5]
    for state in states:
        assert bits(descend(p.cost(), p.theta, resume=state, **options)) == bits(whole)


@walks
@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_an_error_s_descent_is_resumed(options: dict[str, Any], error: type[BaseException]) -> None:
    p = problem((9, 12, 4), 300)
    options = {"tol": 0, "epochs": 6} | options

    def callback(epoch: Any) -> None:
        if epoch.epoch == 3:
            raise error

    with pytest.raises(error) as caught:
        descend(p.cost(), p.theta, rng=0, callback=callback, **options)
    resumed = descend(p.cost(), p.theta, resume=caught.value.descent, **options)  # type: ignore[attr-defined]
    assert bits(resumed) == bits(descend(p.cost(), p.theta, rng=0, **options))


@walks
def test_ctrl_c_within_an_epoch_goes_back_to_the_last_one_s_end(
    options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    p = problem((9, 12, 4), 300)
    options = {"tol": 0, "epochs": 20, "callback": lambda epoch: None} | options
    expected = descend(p.cost(), p.theta, rng=0, **options)
    monkeypatch.setattr(mini_batches, "WORK_PER_WALK", 1.0)  # a walk a step
    calls = itertools.count()

    def some_calls(*args: Any) -> Any:
        if next(calls) == 10:
            raise KeyboardInterrupt
        return run(*args)

    monkeypatch.setattr(mini_batches, "run", some_calls)
    monkeypatch.setattr(full_batch, "run", some_calls)
    with pytest.raises(KeyboardInterrupt) as caught:
        descend(p.cost(), p.theta, rng=0, **options)
    part = caught.value.descent  # type: ignore[attr-defined]
    assert len(part.state.costs) == len(part.costs) < 20
    resumed = descend(p.cost(), p.theta, resume=part, **options)
    assert bits(resumed) == bits(expected)


def test_ctrl_c_between_calls_of_many_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody looks between epochs."""
    p = problem((6, 9, 4), 300)
    monkeypatch.setattr(_steps, "COSTS_AT_ONCE", 4)
    calls = itertools.count()

    def two_calls(*args: Any) -> Any:
        if next(calls) == 2:
            raise KeyboardInterrupt
        return run(*args)

    options = {"tol": 0, "epochs": 20, "momentum": 0.9}
    expected = descend(p.cost(), p.theta, **options)
    monkeypatch.setattr(full_batch, "run", two_calls)
    with pytest.raises(KeyboardInterrupt) as caught:
        descend(p.cost(), p.theta, **options)
    part = caught.value.descent  # type: ignore[attr-defined]
    assert len(part.state.costs) == 8
    assert bits(descend(p.cost(), p.theta, resume=part, **options)) == bits(expected)


def test_ctrl_c_while_the_result_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the last epoch: once lost all that was learned."""
    p = problem((6, 9, 4), 300)
    expected = descend(p.cost(), p.theta, epochs=3)
    calls = itertools.count()

    def ctrl_c(*args: Any) -> State:
        if next(calls) == 0:
            raise KeyboardInterrupt
        return State(*args)

    monkeypatch.setattr(descent, "State", ctrl_c)
    with pytest.raises(KeyboardInterrupt) as caught:
        descend(p.cost(), p.theta, epochs=3)
    part = caught.value.descent  # type: ignore[attr-defined]
    assert part.theta.tobytes() == expected.theta.tobytes()


# Ctrl-C while it walks: the timer starts with the walk, which never ends by itself.
CTRL_C = """
import logging, os, signal, threading
from fastgd import gradient_descent
from tests.common import problem

class Begins(logging.Handler):
    def emit(self, record):
        if "from epoch" in record.getMessage():
            threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()

p = problem((64, 200, 10), 3000)
cost = p.cost("float32")
options = dict(learning_rate=0.001, momentum=0.9, batch_size={batch_size}, tol=0, rng=0)
log, begins = logging.getLogger("fastgd"), Begins()
log.setLevel("INFO")
log.addHandler(begins)
try:
    gradient_descent(cost, p.theta, epochs=10**9, **options)
except KeyboardInterrupt as interrupt:
    part = interrupt.descent
log.removeHandler(begins)
options["epochs"] = len(part.costs) + 2
whole = gradient_descent(cost, p.theta, **options)
resumed = gradient_descent(cost, p.theta, resume=part, **options)
print((resumed.theta == whole.theta).all() and (resumed.costs == whole.costs).all())
"""


@pytest.mark.parametrize("batch_size", [None, 20, 1500])
def test_a_true_ctrl_c(batch_size: int | None) -> None:
    assert run_python(CTRL_C.format(batch_size=batch_size)) == "True"


@given(p=problems(most_examples=40), dtype=st.sampled_from(["float32", "float64"]))
@settings(max_examples=40)
def test_any_network_s_descent_is_resumed(p: Problem, dtype: str) -> None:
    cost = p.cost(dtype)
    options = {"batch_size": 9, "momentum": 0.9, "learning_rate": 1e-4, "rng": 0}
    whole = descend(cost, p.theta, epochs=3, **options)
    part = descend(cost, p.theta, epochs=1, **options)
    assert bits(descend(cost, p.theta, epochs=3, resume=part, **options)) == bits(whole)


def test_any_function_s_descent_is_resumed() -> None:
    options = {"momentum": 0.5, "tol": 1e-3}
    whole = descend(**options)
    part = descend(epochs=5, **options)
    assert bits(descend(resume=part, **options)) == bits(whole)


def test_what_has_come_to_rest_stays() -> None:
    states = []
    whole = descend(tol=0.1, callback=lambda epoch: states.append(epoch.state))
    assert whole.stopped_by == "tol"
    assert bits(descend(tol=0.1, resume=states[-1])) == bits(whole)
    assert bits(descend(tol=0.1, resume=whole)) == bits(whole)


def test_more_epochs_may_be_asked_for_but_not_fewer() -> None:
    part = descend(epochs=5, tol=0)
    assert bits(descend(epochs=5, tol=0, resume=part)) == bits(part)
    with pytest.raises(ValueError, match="epochs: 5 are walked already, got 4"):
        descend(epochs=4, tol=0, resume=part)


def test_the_path_begins_where_it_goes_on() -> None:
    p = problem(n=50)
    options = {"batch_size": 7, "record": 2}
    part = descend(p.cost(), p.theta, epochs=4, rng=0, **options)
    resumed = descend(p.cost(), p.theta, epochs=8, resume=part, **options)
    whole = descend(p.cost(), p.theta, epochs=8, rng=0, **options)
    assert whole.path is not None
    assert np.array_equal(resumed.path, whole.path[2:])  # type: ignore[arg-type]


def test_the_generator_that_is_given_is_wound_on() -> None:
    p = problem(n=50)
    left = []
    for resume in (False, True):
        rng = np.random.default_rng(3)
        part = descend(p.cost(), p.theta, epochs=2, batch_size=7, rng=rng) if resume else None
        rng = np.random.default_rng(3)
        descend(p.cost(), p.theta, epochs=5, batch_size=7, rng=rng, resume=part)
        left.append(rng.random())
    assert left[0] == left[1]


@pytest.mark.parametrize("kind", ["PCG64", "MT19937", "Philox", "SFC64", "PCG64DXSM"])
def test_every_generator_of_numpy(kind: str) -> None:
    p = problem(n=50)

    def rng() -> np.random.Generator:
        return np.random.Generator(getattr(np.random, kind)(0))

    whole = descend(p.cost(), p.theta, epochs=5, batch_size=7, rng=rng())
    part = descend(p.cost(), p.theta, epochs=2, batch_size=7, rng=rng())
    got = descend(p.cost(), p.theta, epochs=5, batch_size=7, rng=rng(), resume=part)
    assert bits(got) == bits(whole)


def test_another_kind_of_generator_is_refused() -> None:
    p = problem(n=50)
    part = descend(p.cost(), p.theta, epochs=2, batch_size=7)
    with pytest.raises(ValueError, match="rng: resume goes on with a PCG64, got a MT19937"):
        descend(
            p.cost(), p.theta, epochs=5, batch_size=7, resume=part,
            rng=np.random.Generator(np.random.MT19937()),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("other", "name"),
    [({"learning_rate": 0.1}, "learning_rate"), ({"learning_rate": lambda e: 0.1}, "learning_rate"),
     ({"momentum": 0.5}, "momentum"), ({"nesterov": True}, "nesterov"), ({"l2": 0.1}, "l2"),
     ({"batch_size": 8}, "batch_size"), ({"batch_size": None}, "batch_size"), ({"tol": 0}, "tol")],
)  # fmt: skip
def test_other_options_are_refused(other: dict[str, Any], name: str) -> None:
    p = problem(n=50)
    options = {"batch_size": 7, "epochs": 2}
    part = descend(p.cost(), p.theta, **options)
    with pytest.raises(ValueError, match=f"resume: made with {name} .*; only epochs, callback"):
        descend(p.cost(), p.theta, resume=part, **(options | other))


def test_other_data_are_refused() -> None:
    p = problem(n=50)
    q = p.of_rows(slice(49))
    part = descend(p.cost(), p.theta, epochs=2)
    with pytest.raises(ValueError, match="resume: made with n_examples 50, got 49"):
        descend(q.cost(), q.theta, resume=part)
    with pytest.raises(ValueError, match="resume: made with n_parameters 39, got 2"):
        descend(Bowl(), resume=part)
    with pytest.raises(ValueError, match="resume: made with arithmetic 'float64', got 'float32'"):
        descend(p.cost("float32"), p.theta, resume=part)
    with pytest.raises(ValueError, match="resume: made with dtype 'float64', got 'float32'"):
        descend(p.cost(), p.theta.astype(np.float32), resume=part)


def test_what_has_no_state_is_refused() -> None:
    message = "resume: expected a State, a Descent, a Checkpoint or None, got 3$"
    with pytest.raises(TypeError, match=message):
        descend(resume=3)


@pytest.mark.parametrize("path", ["run.safetensors", Path("run.safetensors")])
def test_a_file_s_name_alone_is_refused_with_what_reads_it(path: Any) -> None:
    with pytest.raises(TypeError, match=re.escape(f"for a file Checkpoint({path!r})")):
        descend(resume=path)


@pytest.mark.parametrize("batch_size", [None, 7])
@pytest.mark.parametrize("length", [0, 38, 40])
def test_a_velocity_of_another_length_is_refused(batch_size: int | None, length: int) -> None:
    """A full-batch descent read, and wrote, beside its end."""
    p = problem(n=50)
    options: dict[str, Any] = {"momentum": 0.9, "batch_size": batch_size}
    state = descend(p.cost(), p.theta, epochs=1, **options).state
    assert state is not None
    with pytest.raises(ValueError, match=f"velocity has {length} entries"):
        descend(p.cost(), p.theta, resume=state._replace(velocity=np.zeros(length)), **options)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (np.random.MT19937, {"state": {"key": [1] * 624, "pos": 2**20}}),
        (np.random.MT19937, {"state": {"key": [1] * 624, "pos": -1}}),
        (np.random.MT19937, {"state": {"key": [1] * 3, "pos": 0}}),
        (np.random.Philox, {"buffer_pos": -(2**20)}),
        (np.random.Philox, {"buffer_pos": 5}),
        (np.random.PCG64, {"state": {"state": "1", "inc": None}}),
        (np.random.PCG64, {"state": None}),
    ],
)
def test_a_generator_s_state_that_is_none_is_refused(kind: Any, change: dict[str, Any]) -> None:
    """NumPy takes any place in a buffer, and reads memory there."""
    p, rng = problem(n=50), np.random.Generator(kind(0))
    state = descend(p.cost(), p.theta, epochs=1, batch_size=7, rng=rng).state
    assert state is not None
    assert state.generator is not None
    other = state._replace(generator={**state.generator, **change})
    with pytest.raises(ValueError, match="rng: the state to resume from is no"):
        descend(p.cost(), p.theta, batch_size=7, rng=rng, resume=other)
