"""`descent`: on a quadratic bowl without any network, then on a `Cost`."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import numpy as np
import pytest
from tests.common import Problem, distance, problem, spec

from fastgd import Cost, Descent, DivergenceError, Network, _reference, gradient_descent


class Bowl:
    """C = |theta - middle|^2: full-batch descent knows its every step in closed form."""

    middle = np.array([1.0, -2.0])

    def value_and_gradient(self, theta: Any) -> tuple[float, Any]:
        return float((theta - self.middle) @ (theta - self.middle)), 2 * (theta - self.middle)


def descend(cost: Any = None, theta: Any = (0.0, 0.0), **options: Any) -> Descent:
    return gradient_descent(cost or Bowl(), theta, **{"learning_rate": 0.25, **options})


def steep() -> Problem:
    """Identity outputs: nothing bounds the cost."""
    return problem((3, 4, 2), 60, output_activation="identity")


# ------------------------------------------------------------------------ on the bowl


def test_steps_are_the_closed_form_s() -> None:
    """theta - middle shrinks by 1 - 2 * 0.25 = 1/2 a step."""
    got = descend(epochs=5, tol=0)
    assert got.theta.tolist() == ((1 - 0.5**5) * Bowl.middle).tolist()


def test_momentum_s_steps_are_the_heavy_ball_s() -> None:
    theta, velocity = np.zeros(2), np.zeros(2)
    for _ in range(6):
        velocity = 0.5 * velocity + Bowl().value_and_gradient(theta)[1]
        theta = theta - 0.25 * velocity
    assert distance(descend(epochs=6, tol=0, momentum=0.5).theta, theta) < 1e-15


def test_a_turning_point_is_no_rest() -> None:
    """The ball overshoots to 1.25 middle and turns there: after 4 steps its velocity is 0."""
    assert descend(epochs=6, tol=0, momentum=0.5).steps == 6


def test_costs_are_where_each_step_started() -> None:
    assert descend(epochs=3, tol=0).costs.tolist() == [5.0, 5 / 4, 5 / 16]


def test_cost_is_where_it_ended() -> None:
    assert descend(epochs=3, tol=0).cost == 5 / 64


def test_it_stops_once_a_step_moves_no_more_than_tol() -> None:
    """Steps have length sqrt(5)/2, sqrt(5)/4, ...: the 5th is the first of at most 0.1."""
    got = descend(tol=0.1)
    assert (got.stopped_by, got.steps, len(got.costs)) == ("tol", 5, 5)


def test_it_stops_after_its_epochs() -> None:
    got = descend(epochs=4, tol=0)
    assert (got.stopped_by, got.steps, len(got.costs)) == ("epochs", 4, 4)


def test_tol_zero_stops_where_nothing_moves() -> None:
    assert descend(theta=Bowl.middle, tol=0.0).stopped_by == "tol"


def test_repr_tells_how_it_ended() -> None:
    assert repr(descend(epochs=2, tol=0)) == (
        "<Descent to cost 0.3125 in 2 epochs, 2 steps, stopped by epochs>"
    )


@pytest.mark.parametrize(
    ("start", "dtype"),
    [([0, 0], "float64"), (np.zeros(2, np.float32), "float32"), (np.zeros(2), "float64"),
     (np.zeros(2, np.float16), "float32"), (np.zeros(2, ">f4"), "float32"),
     (np.zeros(2, int), "float64")],
)  # fmt: skip
def test_theta_s_dtype_is_kept(start: Any, dtype: str) -> None:
    assert descend(theta=start, epochs=3).theta.dtype == dtype


def test_numpy_rates_do_not_change_the_bits() -> None:
    """A float64 scalar would turn float32 steps into float64 ones."""
    start = np.full(2, 0.1, np.float32)
    plain = descend(theta=start, learning_rate=0.1, momentum=0.3, epochs=5)
    numpy = descend(theta=start, learning_rate=np.float64(0.1), momentum=np.float64(0.3), epochs=5)
    assert np.array_equal(plain.theta, numpy.theta)


@pytest.mark.parametrize("batch_size", [None, 8])
def test_the_start_is_not_modified(batch_size: int | None) -> None:
    p = problem()
    theta = p.theta.copy()
    theta.flags.writeable = False
    descend(p.cost(), theta, epochs=2, batch_size=batch_size)
    assert np.array_equal(theta, p.theta)


@pytest.mark.parametrize("batch_size", [None, 8])
def test_the_result_is_not_the_start(batch_size: int | None) -> None:
    p = problem()
    got = descend(p.cost(), p.theta, epochs=1, batch_size=batch_size, learning_rate=1e-300)
    assert not np.shares_memory(got.theta, p.theta)


def test_the_cost_may_be_callable_or_not() -> None:
    class Called(Bowl):
        def __call__(self, theta: Any) -> float:
            return 42.0

    assert descend(Called(), epochs=1).cost == 42.0


def test_a_gradient_of_another_shape_is_refused() -> None:
    class Wrong(Bowl):
        def value_and_gradient(self, theta: Any) -> tuple[float, Any]:
            return 1.0, np.ones((2, 1))

    with pytest.raises(ValueError, match=r"gradient has shape \(2, 1\); theta has shape \(2,\)"):
        descend(Wrong())


# ------------------------------------------------------------------------------ the path


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


# --------------------------------------------------------------------------- the callback


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


# -------------------------------------------------------------------------- interruptions


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
    monkeypatch.setattr(mini_batches, "WORK_PER_CALL", 1.0)  # a call a step
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


# ----------------------------------------------------------------------------- divergence


@pytest.mark.parametrize("batch_size", [None, 10, 60])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("learning_rate", [3.0, 1e3, 1e38])
def test_divergence_is_told_with_the_last_good_theta(
    batch_size: int | None, dtype: str, learning_rate: float
) -> None:
    p = steep()
    cost = p.cost(dtype)
    start = p.theta.astype(dtype)
    with pytest.raises(DivergenceError) as caught:
        descend(cost, start, learning_rate=learning_rate, batch_size=batch_size, rng=0)
    error = caught.value
    assert error.epoch >= 1
    assert error.learning_rate == learning_rate
    assert error.theta.dtype == dtype
    assert math.isfinite(cost(error.theta))


def test_divergence_is_a_floating_point_error() -> None:
    assert issubclass(DivergenceError, FloatingPointError)


def test_divergence_names_epoch_and_rate() -> None:
    assert str(DivergenceError(7, 0.5, np.zeros(2))) == (
        "the cost is not finite in epoch 7 at learning rate 0.5; try a smaller one"
    )


def test_divergence_counts_epochs_from_one() -> None:
    class Cliff(Bowl):
        calls = 0

        def value_and_gradient(self, theta: Any) -> tuple[float, Any]:
            self.calls += 1
            return (math.inf if self.calls == 3 else 1.0), np.ones(2)

    with pytest.raises(DivergenceError) as caught:
        descend(Cliff())
    assert caught.value.epoch == 3
    assert caught.value.theta.tolist() == [-0.25, -0.25]


@pytest.mark.parametrize("how", [copy.copy, lambda e: pickle.loads(pickle.dumps(e))])
def test_divergence_pickles(how: Any) -> None:
    back = how(DivergenceError(7, 0.5, np.arange(2.0)))
    assert (back.epoch, back.learning_rate, back.theta.tolist()) == (7, 0.5, [0.0, 1.0])


def test_a_gradient_that_is_not_finite_is_divergence() -> None:
    class Edge(Bowl):
        def value_and_gradient(self, theta: Any) -> tuple[float, Any]:
            return 1.0, np.array([np.nan, 0.0])

    with pytest.raises(DivergenceError):
        descend(Edge())


def test_an_end_that_is_not_finite_is_divergence() -> None:
    class Edge(Bowl):
        def __call__(self, theta: Any) -> float:
            return math.nan

    with pytest.raises(DivergenceError):
        descend(Edge(), epochs=1)


# ------------------------------------------------------------------------------ on a Cost


def test_full_batch_on_a_cost_is_a_numpy_loop() -> None:
    p = problem((4, 6, 3), 40, "tanh")
    theta = p.theta.copy()
    for _ in range(20):
        _, gradient, n = _reference.sums(*spec(p.network), theta, p.X, p.Y)
        theta -= 0.3 * gradient / n
    got = descend(p.cost(), p.theta, learning_rate=0.3, epochs=20, tol=0)
    assert distance(got.theta, theta) < 1e-12


@pytest.mark.parametrize("batch_size", [None, 10])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_cost_goes_down(batch_size: int | None, dtype: str) -> None:
    p = problem((4, 6, 3), 40, "tanh")
    cost = p.cost(dtype)
    got = descend(cost, p.theta, batch_size=batch_size, epochs=30, rng=0)
    assert got.cost < 0.8 * cost(p.theta)
    assert got.cost == cost(got.theta)


def test_a_seed_gives_the_same_walk() -> None:
    p = problem(n=50)
    first, second = (
        descend(p.cost(), p.theta, batch_size=7, epochs=3, rng=rng).theta
        for rng in (3, np.random.default_rng(3))
    )
    assert np.array_equal(first, second)


def test_another_seed_gives_another_walk() -> None:
    p = problem(n=50)
    first, second = (
        descend(p.cost(), p.theta, batch_size=7, epochs=3, rng=rng).theta for rng in (3, 4)
    )
    assert not np.array_equal(first, second)


def test_every_epoch_has_an_order_of_its_own() -> None:
    p = problem(n=6)
    orders = []

    class Spy:
        n_examples, steps, theta = 6, 0, p.theta

        def mini_batches(self, *args: Any, **kwargs: Any) -> Any:
            return self

        def epoch(self, order: Any) -> float:
            orders.append(tuple(order))
            return 1.0

        def __call__(self, theta: Any) -> float:
            return 1.0

    descend(Spy(), p.theta, batch_size=2, epochs=5, rng=0)
    assert len(set(orders)) == 5
    assert {tuple(sorted(order)) for order in orders} == {tuple(range(6))}


def test_numpy_s_own_random_state_is_left_alone() -> None:
    p = problem(n=50)
    before = np.random.get_state()  # noqa: NPY002
    descend(p.cost(), p.network.random_theta(), batch_size=7, epochs=2)
    after = np.random.get_state()  # noqa: NPY002
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_a_batch_larger_than_the_data_is_all_of_it() -> None:
    p = problem(n=50)
    assert descend(p.cost(), p.theta, batch_size=10**12, epochs=3).steps == 3


def test_the_last_batch_may_be_smaller() -> None:
    p = problem(n=50)
    assert descend(p.cost(), p.theta, batch_size=7, epochs=2).steps == 2 * 8


def test_progress_goes_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rich")
    descend(epochs=3, tol=0, progress=True)
    assert capfd.readouterr().out == ""


# ------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize("value", [0, 0.0, -0.1, math.nan, math.inf, -math.inf, 10**400], ids=str)
def test_learning_rates_out_of_range_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="learning_rate: expected a finite number above 0, got"):
        descend(learning_rate=value)


@pytest.mark.parametrize(
    "value", ["1", b"1", None, True, np.True_, 1j, [0.1], np.array([0.1])], ids=repr
)
def test_learning_rates_that_are_no_numbers_are_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="learning_rate: expected a number, got"):
        descend(learning_rate=value)


@pytest.mark.parametrize("value", [1, 1.5, -0.1, math.nan], ids=str)
def test_momenta_out_of_range_are_refused(value: Any) -> None:
    with pytest.raises(
        ValueError, match="momentum: expected a finite number at least 0 and below 1, got"
    ):
        descend(momentum=value)


@pytest.mark.parametrize("value", [-1e-9, math.nan, math.inf], ids=str)
def test_tolerances_out_of_range_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="tol: expected a finite number at least 0, got"):
        descend(tol=value)


@pytest.mark.parametrize("name", ["epochs", "batch_size", "record"])
@pytest.mark.parametrize("value", [0, -1])
def test_counts_below_one_are_refused(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"{name}: expected an integer of at least 1, got"):
        descend(**{name: value})


@pytest.mark.parametrize("name", ["epochs", "batch_size", "record"])
@pytest.mark.parametrize("value", [True, np.True_, 2.5, "2", [3]], ids=repr)
def test_counts_that_are_no_integers_are_refused(name: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"{name}: expected an integer, got"):
        descend(**{name: value})


def test_no_epochs_at_all_are_refused() -> None:
    with pytest.raises(TypeError, match="epochs: expected an integer, got None"):
        descend(epochs=None)


def test_a_callback_that_cannot_be_called_is_refused() -> None:
    with pytest.raises(TypeError, match="callback: expected a function or None, got 3"):
        descend(callback=3)


def test_mini_batches_of_any_function_are_refused() -> None:
    with pytest.raises(TypeError, match="batch_size: a Bowl has no examples to draw"):
        descend(batch_size=5)


@pytest.mark.parametrize("theta", [None, "ab", [1j], [None], np.ma.array([1.0], mask=[True])])
def test_starts_that_are_no_numbers_are_refused(theta: Any) -> None:
    with pytest.raises(TypeError, match="theta"):
        descend(theta=theta)


@pytest.mark.parametrize("theta", [3.0, [[1.0, 2.0]]])
def test_starts_of_other_dimensions_are_refused(theta: Any) -> None:
    with pytest.raises(ValueError, match="theta: expected 1 dimension, got shape"):
        descend(theta=theta)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_starts_that_are_not_finite_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"theta\[1\] is (nan|inf); expected finite numbers"):
        descend(theta=[0.0, value])


@pytest.mark.parametrize("batch_size", [None, 5])
def test_starts_of_the_wrong_length_are_refused(batch_size: int | None) -> None:
    p = problem(n=50)
    with pytest.raises(ValueError, match="theta has 3 entries; a 5-4-3 network has 39 parameters"):
        descend(p.cost(), np.zeros(3), batch_size=batch_size)


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
