"""Parquet and Arrow files a group of rows at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fastgd import Network, parts
from fastgd.datasets import read_examples, row_groups

pa = pytest.importorskip("pyarrow")
N = 40


def columns() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        "size": rng.random(N),
        "city": ["Oslo"] * 20 + ["Rome"] * 20,  # one a group
        "rooms": np.arange(N) % 4,
        "kind": np.arange(N) // 20,
    }


def write(path: Path, table: dict[str, Any], size: int = 10) -> Path:
    import pyarrow.parquet

    made = pa.table(table)
    if path.suffix == ".parquet":
        pyarrow.parquet.write_table(made, path, row_group_size=size)
    else:
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, made.schema) as writer:
            for batch in made.to_batches(max_chunksize=size):
                writer.write_batch(batch)
    return path


@pytest.mark.parametrize("name", ["table.parquet", "table.arrow"])
def test_groups_are_rows_of_the_whole(tmp_path: Path, name: str) -> None:
    """Categories and classes are those of all groups."""
    path = write(tmp_path / name, columns())
    found, whole = row_groups(path), read_examples(path)
    assert found.schema == whole.schema
    assert found.rows == (10, 10, 10, 10)
    assert (np.concatenate([X for X, _ in found]) == whole.X).all()
    assert (np.concatenate([Y for _, Y in found]) == whole.Y).all()
    assert repr(found) == "<4 row groups: 40 of 4 inputs, 2 classes>"
    assert found.name(1) == f"{path}, row group 1"
    assert [len(X) for X, _ in found[1:3]] == [10, 10]
    with pytest.raises(IndexError):
        found[4]


def test_what_is_said_of_columns_holds(tmp_path: Path) -> None:
    path = write(tmp_path / "t.parquet", columns())
    found = row_groups(path, target="size", drop=["city"])
    assert found.schema == read_examples(path, target="size", drop=["city"]).schema
    assert found[0][1].shape == (10, 1)
    assert row_groups(path, target="rooms", kind="regression").schema.kind == "regression"


def test_a_group_may_be_empty(tmp_path: Path) -> None:
    schema = pa.schema([("a", pa.float64()), ("y", pa.int64())])
    path = tmp_path / "t.arrow"
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, schema) as writer:
        for n in (2, 0, 1):
            writer.write_batch(pa.record_batch([np.ones(n), np.arange(n)], schema=schema))
    found = row_groups(path)
    assert found.rows == (2, 0, 1)
    assert [X.shape for X, _ in found] == [(2, 1), (0, 1), (1, 1)]
    assert found.schema.classes == ("0", "1")


def test_a_cost_takes_them(tmp_path: Path) -> None:
    found = row_groups(write(tmp_path / "t.parquet", columns()))
    network = Network((4, 3, 2))
    cost = parts.ChunkedCost(network, found)
    X, Y = (np.concatenate(each) for each in zip(*found, strict=True))
    theta = network.random_theta(rng=0, dtype=np.float64)
    assert cost(theta) == pytest.approx(parts.part_of(network, X, Y)(theta), rel=1e-12)
    assert cost.n_examples == N


def test_a_missing_number_is_named_by_its_row(tmp_path: Path) -> None:
    table = columns()
    table["size"] = [None if i == 25 else 1.0 for i in range(N)]
    found = row_groups(write(tmp_path / "t.parquet", table))
    with pytest.raises(ValueError, match="row 25, column 'size'"):
        found[2]
    with pytest.raises(parts.PartError, match=r"chunk 3 of 4 .*row group 2.: .*row 25"):
        parts.ChunkedCost(Network((4, 2)), found)(np.zeros(10))


def test_what_will_not_do_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "t.parquet", columns())
    with pytest.raises(ValueError, match=r"target: .* has no column 'prize'"):
        row_groups(path, target="prize")
    with pytest.raises(ValueError, match="expected columns of inputs and a target"):
        row_groups(path, drop=["size", "city", "rooms"])
    with pytest.raises(FileNotFoundError):
        row_groups(tmp_path / "none.parquet")
    empty = write(tmp_path / "empty.arrow", {"a": np.zeros(0), "y": np.zeros(0)})
    with pytest.raises(ValueError, match=r"empty.arrow has no rows; expected at least one"):
        row_groups(empty)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ValueError, match=r"t.parquet is no such file, or damaged"):
        row_groups(path)
