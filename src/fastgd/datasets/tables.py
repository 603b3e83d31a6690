"""Columns of a table as numbers or texts, and CSV and TSV files read as such.

The csv module splits and NumPy keeps: the same answer whatever else is installed. What a column
is for, and whether what is in it will do, is left to `meaning`.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from fastgd._brief import quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 200_000  # cells converted at a time: they are kept as texts no longer
MOST_LINE = 1 << 20  # characters: a line's cells take twenty times its length
SAMPLE = 100  # rows that show whether the first one is a header
SEPARATORS = "\t;,"


@dataclass
class Column:
    """One column: float64 numbers, or codes that count its texts.

    `odd` is the row and text of the first cell that is no number among numbers: such a column
    has no values.
    """

    name: str
    numbers: NDArray[np.float64] | None = None
    codes: NDArray[np.int64] | None = None
    texts: tuple[str, ...] = ()
    odd: tuple[int, str] | None = None

    @classmethod
    def of_texts(cls, name: str, cells: Iterable[str]) -> Column:
        seen: dict[str, int] = {}
        codes = [seen.setdefault(cell, len(seen)) for cell in cells]
        return cls(name, codes=np.array(codes, np.int64), texts=tuple(seen))


@dataclass
class Table:
    """Columns of equal length, from a file; `place` says where a row is in it: "line 17"."""

    path: str
    columns: list[Column]
    n_rows: int
    has_header: bool
    place: Callable[[int], str]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def cell(self, row: int, column: Column) -> str:
        """Where a cell is, for a message."""
        return f"{self.path}, {self.place(row)}, column {quoted(column.name)}"


def read_csv(path: str, *, texts: Collection[str] = (), expected: Collection[str] = ()) -> Table:
    """A table of values separated by commas, semicolons or tabs, in UTF-8.

    Columns named in `texts` are texts whatever is in them. The first row is a header where it has
    names of `expected`, or where `is_header` takes it for one. Without a header columns are named
    by their place, from "1".
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            return parsed(file, path, texts, expected)
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text ({error.reason}); save it as UTF-8") from None
    except csv.Error as error:
        raise ValueError(f"{path} does not split into cells ({error}); is a quote open?") from None


def parsed(file: TextIO, path: str, texts: Collection[str], expected: Collection[str]) -> Table:
    if len(file.readline(MOST_LINE + 1)) > MOST_LINE:
        raise ValueError(
            f"{path} has a first line of over {MOST_LINE:,} characters; expected a row of a table"
        )
    file.seek(0)
    rows, _ = filled_rows(file)
    first = next(rows, None)
    if first is None:
        raise ValueError(f"{path} is empty; expected rows of numbers")
    rows = until_odd(rows, len(first))
    n_block = BLOCK // len(first) + 1
    block = list(islice(rows, n_block))
    cells = [cell.strip() for cell in first]
    header = has_names(cells, expected) or is_header(cells, block[:SAMPLE])
    if header and not block:
        raise ValueError(f"{path} has a header and no rows; expected at least one")
    if not header:
        block.insert(0, first)
    names = cells if header else [str(i + 1) for i in range(len(cells))]
    check_names(names, path)

    def place(row: int) -> str:
        return f"line {line_of(path, row + header)}"

    gathered = [Gathered(name, name in texts) for name in names]
    n_rows = 0
    while block:
        if set(map(len, block)) != {len(names)}:
            odd, n = next((i, len(row)) for i, row in enumerate(block) if len(row) != len(names))
            raise ValueError(
                f"{path}, {place(n_rows + odd)}, has {n} cell{'s' * (n > 1)} where the first line "
                f"has {len(names)}; mend it"
            )
        for column, in_column in zip(gathered, zip(*block, strict=True), strict=True):
            column.add(in_column, n_rows)
        n_rows += len(block)
        block = list(islice(rows, n_block))
    columns = [column.gathered() for column in gathered]
    return Table(path, named(columns, path), n_rows, header, place)


def check_names(names: Sequence[str], path: str) -> None:
    """Raise ValueError where two columns have the same name."""
    twice = next((name for i, name in enumerate(names) if name and name in names[:i]), None)
    if twice is not None:
        raise ValueError(f"{path} has two columns named {quoted(twice)}; rename one")


