"""`tables`: no line wider than the console, no cell lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.consoles import console, shown

from fastgd.cli.tables import n_blocks, show_table

pytest.importorskip("rich")
cells = pytest.importorskip("rich.cells")

HEADER = ["flower", "setosa", "versicolor", "right"]
ROWS = [["setosa", "12", "0", "100.0 %"], ["versicolor", "3", "1234", "99.8 %"]]


def printed(
    header: list[str], rows: list[list[str]], width: int, encoding: str = "utf-8", n_keys: int = 1
) -> list[str]:
    to = console(encoding, width=width)
    show_table(to, header, rows, n_keys=n_keys)
    return shown(to).splitlines()


def test_a_table_that_fits_is_printed_as_it_is() -> None:
    assert printed(HEADER, ROWS, 80) == [
        "flower      setosa  versicolor    right",
        "setosa          12           0  100.0 %",
        "versicolor       3        1234   99.8 %",
    ]


def test_columns_that_do_not_fit_go_below() -> None:
    assert printed(HEADER, ROWS, 25) == [
        "flower      setosa",
        "setosa          12",
        "versicolor       3",
        "",
        "flower      versicolor",
        "setosa               0",
        "versicolor        1234",
        "",
        "flower        right",
        "setosa      100.0 %",
        "versicolor   99.8 %",
    ]


def test_long_keys_lose_their_middle() -> None:
    rows = [["pictures/of/flowers/in/spring/001.png", "0.25"]]
    assert printed(["", "setosa"], rows, 40) == [
        "                                  setosa",
        "pictures/of/flow…/spring/001.png    0.25",
    ]


def test_long_names_of_columns_give_way_to_numbers() -> None:
    header = ["flower", "a very long name of a class", "another very long name"]
    assert printed(header, [["rose", "1", "2"]], 40) == [
        "flower  a ver…lass  anoth…name",
        "rose             1           2",
    ]


def test_ascii_where_the_console_has_no_more() -> None:
    assert printed(["x" * 30, "y"], [["z", "1"]], 20, "ascii")[0] == "xxxxxxxx.xxxxxxxx  y"


def test_keys_may_be_several() -> None:
    """The short one is whole."""
    rows = [["flowers-of-spring.csv", "0", "1", "2"]]
    assert printed(["file", "row", "of the left", "of the right"], rows, 30, n_keys=2) == [
        "file      row  of th…left",
        "flow…csv  0             1",
        "",
        "file      row  of th…ight",
        "flow…csv  0             2",
    ]


def test_a_table_of_keys_alone() -> None:
    assert printed(["name"], [["a"], ["b"]], 80) == ["name", "a", "b"]
    assert printed(["name"], [], 80) == ["name"]


def test_blocks_are_told_beforehand() -> None:
    assert n_blocks(console(width=80), HEADER, ROWS) == 1
    assert n_blocks(console(width=25), HEADER, ROWS) == 3


def test_rows_of_other_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        printed(["a", "b"], [["1"]], 80)


words = st.text(st.characters(categories=("L", "N")), max_size=50)


@given(st.data(), st.integers(30, 130), st.integers(1, 12), st.integers(1, 2))
def test_no_line_is_wider_than_the_console(
    data: st.DataObject, width: int, n_columns: int, n_keys: int
) -> None:
    """Names of any length, in letters of one and two columns; numbers of up to 9 characters."""
    n_keys = min(n_keys, n_columns)
    numbers = st.integers(-99_999_999, 999_999_999).map(str)
    row = st.tuples(
        *(words for _ in range(n_keys)), *(numbers for _ in range(n_columns - n_keys))
    ).map(list)
    header = data.draw(st.tuples(*(words for _ in range(n_columns))).map(list))
    rows = data.draw(st.lists(row, min_size=1, max_size=3))
    lines = printed(header, rows, width, n_keys=n_keys)
    assert max(cells.cell_len(line) for line in lines) <= width
    found = " ".join(lines).split()
    for made in rows:
        assert set(made[n_keys:]) <= set(found)
