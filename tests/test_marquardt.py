"""`marquardt`: steps that lower the cost, what ends them, what an interruption leaves."""

from __future__ import annotations

import itertools
import math
import sys
from typing import Any

import numpy as np
import pytest
from tests.common import problem

import fastgd
from fastgd import Cost, Descent, DivergenceError, Network, gradient_descent, levenberg_marquardt
from fastgd.callbacks import EarlyStopping, Epoch


class Line:
    """C = |M theta - y|^2: one undamped step reaches the minimum."""

    M = np.array([[1.0, 2.0], [3.0, 4.0], [0.0, 1.0]])
    y = np.array([1.0, 2.0, 3.0])

    def __call__(self, theta: Any) -> float:
        return float(np.sum((self.M @ theta - self.y) ** 2))

    def normal_equations(self, theta: Any) -> tuple[float, Any, Any]:
        return self(theta), 2 * self.M.T @ (self.M @ theta - self.y), 2 * self.M.T @ self.M


class Rosenbrock(Line):
    """r = (10 (b - a^2), 1 - a): a curved valley, its minimum at (1, 1)."""

    def residuals(self, theta: Any) -> Any:
        a, b = theta
        return np.array([10 * (b - a * a), 1 - a])

    def __call__(self, theta: Any) -> float:
        return float(np.sum(self.residuals(theta) ** 2))

    def normal_equations(self, theta: Any) -> tuple[float, Any, Any]:
        J = np.array([[-20 * theta[0], 10.0], [-1.0, 0.0]])
        return self(theta), 2 * J.T @ self.residuals(theta), 2 * J.T @ J


def waves(n: int = 60, hidden: int = 6) -> tuple[Cost, Any]:
    x = np.linspace(-1, 1, n)[:, None]
    net = Network((1, hidden, 1), activation="tanh", output_activation="identity")
    return Cost(net, x, np.sin(4 * x)), net.random_theta(rng=0, dtype=float)


# --------------------------------------------------------------------------------- where it goes


def test_a_linear_problem_is_solved() -> None:
    expected = np.linalg.lstsq(Line.M, Line.y, rcond=None)[0]
    got = levenberg_marquardt(Line(), [0.0, 0.0])
    assert np.allclose(got.theta, expected, atol=1e-8)
    assert got.steps <= 12


def test_the_valley_is_walked_to_its_end() -> None:
    got = levenberg_marquardt(Rosenbrock(), [-1.2, 1.0])
    assert np.allclose(got.theta, 1, atol=1e-8)
    assert got.steps < 40


