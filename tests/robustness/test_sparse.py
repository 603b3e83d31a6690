"""Sparse rows whose arrays were set by hand: what the kernels walk by is checked at the door."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np
from tests.common import distance

from fastgd import Cost, Network, gradient_descent

NET = Network((6, 4, 2))
THETA = NET.random_theta(0, dtype=np.float64)
Y = np.random.default_rng(0).random((5, 2))
STARTS = np.array([0, 3, 4, 4, 7, 9])
COLUMNS = np.array([0, 2, 5, 1, 0, 3, 4, 2, 5])
VALUES = np.arange(1.0, 10.0) / 10


class Rows:
    """What `Cost` asks of a sparse matrix, unchecked."""

    def __init__(self, starts: Any, columns: Any, values: Any, shape: tuple[int, int]) -> None:
        self.indptr, self.indices, self.data, self.shape = starts, columns, values, shape

    def tocsr(self) -> Rows:
        return self


def rows(starts: Any = STARTS, columns: Any = COLUMNS, values: Any = VALUES) -> Rows:
    return Rows(starts, columns, values, (5, 6))


def dense(starts: Any, columns: Any, values: Any) -> Any:
    out = np.zeros((5, 6))
    for row in range(5):
        for at in range(int(starts[row]), int(starts[row + 1])):
            out[row, int(columns[at])] += values[at]
    return out


def use(X: Any) -> Any:
    """A gradient over all examples and a mini-batch walk: all that walks over rows."""
    cost = Cost(NET, X, Y)
    end = gradient_descent(cost, THETA, learning_rate=0.1, batch_size=2, epochs=2, rng=0).theta
    return np.concatenate([cost.gradient(THETA), end])


INDEX = ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", ">i4", ">u4"]


@pytest.mark.parametrize("dtype", INDEX)
def test_columns_that_do_not_rise_are_seen_in_every_type(dtype: str) -> None:
    """Differences of unsigned numbers wrap: falling columns passed as rising ones."""
    columns, values = COLUMNS.copy(), VALUES.copy()
    columns[:3], values[:3] = columns[2::-1], values[2::-1]
    got = use(rows(STARTS.astype(dtype), columns.astype(dtype), values))
    assert distance(got, use(dense(STARTS, COLUMNS, VALUES))) < 1e-12


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"starts": [*STARTS, 9]}, r"X\.indptr has 7 entries; expected 6 for 5 rows"),
        ({"starts": STARTS[:-1]}, r"X\.indptr has 5 entries; expected 6 for 5 rows"),
        ({"starts": STARTS[:0]}, r"X\.indptr: expected integers|X\.indptr has 0 entries"),
        ({"starts": STARTS.astype(float)}, r"X\.indptr: expected integers in one dimension"),
        ({"starts": STARTS[None]}, r"X\.indptr: expected integers in one dimension"),
        ({"starts": np.array([0, 1, 2, 3, 4, 2**63 + 9], np.uint64)}, "beyond int64"),
        ({"columns": COLUMNS.astype(float)}, r"X\.indices: expected integers in one dimension"),
        ({"columns": COLUMNS[:-1]}, r"X\.data has shape \(9,\); X\.indices has 8 entries"),
        ({"columns": np.where(COLUMNS == 5, 2**63 + 5, COLUMNS.astype(np.uint64))}, "beyond int64"),
        ({"values": VALUES[None]}, r"X\.data has shape \(1, 9\); X\.indices has 9 entries"),
    ],
)
def test_arrays_that_do_not_fit_each_other_are_refused(change: Any, error: str) -> None:
    """Some of these ended the process, others gave the gradient of other rows."""
    with pytest.raises((ValueError, TypeError), match=error):
        use(rows(**change))


starts = st.lists(st.integers(-1, 10), min_size=0, max_size=8)
dtypes = st.sampled_from(INDEX)


@given(
    starts.map(sorted) | starts, dtypes,
    st_np.arrays(np.int64, 9, elements=st.integers(-1, 6)), dtypes,
)  # fmt: skip
def test_any_arrays_are_refused_or_mean_their_rows(
    starts: list[int], starts_type: str, columns: Any, columns_type: str
) -> None:
    given_starts = np.array(starts, np.int64).astype(starts_type)
    given_columns = columns.astype(columns_type)
    try:
        got = use(rows(given_starts, given_columns))
    except ValueError:
        whole = len(starts) == 6 and given_starts[0] == 0 and given_starts[-1] <= 9
        used = given_columns[: int(given_starts[-1])] if whole else given_columns
        rises = whole and (given_starts[1:] >= given_starts[:-1]).all()
        assert not (rises and ((used >= 0) & (used < 6)).all())
    else:
        assert distance(got, use(dense(given_starts, given_columns, VALUES))) < 1e-9
