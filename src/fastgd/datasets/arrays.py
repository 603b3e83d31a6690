"""Arrays of inputs and targets as examples: pictures, pixels, numbers, texts.

Finding them in a file is left to `archives`; columns of targets are read as a table's.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from fastgd.datasets.examples import Examples, Schema
from fastgd.datasets.meaning import more_targets, targets_of
from fastgd.datasets.tables import Column, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray


def first_arrays(
    X: NDArray[Any], Y: NDArray[Any], path: str, kind: str | None, target: str = ""
) -> Examples:
    """Examples of arrays (n, ...) and (n,) or (n, n_outputs) that say what they mean."""
    X, shape = inputs_of(X, path)
    pixels = X.dtype == np.uint8
    goal = targets_as_read(Y, len(X), path, target)
    if isinstance(goal, Column):
        most = math.inf if pixels else None
        values, classes = targets_of(
            goal, rows_of(path, X), kind, **({"most": most} if most else {})
        )
        n_outputs = len(classes) or 1
    elif kind != "regression" and is_one_hot(goal):
        values, classes = goal.argmax(1), tuple(map(str, range(goal.shape[1])))
        n_outputs = len(classes)
    elif kind == "classes":
        raise ValueError(f"{path}: targets of shape {goal.shape} are no classes; give labels (n,)")
    else:
        values, classes, n_outputs = goal, (), goal.shape[1]
    schema = Schema(
        "classes" if classes else "regression", X.shape[1], n_outputs,
        target=target, classes=classes, shape=shape, pixels=pixels,
    )  # fmt: skip
    return Examples(X, values, schema)


def more_arrays(X: NDArray[Any], Y: NDArray[Any] | None, path: str, schema: Schema) -> Examples:
    """Examples of arrays by the schema of others."""
    if schema.shape is not None and X.shape == schema.shape:
        X = X[None]
    X, _ = inputs_of(X, path)
    if X.shape[1] != schema.n_inputs:
        raise ValueError(
            f"{path} has {X.shape[1]} inputs an example; what was learned from has {schema.n_inputs}"
        )
    if schema.pixels != (X.dtype == np.uint8):
        wanted = "uint8 pixels" if schema.pixels else "numbers that are no uint8 pixels"
        raise ValueError(f"{path} has inputs of {X.dtype}; what was learned from has {wanted}")
    examples = Examples(X, None, schema)
    if Y is None:
        return examples
    goal = targets_as_read(Y, len(X), path, schema.target)
    if isinstance(goal, Column):
        return replace(examples, Y=more_targets(goal, rows_of(path, X), schema))
    if goal.shape[1] != schema.n_outputs:
        raise ValueError(f"{path} has targets of shape {goal.shape}; expected {schema.n_outputs}")
    return replace(examples, Y=goal.argmax(1) if schema.kind == "classes" else goal)


def inputs_of(X: NDArray[Any], path: str) -> tuple[NDArray[Any], tuple[int, int] | None]:
    """X (n, n_inputs), uint8 or finite reals, and the shape of a picture."""
    if X.dtype.kind not in "fiub" or X.dtype.itemsize > 8:
        raise ValueError(f"{path}: X has dtype {X.dtype}; expected numbers")
    if X.ndim == 0 or X.size == 0:
        raise ValueError(f"{path}: X has shape {X.shape}; expected (n_examples, n_inputs)")
    plain = X.reshape(*X.shape[:3]) if X.ndim == 4 and X.shape[3] == 1 else X
    shape = (plain.shape[1], plain.shape[2]) if plain.ndim == 3 else None
    rows = X.reshape(len(X), -1)
    if rows.dtype != np.uint8:
        single = rows.dtype.kind == "f" and rows.dtype.itemsize <= 4
        rows = rows.astype(np.float32 if single else np.float64, copy=False)
        bad = ~np.isfinite(rows)
        if bad.any():
            row, column = np.unravel_index(int(bad.argmax()), bad.shape)
            raise ValueError(
                f"{path}: X[{row}, {column}] is {rows[row, column]}; expected finite numbers"
            )
    return np.ascontiguousarray(rows), shape


def targets_as_read(Y: NDArray[Any], n: int, path: str, name: str) -> Column | NDArray[np.float64]:
    """One number or text an example as a column, several numbers (n, n_outputs) as an array."""
    if Y.ndim == 0 or len(Y) != n:
        raise ValueError(
            f"{path}: {n} examples in X, but y has shape {Y.shape}; expected one target an example"
        )
    if Y.ndim == 2 and Y.shape[1] == 1:
        Y = Y[:, 0]
    if Y.dtype.kind in "USb" and Y.ndim == 1:
        texts, codes = np.unique(Y.astype(str), return_inverse=True)
        return Column(name or "y", codes=codes.astype(np.int64), texts=tuple(map(str, texts)))
    if Y.dtype.kind not in "fiub" or Y.dtype.itemsize > 8 or Y.ndim > 2 or Y.size == 0:
        raise ValueError(f"{path}: y is {Y.dtype} of shape {Y.shape}; expected numbers or labels")
    if Y.ndim == 1:
        return Column(name or "y", numbers=Y.astype(np.float64))
    if not np.isfinite(Y).all():
        raise ValueError(f"{path}: y has NaN or infinity; expected finite numbers")
    return Y.astype(np.float64)


def is_one_hot(Y: NDArray[np.float64]) -> bool:
    """Whether each row has one 1 among zeros."""
    return bool(np.all((Y == 0) | (Y == 1)) and np.all(Y.sum(1) == 1))


def rows_of(path: str, X: NDArray[Any]) -> Table:
    """What messages need to name a row."""
    return Table(path, [], len(X), False, lambda row: f"row {row}")
