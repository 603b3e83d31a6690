"""Cross-validation: a sweep over folds, its scores as means over them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd._checks import as_count
from fastgd._draws import generator_of
from fastgd._engine.arrays import is_one_hot
from fastgd._progress import Report
from fastgd.cost import Cost, as_cost
from fastgd.sweeps.results import REPEATED, Sweep, chosen_in, first_of, shown
from fastgd.sweeps.rounds import sweep


@dataclass(frozen=True, repr=False)
class CrossValidation:
    """What settings are worth on rows they did not learn from.

    Attributes
    ----------
    table : dict of (n_settings,) arrays
        `Sweep.summary`: the varied settings, "fits", "failed", "mean", "std", "lowest" of the
        validation cost, and the mean "accuracy" where targets are classes.
    sweep : Sweep
        Every fit.
    """

    table: dict[str, NDArray[Any]]
    sweep: Sweep

    @property
    def best(self) -> dict[str, Any]:
        """The settings with the lowest mean validation cost among those that never failed.

        As keywords of `sweep` and `ensemble`, the rows left out: to be fitted on all examples.
        """
        table = self.table
        means = self._means
        if np.isnan(means).all():
            raise ValueError(f"every setting failed in a fold: {first_error(self.sweep)}")
        at = int(np.nanargmin(means))
        settings = first_of(self.sweep, table, at).settings
        return {name: value for name, value in settings.items() if name not in REPEATED}

    @property
    def _means(self) -> NDArray[np.float64]:
        """(n_settings,) mean validation costs, NaN where a fold failed."""
        return np.where(self.table["failed"] == 0, self.table["mean"], math.nan)

    def __repr__(self) -> str:
        n = len(self.table["mean"])
        try:
            best = self.best
        except ValueError:
            return f"<CrossValidation of {n} settings, all failed>"
        told = ", ".join(f"{name} {shown(best[name])}" for name in chosen_in(self.table))
        lowest = np.nanmin(self._means)
        return f"<CrossValidation of {n} settings; best {lowest:.6g}{': ' if told else ''}{told}>"


def first_error(found: Sweep) -> str:
    """Of the first fit that has one."""
    return next((fit.error for fit in found if fit.error), "no fit ended")


def cross_validate(
    cost: Cost,
    n_folds: int = 5,
    *,
    rng: np.random.Generator | int | None = 0,
    patience: int | None = None,
    n_workers: int | None = None,
    progress: bool | Report = False,
    **values: Any,
) -> CrossValidation:
    """Fit every setting once for each fold, on the other folds, and measure it on that one.

    Folds are drawn at random; where targets are one-hot, each has its share of every class
    (stratified). They are views of the rows: nothing is copied.

    Parameters
    ----------
    cost : Cost
    n_folds : int
        At least 2, at most n_examples.
    rng : Generator, int or None
        Draws the folds.
    patience, n_workers, progress, **values
        As for `sweep`; `rows` apart, which the folds are.

    Returns
    -------
    CrossValidation

    Raises
    ------
    TypeError, ValueError
        Where an argument does not fit.

    Examples
    --------
    >>> import fastgd
    >>> X = np.linspace(-1, 1, 60)[:, None]
    >>> net = fastgd.Network((1, 8, 1), activation="tanh", output_activation="identity")
    >>> cost = fastgd.Cost(net, X, np.sin(3 * X))
    >>> found = fastgd.cross_validate(
    ...     cost, 3, learning_rate=[0.001, 0.1], batch_size=10, epochs=50
    ... )
    >>> found.table["fits"].tolist(), found.best["learning_rate"]
    ([3, 3], 0.1)
    """
    cost = as_cost(cost)
    if "rows" in values or "validation" in values:
        raise TypeError("rows and validation are the folds; leave them out, or call sweep")
    n_folds = as_count("n_folds", n_folds)
    if not 2 <= n_folds <= cost.n_examples:
        raise ValueError(f"n_folds: expected 2 to {cost.n_examples}, got {n_folds}")
    found = sweep(
        cost, rows=drawn_folds(cost, n_folds, generator_of(rng)), patience=patience,
        n_workers=n_workers, progress=progress, **values,
    )  # fmt: skip
    return CrossValidation(found.summary(), found)


def drawn_folds(
    cost: Cost, n_folds: int, rng: np.random.Generator
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """(rows to learn from, rows held out) for each fold, rising."""
    n, Y = cost.n_examples, cost.targets
    order = rng.permutation(n)
    if Y.shape[1] > 1 and is_one_hot(Y):
        order = order[np.argsort(Y.argmax(1)[order], kind="stable")]
    fold_of = np.empty(n, np.int64)
    fold_of[order] = np.arange(n) % n_folds
    return [(np.flatnonzero(fold_of != k), np.flatnonzero(fold_of == k)) for k in range(n_folds)]
