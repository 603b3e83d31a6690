"""`_steps`: a step an epoch as in closed form; a step a batch, every epoch in its own order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.bowl import Bowl, descend
from tests.common import distance, problem, spec

from fastgd import DivergenceError, _reference
from fastgd._mini_batches import MiniBatches
from fastgd._rule import Rule

# ---------------------------------------------------------------------------- a step an epoch


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


def test_it_stops_once_a_step_moves_no_more_than_tol() -> None:
    """Steps have length sqrt(5)/2, sqrt(5)/4, ...: the 5th is the first of at most 0.1."""
    got = descend(tol=0.1)
    assert (got.stopped_by, got.steps, len(got.costs)) == ("tol", 5, 5)


def test_tol_zero_stops_where_nothing_moves() -> None:
    assert descend(theta=Bowl.middle, tol=0.0).stopped_by == "tol"


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


def test_a_gradient_of_another_shape_is_refused() -> None:
    class Wrong(Bowl):
        def value_and_gradient(self, theta: Any) -> tuple[float, Any]:
            return 1.0, np.ones((2, 1))

    with pytest.raises(ValueError, match=r"gradient has shape \(2, 1\); theta has shape \(2,\)"):
        descend(Wrong())


def test_full_batch_on_a_cost_is_a_numpy_loop() -> None:
    p = problem((4, 6, 3), 40, "tanh")
    theta = p.theta.copy()
    for _ in range(20):
        _, gradient, n = _reference.sums(*spec(p.network), theta, p.X, p.Y)
        theta -= 0.3 * gradient / n
    got = descend(p.cost(), p.theta, learning_rate=0.3, epochs=20, tol=0)
    assert distance(got.theta, theta) < 1e-12


# ----------------------------------------------------------------------------- a step a batch


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
    seen = []

    class Spy:
        n_examples, steps, exact, velocity, epochs_at_once = 6, 0, p.theta, None, 1
        rule = Rule(0.25)
        orders = MiniBatches.orders

        def mini_batches(self, *args: Any, **kwargs: Any) -> Any:
            return self

        def epoch(self, order: Any) -> float:
            seen.append(tuple(order))
            return 1.0

        def __call__(self, theta: Any) -> float:
            return 1.0

    descend(Spy(), p.theta, batch_size=2, epochs=5, rng=0)
    assert len(set(seen)) == 5
    assert {tuple(sorted(order)) for order in seen} == {tuple(range(6))}


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


# ------------------------------------------------------------------------ many epochs a call


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize(("n", "batch_size"), [(50, 7), (50, 10), (5, 50), (1, 1)])
def test_epochs_walked_at_once_are_those_walked_one_by_one(
    momentum: float, n: int, batch_size: int
) -> None:
    p = problem(n=n)
    options: dict[str, Any] = {
        "batch_size": batch_size, "epochs": 30, "momentum": momentum, "learning_rate": 0.1,
        "rng": 3,
    }  # fmt: skip
    at_once = descend(p.cost(), p.theta, **options)
    each = descend(p.cost(), p.theta, callback=lambda epoch: None, **options)
    assert at_once.theta.tobytes() == each.theta.tobytes()
    assert at_once.costs.tobytes() == each.costs.tobytes()
    assert (at_once.steps, len(at_once.costs)) == (each.steps, 30)


def test_epochs_walked_at_once_draw_as_many_orders() -> None:
    p = problem(n=50)
    left = []
    for callback in (None, lambda epoch: None):
        rng = np.random.default_rng(3)
        descend(p.cost(), p.theta, batch_size=7, epochs=5, rng=rng, callback=callback)
        left.append(rng.random())
    assert left[0] == left[1]


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_divergence_at_once_is_told_as_one_by_one(momentum: float, dtype: str) -> None:
    p = problem((3, 4, 2), 60, output_activation="identity")
    told = []
    for callback in (None, lambda epoch: None):
        with pytest.raises(DivergenceError) as caught:
            descend(
                p.cost(dtype), p.theta.astype(dtype), batch_size=60, learning_rate=8.0,
                momentum=momentum, rng=0, callback=callback,
            )  # fmt: skip
        told.append((caught.value.epoch, caught.value.theta.tobytes()))
    assert told[0] == told[1]
    assert told[0][0] > 2
