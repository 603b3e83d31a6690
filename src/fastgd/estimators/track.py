"""What a training notes after each epoch, and whether it has come to rest.

The rule is that of scikit-learn's networks: an epoch is no gain where the loss (with early
stopping: the score on examples held out) is not better than the best so far by ``tol``; more
than ``n_iter_no_change`` such epochs in a row end the training.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd.estimators.examples import Examples
from fastgd.network import Network

Array = NDArray[Any]


@dataclass
class Validation:
    """Examples held out, and what a network made of them after each epoch.

    Attributes
    ----------
    network : Network
    examples : Examples
    score : callable
        Of outputs (n, n_outputs) and the examples: the higher the better.
    n_threads : int or None
    losses, scores : list of float
        One number an epoch, added to here.
    """

    network: Network
    examples: Examples
    score: Callable[[Array, Examples], float]
    n_threads: int | None
    losses: list[float]
    scores: list[float]

    def note(self, theta: Array) -> float:
        """Take down cost and score at theta, NaN where an output overflows; return the score."""
        X, _, Y, weight = self.examples
        outputs = self.network(theta, X, n_threads=self.n_threads)
        cost = score = math.nan
        if np.isfinite(outputs).all():
            costs = np.square(Y - outputs, dtype=np.float64).sum(axis=1)
            cost, score = (
                float(np.average(costs, weights=weight)),
                self.score(outputs, self.examples),
            )
        self.losses.append(cost)
        self.scores.append(score)
        return score


@dataclass
class Track:
    """The curves of a training, the best epoch, and how long there was no gain.

    Attributes
    ----------
    tol, n_iter_no_change : float
    by_score : bool
        Whether scores judge the epochs (early stopping), or training losses.
    losses : list of float
        One number an epoch, added to here.
    validation : Validation or None
    best : float
        The lowest loss so far, or the highest score with its sign turned.
    best_theta : (n_parameters,) array or None
    n_without_gain : int
        Epochs in a row.
    """

    tol: float
    n_iter_no_change: float
    by_score: bool
    losses: list[float]
    validation: Validation | None
    best: float = math.inf
    best_theta: Array | None = None
    n_without_gain: int = 0

    def note(self, loss: float, theta: Array) -> bool:
        """Take down one epoch: whether the training has come to rest."""
        self.losses.append(loss)
        value = loss
        if self.validation is not None:
            score = self.validation.note(theta)
            if self.by_score:
                value = -score
        self.n_without_gain = self.n_without_gain + 1 if value > self.best - self.tol else 0
        if value < self.best:
            self.best, self.best_theta = value, theta
        return self.n_without_gain > self.n_iter_no_change

    def __str__(self) -> str:
        """The last epoch, in scikit-learn's words."""
        line = f"Iteration {len(self.losses)}, loss = {self.losses[-1]:.8f}"
        if self.validation is not None:
            line += f"\nValidation score: {self.validation.scores[-1]:.6f}"
        return line
