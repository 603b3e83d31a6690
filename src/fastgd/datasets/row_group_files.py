"""A Parquet or Arrow file a group of rows at a time: tables larger than memory.

What columns mean is `meaning`'s business, how one is read `columnar`'s.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, overload

from fastgd._checks import as_choice
from fastgd.datasets.columnar import column_of, pyarrow, undamaged
from fastgd.datasets.examples import KINDS, Schema, counted
from fastgd.datasets.meaning import categories_of, check_filled, check_name, further_examples, some
from fastgd.datasets.seen import Seen
from fastgd.datasets.tables import Column, Table, check_names

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARQUET = (".parquet", ".pq")


class RowGroups(Sequence[tuple[Any, Any]]):
    """What `row_groups` returns: group i is (X, Y), read where it is asked for.

    Attributes
    ----------
    schema : Schema
        What the columns mean, in all groups.
    rows : tuple of int
        Of each group.
    """

    def __init__(self, path: str, schema: Schema, rows: Sequence[int]) -> None:
        self._path = path
        self.schema: Schema = schema
        self.rows: tuple[int, ...] = tuple(rows)

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, i: int) -> tuple[NDArray[Any], NDArray[Any]]: ...
    @overload
    def __getitem__(self, i: slice) -> list[tuple[NDArray[Any], NDArray[Any]]]: ...
    def __getitem__(self, i: int | slice) -> Any:
        """(X, Y) of one group; of several as a list."""
        if isinstance(i, slice):
            return [self[j] for j in range(len(self))[i]]
        i = range(len(self))[i]
        table = read_group(
            self._path, i, sum(self.rows[:i]), [*self.schema.columns, self.schema.target]
        )
        found = further_examples(table, self.schema, targets=True)
        return found.X, found.Y

    def name(self, i: int) -> str:
        """Which group of which file."""
        return f"{self._path}, row group {i}"

    @property
    def n_examples(self) -> int:
        """Rows of all groups."""
        return sum(self.rows)

    def __repr__(self) -> str:
        return f"<{len(self)} row groups: {counted(self.n_examples, self.schema)}>"


def row_groups(
    path: str | os.PathLike[str],
    *,
    target: str | None = None,
    kind: str | None = None,
    drop: Collection[str] = (),
) -> RowGroups:
    """A Parquet or Arrow file by its groups of rows: chunks for `parts.ChunkedCost`.

    Here the target's column is read, and those of texts, which say what there is to learn; the
    others are read group by group. Columns mean what they do in `read_examples`, and so do the
    arguments. Extra ``arrow``.

    Parameters
    ----------
    path : path
        ``.parquet`` or ``.pq``; or an Arrow file (Feather, IPC), whose record batches are groups.
    target : str, optional
        The target's column; the last one where it is not said.
    kind : {"classes", "regression"}, optional
    drop : names
        Columns to leave out.

    Returns
    -------
    RowGroups

    Raises
    ------
    FileNotFoundError, ValueError, ImportError
        As for `read_examples`.

    Examples
    --------
    >>> import tempfile
    >>> import pyarrow
    >>> import pyarrow.parquet
    >>> table = pyarrow.table({"size": [50, 80, 60, 70], "price": [200.5, 420.0, 310.0, 330.0]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pyarrow.parquet.write_table(table, f"{folder}/flats.parquet", row_group_size=2)
    ...     found = row_groups(f"{folder}/flats.parquet")
    ...     print(found, found[1][0].tolist())
    <2 row groups: 4 of 1 inputs, regression> [[60.0], [70.0]]
    """
    if kind is not None:
        kind = as_choice("kind", kind, KINDS)
    name = os.fspath(path)
    names, texts, rows = heads_of(name)
    whole = Table(name, [Column(n) for n in names], sum(rows), True, lambda row: f"row {row}")
    for dropped in drop:
        check_name(dropped, whole, "drop")
    left = [n for n in names if n not in drop]
    if target is not None:
        check_name(target, whole, "target")
    if len(left) < 2 or (target is not None and target in drop):
        raise ValueError(f"{name} has {some(left)} alone; expected columns of inputs and a target")
    goal = left[-1] if target is None else target
    inputs = [n for n in left if n != goal]
    seen, values = Seen(), {n: set[str]() for n in inputs if n in texts}
    for i, n_rows in enumerate(rows):
        table = read_group(name, i, sum(rows[:i]), [*values, goal])
        for column in table.columns:
            if column.codes is not None:
                check_filled(column, table)
        if n_rows:
            seen.add_column(table.columns[-1], table)
        for column in table.columns[:-1]:
            values[column.name] |= set(column.texts)
    n_outputs, classes = seen.meaning(kind)
    categories = {n: categories_of(Column.of_texts(n, sorted(v)), whole) for n, v in values.items()}
    schema = Schema(
        "classes" if classes else "regression",
        sum(len(categories.get(n, ())) or 1 for n in inputs),
        n_outputs,
        columns=tuple(inputs), target=goal, classes=classes, categories=categories,
    )  # fmt: skip
    return RowGroups(name, schema, rows)


def heads_of(path: str) -> tuple[list[str], set[str], list[int]]:
    """Names of all columns, those of texts, and the number of rows in each group."""
    pa = pyarrow(path)
    with opened(pa, path) as file:
        if path.lower().endswith(PARQUET):
            schema, meta = file.schema_arrow, file.metadata
            rows = [meta.row_group(i).num_rows for i in range(meta.num_row_groups)]
        else:
            schema = file.schema
            rows = [file.get_batch(i).num_rows for i in range(file.num_record_batches)]
        named = schema.names
    if sum(rows) == 0:
        raise ValueError(f"{path} has no rows; expected at least one")
    names = [n for n in named if n != "__index_level_0__"]  # pandas' row numbers
    check_names(names, path)
    empty = {n: column_of(pa, n, pa.chunked_array([], schema.field(n).type)) for n in names}
    return names, {n for n, column in empty.items() if column.codes is not None}, rows


def read_group(path: str, i: int, first: int, names: Sequence[str]) -> Table:
    """Some columns of one group, whose first row is `first` in the file."""
    pa = pyarrow(path)
    with opened(pa, path, f"{path}, row group {i} is damaged") as file:
        if path.lower().endswith(PARQUET):
            group = file.read_row_group(i, columns=[*names])
        else:
            group = pa.Table.from_batches([file.get_batch(i)])
        group.validate(full=True)  # offsets and texts: they are read where they stand
        columns = [column_of(pa, name, group.column(name)) for name in names]
    return Table(path, columns, group.num_rows, True, lambda row: f"row {first + row}")


@contextmanager
def opened(pa: Any, path: str, otherwise: str = "") -> Iterator[Any]:
    """The file, of which only the foot is read."""
    open(path, "rb").close()  # a missing file is the system's error, as everywhere
    with undamaged(pa, path, otherwise or f"{path} is no such file, or damaged"):
        if path.lower().endswith(PARQUET):
            file = pa.parquet.ParquetFile(path)
        else:
            file = pa.ipc.open_file(pa.OSFile(path))
        with file:
            yield file