def test_it_is_scipy_s_minimum() -> None:
    """Near the network that the targets are made with there is a minimum well shaped."""
    optimize = pytest.importorskip("scipy.optimize")
    rng = np.random.default_rng(0)
    net = Network((2, 3, 1), activation="tanh", output_activation="identity")
    teacher, x = 2 * net.random_theta(rng=1, dtype=float), rng.normal(size=(300, 2))
    cost = Cost(net, x, net(teacher, x) + 0.1 * rng.normal(size=(300, 1)))
    ours = levenberg_marquardt(cost, teacher)
    tight = {"xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-12}
    theirs = optimize.least_squares(cost.residuals, ours.theta, jac=cost.jacobian, **tight)
    assert ours.cost == pytest.approx(2 * theirs.cost, rel=1e-8)
    assert ours.cost < cost(teacher)


@pytest.mark.parametrize("seed", range(5))
def test_every_step_lowers_the_cost(seed: int) -> None:
    p = problem((3, 5, 1), 50, "sigmoid", "identity", seed=seed)
    got = levenberg_marquardt(p.cost(), p.theta, epochs=60)
    costs = [*got.costs, got.cost]
    assert all(after < before for before, after in itertools.pairwise(costs))
    assert got.cost == p.cost()(got.theta)


def test_it_leaves_gradient_descent_behind() -> None:
    cost, theta = waves()
    ours = levenberg_marquardt(cost, theta, epochs=100)
    assert ours.cost < 1e-7
    assert gradient_descent(cost, theta, learning_rate=0.1, epochs=1000).cost > 1e-2


def test_steps_follow_the_bend() -> None:
    """Without their second derivative the same valley takes more of them."""

    class Straight:
        def __init__(self, cost: Cost) -> None:
            self.normal_equations, self.cost = cost.normal_equations, cost

        def __call__(self, theta: Any) -> float:
            return self.cost(theta)

    cost, theta = waves()
    bent, straight = (levenberg_marquardt(c, theta, epochs=100) for c in (cost, Straight(cost)))
    assert bent.cost < straight.cost / 10


@pytest.mark.parametrize("n_threads", [2, 3, 7])
def test_the_same_bits_for_any_number_of_threads(n_threads: int) -> None:
    cost, theta = waves(1000)
    alone, together = (
        levenberg_marquardt(cost.on_threads(n), theta, epochs=20) for n in (1, n_threads)
    )
    assert np.array_equal(alone.theta, together.theta)
    assert np.array_equal(alone.costs, together.costs)


def test_without_scipy_numpy_solves(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = levenberg_marquardt(Rosenbrock(), [-1.2, 1.0])
    monkeypatch.setitem(sys.modules, "scipy.linalg.lapack", None)
    got = levenberg_marquardt(Rosenbrock(), [-1.2, 1.0])
    assert np.allclose(got.theta, expected.theta, atol=1e-8)


def test_float32_goes_as_far_as_float32_can() -> None:
    cost, theta = waves()
    single = Cost(cost.network, np.linspace(-1, 1, 60, dtype=np.float32)[:, None], cost.targets)
    got = levenberg_marquardt(single, theta.astype(np.float32))
    assert got.theta.dtype == np.float32
    assert got.cost < 1e-5


def test_theta_is_as_wide_as_the_cost_and_the_start_is_left_alone() -> None:
    cost, theta = waves()
    start = theta.astype(np.float32)
    before = start.copy()
    got = levenberg_marquardt(cost, start, epochs=3, record=1)
    assert got.theta.dtype == np.float64
    assert got.path is not None
    assert got.path.shape == (4, len(theta))
    assert np.array_equal(start, before)
    assert np.array_equal(got.path[0], before)


# -------------------------------------------------------------------------------- what ends it


def test_it_ends_where_the_gradient_does() -> None:
    got = levenberg_marquardt(Line(), [0.0, 0.0], gradient_tol=1e-6, step_tol=0, cost_tol=0)
    assert got.stopped_by == "gradient"
    assert abs(Line().normal_equations(got.theta)[1]).max() <= 1e-6


def test_it_ends_where_steps_are_short() -> None:
    options = {"gradient_tol": 0, "cost_tol": 0}
    got = levenberg_marquardt(Line(), [0.0, 0.0], step_tol=1e-3, **options)
    assert got.stopped_by == "step"
    assert got.steps < 10


def test_it_ends_where_nothing_is_gained() -> None:
    cost, theta = waves()
    got = levenberg_marquardt(cost, theta, gradient_tol=0, step_tol=0, cost_tol=0.01)
    assert got.stopped_by == "cost"
    assert got.cost >= 0.99 * got.costs[-1]


def test_it_ends_with_its_epochs() -> None:
    cost, theta = waves()
    got = levenberg_marquardt(cost, theta, epochs=4)
    assert (got.stopped_by, got.steps, len(got.costs)) == ("epochs", 4, 4)


def test_at_the_minimum_there_is_no_step() -> None:
    there = np.linalg.lstsq(Line.M, Line.y, rcond=None)[0]
    got = levenberg_marquardt(Line(), there, gradient_tol=1e-9)
    assert (got.stopped_by, got.steps, got.cost) == ("gradient", 0, Line()(there))


def test_without_tolerances_it_ends_too() -> None:
    got = levenberg_marquardt(Line(), [0.0, 0.0], gradient_tol=0, step_tol=0, cost_tol=0)
    assert got.stopped_by in ("step", "cost", "gradient")


def test_dead_neurons_are_named() -> None:
    """All relu neurons are off for every example: only the output's bias is left."""
    net = Network((1, 3, 1), activation="relu", output_activation="identity")
    theta = np.array([1.0, 1, 1, -9, -9, -9, 1, 1, 1, 0])
    cost = Cost(net, np.linspace(0, 1, 9)[:, None], np.linspace(0, 1, 9))
    got = levenberg_marquardt(cost, theta)
    assert got.stopped_by == "singular"
    assert got.theta[-1] == pytest.approx(0.5)


def test_early_stopping_keeps_the_best() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (40, 1))
    y = np.sin(3 * x) + 0.3 * rng.normal(size=x.shape)
    net = Network((1, 20, 1), activation="tanh", output_activation="identity")
    held_out = EarlyStopping(Cost(net, x[20:], y[20:]), patience=6)
    got = levenberg_marquardt(Cost(net, x[:20], y[:20]), net.random_theta(0), callback=held_out)
    assert got.stopped_by == "callback"
    assert held_out.best_epoch == len(held_out.costs) - 6
    assert got.cost < held_out.best_cost < held_out.costs[-1]


def test_a_callback_sees_each_epoch() -> None:
    cost, theta = waves()
    seen: list[Epoch] = []
    got = levenberg_marquardt(cost, theta, epochs=3, callback=seen.append)
    assert [(e.epoch, e.steps, e.cost) for e in seen] == [
        (k + 1, k + 1, c) for k, c in enumerate(got.costs)
    ]
    assert np.array_equal(seen[-1].theta, got.theta)


def test_progress_goes_to_stderr(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rich")
    cost, theta = waves()
    levenberg_marquardt(cost, theta, epochs=3, progress=True)
    assert capfd.readouterr().out == ""


# -------------------------------------------------------------------------- ends that are none


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interruption_carries_the_walk_so_far(error: type[BaseException]) -> None:
    cost, theta = waves()

    def third(epoch: Epoch) -> None:
        if epoch.epoch == 3:
            raise error

    with pytest.raises(error) as caught:
        levenberg_marquardt(cost, theta, callback=third)
    got = caught.value.descent  # type: ignore[attr-defined]
    assert isinstance(got, Descent)
    assert (got.stopped_by, len(got.costs)) == ("interrupt", 3)
    assert got.cost == cost(got.theta)


def test_an_interruption_before_the_first_look_does_too() -> None:
    class Interrupted(Line):
        def __call__(self, theta: Any) -> float:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        levenberg_marquardt(Interrupted(), [1.0, 2.0])
    assert caught.value.descent.theta.tolist() == [1.0, 2.0]  # type: ignore[attr-defined]


@pytest.mark.parametrize("at", [1, 5, 11])
def test_a_resumed_walk_has_the_bits_of_one(at: int) -> None:
    cost, theta = waves()
    whole = levenberg_marquardt(cost, theta, epochs=12)
    some = levenberg_marquardt(cost, theta, epochs=at)
    rest = levenberg_marquardt(cost, theta, epochs=12, resume=some)
    assert np.array_equal(rest.theta, whole.theta)
    assert np.array_equal(rest.costs, whole.costs)
    assert (rest.steps, rest.stopped_by) == (whole.steps, whole.stopped_by)


def test_a_walk_at_rest_stays_there() -> None:
    got = levenberg_marquardt(Line(), [0.0, 0.0])
    again = levenberg_marquardt(Line(), [0.0, 0.0], resume=got)
    assert again.stopped_by == got.stopped_by != "epochs"
    assert np.array_equal(again.theta, got.theta)
    assert again.cost == got.cost


def test_one_walk_is_not_resumed_as_another() -> None:
    cost, theta = waves()
    ours = levenberg_marquardt(cost, theta, epochs=2)
    with pytest.raises(ValueError, match="resume: made with cost_tol"):
        levenberg_marquardt(cost, theta, cost_tol=0.5, resume=ours)
    with pytest.raises(ValueError, match="resume: made with"):
        gradient_descent(cost, theta, learning_rate=0.1, resume=ours)


def test_a_start_without_a_finite_cost_is_told() -> None:
    net = Network((1, 2, 1), activation="relu", output_activation="identity")
    cost = Cost(net, [[1.0]], [[0.0]])
    start = np.full(net.n_parameters, 1e200)
    with pytest.raises(DivergenceError, match="epoch 1; start from smaller weights") as caught:
        levenberg_marquardt(cost, start)
    assert np.array_equal(caught.value.theta, start)
    assert math.isnan(caught.value.learning_rate)


def test_steps_into_costs_that_are_not_finite_are_not_taken() -> None:
    class Cliff(Line):
        def __call__(self, theta: Any) -> float:
            return math.nan if theta[0] < -0.2 else super().__call__(theta)

    got = levenberg_marquardt(Cliff(), [0.0, 0.0], epochs=50)
    assert math.isfinite(got.cost)
    assert got.theta[0] >= -0.2


# ------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"damping": 0}, ValueError, "damping: expected a finite number above 0"),
        ({"step_tol": -1}, ValueError, "step_tol: expected a finite number at least 0"),
        ({"cost_tol": "small"}, TypeError, "cost_tol: expected a number"),
        ({"epochs": 0}, ValueError, "epochs: expected an integer of at least 1"),
        ({"record": 0.5}, TypeError, "record: expected an integer"),
        ({"callback": 3}, TypeError, "callback: expected functions"),
        ({"resume": 3}, TypeError, "resume: expected a State"),
        ({"theta": [math.inf, 0]}, ValueError, "theta"),
        ({"theta": [[0.0, 0]]}, ValueError, "theta: expected 1 dimension"),
        ({"cost": print}, TypeError, "normal_equations to solve; give a fastgd.Cost"),
    ],
)
def test_what_does_not_fit_is_named(options: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        levenberg_marquardt(**{"cost": Line(), "theta": [0.0, 0.0], **options})


def test_it_is_public() -> None:
    assert fastgd.levenberg_marquardt is levenberg_marquardt
