"""Targets that come in parts, taken down: what they mean together, by the rules for one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fastgd._engine.arrays import is_one_hot
from fastgd.datasets.arrays import Arrays, as_table, targets_as_read
from fastgd.datasets.meaning import MOST_CLASSES, numbers_of, targets_of
from fastgd.datasets.tables import Column, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

# More different targets than these are no classes.
MOST_VALUES = 10_000


class Seen:
    """The targets of shards, as they come: their values, or whether all rows are one-hot."""

    def __init__(self) -> None:
        self._path = ""
        self._n = 0
        self._values: set[Any] = set()
        self._width = 0
        self._one_hot = True

    def add(self, path: str, Y: NDArray[Any]) -> None:
        """Those of one shard."""
        goal = targets_as_read(Arrays(path, Y, Y), Y)
        width = 0 if isinstance(goal, Column) else goal.shape[1]
        if self._n and width != self._width:
            raise ValueError(f"{path} has targets of shape {Y.shape}, unlike {self._path}")
        self._width = width
        if isinstance(goal, Column):
            self.add_column(goal, as_table(Arrays(path, Y, None)))
        else:
            self._path = path
            self._n += len(Y)
            self._one_hot = self._one_hot and is_one_hot(goal)

    def add_column(self, column: Column, table: Table) -> None:
        """Those of a column."""
        self._path = table.path
        self._n += table.n_rows
        if len(self._values) <= MOST_VALUES:
            texts = column.codes is not None
            new = column.texts if texts else np.unique(numbers_of(column, table)).tolist()
            self._values |= set(new)

    def meaning(self, kind: str | None, most: float = MOST_CLASSES) -> tuple[int, tuple[str, ...]]:
        """(n_outputs, classes), by the rules for one file."""
        if self._width:
            if self._one_hot and kind != "regression":
                return self._width, tuple(map(str, range(self._width)))
            if kind == "classes":
                raise ValueError(f"{self._path}: targets have no single 1 in each row")
            return self._width, ()
        values = sorted(self._values)
        if not values:
            raise ValueError("the shards have no examples")
        if isinstance(values[0], str):
            column = Column.of_texts("y", values)
        else:
            column = Column("y", numbers=np.array(values, np.float64))
        table = as_table(Arrays(self._path, np.zeros((self._n, 0)), None))
        _, classes = targets_of(column, table, kind, min(most, MOST_VALUES))
        return len(classes) or 1, classes
