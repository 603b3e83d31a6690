"""Arrays of inputs and targets as examples: pictures, pixels, numbers, texts.

Finding them in files is left to `archives`, `pairs` and `pictures`; a column of targets is read
as a table's is.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fastgd._engine.arrays import is_one_hot
from fastgd.datasets.examples import Examples, Schema
from fastgd.datasets.meaning import MOST_CLASSES, more_targets, targets_of
from fastgd.datasets.tables import Column, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Arrays(NamedTuple):
    """What a file or a folder holds: X (n, ...) and, where it is there, Y (n,) or (n, k)."""

    path: str
    X: NDArray[Any]
    Y: NDArray[Any] | None
    target: str = ""
    names: tuple[str, ...] = ()
    test: Arrays | None = None


def first_arrays(given: Arrays, kind: str | None) -> Examples:
    """Examples of arrays that say what they mean; a test part is read by that."""
    if given.Y is None:
        what = "an array y, or a file of labels beside it; or name it as target"
        if given.names:
            what = "a folder for each class, with its pictures"
        raise ValueError(f"{given.path} has no targets; expected {what}")
    X, shape = rows_of(given)
    pixels = X.dtype == np.uint8
    goal = targets_as_read(given, given.Y)
    classes: tuple[str, ...] = ()
    if isinstance(goal, Column):
        most = math.inf if pixels else MOST_CLASSES
        Y, classes = targets_of(goal, as_table(given), kind, most)
        n_outputs = len(classes) or 1
    else:
        Y, n_outputs = goal, goal.shape[1]
        if kind != "regression" and is_one_hot(goal):
            Y, classes = goal.argmax(1), tuple(map(str, range(n_outputs)))
        elif kind == "classes":
            raise ValueError(
                f"{given.path}: targets of shape {goal.shape} have no single 1 in each row; "
                "give labels (n,)"
            )
    schema = Schema(
        "classes" if classes else "regression", X.shape[1], n_outputs,
        target=given.target, classes=classes, shape=shape, pixels=pixels,
    )  # fmt: skip
    return Examples(X, Y, schema, given.names, test_part(given, schema))


def more_arrays(given: Arrays, schema: Schema, *, targets: bool = True) -> Examples:
    """Examples of arrays by the schema of others."""
    if given.X.shape == (schema.shape or (schema.n_inputs,)):  # one example alone
        given = given._replace(X=given.X[None], Y=None)
    X, shape = rows_of(given)
    if X.shape[1] != schema.n_inputs or (shape and schema.shape and shape != schema.shape):
        expected = schema.shape or (schema.n_inputs,)
        raise ValueError(
            f"{given.path}: an example has shape {given.X.shape[1:]}; what was learned from has "
            f"{expected}"
        )
    if schema.categories:
        text = next(iter(schema.categories))
        raise ValueError(
            f"{given.path}: arrays have no texts; column {text!r} is one: give a table"
        )
    if schema.pixels != (X.dtype == np.uint8):
        wanted = "uint8 pixels" if schema.pixels else "numbers that are no uint8 pixels"
        raise ValueError(f"{given.path}: X is {X.dtype}; what was learned from has {wanted}")
    test = test_part(given, schema)
    if given.Y is None or not targets:
        return Examples(X, None, schema, given.names, test)
    Y = more_targets_of(targets_as_read(given, given.Y), given, schema)
    return Examples(X, Y, schema, given.names, test)


def more_targets_of(
    goal: Column | NDArray[np.float64], given: Arrays, schema: Schema
) -> NDArray[Any]:
    if isinstance(goal, Column):
        return more_targets(goal, as_table(given), schema)
    if goal.shape[1] != schema.n_outputs:
        raise ValueError(
            f"{given.path}: targets have shape {goal.shape}; expected (n, {schema.n_outputs})"
        )
    return goal.argmax(1) if schema.kind == "classes" else goal


def test_part(given: Arrays, schema: Schema) -> Examples | None:
    """The part set aside, where it has targets to test with."""
    if given.test is None or given.test.Y is None:
        return None
    return more_arrays(given.test, schema)


def rows_of(given: Arrays) -> tuple[NDArray[Any], tuple[int, int] | None]:
    """X (n, n_inputs), uint8 or finite reals, and the shape of a picture (n, rows, columns)."""
    X, path = given.X, given.path
    if X.dtype.kind not in "fiub" or X.dtype.itemsize > 8:
        raise ValueError(f"{path}: X is {X.dtype}; expected numbers")
    if X.ndim == 0 or X.size == 0:
        raise ValueError(f"{path}: X has shape {X.shape}; expected (n_examples, n_inputs)")
    one_channel = X.ndim == 4 and X.shape[3] == 1
    shape = (X.shape[1], X.shape[2]) if X.ndim == 3 or one_channel else None
    rows = X.reshape(len(X), -1)
    if rows.dtype != np.uint8:
        single = rows.dtype.kind == "f" and rows.dtype.itemsize <= 4
        rows = rows.astype(np.float32 if single else np.float64, copy=False)
        bad = ~np.isfinite(rows)
        if bad.any():
            row, column = np.unravel_index(int(bad.argmax()), bad.shape)
            raise ValueError(
                f"{path}: X[{row}, {column}] is {rows[row, column]}; "
                "fill it in, or leave the row or the column out"
            )
    return np.ascontiguousarray(rows), shape


def targets_as_read(given: Arrays, Y: NDArray[Any]) -> Column | NDArray[np.float64]:
    """One number or text an example as a column, several numbers (n, n_outputs) as an array."""
    path, n = given.path, len(given.X)
    if Y.ndim == 0 or len(Y) != n:
        raise ValueError(
            f"{path}: X has {n} examples, but the targets have shape {Y.shape}; "
            "expected one an example"
        )
    if Y.ndim == 2 and Y.shape[1] == 1:
        Y = Y[:, 0]
    name = given.target or "y"
    if Y.dtype.kind in "USb" and Y.ndim == 1:
        try:
            return Column.of_texts(name, Y.astype(str).tolist())
        except (UnicodeError, SystemError):  # bytes beyond ASCII, numbers that are no character
            raise ValueError(f"{path}: the targets are {Y.dtype}, but no text in it") from None
    if Y.dtype.kind not in "fiub" or Y.dtype.itemsize > 8 or Y.ndim > 2 or Y.size == 0:
        raise ValueError(
            f"{path}: the targets are {Y.dtype} of shape {Y.shape}; expected numbers or labels"
        )
    if Y.ndim == 1:
        return Column(name, numbers=Y.astype(np.float64))
    if not np.isfinite(Y).all():
        raise ValueError(f"{path}: the targets have NaN or infinity; leave those rows out")
    return Y.astype(np.float64)


def as_table(given: Arrays) -> Table:
    """What messages need to name a row."""
    return Table(given.path, [], len(given.X), False, lambda row: f"row {row}")
