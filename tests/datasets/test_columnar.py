"""`datasets.columnar`: Parquet, Arrow and Feather as the same table as CSV."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fastgd.datasets import Examples, read_examples, read_more

pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")

FRAME = pd.DataFrame(
    {
        "rooms": np.array([1, 2, 3, 2], np.int16),
        "size": np.array([50.5, 80, 60, 70], np.float32),
        "city": ["Rome", "Oslo", "Oslo", "Rome"],
        "lift": [True, False, True, True],
        "state": pd.Categorical(["old", "new", "old", "new"]),
        "price": [200.5, 420, 310, 300],
    }
)


def write(frame: Any, path: Path) -> Path:
    """By pandas, and streams by Polars, whose texts are views."""
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    elif path.suffix in (".parquet", ".pq"):
        frame.to_parquet(path)
    elif path.suffix == ".feather":
        frame.to_feather(path)
    elif path.suffix == ".ipc":
        pl.DataFrame(frame).write_ipc_stream(path)
    else:
        pl.DataFrame(frame).write_ipc(path)
    return path


def same(one: Examples, other: Examples) -> None:
    assert one.schema == other.schema
    np.testing.assert_array_equal(one.X, other.X)
    np.testing.assert_array_equal(one.Y, other.Y)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["a.parquet", "a.pq", "a.feather", "a.arrow", "a.ipc"])
@pytest.mark.parametrize("target", ["price", "city", "lift", "rooms"])
def test_every_format_says_what_csv_says(tmp_path: Path, name: str, target: str) -> None:
    found = read_examples(write(FRAME, tmp_path / name), target=target)
    as_csv = read_examples(write(FRAME, tmp_path / "a.csv"), target=target)
    same(found, as_csv)
    same(read_more(tmp_path / name, as_csv.schema), found)
    same(read_more(tmp_path / "a.csv", found.schema), found)


def test_many_chunks(tmp_path: Path) -> None:
    frame = pd.concat([FRAME] * 50, ignore_index=True)
    pl.DataFrame(frame).write_parquet(tmp_path / "a.parquet", row_group_size=7)
    same(read_examples(tmp_path / "a.parquet"), read_examples(write(frame, tmp_path / "a.csv")))


def test_the_index_of_pandas_is_no_column(tmp_path: Path) -> None:
    frame = FRAME.iloc[[3, 1, 0]]
    assert "__index_level_0__" not in read_examples(write(frame, tmp_path / "a.parquet")).columns


def test_decimals_and_wide_integers_are_numbers(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [2**60 + 1, 1], "y": ["1.50", "2.25"]})
    frame = frame.with_columns(pl.col("y").cast(pl.Decimal(10, 2)))
    frame.write_parquet(tmp_path / "a.parquet")
    found = read_examples(tmp_path / "a.parquet")
    assert found.X.tolist() == [[2.0**60], [1]]
    assert found.Y is not None
    assert found.Y.tolist() == [[1.5], [2.25]]


def test_texts_of_numbers_are_read_as_the_numbers_learned_from(tmp_path: Path) -> None:
    schema = read_examples(write(FRAME[["size", "price"]], tmp_path / "a.csv")).schema
    texts = pd.DataFrame({"size": ["50.5", "80"]})
    assert read_more(write(texts, tmp_path / "a.parquet"), schema).X.tolist() == [[50.5], [80]]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"size": [1, None, 2, 3]}, "row 1, column 'size': an empty cell is a missing number"),
        ({"size": [1, np.inf, 2, 3]}, "row 1, column 'size': 'inf' is no number"),
        ({"city": ["a", "a", None, "b"]}, "row 2, column 'city': an empty cell is a missing"),
        ({"size": [pd.Timestamp(2020, 1, 1)] * 4}, "row 0, column 'size': '2020-01-01 .* no numb"),
        ({"size": [[1], [2], [3], [4]]}, "row 0, column 'size': .* is no number"),
    ],
)
def test_columns_that_will_not_do_are_named(tmp_path: Path, change: Any, complaint: str) -> None:
    path = write(FRAME.assign(**change), tmp_path / "a.parquet")
    with pytest.raises(ValueError, match=complaint):
        read_examples(path)
    read_examples(path, drop=list(change))


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.feather"])
@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.98])
def test_damaged_files_are_refused(tmp_path: Path, name: str, share: float) -> None:
    whole = write(FRAME, tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=f"{name} is no such file, or damaged") as caught:
        read_examples(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_table_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no rows; expected at least one"):
        read_examples(write(FRAME.iloc[:0], tmp_path / "a.parquet"))


def test_a_missing_file_is_the_system_s_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"a\.parquet"):
        read_examples(tmp_path / "a.parquet")


def test_pyarrow_s_absence_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(FRAME, tmp_path / "a.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match=r'pyarrow is needed: pip install "fastgd\[arrow\]"'):
        read_examples(tmp_path / "a.parquet")


@pytest.mark.parametrize("dtype", ["int8", "uint8", "uint64", "float16", "float32"])
def test_numbers_of_any_width(tmp_path: Path, dtype: str) -> None:
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"a": np.array([1, 2, 3], dtype), "y": [0.5, 1.5, 2.5]})
    pytest.importorskip("pyarrow.feather").write_feather(table, tmp_path / "a.feather")
    found = read_examples(tmp_path / "a.feather")
    assert found.X.tolist() == [[1], [2], [3]]
    assert not found.schema.pixels
