"""`_layout`: compressed rows and columns hold every nonzero once, in order, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.common import Array

from fastgd import _layout

VALUES = ("uint8", "float32", "float64")
INDICES = ("uint16", "int32")
combinations = pytest.mark.parametrize(
    ("value", "index"), [(value, index) for value in VALUES for index in INDICES]
)


def data(value: str, n: int = 37, n_inputs: int = 23, share: float = 0.3) -> Array:
    rng = np.random.default_rng(0)
    return (rng.integers(1, 200, (n, n_inputs)) * (rng.random((n, n_inputs)) < share)).astype(value)


def compressed(X: Array, index: str, n_threads: int = 1) -> tuple[Array, Array, Array]:
    """(start, index, values), each row padded to a multiple of 4."""
    count = np.empty(len(X), np.int64)
    _layout.count_nonzeros(X, count, n_threads)
    start = np.r_[0, np.cumsum((count + 3) // 4 * 4)]
    indices = np.full(max(1, start[-1]), 99, index)
    values = np.full(max(1, start[-1]), 99, X.dtype)
    _layout.compress(X, start, indices, values, n_threads)
    return start, indices, values


def by_column(rows: tuple[Any, ...], n_inputs: int, block: int, n_threads: int = 1) -> Any:
    start, index, values = rows
    n_blocks = -(-(len(start) - 1) // block)
    count = np.zeros((n_threads, n_inputs), np.int32)
    lit, entries = np.empty(n_blocks, np.int64), np.empty(n_blocks, np.int64)
    _layout.count_columns(start, index, values, block, count, lit, entries, n_threads)
    assert not count.any()
    block_lit, block_entry = np.r_[0, np.cumsum(lit)], np.r_[0, np.cumsum(entries)]
    lit_column = np.full(max(1, block_lit[-1]), -1, np.int32)
    lit_start = np.full(block_lit[-1] + 1, -1, np.int64)
    local_row = np.zeros(max(1, block_entry[-1]), np.uint8)
    local = np.zeros(max(1, block_entry[-1]), values.dtype)
    _layout.by_column(
        start, index, values, block, count, block_lit, block_entry,
        lit_column, lit_start, local_row, local, n_threads,
    )  # fmt: skip
    return block_lit, lit_column, lit_start, local_row, local


def from_columns(columns: Any, n: int, n_inputs: int, block: int) -> Array:
    """The matrix that column lists stand for, and each list a multiple of 4 long."""
    block_lit, lit_column, lit_start, local_row, local = columns
    X = np.zeros((n + block, n_inputs))
    for b in range(len(block_lit) - 1):
        for c in range(block_lit[b], block_lit[b + 1]):
            entries = slice(lit_start[c], lit_start[c + 1])
            assert (entries.stop - entries.start) % 4 == 0
            np.add.at(X, (b * block + local_row[entries], lit_column[c]), local[entries])
    return X[:n]


@pytest.mark.parametrize("value", VALUES)
def test_nonzeros_are_counted(value: str) -> None:
    X = data(value)
    count = np.empty(len(X), np.int64)
    _layout.count_nonzeros(X, count, 1)
    assert np.array_equal(count, (X != 0).sum(axis=1))


@combinations
def test_rows_hold_their_nonzeros_in_order(value: str, index: str) -> None:
    X = data(value)
    start, indices, values = compressed(X, index)
    for i, row in enumerate(X):
        (lit,) = np.nonzero(row)
        first = slice(start[i], start[i] + len(lit))
        assert np.array_equal(indices[first], lit)
        assert np.array_equal(values[first], row[lit])


@combinations
def test_rows_are_padded_with_zeros_at_column_0(value: str, index: str) -> None:
    X = data(value)
    start, indices, values = compressed(X, index)
    for i, row in enumerate(X):
        rest = slice(start[i] + np.count_nonzero(row), start[i + 1])
        assert not indices[rest].any()
        assert not values[rest].any()


@combinations
@pytest.mark.parametrize("block", [1, 5, 37, 256])
def test_columns_hold_the_same_matrix(value: str, index: str, block: int) -> None:
    X = data(value)
    columns = by_column(compressed(X, index), X.shape[1], block)
    assert np.array_equal(from_columns(columns, *X.shape, block), X)


def test_columns_without_a_nonzero_are_not_listed() -> None:
    X = np.zeros((4, 9), np.float32)
    X[2, 7] = X[3, 7] = 5
    block_lit, lit_column, *_ = by_column(compressed(X, "int32"), 9, 4)
    assert block_lit.tolist() == [0, 1]
    assert lit_column.tolist() == [7]


def test_entries_named_twice_are_both_kept() -> None:
    rows = (np.array([0, 4]), np.array([3, 3, 1, 0], np.int32), np.array([1.0, 2, 4, 0]))
    columns = by_column(rows, 5, 8)
    assert from_columns(columns, 1, 5, 8).tolist() == [[0, 4, 0, 3, 0]]


def test_negative_zero_is_zero() -> None:
    X = np.array([[-0.0, 1.0]])
    start, indices, _ = compressed(X, "int32")
    assert start.tolist() == [0, 4]
    assert indices[0] == 1


@given(
    st.integers(1, 40), st.integers(1, 40), st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    st.integers(1, 16),
)  # fmt: skip
def test_any_matrix_comes_back(n: int, n_inputs: int, share: float, block: int) -> None:
    X = data("float64", n, n_inputs, share)
    columns = by_column(compressed(X, "int32"), n_inputs, block)
    assert np.array_equal(from_columns(columns, n, n_inputs, block), X)


@pytest.mark.parametrize("n_threads", [2, 3, 16])
def test_any_number_of_threads_lays_out_the_same(n_threads: int) -> None:
    X = data("uint8", 500)
    rows, others = compressed(X, "uint16"), compressed(X, "uint16", n_threads)
    assert all(map(np.array_equal, rows, others))
    assert all(map(np.array_equal, by_column(rows, 23, 16), by_column(others, 23, 16, n_threads)))
