"""What the columns of a table mean: inputs, categories, classes, numbers to be predicted.

Reading a table from its file is left to `tables` and `columnar`.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fastgd._brief import quoted, shorter
from fastgd.datasets.examples import Examples, Schema
from fastgd.datasets.limits import check_memory
from fastgd.datasets.tables import Column, Table, is_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Whole numbers with no more values than these are classes where nothing else is said.
MOST_CLASSES = 20
# One-hot columns of more categories are names or notes, not categories.
MOST_CATEGORIES = 100


def first_examples(
    table: Table, target: str | None, kind: str | None, drop: Collection[str]
) -> Examples:
    """Examples of a table that says what its columns mean; the last is the target."""
    for name in drop:
        check_name(name, table, "drop")
    left = [column for column in table.columns if column.name not in drop]
    if target is not None:
        check_name(target, table, "target")
        if target in drop:
            raise ValueError(f"drop: {target!r} is the target")
    if len(left) < 2:
        raise ValueError(
            f"{table.path} has {some(table.names)} alone; expected columns of inputs and a target"
        )
    goal = left[-1] if target is None else next(c for c in left if c.name == target)
    inputs = [column for column in left if column is not goal]
    Y, classes = targets_of(goal, table, kind)
    categories = {c.name: categories_of(c, table) for c in inputs if c.codes is not None}
    X = inputs_of(inputs, categories, table)
    schema = Schema(
        "classes" if classes else "regression",
        X.shape[1],
        len(classes) or 1,
        columns=tuple(column.name for column in inputs),
        target=goal.name,
        classes=classes,
        categories=categories,
        width=None if table.has_header else len(table.columns),
    )
    return Examples(X, Y, schema)


def further_examples(table: Table, schema: Schema, *, targets: bool) -> Examples:
    """Examples of a table by the schema of another one, wherever its columns stand."""
    found = by_place(table, schema) if places(schema) else {c.name: c for c in table.columns}
    columns = schema.columns or tuple(str(i + 1) for i in range(schema.n_inputs))
    if not (places(schema) or table.has_header):
        raise ValueError(
            f"{table.path} has no header; its first line must name the columns {some(columns)}"
        )
    for name in columns:
        if name not in found:
            raise ValueError(
                f"{table.path} has no column {quoted(name)}{nearest(name, table.names)}"
            )
    X = inputs_of([found[name] for name in columns], schema.categories, table)
    goal = found.get(goal_of(schema)) if targets else None
    return Examples(X, None if goal is None else more_targets(goal, table, schema), schema)


def texts_of(schema: Schema) -> set[str]:
    """Columns whose cells are texts, even where all of them could be read as numbers."""
    texts = set(schema.categories)
    if not all(map(is_number, schema.classes)):
        texts.add(goal_of(schema))
    return texts


def places(schema: Schema) -> bool:
    """Whether columns are found by their place: the first file did not name them."""
    return schema.width is not None or not schema.columns


def goal_of(schema: Schema) -> str:
    """The target's column; that of a table for arrays comes last."""
    arrays = places(schema) and schema.width is None
    return str(schema.n_inputs + 1) if arrays else schema.target


def by_place(table: Table, schema: Schema) -> dict[str, Column]:
    """The columns by the places they had in the first file; the target's may be missing."""
    width = schema.width or schema.n_inputs + 1
    names = [str(i + 1) for i in range(width)]
    if len(table.columns) == width - 1:
        names.remove(goal_of(schema))
    if len(table.columns) != len(names):
        raise ValueError(
            f"{table.path} has {len(table.columns)} columns; expected {width}, or {width - 1} "
            "without the target"
        )
    columns = zip(names, table.columns, strict=True)
    return {name: replace(column, name=name) for name, column in columns}


def targets_of(
    column: Column, table: Table, kind: str | None, most: float = MOST_CLASSES
) -> tuple[NDArray[np.int64] | NDArray[np.float64], tuple[str, ...]]:
    """Labels (n,) and the classes' names, or numbers (n, 1) and no names.

    Texts are classes. So are whole numbers of at most `most` different values, unless `kind`
    says what is meant.
    """
    if column.codes is not None:
        if kind == "regression":
            raise ValueError(
                f"{table.cell(0, column)}: {quoted(column.texts[0])} is text; "
                "regression needs numbers"
            )
        classes = tuple(sorted(column.texts))
        check_classes(column, table, len(classes))
        return labels_of(column, table, classes), classes
    numbers = numbers_of(column, table)
    values = np.unique(numbers)
    check_classes(column, table, len(values))
    few = len(values) <= most and bool(np.all(values == np.floor(values)))
    if kind == "regression" or (kind is None and not few):
        return numbers.reshape(-1, 1), ()
    return np.searchsorted(values, numbers), tuple(map(class_name, values))


def more_targets(
    column: Column, table: Table, schema: Schema
) -> NDArray[np.int64] | NDArray[np.float64]:
    if schema.kind == "regression":
        return numbers_of(column, table).reshape(-1, 1)
    return labels_of(column, table, schema.classes)


def class_name(value: float) -> str:
    """2.0 is class "2"."""
    return str(int(value)) if value == np.floor(value) else repr(float(value))


