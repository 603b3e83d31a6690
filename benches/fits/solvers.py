"""What fits the networks: each from the same start, in float64, until the cost is low enough.

A solver is a function of (fit, seed, seconds at most): seconds until a cost it computed was at
most the stated one, or infinity. What it compiles or prepares before its first step is not timed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

import fastgd
from benches.fits.problems import Fit

Solver = Callable[[Fit, int, float], float]
# Of `gradient_descent`: all are tried, and the best kept, which is not timed.
RATES = (0.003, 0.01, 0.03, 0.1, 0.3)
BATCHES = (10, 50, None)
MOMENTA = (0.0, 0.9)


class EndError(Exception):
    """The cost is low enough, or the time is over."""


class Clock:
    """Looks at each cost that a solver computes."""

    def __init__(self, target: float, limit: float) -> None:
        self.target, self.limit = target, limit
        self.reached = math.inf
        self.began = time.perf_counter()

    def look(self, cost: float) -> None:
        """Raise EndError where it is over."""
        now = time.perf_counter() - self.began
        if cost <= self.target:
            self.reached = now
        if cost <= self.target or now > self.limit:
            raise EndError


def network_of(fit: Fit) -> fastgd.Network:
    return fastgd.Network(fit.layer_sizes, activation="tanh", output_activation="identity")


def start_of(fit: Fit, seed: int) -> Any:
    return network_of(fit).random_theta(rng=seed, dtype=np.float64)


class Watched(fastgd.Cost):
    """A cost whose every value is looked at."""

    clock: Clock

    def __call__(self, theta: Any) -> float:
        cost = super().__call__(theta)
        self.clock.look(cost)
        return cost

    def value_and_gradient(self, theta: Any, *, out: Any = None) -> tuple[float, Any]:
        cost, gradient = super().value_and_gradient(theta, out=out)
        self.clock.look(cost)
        return cost, gradient

    def residuals(self, theta: Any, rows: Any = None) -> Any:
        r = super().residuals(theta, rows)
        self.clock.look(float(r @ r))
        return r


def timed(fit: Fit, limit: float, walk: Callable[[Any], object]) -> float:
    """Seconds until `walk` has computed a cost that is low enough."""
    cost = Watched(network_of(fit), fit.X, fit.Y)
    cost.clock = Clock(fit.target, limit)
    with suppress(EndError, fastgd.DivergenceError):
        walk(cost)
    return cost.clock.reached


def levenberg_marquardt(fit: Fit, seed: int, limit: float) -> float:
    """Ours."""
    start = start_of(fit, seed)
    return timed(fit, limit, lambda c: fastgd.levenberg_marquardt(c, start, epochs=10**6))


def lbfgs(fit: Fit, seed: int, limit: float) -> float:
    """SciPy's L-BFGS-B over `Cost`."""
    from scipy.optimize import minimize

    start = start_of(fit, seed)
    options = {"maxiter": 10**6, "maxfun": 10**7, "ftol": 0.0, "gtol": 1e-12}
    return timed(
        fit, limit,
        lambda c: minimize(
            c.value_and_gradient, start, jac=True, method="L-BFGS-B", options=options
        ),
    )  # fmt: skip


def trust_region(fit: Fit, seed: int, limit: float) -> float:
    """SciPy's least_squares, trf, with our Jacobian."""
    from scipy.optimize import least_squares

    start = start_of(fit, seed)
    tolerances = {"ftol": None, "xtol": 1e-14, "gtol": None, "max_nfev": 10**6}
    return timed(
        fit, limit,
        lambda c: least_squares(c.residuals, start, jac=c.jacobian, method="trf", **tolerances),
    )  # fmt: skip


class Descents:
    """`gradient_descent` at the best rate, batch size and momentum of a grid.

    The cost of all examples is asked for after each epoch in time that is not counted.
    """

    def __init__(self) -> None:
        self._best: dict[str, dict[str, Any]] = {}

    def __call__(self, fit: Fit, seed: int, limit: float) -> float:
        if fit.name not in self._best:
            self._best[fit.name] = self.search(fit, limit)
        return self.walk(fit, seed, limit, self._best[fit.name])[0]

    def walk(
        self, fit: Fit, seed: int, limit: float, options: dict[str, Any]
    ) -> tuple[float, float]:
        """(seconds to the stated cost, the lowest cost)."""
        cost = fastgd.Cost(network_of(fit), fit.X, fit.Y)
        lowest, reached, apart = math.inf, math.inf, 0.0
        began = time.perf_counter()

        def after(epoch: Any) -> bool:
            nonlocal lowest, reached, apart
            asked = time.perf_counter()
            lowest = min(lowest, cost(epoch.theta))
            if lowest <= fit.target:
                reached = asked - began - apart
            apart += time.perf_counter() - asked
            return lowest <= fit.target or asked - began - apart > limit

        with suppress(fastgd.DivergenceError):
            fastgd.gradient_descent(
                cost, start_of(fit, seed), epochs=10**7, rng=seed, callback=after, **options
            )
        return reached, lowest

    def search(self, fit: Fit, limit: float) -> dict[str, Any]:
        """By two seeds, half the time each: the fastest, or the lowest where none gets there."""
        grid = [
            {"learning_rate": rate, "batch_size": batch, "momentum": momentum}
            for rate in RATES for batch in BATCHES for momentum in MOMENTA
        ]  # fmt: skip

        def quality(options: dict[str, Any]) -> tuple[float, float]:
            found = [self.walk(fit, seed, limit / 2, options) for seed in (100, 101)]
            reached, lowest = np.array(found).T
            return float(np.minimum(reached, limit).sum()), float(lowest.mean())

        return min(grid, key=quality)

    def told(self, fit: Fit) -> str:
        """What was the best."""
        options = self._best[fit.name]
        return ", ".join(f"{name} {value}" for name, value in options.items())


def mlp_regressor(fit: Fit, seed: int, limit: float) -> float:
    """scikit-learn's MLPRegressor, solver lbfgs; its own start, no penalty."""
    import warnings

    from sklearn.neural_network import MLPRegressor

    clock = Clock(fit.target, limit)
    n_outputs = fit.Y.shape[1]

    class Told(MLPRegressor):
        def _loss_grad_lbfgs(self, *args: Any) -> Any:
            loss, gradient = super()._loss_grad_lbfgs(*args)
            clock.look(2 * n_outputs * loss)  # it halves, and averages over outputs
            return loss, gradient

    model = Told(
        hidden_layer_sizes=fit.hidden, activation="tanh", solver="lbfgs", alpha=0.0,
        max_iter=10**6, max_fun=10**7, tol=1e-14, random_state=seed,
    )  # fmt: skip
    y = fit.Y[:, 0] if n_outputs == 1 else fit.Y
    with warnings.catch_warnings(), suppress(EndError):
        warnings.simplefilter("ignore")
        model.fit(fit.X, y)
    return clock.reached


def solvers() -> dict[str, Solver]:
    """By name; those whose library is missing are left out."""
    found: dict[str, Solver] = {
        "fastgd LM": levenberg_marquardt,
        "L-BFGS": lbfgs,
        "descent": Descents(),
        "MLPRegressor": mlp_regressor,
        "least_squares": trust_region,
    }
    try:
        from benches.fits.jax_lm import optimistix_lm
    except ImportError:
        return found
    return found | {"optimistix LM": optimistix_lm}
