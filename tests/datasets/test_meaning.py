"""`datasets.meaning`: a table's columns as inputs, categories, classes and numbers to predict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastgd.datasets import Examples, Schema, read_examples, read_more

FLATS = "size,city,price\n50,Rome,200.5\n80,Oslo,420\n60,Oslo,310\n"


def read(folder: Path, text: str, **options: Any) -> Examples:
    path = folder / "table.csv"
    path.write_text(text)
    return read_examples(path, **options)


def more(folder: Path, text: str, schema: Schema, **options: Any) -> Examples:
    path = folder / "more.csv"
    path.write_text(text)
    return read_more(path, schema, **options)


def targets(*values: object) -> str:
    """A table with a column of numbers and these targets."""
    return "x,y\n" + "".join(f"{i}.5,{value}\n" for i, value in enumerate(values))


# ------------------------------------------------------------------------------------- targets


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (["no", "yes", "no"], ("no", "yes")),
        (["True", "False", "True"], ("False", "True")),
        ([1, 0, 1], ("0", "1")),
        ([1.0, 3.0, 1.0], ("1", "3")),
        ([10, 9, 10, -1], ("-1", "9", "10")),
        (range(20), tuple(map(str, range(20)))),
    ],
)
def test_texts_and_few_whole_numbers_are_classes(
    tmp_path: Path, values: Any, classes: tuple[str, ...]
) -> None:
    found = read(tmp_path, targets(*values))
    assert found.kind == "classes"
    assert found.classes == classes
    assert (found.schema.n_outputs, found.target) == (len(classes), "y")
    assert found.Y is not None
    assert [classes[label] for label in found.Y] == [
        str(int(v)) if isinstance(v, float) else str(v) for v in values
    ]


@pytest.mark.parametrize("values", [[0.5, 1, 2], range(21), [1, 2, 2.5]])
def test_other_numbers_are_regression(tmp_path: Path, values: Any) -> None:
    found = read(tmp_path, targets(*values))
    assert (found.kind, found.classes, found.schema.n_outputs) == ("regression", (), 1)
    assert found.Y is not None
    assert found.Y.tolist() == [[value] for value in values]


def test_kind_may_be_said(tmp_path: Path) -> None:
    assert read(tmp_path, targets(1, 0, 1), kind="regression").kind == "regression"
    halves = read(tmp_path, targets(0.5, 1.5, 0.5), kind="classes")
    assert halves.classes == ("0.5", "1.5")
    many = read(tmp_path, targets(*[*range(30)] * 3), kind="classes")
    assert len(many.classes) == 30


@pytest.mark.parametrize("target", ["size", "city", "price"])
def test_the_target_may_be_any_column(tmp_path: Path, target: str) -> None:
    found = read(tmp_path, FLATS, target=target)
    assert found.target == target
    assert list(found.columns) == [name for name in ("size", "city", "price") if name != target]


def test_a_target_is_named_by_its_place_without_a_header(tmp_path: Path) -> None:
    found = read(tmp_path, "1.5,2,3\n4.5,5,6\n", target="1")
    assert (found.target, found.columns) == ("1", ("2", "3"))
    assert found.Y is not None
    assert found.Y.tolist() == [[1.5], [4.5]]


@pytest.mark.parametrize(
    ("text", "options", "complaint"),
    [
        (targets("a", "a"), {}, "column 'y', the target, has the same value in every row; name"),
        (targets(5, 5), {}, "column 'y', the target, has the same value in every row"),
        (targets(5, 5), {"kind": "regression"}, "the same value in every row"),
        (targets("a", "b"), {"kind": "regression"}, "line 2, column 'y': 'a' is text; regression"),
        (targets(*[f"n{i}" for i in range(50)]), {}, "has 50 different texts in 50 rows; name ano"),
        (targets(1, "", 2), {}, "line 3, column 'y': an empty cell is a missing number; fill it"),
        (targets(1, "nan", 2), {}, "line 3, column 'y': 'nan' stands for a missing number"),
        (targets(1, "NA", 2), {}, "line 3, column 'y': 'NA' stands for a missing number"),
        (targets(1, "inf", 2), {}, "line 3, column 'y': 'inf' is no number"),
        (targets("a", "", "b"), {}, "line 3, column 'y': an empty cell is a missing text"),
        (FLATS, {"target": "Price"}, "target: .* has no column 'Price'; did you mean 'price'"),
        (FLATS, {"target": "city", "drop": ["city"]}, "drop: 'city' is the target"),
        (FLATS, {"target": "zip"}, "target: .* has no column 'zip'; it has size, city, price"),
        ("a\n1\n2\n", {}, "has a alone; expected columns of inputs and a target"),
        (FLATS, {"kind": "labels"}, "kind: expected one of classes, regression, got 'labels'"),
    ],
)
def test_a_target_that_will_not_do_is_refused(
    tmp_path: Path, text: str, options: Any, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint) as caught:
        read(tmp_path, text, **options)
    assert "\n" not in str(caught.value)


# -------------------------------------------------------------------------------------- inputs


def test_categories_are_one_hot_in_sorted_order(tmp_path: Path) -> None:
    found = read(tmp_path, FLATS)
    assert found.schema.inputs == ("size", "city=Oslo", "city=Rome")
    assert found.X.tolist() == [[50, 0, 1], [80, 1, 0], [60, 1, 0]]


def test_columns_may_be_dropped(tmp_path: Path) -> None:
    text = "id,size,note,price\n" + "".join(f"id{i},{i},,{i}.5\n" for i in range(30))
    found = read(tmp_path, text, drop=["id", "note"])
    assert found.columns == ("size",)
    assert more(tmp_path, "size\n3\n", found.schema).X.tolist() == [[3]]


@pytest.mark.parametrize(
    ("text", "options", "complaint"),
    [
        ("a,y\n1,2\nx,3\n4,5\n", {}, "line 3, column 'a': 'x' is no number; mend it, or leave"),
        ("a;y\n1;2\n2,5;3\n4;5\n", {}, "line 3, column 'a': '2,5' is no number; write decimals"),
        ("a,y\n1,2\n,3\n4,5\n", {}, "line 3, column 'a': an empty cell is a missing number"),
        ("a,y\nu,2\n,3\nv,5\n", {}, "line 3, column 'a': an empty cell is a missing text"),
        ("a,y\n1,2\n1e999,3\n4,5\n", {}, "line 3, column 'a': 'inf' is no number"),
        (FLATS, {"drop": ["sizes"]}, "drop: .* no column 'sizes'; did you mean 'size'"),
    ],
)
def test_inputs_that_will_not_do_are_refused(
    tmp_path: Path, text: str, options: Any, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        read(tmp_path, text, **options)


@pytest.mark.parametrize(("n_rows", "n_texts"), [(50, 26), (1000, 101)])
def test_names_and_notes_are_no_categories(tmp_path: Path, n_rows: int, n_texts: int) -> None:
    text = "a,y\n" + "".join(f"n{i % n_texts},{i}\n" for i in range(n_rows))
    with pytest.raises(ValueError, match=f"'a' has {n_texts} different texts in {n_rows} rows"):
        read(tmp_path, text)
    read(tmp_path, text.replace(f"n{n_texts - 1},", "n0,"))  # one less


# ------------------------------------------------------------------------------- further rows


@pytest.mark.parametrize(
    ("text", "Y"),
    [
        ("size,city,price\n75,Oslo,9\n", [[9]]),
        ("price,extra,city,size\n9,x,Oslo,75\n", [[9]]),
        ("city,size\nOslo,75\n", None),
    ],
)
def test_further_rows_are_found_by_name(tmp_path: Path, text: str, Y: Any) -> None:
    found = more(tmp_path, text, read(tmp_path, FLATS).schema)
    assert found.X.tolist() == [[75, 1, 0]]
    assert (None if found.Y is None else found.Y.tolist()) == Y


def test_further_rows_without_a_header_go_by_place(tmp_path: Path) -> None:
    schema = read(tmp_path, "1,u,3.5\n2,v,4.5\n", target="1", kind="regression").schema
    with_target = more(tmp_path, "7,v,8\n", schema)
    assert with_target.X.tolist() == [[0, 1, 8]]
    assert with_target.Y is not None
    assert with_target.Y.tolist() == [[7]]
    without = more(tmp_path, "v,8\nu,9\n", schema)
    assert without.X.tolist() == [[0, 1, 8], [1, 0, 9]]
    assert without.Y is None


def test_targets_may_be_left_unread(tmp_path: Path) -> None:
    schema = read(tmp_path, targets("a", "b")).schema
    assert more(tmp_path, targets("c"), schema, targets=False).Y is None


def test_classes_that_are_numbers_are_known_however_they_are_written(tmp_path: Path) -> None:
    schema = read(tmp_path, targets(0, 1, 2)).schema
    found = more(tmp_path, targets("2.0", " 1", "2e0"), schema)
    assert found.Y is not None
    assert found.Y.tolist() == [2, 1, 2]


def test_categories_and_classes_that_look_like_numbers_are_texts_again(tmp_path: Path) -> None:
    schema = read(tmp_path, "a,y\n1,u1\nx,7\nz,u1\n").schema
    found = more(tmp_path, "a,y\n1,7\n1,7\n", schema)
    assert found.X.tolist() == [[1, 0, 0]] * 2
    assert found.Y is not None
    assert found.Y.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("size,town\n75,Oslo\n", "has no column 'city'; it has size, town"),
        ("Size,city\n75,Oslo\n", "has no column 'size'; did you mean 'Size'"),
        ("75,Oslo\n76,Rome\n", "has no header; its first line must name the columns size, city"),
        ("size,city\n75,Rom\n", r"line 2, column 'city': 'Rom' is none of the values learned from "
         r"\(Oslo, Rome\); train again with rows that have it, or leave the row out"),
        ("size,city\nbig,Rome\n", "line 2, column 'size': 'big' is no number"),
        ("size,city,price\n75,Rome,dear\n", "line 2, column 'price': 'dear' is no number"),
        ("size,city\n75,\n", "line 2, column 'city': an empty cell is a missing text"),
    ],
)  # fmt: skip
def test_further_rows_that_do_not_fit_are_refused(
    tmp_path: Path, text: str, complaint: str
) -> None:
    schema = read(tmp_path, FLATS).schema
    with pytest.raises(ValueError, match=complaint):
        more(tmp_path, text, schema)


@pytest.mark.parametrize("values", [("no", "yes"), (0, 1)])
def test_a_class_that_was_not_learned_from_is_refused(tmp_path: Path, values: Any) -> None:
    schema = read(tmp_path, targets(*values)).schema
    with pytest.raises(ValueError, match=r"line 3, column 'y': '7' is none of the values learned"):
        more(tmp_path, targets(values[0], 7), schema)


def test_another_number_of_places_is_refused(tmp_path: Path) -> None:
    schema = read(tmp_path, "1,2,3.5\n2,3,4.5\n").schema
    with pytest.raises(ValueError, match="has 4 columns; expected 3, or 2 without the target"):
        more(tmp_path, "1,2,3,4\n", schema)


@given(
    columns=st.lists(st.sampled_from(["number", "text"]), min_size=1, max_size=5),
    kind=st.sampled_from(["classes", "regression"]),
    n=st.integers(2, 20),
    header=st.booleans(),
    data=st.data(),
)
def test_a_table_read_again_by_its_schema_is_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    columns: list[str], kind: str, n: int, header: bool, data: st.DataObject,
) -> None:  # fmt: skip
    rng = np.random.default_rng(data.draw(st.integers(0, 999)))
    cells = [rng.choice(["u", "v", "w"], n) if c == "text" else rng.normal(size=n) for c in columns]
    cells.append(np.arange(n) % 2 if kind == "classes" else rng.normal(size=n))
    rows = [",".join(map(str, row)) for row in zip(*cells, strict=True)]
    names = ",".join(f"c{i}" for i in range(len(cells)))
    path = tmp_path_factory.getbasetemp() / "again.csv"
    path.write_text("\n".join([names, *rows] if header else rows))
    found = read_examples(path)
    again = read_more(path, Schema.from_json(found.schema.to_json()))
    assert found.kind == kind
    assert np.array_equal(found.X, again.X)
    assert np.array_equal(found.Y, again.Y)  # type: ignore[arg-type]
