"""Types of the compressing functions."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

def count_nonzeros(X: NDArray[Any], count: NDArray[np.int64], n_threads: int) -> None: ...
def compress(
    X: NDArray[Any],
    start: NDArray[np.int64],
    index: NDArray[Any],
    value: NDArray[Any],
    n_threads: int,
) -> None: ...
def count_columns(
    start: NDArray[np.int64],
    index: NDArray[Any],
    value: NDArray[Any],
    block: int,
    count: NDArray[np.int32],
    lit: NDArray[np.int64],
    entries: NDArray[np.int64],
    n_threads: int,
) -> None: ...
def by_column(
    start: NDArray[np.int64],
    index: NDArray[Any],
    value: NDArray[Any],
    block: int,
    count: NDArray[np.int32],
    block_lit: NDArray[np.int64],
    block_entry: NDArray[np.int64],
    lit_column: NDArray[np.int32],
    lit_start: NDArray[np.int64],
    local_row: NDArray[np.uint8],
    local: NDArray[Any],
    n_threads: int,
) -> None: ...
