"""Types of the compressing functions."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

LIST_SAMPLE: Final[Any]

def stepping_stones(n_inputs: int) -> int: ...
def list_room(n_inputs: int, index_size: int) -> int: ...
def list_starts(
    count: NDArray[np.int64],
    stones: int,
    index_size: int,
    value_size: int,
    start: NDArray[np.int64],
) -> None: ...
def count_nonzeros(X: NDArray[Any], count: NDArray[np.int64], n_threads: int) -> None: ...
def compress(
    X: NDArray[Any],
    middle: int,
    start: NDArray[np.int64],
    lists: NDArray[Any],
    entries: NDArray[np.uint8],
    work: NDArray[np.uint8],
    n_threads: int,
) -> None: ...
def compress_sparse(
    starts: NDArray[np.int64],
    columns: NDArray[np.int32],
    values: NDArray[Any],
    middle: int,
    start: NDArray[np.int64],
    lists: NDArray[Any],
    entries: NDArray[np.uint8],
    work: NDArray[np.uint8],
    steps: bool,
) -> None: ...
def by_column(
    lists: NDArray[Any],
    values: NDArray[Any],
    indices: NDArray[Any],
    block: int,
    block_span: NDArray[np.int64],
    columns: NDArray[np.int32],
    sorted_entries: NDArray[np.uint8],
    work: NDArray[np.int64],
    n_threads: int,
) -> None: ...