def labels_of(column: Column, table: Table, known: Sequence[str]) -> NDArray[np.int64]:
    """The place of each text, or number as a text, (n,) in `known`."""
    if column.codes is None:
        values, codes = np.unique(numbers_of(column, table), return_inverse=True)
        column = Column(column.name, codes=codes, texts=tuple(map(class_name, values)))
    assert column.codes is not None
    check_filled(column, table)
    label = {text: i for i, text in enumerate(known)}
    new = np.array([text not in label for text in column.texts])
    if new[column.codes].any():
        row = int(new[column.codes].argmax())
        text = column.texts[column.codes[row]]
        raise ValueError(
            f"{table.cell(row, column)}: {quoted(text)} is none of the values learned from "
            f"({some(known)}); train again with rows that have it, or leave the row out"
        )
    return np.array([label.get(text, -1) for text in column.texts])[column.codes]


def inputs_of(
    columns: Sequence[Column], categories: Mapping[str, tuple[str, ...]], table: Table
) -> NDArray[np.float64]:
    """(n, n_inputs): numbers as they stand, each category 1 where it is and else 0.

    One-hot, since numbers for categories would have an order and distances.
    """
    widths = [len(categories.get(column.name, ())) or 1 for column in columns]
    check_memory(8 * table.n_rows * sum(widths), table.path)
    X = np.zeros((table.n_rows, sum(widths)))
    at = 0
    for column, width in zip(columns, widths, strict=True):
        if column.name in categories:
            labels = labels_of(column, table, categories[column.name])
            X[np.arange(table.n_rows), at + labels] = 1
        else:
            X[:, at] = numbers_of(column, table)
        at += width
    return X


def categories_of(column: Column, table: Table) -> tuple[str, ...]:
    check_filled(column, table)
    n = len(column.texts)
    if n > MOST_CATEGORIES or 20 < table.n_rows < 2 * n:
        raise ValueError(
            f"{table.path}: column {quoted(column.name)} has {n} different texts in "
            f"{table.n_rows} rows, {quoted(column.texts[0])} the first: too many to be categories; "
            "leave the column out (drop)"
        )
    return tuple(sorted(column.texts))


def numbers_of(column: Column, table: Table) -> NDArray[np.float64]:
    """The column's finite numbers (n,)."""
    if column.codes is not None:
        odd = next((i for i, text in enumerate(column.texts) if not is_number(text)), None)
        if odd is None:
            return np.array(list(map(float, column.texts)))[column.codes]
        column = Column(column.name, odd=(int(np.argmax(column.codes == odd)), column.texts[odd]))
    if column.odd is not None:
        row, text = column.odd
        raise ValueError(f"{table.cell(row, column)}: {wrong(text)}")
    assert column.numbers is not None
    bad = ~np.isfinite(column.numbers)
    if bad.any():
        row = int(bad.argmax())
        raise ValueError(f"{table.cell(row, column)}: {wrong(str(column.numbers[row]))}")
    return column.numbers


def wrong(text: str) -> str:
    """What to do about a cell that is no number."""
    if text.strip().lower() in ("", "nan", "na", "n/a", "null", "none", "?", "-"):
        what = f"{quoted(text)} stands for" if text.strip() else "an empty cell is"
        return f"{what} a missing number; fill it in, or leave the row or the column out"
    if is_number(text.replace(",", ".")):
        return f"{quoted(text)} is no number; write decimals with a point"
    return f"{quoted(text)} is no number; mend it, or leave the row or the column out"


def check_filled(column: Column, table: Table) -> None:
    """Raise ValueError where a cell of texts is empty."""
    assert column.codes is not None
    if "" in column.texts:
        row = int(np.argmax(column.codes == column.texts.index("")))
        raise ValueError(f"{table.cell(row, column)}: {wrong('')}".replace("number", "text"))


def check_classes(column: Column, table: Table, n_values: int) -> None:
    if n_values < 2 and not {*table.names} - {column.name}:
        raise ValueError(f"{table.path} has one class alone; expected examples of two at least")
    if n_values < 2:
        raise ValueError(
            f"{table.path}: column {quoted(column.name)}, the target, has the same value in every "
            f"row; name another column as target{nearest('', table.names)}"
        )
    if column.codes is not None and 20 < table.n_rows < 2 * n_values:
        raise ValueError(
            f"{table.path}: column {quoted(column.name)}, the target, has {n_values} different "
            f"texts in {table.n_rows} rows; name another column as target"
        )


def check_name(name: str, table: Table, argument: str) -> None:
    if name not in table.names:
        raise ValueError(
            f"{argument}: {table.path} has no column {quoted(name)}{nearest(name, table.names)}"
        )


def nearest(name: str, names: Iterable[str]) -> str:
    """What may have been meant, else what there is."""
    known = list(names)
    lower = {other.lower(): other for other in known}
    close = difflib.get_close_matches(name.lower(), lower, 1)
    if close:
        return f"; did you mean {quoted(lower[close[0]])}?"
    return f"; it has {some(known)}"


def some(names: Sequence[str]) -> str:
    """The first few of them."""
    told = (shorter(name, 60) for name in names[:10])
    return ", ".join(told) + (", ..." if len(names) > 10 else "")
