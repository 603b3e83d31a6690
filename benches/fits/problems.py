"""Twelve small regressions: functions whose authors are named, and tables that packages ship.

Inputs and targets are standardised, so that a cost of 1 is that of the mean, and the stated cost
is the share of the variance that may be left over, summed over outputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """Numbers to learn, hidden layers to learn them with, and the cost that is good enough."""

    name: str
    X: Array
    Y: Array
    hidden: tuple[int, ...]
    target: float

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        return (self.X.shape[1], *self.hidden, self.Y.shape[1])


def standard(name: str, X: Any, Y: Any, hidden: tuple[int, ...], target: float) -> Fit:
    """Columns of mean 0 and standard deviation 1."""
    X, Y = np.asarray(X, float), np.asarray(Y, float)
    X, Y = (a.reshape(len(a), -1) for a in (X, Y))
    X, Y = ((a - a.mean(axis=0)) / a.std(axis=0) for a in (X, Y))
    return Fit(name, np.ascontiguousarray(X), np.ascontiguousarray(Y), hidden, target)


def nguyen(rng: np.random.Generator) -> list[Fit]:
    """Functions 4, 7 and 10 of Nguyen et al. 2011 (symbolic regression), at more points."""
    x = np.linspace(-1, 1, 100)
    powers = sum(x**k for k in range(1, 7))
    positive = np.linspace(0, 2, 100)
    logs = np.log(positive + 1) + np.log(positive**2 + 1)
    pairs = rng.uniform(-np.pi, np.pi, (400, 2))
    waves = 2 * np.sin(pairs[:, 0]) * np.cos(pairs[:, 1])
    return [
        standard("Nguyen 4", x, powers, (8,), 1e-6),
        standard("Nguyen 7", positive, logs, (6,), 1e-8),
        standard("Nguyen 10", pairs, waves, (20,), 1e-4),
    ]


def franke(rng: np.random.Generator) -> list[Fit]:
    """Franke's function of two variables (1979)."""
    x, y = rng.random((2, 500))
    values = (
        0.75 * np.exp(-((9 * x - 2) ** 2) / 4 - (9 * y - 2) ** 2 / 4)
        + 0.75 * np.exp(-((9 * x + 1) ** 2) / 49 - (9 * y + 1) / 10)
        + 0.5 * np.exp(-((9 * x - 7) ** 2) / 4 - (9 * y - 3) ** 2 / 4)
        - 0.2 * np.exp(-((9 * x - 4) ** 2) - (9 * y - 7) ** 2)
    )
    return [standard("Franke", np.stack([x, y], axis=1), values, (20,), 1e-3)]


def friedman() -> list[Fit]:
    """Friedman's three (1991), as scikit-learn draws them; the first with noise."""
    from sklearn.datasets import make_friedman1, make_friedman2, make_friedman3

    return [
        standard("Friedman 1", *make_friedman1(500, noise=1.0, random_state=0), (10,), 0.03),
        standard("Friedman 2", *make_friedman2(500, random_state=0), (10,), 1e-5),
        standard("Friedman 3", *make_friedman3(500, random_state=0), (20,), 1e-3),
    ]


def tables() -> list[Fit]:
    """Tables that scikit-learn ships: a disease's progress, a wine's alcohol, a tumour's area."""
    from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

    wine, cancer = load_wine().data, load_breast_cancer().data
    return [
        standard("diabetes", *load_diabetes(return_X_y=True), (10,), 0.35),
        standard("wine", wine[:, 1:], wine[:, 0], (8,), 0.05),
        standard("breast cancer", cancer[:, :10], cancer[:, 23], (10,), 0.01),
    ]


def arm(rng: np.random.Generator) -> list[Fit]:
    """Where the hand of a planar arm of four joints is."""
    angles = rng.uniform(-1, 1, (1000, 4))
    along = np.cumsum(angles, axis=1)
    links = np.array([1.0, 0.8, 0.6, 0.4])
    hand = np.stack([np.cos(along) @ links, np.sin(along) @ links], axis=1)
    return [standard("robot arm", angles, hand, (20,), 1e-3)]


def mackey_glass() -> list[Fit]:
    """A chaotic series (Mackey and Glass 1977, tau 17): 20 values, and the one 6 steps on."""
    steps_a_unit, tau = 10, 170
    x = np.full(30_000 + tau, 1.2)
    for t in range(tau, len(x) - 1):
        x[t + 1] = x[t] + (0.2 * x[t - tau] / (1 + x[t - tau] ** 10) - 0.1 * x[t]) / steps_a_unit
    series = x[tau + 5000 :: steps_a_unit]
    windows = np.lib.stride_tricks.sliding_window_view(series, 26)[:1000]
    return [standard("Mackey-Glass", windows[:, :20], windows[:, 25], (40,), 1e-4)]


def problems() -> list[Fit]:
    """All of them."""
    rng = np.random.default_rng(0)
    return [
        *nguyen(rng), *franke(rng), *friedman(), *tables(), *arm(rng), *mackey_glass(),
    ]  # fmt: skip
