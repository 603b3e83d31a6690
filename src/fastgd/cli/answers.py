"""What a network's outputs mean by a schema, and how right they are."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import fastgd
from fastgd.datasets import Examples, Schema

HALF = 0.5  # where one output stands for two classes, the second from here


def labels_read(outputs: NDArray[Any]) -> NDArray[np.int64]:
    """(n,) the class that each example is taken for, from outputs (n, n_outputs)."""
    if outputs.shape[1] == 1:
        return (outputs[:, 0] >= HALF).astype(np.int64)
    return np.asarray(outputs.argmax(1), np.int64)


def confidence(outputs: NDArray[Any]) -> NDArray[Any]:
    """(n,) the activation that speaks for the class taken."""
    if outputs.shape[1] == 1:
        return np.maximum(outputs[:, 0], 1 - outputs[:, 0])
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
    outputs = cost.network(theta, examples.X)
    value = float(cost(theta))
    if examples.kind == "classes":
        right = labels_read(outputs) == examples.Y
        return Measured(value, float(right.mean()), None, ())
    Y = np.asarray(examples.Y, np.float64).reshape(outputs.shape)
    squares = np.square(outputs - Y).mean(0)
    spread = Y.var(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        r2 = float((1 - squares / spread).mean())
    errors = tuple(float(e) for e in np.sqrt(squares))
    return Measured(value, None, r2 if math.isfinite(r2) else None, errors)


def confusion(outputs: NDArray[Any], examples: Examples) -> NDArray[np.int64]:
    """(n_classes, n_classes) how many of each class are taken for which: [true, read]."""
    n_classes = examples.schema.n_outputs
    counts = np.zeros((n_classes, n_classes), np.int64)
    np.add.at(counts, (examples.Y, labels_read(outputs)), 1)
    return counts
