"""`descent`: what it tells of where it ended and how, to a callback, after Ctrl-C."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from tests.bowl import Bowl, descend
from tests.common import problem

from fastgd import Cost, Descent, Network

# --------------------------------------------------------------------------------- the result


def test_costs_are_where_each_step_started() -> None:
    assert descend(epochs=3, tol=0).costs.tolist() == [5.0, 5 / 4, 5 / 16]


def test_cost_is_where_it_ended() -> None:
    assert descend(epochs=3, tol=0).cost == 5 / 64


def test_it_stops_after_its_epochs() -> None:
    got = descend(epochs=4, tol=0)
    assert (got.stopped_by, got.steps, len(got.costs)) == ("epochs", 4, 4)


def test_repr_tells_how_it_ended() -> None:
    assert repr(descend(epochs=2, tol=0)) == (
        "<Descent from cost 5 to 0.3125 in 2 epochs, 2 steps, stopped by epochs>"
    )
    assert "in 1 epoch, 1 step, stopped" in repr(descend(epochs=1, tol=0))


def test_repr_before_the_first_epoch() -> None:
    nowhere = Descent(np.zeros(2), np.nan, np.zeros(0), 0, "interrupt")
    assert repr(nowhere) == "<Descent to nan in 0 epochs, 0 steps, stopped by interrupt>"
    assert (
        nowhere._repr_html_() == "<p>Descent to nan in 0 epochs, 0 steps, stopped by interrupt</p>"
    )


def test_in_a_notebook_it_is_a_curve() -> None:
    got = descend(epochs=3, tol=0)._repr_html_()
    assert "<p>Descent from cost 5 to 0.07812 in 3 epochs, 3 steps, stopped by epochs</p>" in got
    assert got.count("<polyline") == got.count("<svg") == 1
    assert "<svg" not in descend(epochs=1, tol=0)._repr_html_()


def test_the_cost_may_be_callable_or_not() -> None:
    class Called(Bowl):
        def __call__(self, theta: Any) -> float:
            return 42.0

    assert descend(Called(), epochs=1).cost == 42.0


@pytest.mark.parametrize("batch_size", [None, 10])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_cost_goes_down(batch_size: int | None, dtype: str) -> None:
    p = problem((4, 6, 3), 40, "tanh")
    cost = p.cost(dtype)
    got = descend(cost, p.theta, batch_size=batch_size, epochs=30, rng=0)
    assert got.cost < 0.8 * cost(p.theta)
    assert got.cost == cost(got.theta)


def test_the_walk_of_a_network_needs_no_network() -> None:
    """The lesson in small: 2-2-1 learns xor by full-batch descent."""
    net = Network((2, 4, 1), activation="tanh")

    cost = Cost(net, [[0.0, 0], [0, 1], [1, 0], [1, 1]], [[0.0], [1], [1], [0]])
    theta = net.random_theta(1, dtype=np.float64)
    got = descend(cost, theta, learning_rate=2.0, momentum=0.5, epochs=3000, tol=0)
    assert net(got.theta, [[0.0, 0], [0, 1], [1, 0], [1, 1]]).round().ravel().tolist() == [
        0,
        1,
        1,
        0,
    ]


def test_progress_goes_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rich")
    descend(epochs=3, tol=0, progress=True)
    assert capfd.readouterr().out == ""


# ----------------------------------------------------------------------------------- the path


def test_no_path_is_kept_unless_asked() -> None:
    assert descend(epochs=3).path is None


@pytest.mark.parametrize(("record", "kept"), [(1, [0, 1, 2, 3, 4, 5]), (2, [0, 2, 4]), (9, [0])])
def test_the_path_holds_the_start_and_every_kth_epoch(record: int, kept: list[int]) -> None:
    path = descend(epochs=5, tol=0, record=record).path
    assert path is not None
    assert np.array_equal(path, [(1 - 0.5**k) * Bowl.middle for k in kept])


def test_the_path_of_mini_batches_ends_at_the_end() -> None:
    p = problem(n=50)
    got = descend(p.cost("float32"), p.theta, epochs=4, batch_size=5, record=2, rng=0)
    assert got.path is not None
    assert got.path.shape == (3, len(p.theta))
    assert np.array_equal(got.path[0], p.theta)
    assert np.array_equal(got.path[-1], got.theta)


# ------------------------------------------------------------------------------- the callback


def test_the_callback_sees_every_epoch() -> None:
    seen: list[Any] = []
    got = descend(epochs=3, tol=0, callback=seen.append)
    assert [(e.epoch, e.steps) for e in seen] == [(1, 1), (2, 2), (3, 3)]
    assert [e.cost for e in seen] == got.costs.tolist()
    assert np.array_equal(seen[-1].theta, got.theta)


@pytest.mark.parametrize("batch_size", [None, 8])
def test_a_true_answer_stops(batch_size: int | None) -> None:
    p = problem(n=16)
    got = descend(p.cost(), p.theta, batch_size=batch_size, callback=lambda e: e.epoch == 2)
    assert (got.stopped_by, len(got.costs)) == ("callback", 2)


def test_stop_iteration_stops() -> None:
    def callback(epoch: Any) -> None:
        raise StopIteration

    assert descend(callback=callback).stopped_by == "callback"


@pytest.mark.parametrize("batch_size", [None, 8])
def test_a_callback_may_write_on_its_copy(batch_size: int | None) -> None:
    p = problem(n=16)

    def scribble(epoch: Any) -> None:
        epoch.theta[:] = np.nan

    options = {"epochs": 3, "tol": 0, "batch_size": batch_size, "record": 1, "rng": 0}
    got = descend(p.cost(), p.theta, callback=scribble, **options)
    expected = descend(p.cost(), p.theta, **options)
    assert np.array_equal(got.theta, expected.theta)
    assert np.array_equal(got.path, expected.path)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------ interruptions


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
@pytest.mark.parametrize("batch_size", [None, 5])
def test_what_ends_the_walk_carries_what_was_learned(
    error: type[BaseException], batch_size: int | None
) -> None:
    p = problem(n=50)
    thetas = []

    def callback(epoch: Any) -> None:
        thetas.append(epoch.theta)
        if epoch.epoch == 3:
            raise error

    with pytest.raises(error) as caught:
        descend(p.cost(), p.theta, batch_size=batch_size, callback=callback, record=1)
    descent = caught.value.descent  # type: ignore[attr-defined]
    assert (descent.stopped_by, len(descent.costs)) == ("interrupt", 3)
    assert descent.steps == 3 * (50 // (batch_size or 50))
    assert descent.cost == descent.costs[-1]
    assert np.array_equal(descent.theta, thetas[-1])
    assert len(descent.path) == 4


def test_ctrl_c_inside_an_epoch_keeps_the_finished_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    from fastgd._engine import mini_batches

    p = problem(n=40)
    monkeypatch.setattr(mini_batches, "WORK_PER_WALK", 1.0)  # a walk a step
    run, calls = mini_batches.run, []

    def interrupted(*args: Any) -> Any:
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return run(*args)

    monkeypatch.setattr(mini_batches, "run", interrupted)
    with pytest.raises(KeyboardInterrupt) as caught:
        descend(p.cost(), p.theta, batch_size=8, rng=0)
    descent = caught.value.descent  # type: ignore[attr-defined]
    assert descent.steps == 2
    assert not np.array_equal(descent.theta, p.theta)
    assert math.isnan(descent.cost)


def test_ctrl_c_in_the_last_evaluation_keeps_the_walk() -> None:
    class Slow(Bowl):
        def __call__(self, theta: Any) -> float:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        descend(Slow(), epochs=3, tol=0)
    assert caught.value.descent.steps == 3  # type: ignore[attr-defined]
