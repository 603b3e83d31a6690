"""`kernels/layouts`: compressed rows and columns hold each nonzero once, in order, and no more."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.common import Array

from fastgd._built import layouts
from fastgd._engine.layouts import LIST

VALUES = ("uint8", "float32", "float64")
values = pytest.mark.parametrize("value", VALUES)


def data(value: str, n: int = 37, n_inputs: int = 23, share: float = 0.3) -> Array:
    rng = np.random.default_rng(0)
    return (rng.integers(1, 200, (n, n_inputs)) * (rng.random((n, n_inputs)) < share)).astype(value)


class Rows(NamedTuple):
    lists: Array
    entries: Array
    index_size: int
    value_size: int
    middle: int


def room(X: Array, steps: bool, middle: int) -> tuple[Array, Rows]:
    count = np.empty(len(X), np.int64)
    layouts.count_nonzeros(X, count, 1)
    start = np.empty(len(X) + 1, np.int64)
    index_size = 1 if steps else 4
    layouts.list_starts(count, layouts.stepping_stones(X.shape[1]), index_size, X.itemsize, start)
    lists = np.empty(len(X), LIST)
    return start, Rows(lists, np.full(start[-1], 99, np.uint8), index_size, X.itemsize, middle)


def compressed(X: Array, middle: int = 0, n_threads: int = 1) -> Rows:
    start, rows = room(X, True, middle)
    work = np.empty((n_threads, layouts.list_room(X.shape[1], 1)), np.uint8)
    layouts.compress(X, middle, start, rows.lists, rows.entries, work, n_threads)
    return rows


def compressed_sparse(X: Array, steps: bool, middle: int = 0) -> Rows:
    start, rows = room(X, steps, middle)
    starts = np.r_[0, np.cumsum((X != 0).sum(axis=1))]
    columns = np.nonzero(X)[1].astype(np.int32)
    work = np.empty(layouts.list_room(X.shape[1], 4), np.uint8)
    layouts.compress_sparse(
        starts, columns, X[X != 0], middle, start, rows.lists, rows.entries, work, steps
    )
    return rows


def made(X: Array, how: str, middle: int = 0) -> Rows:
    if how == "dense":
        return compressed(X, middle)
    return compressed_sparse(X, how == "sparse, steps", middle)


# uint8 values always come with steps.
MADE = [(how, value) for how in ("dense", "sparse, steps", "sparse, columns") for value in VALUES]
MADE.remove(("sparse, columns", "uint8"))
combinations = pytest.mark.parametrize(("how", "value"), MADE)


def read(entries: Array, first: int, n: int, index_size: int, dtype: Any) -> tuple[Array, Array]:
    """(indices, values) of the list of n entries at byte `first`."""
    assert first % 8 == 0
    assert n % 4 == 0
    middle = first + n * np.dtype(dtype).itemsize
    value = entries[first:middle].view(dtype)
    index = entries[middle : middle + n * index_size]
    return (index.cumsum(dtype=int) if index_size == 1 else index.view(np.int32)), value


def from_rows(rows: Rows, dtype: Any, n_inputs: int) -> Array:
    X = np.zeros((len(rows.lists), n_inputs), dtype)
    for i, (first, n, half) in enumerate(rows.lists):
        assert half % 4 == 0
        index, value = read(rows.entries, first, n, rows.index_size, dtype)
        (lit,) = np.nonzero(value)
        assert np.all(np.diff(index[lit]) > 0)
        # Two threads may write rows of W1 at once: each half keeps to its own columns.
        assert np.all(index[:half] < rows.middle)
        assert np.all(index[half:] >= rows.middle)
        if half and rows.index_size == 1:
            assert index[half - 1] == rows.middle - 1
        np.add.at(X[i], index, value)
    return X


def by_column(rows: Rows, n_inputs: int, block: int, n_threads: int = 1) -> Any:
    n_blocks = -(-len(rows.lists) // block)
    bytes_a_block = 16 * block * n_inputs + 64 * n_inputs
    spans = np.array([(b * n_inputs, -1, b * bytes_a_block) for b in range(n_blocks)])
    lists = np.full((n_blocks * n_inputs, 2), -1, np.int32)
    entries = np.full(n_blocks * bytes_a_block, 99, np.uint8)
    work = np.zeros((n_threads, 3 * n_inputs), np.int64)
    values = rows.entries.view({1: np.uint8, 4: np.float32, 8: np.float64}[rows.value_size])
    indices = rows.entries.view({1: np.uint8, 4: np.int32}[rows.index_size])
    layouts.by_column(rows.lists, values, indices, block, spans, lists, entries, work, n_threads)
    assert not work.any()
    return spans, lists, entries


def from_columns(columns: Any, dtype: Any, n: int, n_inputs: int, block: int) -> Array:
    """The matrix that column lists stand for."""
    spans, lists, entries = columns
    X = np.zeros((n + block, n_inputs))
    for b, (first_list, n_lists, at) in enumerate(spans):
        for column, length in lists[first_list : first_list + n_lists]:
            row, value = read(entries, at, length, 1, dtype)
            np.add.at(X, (b * block + row, column), value)
            at += (length * (1 + value.itemsize) + 7) // 8 * 8
    return X[:n]


@values
def test_nonzeros_are_counted(value: str) -> None:
    X = data(value)
    count = np.empty(len(X), np.int64)
    layouts.count_nonzeros(X, count, 1)
    assert np.array_equal(count, (X != 0).sum(axis=1))


@combinations
@pytest.mark.parametrize("n_inputs", [1, 7, 8, 9, 23, 64])
def test_rows_hold_the_same_matrix(how: str, value: str, n_inputs: int) -> None:
    X = data(value, n_inputs=n_inputs)
    rows = made(X, how)
    assert np.array_equal(from_rows(rows, value, n_inputs), X)
    assert rows.lists["n"].tolist() == [(np.count_nonzero(row) + 3) // 4 * 4 for row in X]


@combinations
@pytest.mark.parametrize("middle", [0, 1, 2, 7, 8, 11, 300, 399, 400])
def test_halves_hold_the_same_matrix(how: str, value: str, middle: int) -> None:
    X = data(value, n_inputs=400, share=0.05)
    X[3], X[4, middle:], X[5, :middle] = 0, 0, 0
    assert np.array_equal(from_rows(made(X, how, middle), value, 400), X)


@combinations
@pytest.mark.parametrize("gap", [247, 248, 249, 254, 255, 256, 257, 503, 511, 512, 2000])
@pytest.mark.parametrize("first", [0, 5, 300])
def test_gaps_of_any_width_are_bridged(how: str, value: str, gap: int, first: int) -> None:
    X = np.zeros((2, 2500), value)
    X[0, [first, first + gap]] = 3, 4
    X[1, -1] = 5
    assert np.array_equal(from_rows(made(X, how), value, 2500), X)


@pytest.mark.parametrize("n_inputs", range(240, 260))
def test_one_nonzero_at_any_place_is_found(n_inputs: int) -> None:
    X = np.eye(n_inputs, dtype=np.uint8)
    assert np.array_equal(from_rows(compressed(X), "uint8", n_inputs), X)


@combinations
@pytest.mark.parametrize("block", [1, 5, 37, 256])
def test_columns_hold_the_same_matrix(how: str, value: str, block: int) -> None:
    X = data(value, 300)
    columns = by_column(made(X, how), X.shape[1], block)
    assert np.array_equal(from_columns(columns, value, *X.shape, block), X)


def test_columns_without_a_nonzero_are_not_listed() -> None:
    X = np.zeros((4, 9), np.float32)
    X[2, 7] = X[3, 7] = 5
    spans, lists, _ = by_column(compressed(X), 9, 4)
    assert spans[:, 1].tolist() == [1]
    assert lists[0].tolist() == [7, 4]


def test_the_longest_columns_come_first() -> None:
    X = np.tril(np.ones((40, 40), np.uint8))
    spans, lists, _ = by_column(compressed(X), 40, 40)
    lengths = lists[: spans[0, 1], 1].tolist()
    assert lengths == sorted(lengths, reverse=True)
    assert len(set(lengths)) == 10


def test_negative_zero_is_zero() -> None:
    X = np.array([[-0.0, 1.0]])
    rows = compressed(X)
    assert rows.lists.tolist() == [(0, 4, 0)]
    assert from_rows(rows, "float64", 2).tolist() == [[0, 1]]


@given(
    st.integers(1, 40), st.integers(1, 40), st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    st.integers(1, 16), st.sampled_from(MADE), st.floats(0, 1),
)  # fmt: skip
def test_any_matrix_comes_back(
    n: int, n_inputs: int, share: float, block: int, kind: tuple[str, str], middle: float
) -> None:
    how, value = kind
    X = data(value, n, n_inputs, share)
    rows = made(X, how, int(middle * n_inputs))
    assert np.array_equal(from_rows(rows, value, n_inputs), X)
    columns = by_column(rows, n_inputs, block)
    assert np.array_equal(from_columns(columns, value, n, n_inputs, block), X)


@pytest.mark.parametrize("n_threads", [2, 3, 16])
def test_any_number_of_threads_lays_out_the_same(n_threads: int) -> None:
    X = data("uint8", 500)
    rows, others = compressed(X), compressed(X, 0, n_threads)
    assert all(map(np.array_equal, rows, others))
    assert all(map(np.array_equal, by_column(rows, 23, 16), by_column(others, 23, 16, n_threads)))
