"""Chunks read one after another: the next one in a thread, mapped memory given back.

What a chunk becomes is left to `chunked` and `windows`.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from fastgd._engine.sparse_rows import is_sparse
from fastgd.cost import Cost
from fastgd.network import Network
from fastgd.parts.on_disk import OnDisk
from fastgd.parts.protocol import Empty, naming, part_of


class Loaded(NamedTuple):
    """A chunk in memory: its arrays, or the part that a cache had of it."""

    number: int
    arrays: tuple[Any, Any, Any]
    part: Cost | Empty | None


class Read(NamedTuple):
    """A chunk as a part."""

    number: int
    part: Cost | Empty
    nbytes: int
    """Of its arrays as they were read."""


class Source:
    """Chunks of (X, Y) or (X, Y, sample_weight); what goes wrong with one names it.

    Parameters
    ----------
    network : Network
    chunks : sequence
    dtype : float32, float64 or None
        None: as the first chunk's X has it.
    n_threads : int or None
    cache : OnDisk or None
        Where chunks are kept as they are laid out.

    Attributes
    ----------
    chunks : sequence
    dtype : numpy.dtype
    pixels : bool
        Whether X are uint8: all chunks must be what the first one is.
    first : Cost or None
        An example of the first part that has some.
    """

    def __init__(
        self, network: Network, chunks: Any, dtype: Any, n_threads: int | None,
        cache: OnDisk | None = None,
    ) -> None:  # fmt: skip
        for needed in ("__len__", "__getitem__"):
            if not hasattr(chunks, needed):
                raise TypeError(
                    f"chunks: expected a sequence of (X, Y), got {type(chunks).__name__}; what can "
                    "be read only once cannot be walked over again"
                )
        if len(chunks) == 0:
            raise ValueError("chunks: expected at least one, got none")
        self._network = network
        self.chunks: Any = chunks
        self._n_threads = n_threads
        self._cache = cache
        self.dtype: Any = dtype
        self.pixels: bool | None = None
        self.first: Cost | None = None

    def __len__(self) -> int:
        return len(self.chunks)

    def name(self, i: int) -> str:
        """ "chunk 3 of 12 (train-00002.npy)"."""
        own = f" ({self.chunks.name(i)})" if hasattr(self.chunks, "name") else ""
        return f"chunk {i + 1} of {len(self)}{own}"

    def read(self, i: int) -> Read:
        """Chunk i as a part: `load` and `prepare`."""
        return self.prepare(self.load(i))

    def load(self, i: int) -> Loaded:
        """Chunk i in memory.

        Raises
        ------
        PartError
            Where it cannot be read.
        """
        with naming(self.name(i)):
            if self._cache is not None and i in self._cache:
                return Loaded(i, (None, None, None), self._cache.read(i))
            X, Y, weight = self._arrays(i)
            return Loaded(i, (in_memory(X), in_memory(Y), in_memory(weight)), None)

    def prepare(self, loaded: Loaded) -> Read:
        """A chunk as a part, laid out as the first one that is not empty.

        Raises
        ------
        PartError
            Where it does not fit.
        """
        i, (X, Y, weight), part = loaded
        if part is not None:
            return Read(i, part, part.nbytes)
        with naming(self.name(i)):
            part = part_of(
                self._network, X, Y, sample_weight=weight, dtype=self.dtype,
                n_threads=self._n_threads, like=self.first,
            )  # fmt: skip
            if self.first is None and isinstance(part, Cost):
                self.first = part.part(slice(1))
            if self._cache is not None:
                self._cache.write(i, part)
            return Read(i, part, sum(size_of(one) for one in (X, Y, weight) if one is not None))

    def _arrays(self, i: int) -> tuple[Any, Any, Any]:
        chunk = self.chunks[i]
        if not isinstance(chunk, tuple | list) or len(chunk) not in (2, 3):
            raise TypeError(f"expected (X, Y) or (X, Y, sample_weight), got {type(chunk).__name__}")
        X, Y, weight = (*chunk, None)[:3]
        if not (is_sparse(X) or isinstance(X, np.ndarray)):
            X = np.asarray(X)
        pixels = X.dtype == np.uint8
        if self.pixels is None:
            self.pixels = pixels
        elif pixels != self.pixels:
            what = "uint8 pixels" if self.pixels else "numbers that are no uint8 pixels"
            raise TypeError(f"X is {X.dtype}; the first chunk has {what}")
        return X, Y, weight


def ahead(items: Iterable[Any], *stages: Callable[[Any], Any]) -> Generator[Any, None, None]:
    """What the stages make of the items, one after the other, each in a thread of its own.

    While one item is in use, the last stage makes the next one, the stage before it the one after
    that. After an error, or where it is closed, nothing is waited for. Where no thread can be made
    they come one after another.
    """
    for stage in stages:
        items = in_a_thread(map(stage, items))
    yield from items


def in_a_thread(items: Iterator[Any]) -> Generator[Any, None, None]:
    """The same items, each next one made in a thread while this one is in use."""
    end: Any = object()
    pool = ThreadPoolExecutor(1, "fastgd-chunks")
    try:
        try:
            coming = pool.submit(next, items, end)
        except RuntimeError:
            yield from items
            return
        while True:
            item = coming.result()
            if item is end:
                return
            coming = pool.submit(next, items, end)
            yield item
            del item
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def size_of(array: Any) -> int:
    """Bytes of an array, or of a sparse matrix's."""
    if is_sparse(array):
        kept = (getattr(array, name, None) for name in ("data", "indices", "indptr"))
        return sum(int(getattr(one, "nbytes", 0)) for one in kept)
    return int(np.asarray(array).nbytes)


def mapping_of(array: Any) -> tuple[mmap.mmap | None, bool]:
    """The file that an array is a view of, if it is, and whether what is written stays here."""
    private = isinstance(array, np.ndarray) and array.flags.writeable
    while isinstance(array, np.ndarray | memoryview):
        if isinstance(array, np.memmap):
            private = array.mode == "c"
        array = array.base if isinstance(array, np.ndarray) else array.obj
    return (array, private) if isinstance(array, mmap.mmap) else (None, private)


def in_memory(array: Any) -> Any:
    """An array, copied where it is a view of a file: the kernels shall not wait for a disk."""
    if mapping_of(array)[0] is None:
        return array
    copied = np.array(array, order="C")
    give_back(array)
    return copied


def give_back(array: Any) -> None:
    """Tell the system that a view of a file has been read: its pages leave this process."""
    mapping, private = mapping_of(array)
    if mapping is None or private or not hasattr(mmap, "MADV_DONTNEED"):
        return
    start, end = np.lib.array_utils.byte_bounds(array)
    base = np.frombuffer(mapping, np.uint8).ctypes.data
    first = (start - base) // mmap.PAGESIZE * mmap.PAGESIZE
    with suppress(ValueError, OSError):
        mapping.madvise(mmap.MADV_DONTNEED, first, end - base - first)
