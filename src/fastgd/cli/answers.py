"""What a network's outputs mean by a schema, and how right they are."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import fastgd
from fastgd import inside
from fastgd.cli.examples import targets
from fastgd.datasets import Examples, Schema


def confidence(outputs: NDArray[Any]) -> NDArray[Any]:
    """(n,) the activation that speaks for the class taken."""
    if outputs.shape[1] == 1:
        return np.asarray(np.maximum(outputs[:, 0], 1 - outputs[:, 0]))
    return np.asarray(outputs.max(1))


def named(labels: NDArray[np.int64], schema: Schema) -> list[str | int]:
    """Classes by their names; as integers where all names are."""
    names: list[str | int] = list(schema.classes)
    if all(name.isascii() and name.isdigit() and str(int(name)) == name for name in schema.classes):
        names = [int(name) for name in schema.classes]
    return [names[label] for label in labels]


class Measured(NamedTuple):
    """How right a network is on some examples."""

    cost: float
    accuracy: float | None
    """Share of the examples whose class is read; None for a regression."""
    r2: float | None
    """1 - sum of squared errors / that of the mean, averaged over targets; None for classes."""
    errors: tuple[float, ...]
    """Root of the mean squared error of each target; empty for classes."""


def measure(cost: fastgd.Cost, theta: NDArray[Any], examples: Examples) -> Measured:
    """How right a network is on the examples of a cost, as they stand."""
    value = float(cost(theta))
    if examples.kind == "classes":
        right = inside.accuracy(cost.network, theta, examples.X, targets(examples))
        return Measured(value, right, None, ())
    found = inside.predictions(cost.network, theta, examples.X, targets(examples))
    r2 = float(found.r2.mean())
    return Measured(value, None, r2 if math.isfinite(r2) else None, tuple(found.rmse.tolist()))
