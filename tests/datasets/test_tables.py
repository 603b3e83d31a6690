"""`datasets.tables`: CSV and TSV as columns: headers, separators, numbers and texts."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastgd.datasets import read_examples, tables
from fastgd.datasets.tables import Column, Table, read_csv


def table(folder: Path, text: str, **options: Any) -> Table:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return read_csv(str(path), **options)


def kinds(found: Table) -> list[str]:
    return [
        "odd" if c.odd else "texts" if c.codes is not None else "numbers" for c in found.columns
    ]


# ------------------------------------------------------------------------------------- headers


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a,b\n1,2\n", ["a", "b"]),
        ("a,b\n1,x\n2,y\n", ["a", "b"]),
        ("a,b\nu,x\nv,x\n", ["a", "b"]),
        (" a , b \n1,2\n", ["a", "b"]),
        ('"a","b, c"\n1,2\n', ["a", "b, c"]),
        ("0,1,2\n5,6,7\n", ["0", "1", "2"]),
        ("label,0,1,2\n5,6,7,8\n", ["label", "0", "1", "2"]),
        (",a,b\n0,5,6\n1,7,8\n", ["a", "b"]),
        ("a,b,\n5,6,\n7,8,\n", ["a", "b"]),
    ],
)
def test_header_is_recognised(tmp_path: Path, text: str, names: list[str]) -> None:
    found = table(tmp_path, text)
    assert found.has_header
    assert found.names == names
    assert found.n_rows == len(text.splitlines()) - 1


@pytest.mark.parametrize(
    "text",
    [
        "1,2\n3,4\n",
        "5.5,x\n6,y\n",
        "0,0,0\n0,1,1\n",
        "0,1\n5,6\n",  # two numbers may well count by chance
        "1,2,3\n4,5,6\n",
        "0,1,2\n",  # a row, not a header of nothing
        "p,x\np,y\n",  # p comes again below
        "p,p\nq,r\n",
    ],
)
def test_a_first_row_of_data_is_no_header(tmp_path: Path, text: str) -> None:
    found = table(tmp_path, text)
    assert not found.has_header
    assert found.names == ["1", "2", "3"][: len(found.columns)]
    assert found.n_rows == len(text.splitlines())


@pytest.mark.parametrize("expected", [["p"], ["p", "elsewhere"], ["q", "p"]])
def test_an_expected_name_makes_a_header(tmp_path: Path, expected: list[str]) -> None:
    assert table(tmp_path, "p,q\np,r\n", expected=expected).names == ["p", "q"]


def test_a_place_asked_for_makes_no_header(tmp_path: Path) -> None:
    assert not table(tmp_path, "1,5,3\n2,6,4\n", expected=["3"]).has_header


def test_names_that_are_numbers_are_known_in_another_order(tmp_path: Path) -> None:
    assert table(tmp_path, "2,0,1\n7,5,6\n", expected=["0", "1", "2"]).names == ["2", "0", "1"]


# ---------------------------------------------------------------------------------- separators


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators(tmp_path: Path, separator: str) -> None:
    found = table(tmp_path, "a,b,c\n1,2,3\n".replace(",", separator))
    assert [c.numbers.tolist() for c in found.columns if c.numbers is not None] == [[1], [2], [3]]


def test_separators_in_quotes_do_not_count(tmp_path: Path) -> None:
    assert table(tmp_path, '"a;b;c;d",e\n1,2\n').names == ["a;b;c;d", "e"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_empty_lines_and_byte_order_marks(tmp_path: Path, end: str, mark: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(f"{mark}a,b\n1,2\n3,4\n".replace("\n", end).encode())
    found = read_csv(str(path))
    assert (found.names, found.n_rows) == (["a", "b"], 2)


# ------------------------------------------------------------------------- numbers and texts


def test_columns_are_numbers_or_texts(tmp_path: Path) -> None:
    found = table(tmp_path, "a,b,c\n1,x,1\n-2.5e3, y ,x\n 3 ,x,y\n")
    numbers, texts, mixed = found.columns
    assert numbers.numbers is not None
    assert numbers.numbers.tolist() == [1, -2500, 3]
    assert texts.codes is not None
    assert [texts.texts[i] for i in texts.codes] == ["x", "y", "x"]
    assert mixed.texts == ("1", "x", "y")


@pytest.mark.parametrize("cell", ["x", "", "1,5", "1_5", "12:30"])
def test_what_is_no_number_among_numbers_is_kept_for_the_message(tmp_path: Path, cell: str) -> None:
    found = table(tmp_path, f'a,b\n1,2\n3,"{cell}"\n5,6\n7,8\n')
    assert found.columns[1] == Column("b", odd=(1, cell))
    assert found.cell(1, found.columns[1]) == f"{tmp_path / 'table.csv'}, line 3, column 'b'"


def test_a_column_of_empty_cells_has_no_values(tmp_path: Path) -> None:
    assert table(tmp_path, "a,b\n1,\n2,\n").columns[1].odd == (0, "")


def test_texts_may_be_asked_for(tmp_path: Path) -> None:
    assert table(tmp_path, "a,b\n1,01\n2,02\n", texts=["b"]).columns[1].texts == ("01", "02")


def test_blocks_are_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BLOCK", 3)
    rows = [f"{i},{'xyz'[i % 3]},{i}" for i in range(10)]
    found = table(tmp_path, "\n".join(["a,b,c", *rows[:-1], "9,x,odd"]))
    assert kinds(found) == ["numbers", "texts", "odd"]
    assert np.array_equal(found.columns[0].numbers, np.arange(10.0))  # type: ignore[arg-type]
    assert found.columns[1].codes is not None
    assert found.columns[1].codes.tolist() == [i % 3 for i in range(9)] + [0]
    assert found.columns[2].odd == (9, "odd")


def test_the_first_odd_cell_of_all_blocks_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "BLOCK", 3)
    found = table(tmp_path, "a,b\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate("012x4y6")))
    assert found.columns[1].odd == (3, "x")


def test_a_row_is_named_by_its_line_where_cells_hold_line_ends(tmp_path: Path) -> None:
    found = table(tmp_path, 'a,b\n"two\nlines",1\n\n"x",2\n"x",3\n')
    assert [found.place(row) for row in range(3)] == ["line 3", "line 5", "line 6"]


cells = st.text("ab,;\"'\t x1", max_size=5)


@given(st.lists(st.tuples(cells, st.floats(allow_nan=False, allow_infinity=False)), min_size=1))
def test_what_csv_writes_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, float]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "written.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("text", "number"), *rows])
    text, number = read_csv(str(path), texts=["text"]).columns
    assert text.codes is not None
    assert [text.texts[i] for i in text.codes] == [cell.strip() for cell, _ in rows]
    assert number.numbers is not None
    assert number.numbers.tolist() == [value for _, value in rows]


# -------------------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "table.csv is empty"),
        ("\n\n", "table.csv is empty"),
        ("a,b\n", "has a header and no rows"),
        ("a,b,c\n1,2,3\n4,5\n", "line 3, has 2 cells where the first line has 3; mend it"),
        ("1,2\n3,4\n5,6,7\n", "line 3, has 3 cells where the first line has 2"),
        ("a,b,a\n1,2,3\n", "has two columns named 'a'; rename one"),
        ("a,b,\n1,2,9\n3,4,3\n", "column 3 has no name; write one in the first line"),
        ('a,b\n1,"2\n3,4\n', "does not split into cells .*is a quote open"),
        ("a,b\n1," + "x" * 200_000, "does not split into cells .*is a quote open"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as caught:
        table(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_ragged_rows_of_later_blocks_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "BLOCK", 2)
    with pytest.raises(ValueError, match="line 6, has 1 cell where"):
        table(tmp_path, "a,b\n" + "1,2\n" * 4 + "1\n")


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes("größe,b\n1,2\n".encode("cp1252"))
    with pytest.raises(ValueError, match=r"table.csv is not UTF-8 text .*save it as UTF-8"):
        read_csv(str(path))


def test_messages_do_not_grow_with_a_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"a,b,{'c' * 500}\n1,2,{'-' * 900}\n3,4,5\n6,7,8\n", encoding="ascii")
    with pytest.raises(
        ValueError, match=r"line 2, column 'c{60}\.\.\.': '-{60}\.\.\.' is no number"
    ):
        read_examples(path)


def test_a_first_line_of_millions_of_characters_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("1," * (1 << 19) + "1\n", encoding="ascii")
    with pytest.raises(ValueError, match="a first line of over 1,048,576 characters"):
        read_csv(str(path))


def test_a_later_line_of_millions_of_characters_is_named(tmp_path: Path) -> None:
    """It is split, and so never one row of as many cells as the others."""
    path = tmp_path / "a.csv"
    path.write_text("1,2\n3,4\n" + "1," * (1 << 20) + "1\n", encoding="ascii")
    with pytest.raises(ValueError, match=r"line 3, has [0-9]+ cells where the first line has 2"):
        read_csv(str(path))