def filled_rows(file: TextIO) -> tuple[Iterator[list[str]], Any]:
    """Rows that are no empty lines, and the reader, which counts lines.

    What is longer than the longest line is split: too many cells for a row are seen soon enough.
    """
    start = re.sub(r'"[^"]*"', "", file.readline())
    file.seek(0)
    lines = iter(partial(file.readline, MOST_LINE + 1), "")
    reader = csv.reader(lines, delimiter=max(SEPARATORS, key=start.count), strict=True)
    return (row for row in reader if row), reader


def until_odd(rows: Iterable[list[str]], width: int) -> Iterator[list[str]]:
    """Rows up to the first that has not so many cells, which may be millions."""
    for row in rows:
        yield row
        if len(row) != width:
            return


def line_of(path: str, row: int) -> int:
    """The line a row ends on, found by reading again: a cell in quotes may hold line ends."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows, reader = filled_rows(file)
        next(islice(rows, row, None), None)
        return int(reader.line_num)


def has_names(first: Sequence[str], expected: Collection[str]) -> bool:
    """Whether a name is there that is no number, or all of some that are."""
    known = set(expected) & set(first)
    return not all(map(is_number, known)) or 3 <= len(set(expected)) == len(known)


def is_header(first: Sequence[str], sample: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns.

    With numbers in it, it does where they count from 0, as pandas writes them. Without, it does
    above a column of numbers, and above texts where all names differ and none comes again.
    """
    numbers = [cell for cell in first if is_number(cell)]
    if numbers:
        counts = [str(i) for i in range(len(numbers))]
        return len(numbers) >= 3 and numbers == counts and len(sample) > 0
    columns = list(zip(*sample, strict=False))
    if any(all(map(is_number, column)) for column in columns) or not sample:
        return True
    again = any(name in column for name, column in zip(first, columns, strict=False))
    return len(set(first)) == len(first) and not again


def named(columns: list[Column], path: str) -> list[Column]:
    """The columns with a name; one without may be empty, or count the rows as pandas does."""
    for i, column in enumerate(columns):
        counts = column.numbers is not None and np.all(np.diff(column.numbers) == 1)
        empty = column.odd is not None and not column.odd[1].strip()
        if not (column.name or counts or empty):
            raise ValueError(f"{path}: column {i + 1} has no name; write one in the first line")
    return [column for column in columns if column.name]


class Gathered:
    """A column that grows block by block; its first block says whether it is of texts."""

    def __init__(self, name: str, text: bool) -> None:
        self.name = name
        self.text: bool | None = text or None
        self.seen: dict[str, int] = {}
        self.blocks: list[NDArray[Any]] = []
        self.odd: tuple[int, str] | None = None

    def add(self, cells: Sequence[str], start: int) -> None:
        """The cells of the rows from `start` on."""
        if self.odd is not None:
            return
        if self.text is not True:
            try:
                self.blocks.append(as_numbers(cells))
                self.text = False
                return
            except ValueError:
                # With a comma for a point it is still meant as a number.
                meant = [is_number(cell.replace(",", ".")) or not cell.strip() for cell in cells]
                if self.text is False or 2 * sum(meant) > len(cells):
                    odd = next(i for i, cell in enumerate(cells) if not is_number(cell))
                    self.odd = start + odd, cells[odd]
                    return
                self.text = True
        seen = self.seen
        codes = [seen.setdefault(cell.strip(), len(seen)) for cell in cells]
        self.blocks.append(np.array(codes, np.int64))

    def gathered(self) -> Column:
        if self.odd is not None:
            return Column(self.name, odd=self.odd)
        values = np.concatenate(self.blocks)
        if self.text:
            return Column(self.name, codes=values, texts=tuple(self.seen))
        return Column(self.name, numbers=values)


def as_numbers(cells: Sequence[str]) -> NDArray[np.float64]:
    """The cells as float64; ValueError where one is no number."""
    numbers = np.fromiter(map(float, cells), np.float64, len(cells))
    if "_" in "".join(cells):  # Python reads 1_2 as 12
        raise ValueError
    return numbers


def is_number(cell: str) -> bool:
    """Whether a cell is a number; NaN and infinity are none."""
    try:
        return math.isfinite(float(cell)) and "_" not in cell
    except ValueError:
        return False
