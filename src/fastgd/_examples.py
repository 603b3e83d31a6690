"""Which layout of X the kernels walk over, and how it is made.

Inputs that are mostly zero are compressed (`_layout.pyx`); the others stay dense, uint8
or real, where they stand. Checks are `_arrays.py`'s.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd import _layout
from fastgd._arrays import Array, Compressed, as_reals, from_pixels
from fastgd._threads import run, threads_for

# Compressed below this share of nonzeros: there an index and a value for each nonzero
# cost less than a multiply-add for each input (docs/performance.md has the crossover).
COMPRESS_BELOW = 0.45
# Fewer inputs than this are cheaper dense whatever they hold.
FEWEST_INPUTS = 16


def rules() -> str:
    """The choice of layout, in words."""
    return (
        f"compressed where under {COMPRESS_BELOW:.0%} of at least {FEWEST_INPUTS} inputs are "
        "nonzero, else dense; uint8 stays uint8"
    )


def examples(
    kernels: ModuleType,
    plan: Any,
    dtype: np.dtype[Any],
    X: Array | Compressed,
    Y: Array | None = None,
    weight: Array | None = None,
    n_threads: int | None = None,
) -> tuple[Any, str]:
    """`kernels.Examples` of X in its best layout, and the name of that layout."""
    if isinstance(X, Compressed):
        if len(X.values) < COMPRESS_BELOW * X.shape[0] * X.shape[1]:
            rows = _padded_rows(X)
        else:
            X, rows = as_reals(X, dtype), None
    else:
        rows = _compressed_rows(X, dtype, n_threads)
    if rows is not None:
        # Only a gradient walks the columns; without Y there is none.
        columns = None if Y is None else _columns(rows, plan.block, plan.n_inputs, n_threads)
        made = kernels.Examples(plan.n_inputs, compressed=rows, columns=columns, Y=Y, weight=weight)
        return made, "compressed " + ("uint8" if rows[2].dtype == np.uint8 else "reals")
    if X.dtype == np.uint8:  # type: ignore[union-attr]
        return kernels.Examples(plan.n_inputs, pixels=X, Y=Y, weight=weight), "dense uint8"
    return kernels.Examples(plan.n_inputs, dense=X, Y=Y, weight=weight), "dense reals"


def _starts(count: NDArray[np.int64]) -> NDArray[np.int64]:
    start = np.zeros(len(count) + 1, np.int64)
    np.cumsum((count + 3) // 4 * 4, out=start[1:])
    return start


def _compressed_rows(
    X: Array, dtype: np.dtype[Any], n_threads: int | None
) -> tuple[Array, Array, Array] | None:
    """(start, index, values) of X's nonzeros, or None where there are too many of them."""
    n, n_inputs = X.shape
    if n_inputs < FEWEST_INPUTS:
        return None
    threads = threads_for(n_threads, X.size)
    count = np.empty(n, np.int64)
    # Where a look at some rows already says dense, the rest is not counted.
    few = X[: 1 + n // 32]
    _layout.count_nonzeros(few, count, 1)
    if count[: len(few)].sum() > 2 * COMPRESS_BELOW * few.size:
        return None
    run(threads, _layout.count_nonzeros, X, count)
    if count.sum() >= COMPRESS_BELOW * X.size:
        return None
    start = _starts(count)
    # The kernels know pixels with an index of 16 bits, and reals with one of 32.
    narrow = X.dtype == np.uint8 and n_inputs <= 1 << 16
    index = np.zeros(_entries(start), np.uint16 if narrow else np.int32)
    values = np.zeros(_entries(start), X.dtype)
    run(threads, _layout.compress, X, start, index, values)
    if X.dtype == np.uint8 and not narrow:
        values = from_pixels(values, dtype)
    return start, index, values


def _entries(start: NDArray[np.int64]) -> int:
    """Room for all entries, and for one where there are none: something to point at."""
    return max(1, int(start[-1]))


def _padded_rows(X: Compressed) -> tuple[Array, Array, Array]:
    """SciPy's rows with each row padded to a multiple of 4 entries."""
    count = np.diff(X.starts)
    start = _starts(count)
    at = np.arange(X.starts[-1]) + np.repeat(start[:-1] - X.starts[:-1], count)
    index = np.zeros(_entries(start), np.int32)
    values = np.zeros(_entries(start), X.values.dtype)
    index[at] = X.columns
    values[at] = X.values
    return start, index, values


def _columns(
    rows: tuple[Array, Array, Array], block: int, n_inputs: int, n_threads: int | None
) -> tuple[Any, ...]:
    """The same nonzeros by column within each block of examples."""
    start, index, values = rows
    n_blocks = -(-(len(start) - 1) // block)
    threads = threads_for(n_threads, 4.0 * len(values))
    count = np.zeros((threads, n_inputs), np.int32)
    lit, entries = np.empty(n_blocks, np.int64), np.empty(n_blocks, np.int64)
    run(threads, _layout.count_columns, start, index, values, block, count, lit, entries)
    block_lit = np.concatenate([[0], np.cumsum(lit)])
    block_entry = np.concatenate([[0], np.cumsum(entries)])
    lit_column = np.zeros(_entries(block_lit), np.int32)
    lit_start = np.zeros(block_lit[-1] + 1, np.int64)
    local_row = np.zeros(_entries(block_entry), np.uint8)
    local = np.zeros(_entries(block_entry), values.dtype)
    run(threads, _layout.by_column, start, index, values, block, count, block_lit, block_entry,
        lit_column, lit_start, local_row, local)  # fmt: skip
    return block, block_lit, lit_column, lit_start, local_row, local
