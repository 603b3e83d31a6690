"""Large arrays cut into chunks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fastgd.parts import chunks_of


def test_rows_are_cut_in_order() -> None:
    X, Y, w = np.arange(20).reshape(10, 2), np.arange(10), np.ones(10)
    chunks = chunks_of(X, Y, w, rows=4)
    assert len(chunks) == 3
    assert [len(chunk[0]) for chunk in chunks] == [4, 4, 2]
    assert (np.concatenate([x for x, _, _ in chunks]) == X).all()
    assert chunks[-1][1].tolist() == [8, 9]
    assert [len(c) for c in chunks[1:]] == [3, 3]
    assert chunks.name(2) == "rows 8 to 9"
    with pytest.raises(IndexError):
        chunks[3]


class Stored:
    """As Zarr and h5py have it: rows are read where they are sliced."""

    def __init__(self, values: Any, chunks: tuple[int, ...]) -> None:
        self.values, self.chunks = values, chunks
        self.shape, self.dtype, self.size = values.shape, values.dtype, values.size

    def __getitem__(self, rows: slice) -> Any:
        return self.values[rows]


def test_chunks_of_the_array_s_own_stay_whole() -> None:
    X = Stored(np.zeros((1000, 1 << 13), np.uint8), (300, 1 << 13))
    assert chunks_of(X, np.zeros(1000)).rows == 2048 // 300 * 300
    wide = Stored(np.zeros((40, 1 << 19), np.uint8), (50, 1))
    assert chunks_of(wide, np.zeros(40)).rows == 50


@pytest.mark.parametrize(
    ("X", "Y", "error", "complaint"),
    [
        ([[1.0]], np.ones(1), TypeError, "X: expected an array with rows, got list"),
        (np.ones((2, 1)), np.ones(3), ValueError, "Y has 3 rows; X has 2"),
        (np.ones((0, 1)), np.ones(0), ValueError, "X has no rows"),
    ],
)
def test_what_has_no_rows_alike_is_refused(
    X: Any, Y: Any, error: type[Exception], complaint: str
) -> None:
    with pytest.raises(error, match=complaint):
        chunks_of(X, Y)
