"""Rows of large arrays as chunks, cut where they are asked for: memory maps, Zarr, HDF5."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from fastgd._checks import as_count

# Bytes of X in a chunk where nobody says how many rows.
USUAL = 16 << 20


class Slices(Sequence[tuple[Any, ...]]):
    """What `chunks_of` returns: chunk i is (X[a:b], Y[a:b]), and of the weights.

    Attributes
    ----------
    rows : int
        Of each chunk; the last may have fewer.
    n_examples : int
        Of all.
    """

    def __init__(self, arrays: tuple[Any, ...], rows: int) -> None:
        self._arrays = arrays
        self.rows: int = rows
        self.n_examples: int = int(arrays[0].shape[0])

    def __len__(self) -> int:
        return -(-self.n_examples // self.rows)

    @overload
    def __getitem__(self, i: int) -> tuple[Any, ...]: ...
    @overload
    def __getitem__(self, i: slice) -> list[tuple[Any, ...]]: ...
    def __getitem__(self, i: int | slice) -> Any:
        """The arrays' rows of one chunk; of several as a list."""
        each = range(len(self))[i]
        if isinstance(each, range):
            return [self[j] for j in each]
        return tuple(array[each * self.rows : (each + 1) * self.rows] for array in self._arrays)

    def name(self, i: int) -> str:
        """Which rows: "rows 0 to 9999"."""
        first = i * self.rows
        return f"rows {first} to {min(first + self.rows, self.n_examples) - 1}"

    def __repr__(self) -> str:
        return f"<{len(self)} chunks of {self.rows} of {self.n_examples} rows>"


def chunks_of(X: Any, Y: Any, sample_weight: Any = None, *, rows: int | None = None) -> Slices:
    """Cut arrays into chunks of rows for a `ChunkedCost`; nothing is read before it is asked for.

    Parameters
    ----------
    X, Y, sample_weight : arrays of as many rows
        Whatever has a ``shape`` and slices rows: memory-mapped, of Zarr or h5py, dask.
    rows : int or None
        Of a chunk. None: those of X's own chunks, as many as take 16 MiB or one, where it has
        ``chunks`` (Zarr, HDF5); else 16 MiB of rows.

    Returns
    -------
    Slices
        A sequence of (X, Y) or (X, Y, sample_weight).

    Raises
    ------
    TypeError, ValueError
        Where X has no rows or the others have not as many.

    Examples
    --------
    >>> import numpy as np
    >>> chunks = chunks_of(np.zeros((10, 3)), np.arange(10), rows=4)
    >>> chunks, chunks[2][1]
    (<3 chunks of 4 of 10 rows>, array([8, 9]))
    """
    arrays = {"X": X, "Y": Y, "sample_weight": sample_weight}
    given = {name: array for name, array in arrays.items() if array is not None}
    for name, array in given.items():
        shape = getattr(array, "shape", None)
        if not shape:
            raise TypeError(f"{name}: expected an array with rows, got {type(array).__name__}")
        if shape[0] != X.shape[0]:
            raise ValueError(f"{name} has {shape[0]} rows; X has {X.shape[0]}")
    if X.shape[0] == 0:
        raise ValueError("X has no rows")
    if rows is None:
        of_own = getattr(X, "chunks", None)
        step = of_own[0] if of_own and isinstance(of_own[0], int) else 1
        row = max(1, X.dtype.itemsize * (X.size // X.shape[0]))
        rows = max(1, USUAL // row // step) * step
    return Slices(tuple(given.values()), as_count("rows", rows))
