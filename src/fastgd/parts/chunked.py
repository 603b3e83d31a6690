"""The cost over chunks of examples that are read again in each pass: data larger than memory.

Reading a chunk is left to `reading`, mini-batches over chunks to `windows`.
"""

from __future__ import annotations

import copy
import os
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from fastgd._checks import as_count
from fastgd._engine.arrays import for_kernels
from fastgd._engine.reals import float_dtype
from fastgd._engine.threads import available, check_n_threads
from fastgd._rule import Rule
from fastgd.cost import Cost
from fastgd.network import Network, as_network
from fastgd.parts.adding import add_pairs, add_sums
from fastgd.parts.kept import Fit, Kept
from fastgd.parts.means import CostOfSums
from fastgd.parts.on_disk import OnDisk
from fastgd.parts.protocol import Empty, Sums, naming
from fastgd.parts.reading import Loaded, Read, Source, ahead, in_a_thread
from fastgd.parts.several import reported
from fastgd.parts.windows import ChunkedBatches

Answer = TypeVar("Answer")


class ChunkedCost(CostOfSums):
    """The cost over chunks of examples, read one after another: data larger than memory.

    A pass adds up the sums of the chunks in their order. While one chunk is computed, the next
    one is prepared and the one after that is read, in threads. Chunks that fit into the
    memory budget are kept as they are laid out: compressed where inputs are mostly 0 (digits
    take half of their size, labels and all), else as they were read. The others are read again
    in each pass.

    Parameters
    ----------
    network : Network
    chunks : sequence of (X, Y) or (X, Y, sample_weight)
        Anything with a length and an index, whose items are what `Cost` takes: a list of
        memory-mapped arrays, `chunks_of` large ones (Zarr, HDF5), `fastgd.datasets.shards` of
        a folder. An item is asked for again in each pass, in another thread, and must have
        arrays of its own. A chunk may be empty. Where the sequence has ``name(i)``, errors tell
        that; where it has ``n_examples``, no pass is made to count them.
    memory_budget : int
        Bytes that chunks may take in this process; at least 4 of the largest chunk.
    cache : path or None
        A folder in which chunks are kept as they are laid out, for as long as this object is
        there: for sources that are slow to read or to decode. The disk must have room for all.
    dtype : float32, float64 or None
        Of the arithmetic. None: float64 where the first X is, else float32.
    n_threads : int or None
        As for `Cost`.

    Attributes
    ----------
    network : Network
    dtype : numpy.dtype
    memory_budget : int
    cache : str or None
    n_threads : int or None

    Raises
    ------
    TypeError, ValueError
        Where an argument does not fit.
    PartError
        Where a chunk cannot be read, or is none of such a network: here for the first one, in
        the first pass for the others. It names the chunk.

    Notes
    -----
    The same chunks and theta give the same bits, whatever was kept, read or computed when.

    Mini-batches are drawn within and across chunks: each epoch takes the chunks in a random
    order, as many at a time as fit into an eighth of the budget, and draws batches from all
    examples of these, the last of which may be smaller. The order is that of the generator,
    the chunks and the budget.

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((1, 1), output_activation="identity")
    >>> X, Y = np.array([[1.0], [2.0], [4.0]]), np.array([[1.0], [1.0], [0.0]])
    >>> cost = ChunkedCost(net, [(X[:1], Y[:1]), (X[1:], Y[1:])])
    >>> cost([1.0, 0.0]) == fastgd.Cost(net, X, Y)([1.0, 0.0])
    True
    >>> cost.fit.kept, cost.fit.chunks
    (2, 2)
    """

    def __init__(
        self,
        network: Network,
        chunks: Sequence[tuple[Any, ...]],
        *,
        memory_budget: int = 1 << 30,
        cache: str | os.PathLike[str] | None = None,
        dtype: DTypeLike | None = None,
        n_threads: int | None = None,
    ) -> None:
        self.network: Network = as_network(network)
        self.memory_budget: int = as_count("memory_budget", memory_budget)
        self.n_threads: int | None = check_n_threads(n_threads)
        self.cache: str | None = None if cache is None else os.fspath(cache)
        self._source = Source(
            network, chunks, float_dtype(dtype), half_of(self.n_threads),
            None if self.cache is None else OnDisk(self.cache),
        )  # fmt: skip
        self._kept = Kept(self.memory_budget)
        self._passing = threading.RLock()
        self._rows: dict[int, int] = {}
        # All are laid out like the first one that has examples: bits depend on it.
        for i in range(len(self._source)):
            read = self._seen(self._source.read(i))
            self._kept.keep(read)
            if i == 0:
                self._source.dtype = read.part.dtype
            if self._source.first is not None:
                break
        self.dtype: np.dtype[Any] = self._source.dtype

    def __repr__(self) -> str:
        return (
            f"<ChunkedCost of {self.network!r} on {len(self._source)} chunks, "
            f"within {self.memory_budget:,} bytes>"
        )

    @property
    def fit(self) -> Fit:
        """What fits into the memory budget, as the last pass left it."""
        return Fit(len(self._source), len(self._kept), self._kept.nbytes, self._kept.largest)

    @property
    def n_examples(self) -> int:
        """Rows of all chunks; a pass counts them, where `chunks` have no ``n_examples``."""
        told = getattr(self._source.chunks, "n_examples", None)
        if isinstance(told, int):
            return told
        if len(self._rows) < len(self._source):
            with closing(self._answers(lambda part: part.n_examples)) as each:
                return sum(each)
        return sum(self._rows.values())

    def sums(self, theta: ArrayLike) -> Sums:
        """(cost_sum, gradient_sum (n_parameters,) float64, weight_sum) over all chunks.

        Raises
        ------
        TypeError, ValueError
            Where theta does not fit.
        PartError
            Where a chunk cannot be read or does not fit.
        """
        own = self.as_theta(theta)
        with closing(self._answers(lambda part: sums_of(part, own))) as each:
            return add_sums(each, len(own))

    def cost_sums(self, theta: ArrayLike) -> tuple[float, float]:
        """(cost_sum, weight_sum) over all chunks."""
        own = self.as_theta(theta)
        with closing(self._answers(lambda part: part.cost_sums(own))) as each:
            return add_pairs(each)

    def product_sums(
        self, theta: ArrayLike, v: ArrayLike, gauss_newton: bool = False
    ) -> tuple[NDArray[np.float64], float]:
        """(sum of Hessians times v, weight_sum) over all chunks: see `Cost.product_sums`."""
        own, along = self.as_theta(theta), self.as_theta(v, "v")

        def ask(part: Cost | Empty) -> tuple[NDArray[Any], float]:
            if isinstance(part, Cost):
                part = part.part(slice(None))  # its columns are not kept
            return part.product_sums(own, along, gauss_newton)

        with closing(self._answers(ask)) as each:
            return add_pairs(each, np.zeros(len(own)))

    def plane_sums(
        self,
        corners: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
        a: NDArray[np.float64],
        b: NDArray[np.float64],
        report: Callable[[int, int], object] | None = None,
    ) -> tuple[NDArray[np.float64], float]:
        """(sums of costs at points of a plane, weight_sum): one pass for all points."""
        n, done = len(self._source), iter(range(len(self._source)))

        def ask(part: Cost | Empty) -> tuple[NDArray[np.float64], float]:
            tell = None if report is None else reported(report, next(done), n)
            return part.plane_sums(corners, a, b, tell)

        with closing(self._answers(ask)) as each:
            return add_pairs(each, np.zeros(len(a)))

    def mini_batches(
        self,
        theta: ArrayLike,
        *,
        batch_size: int,
        learning_rate: float,
        momentum: float = 0.0,
        nesterov: bool = False,
        l2: float = 0.0,
        velocity: ArrayLike | None = None,
    ) -> ChunkedBatches:
        """Mini-batch descent from theta over all chunks: see `Cost.mini_batches`."""
        own = for_kernels(self.as_theta(theta), self.dtype)
        rule = Rule(learning_rate, momentum, nesterov, l2)
        if velocity is not None:
            velocity = for_kernels(self.as_theta(velocity, "velocity"), self.dtype)
        return ChunkedBatches(self._windows, len(self._source), own, batch_size, rule, velocity)

    def on_threads(self, n_threads: int | None) -> Self:
        """The same cost of the same chunks on `n_threads`, in the same memory, by turns."""
        other = copy.copy(self)
        other.n_threads = check_n_threads(n_threads)
        return other

    def __copy__(self) -> Self:
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        return other

    def __getstate__(self) -> dict[str, Any]:
        """The chunks and what was asked: what is kept stays where it is."""
        names = ("network", "memory_budget", "cache", "dtype", "n_threads")
        return {name: getattr(self, name) for name in names} | {"chunks": self._source.chunks}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def _answers(self, ask: Callable[[Cost | Empty], Answer]) -> Generator[Answer, None, None]:
        """What `ask` makes of each chunk, in their order; one pass at a time."""
        with self._passing:
            self._kept.begin()
            with closing(self._coming(range(len(self._source)))) as coming:
                for i, part in enumerate(coming):
                    with naming(self._source.name(i)):
                        answer = ask(self._sharing(part))
                    del part
                    yield answer

    def _coming(self, order: Iterable[int]) -> Generator[Cost | Empty, None, None]:
        """Chunks in that order, the next ones read and prepared meanwhile."""
        return ahead(order, self._loaded, self._prepared)

    def _loaded(self, i: int) -> int | Loaded:
        """A chunk in memory, or its number where it is kept."""
        return i if i in self._kept else self._source.load(i)

    def _prepared(self, loaded: int | Loaded) -> Cost | Empty:
        """A chunk as a part: the one that is kept, or one made anew."""
        if not isinstance(loaded, Loaded):
            part = self._kept.get(loaded)
            if part is not None:
                return part
            loaded = self._source.load(loaded)  # it has made room for another one
        read = self._seen(self._source.prepare(loaded))
        self._kept.keep(read)
        return read.part

    def _windows(self, order: Iterable[int]) -> Generator[Cost, None, None]:
        """Costs of several chunks each, to draw mini-batches from, in that order of the chunks."""
        with self._passing:
            self._kept.begin(windows=True)
            over = threading.Event()
            memories: list[NDArray[np.uint8]] = []
            try:
                joined = self._joined(order, memories, over)
                with closing(in_a_thread(joined)) as coming:
                    for window, memory in coming:
                        yield self._sharing(window)
                        del window
                        memories.append(memory)
            finally:
                over.set()

    def _joined(
        self, order: Iterable[int], memories: list[NDArray[np.uint8]], over: threading.Event
    ) -> Iterator[tuple[Cost, NDArray[np.uint8]]]:
        """Windows, each in a memory of its own, which comes back to `memories` after it."""
        gathered: list[Cost] = []
        size = 0
        with closing(self._coming(order)) as coming:
            for part in coming:
                if over.is_set():
                    return
                if not isinstance(part, Cost):
                    continue
                if gathered and size + part.nbytes > self._kept.window:
                    yield self._window(gathered, memories)
                    size = 0
                gathered.append(part)
                size += part.nbytes
                del part
        if gathered:
            yield self._window(gathered, memories)

    def _window(
        self, gathered: list[Cost], memories: list[NDArray[np.uint8]]
    ) -> tuple[Cost, NDArray[np.uint8]]:
        """The cost over the examples of all, of which none stays in the list."""
        memory = memories.pop() if memories else np.empty(self._kept.window, np.uint8)
        first, *others = gathered
        gathered.clear()
        return first.joined(others, memory=memory) if others else first, memory

    def _seen(self, read: Read) -> Read:
        """Take down what a chunk tells of itself."""
        with naming(self._source.name(read.number)):
            self._kept.see(read)
        self._rows[read.number] = read.part.n_examples
        return read

    def _sharing(self, part: Any) -> Any:
        """A part that is computed in the working memory of all.

        Beside chunks that are read it has half of the threads, and preparing the other half.
        """
        first = self._source.first
        if not isinstance(part, Cost) or first is None:
            return part
        alone = len(self._kept) == len(self._source)
        threads = self.n_threads if alone else half_of(self.n_threads)
        return part.on_threads(threads).with_memory_of(first)


def half_of(n_threads: int | None) -> int:
    """Half of the threads, at least one; None are as many as there are processors to use."""
    return max(1, (n_threads or available()) // 2)


def sums_of(part: Cost | Empty, theta: NDArray[Any]) -> tuple[float, NDArray[Any], float]:
    """`part.sums`; row by row, since lists by column would double what compressed X takes."""
    if isinstance(part, Cost) and part.layout.startswith("compressed"):
        return part.sums(theta, np.arange(part.n_examples))
    return part.sums(theta)
