"""Parquet, Arrow and Feather files as tables, through pyarrow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from fastgd.datasets.limits import check_memory
from fastgd.datasets.tables import Column, Table, check_names

ENDINGS = (".parquet", ".pq", ".arrow", ".feather", ".ipc")


def read_columnar(path: str) -> Table:
    """A table of a file that keeps its columns: numbers, texts, truth values, categories.

    Rows are counted from 0, as pandas and Polars do.
    """
    pa = pyarrow(path)
    open(path, "rb").close()  # a missing file is the system's error, as everywhere
    with undamaged(pa, path, f"{path} is no such file, or damaged"):
        if path.lower().endswith((".parquet", ".pq")):
            file = pa.parquet.ParquetFile(path)
            check_memory(8 * file.metadata.num_rows * file.metadata.num_columns, path)
            table = file.read()
        else:
            table = arrow_table(pa, path)
        table.validate(full=True)  # offsets and texts: they are read where they stand
        names = table.column_names
        columns = [
            column_of(pa, name, column)
            for name, column in zip(names, table.columns, strict=True)
            if table.num_rows and name != "__index_level_0__"  # pandas' row numbers
        ]
    if table.num_rows == 0:
        raise ValueError(f"{path} has no rows; expected at least one")
    check_names(names, path)
    return Table(path, columns, table.num_rows, True, lambda row: f"row {row}")


@contextmanager
def undamaged(pa: Any, path: str, otherwise: str) -> Iterator[None]:
    """What pyarrow says of a file that is none is a ValueError in one line."""
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # names that are no UTF-8
        reason = str(error).splitlines()[0].replace(repr(path), "it")
        raise ValueError(f"{otherwise} ({reason})") from None


def arrow_table(pa: Any, path: str) -> Any:
    """Of an Arrow file (Feather too), or of an Arrow stream."""
    try:
        return pa.feather.read_table(path)
    except pa.ArrowInvalid:
        with pa.OSFile(path) as file:
            return pa.ipc.open_stream(file).read_all()


def column_of(pa: Any, name: str, column: Any) -> Column:
    kinds = pa.types
    kind = column.type
    if column.null_count:
        row = int(np.argmax(column.is_null().to_numpy()))
        return Column(name, odd=(row, ""))
    if kinds.is_dictionary(kind):
        kind = kind.value_type
    if kinds.is_boolean(kind) or str(kind) in ("string", "large_string", "string_view"):
        return Column.of_texts(name, map(str, column.to_pylist()))  # few kernels read views
    if kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_decimal(kind):
        return Column(name, numbers=column.cast(pa.float64(), safe=False).to_numpy())
    return Column(name, odd=(0, str(column[0])))


def pyarrow(path: str) -> Any:
    """The library, or how to install it."""
    try:
        import pyarrow as pa
        import pyarrow.feather
        import pyarrow.parquet
    except ImportError as error:
        raise ImportError(
            f'to read {path} pyarrow is needed: pip install "fastgd[arrow]"', name="pyarrow"
        ) from error
    return pa
