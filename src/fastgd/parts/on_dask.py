"""The cost over shards that lie on the workers of a Dask cluster (extra ``dask``).

What runs on a worker is `holder`'s. A step goes from the client to the workers and back, without
a graph of tasks: shards are prepared once by tasks, whose results actors hold.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from fastgd._checks import as_count
from fastgd._engine.reals import float_dtype
from fastgd._engine.threads import check_n_threads
from fastgd.network import Network, as_network
from fastgd.parts.adding import BESIDE, Block, as_sums, total_of
from fastgd.parts.holder import Holder, prepare
from fastgd.parts.local import LocalBatches, Round, as_local_steps
from fastgd.parts.means import CostOfSums
from fastgd.parts.offers import offered_if
from fastgd.parts.protocol import PartError, Sums

# Seconds between two looks whether a worker that is waited for is still there.
LOOK = 0.2
# Times in a row that a step may lose a worker.
MOST_LOSSES = 5


class LostError(RuntimeError):
    """A worker went away with the shards that it held."""


class Held(NamedTuple):
    """Some shards on one worker."""

    address: str
    future: Any
    """Of the actor: it tells when the worker is lost."""
    actor: Any


class DaskCost(CostOfSums):
    """The cost over shards on the workers of a Dask cluster: a cost like any other.

    Shards are read and prepared once, by the workers, and stay there. In each step theta goes to
    all workers; each adds the sums of the neighbours among its shards, and the client adds
    these in the tree of all shards. So the bits are those of a `parts.SumCost` of the shards, for
    any number of workers. Where a worker dies, Dask computes its shards anew on others, and the
    step is asked for again: the same bits.

    Parameters
    ----------
    network : Network
    X : dask array (n_examples, n_inputs), or sequence of shards
        The rows of a chunk are a shard. Else each item is a delayed or a future of (X, Y) or
        (X, Y, sample_weight), as `Cost` takes these, or is that itself.
    Y : dask array or None
        In chunks as X's; None where X is a sequence of shards.
    sample_weight : dask array (n_examples,) or None
    dtype : float32, float64 or None
        Of the arithmetic. None: as for `Cost`.
    local_steps : int, "epoch" or None
        As for `RankCost`: mini-batches that shards walk apart.
    n_threads : int or None
        Of a worker. None: as many as it has for tasks.
    client : dask.distributed.Client or None
        None: the current one. With ``Client(..., direct_to_workers=True)`` steps do not pass
        through the scheduler.

    Attributes
    ----------
    n_examples : int
    network : Network
    dtype : numpy.dtype

    Raises
    ------
    ImportError
        Where Dask is not installed (``pip install "fastgd[dask]"``).
    TypeError, ValueError
        Where an argument does not fit, or there is no client.
    PartError
        Where a shard cannot be read or prepared, here, or later, naming which.

    Examples
    --------
    >>> import dask.array as da, fastgd
    >>> from dask.distributed import Client
    >>> net = fastgd.Network((2, 1), output_activation="identity")
    >>> X, Y = da.ones((6, 2), chunks=(2, 2)), da.ones((6, 1), chunks=(2, 1))
    >>> with Client(processes=False, dashboard_address=":0") as client:
    ...     cost = DaskCost(net, X, Y)
    ...     cost.n_examples, cost([0.0, 0.0, 0.0])
    (6, 1.0)
    """

    def __init__(
        self,
        network: Network,
        X: Any,
        Y: Any = None,
        *,
        sample_weight: Any = None,
        dtype: DTypeLike | None = None,
        local_steps: int | str | None = None,
        n_threads: int | None = None,
        client: Any = None,
    ) -> None:
        try:
            import dask
            from dask.distributed import get_client
        except ImportError as error:
            raise ImportError('DaskCost needs Dask: pip install "fastgd[dask]"') from error
        self.network: Network = as_network(network)
        asked = float_dtype(dtype)
        self._local_steps = as_local_steps(local_steps)
        n_threads = None if n_threads is None else check_n_threads(n_threads)
        shards = shards_of(X, Y, sample_weight)
        if client is None:
            try:
                client = get_client()
            except ValueError:
                raise ValueError(
                    "client: there is none; make one by dask.distributed.Client(...)"
                ) from None
        self._client = client
        self._names = [f"shard {i + 1} of {len(shards)}" for i in range(len(shards))]
        prepared = dask.delayed(prepare, pure=False)
        self._parts = client.compute(
            [
                prepared(name, shard, network, asked, n_threads)
                for name, shard in zip(self._names, shards, strict=True)
            ]
        )
        self._held: list[Held] = []
        facts = {i: fact for held in self._ask("facts") for i, *fact in held}
        self._rows = [facts[i][0] for i in range(len(shards))]
        self.n_examples: int = sum(n for n, _ in facts.values())
        # An empty shard's dtype is nobody's choice.
        self.dtype: np.dtype[Any] = self._common({i: d for i, (n, d) in facts.items() if n})

    def __repr__(self) -> str:
        return (
            f"<DaskCost of {self.network!r}, {len(self._parts)} shards "
            f"on {len(self._held)} workers>"
        )

    def sums(self, theta: ArrayLike) -> Sums:
        """(cost_sum, gradient_sum (n_parameters,) float64, weight_sum) over all shards.

        Raises
        ------
        PartError
            Where a shard raises an error, or workers die again and again.
        """
        return self._summed("sums", self.as_theta(theta))

    def cost_sums(self, theta: ArrayLike) -> tuple[float, float]:
        """(cost_sum, weight_sum) over all shards."""
        found = self._summed("cost_sums", self.as_theta(theta))
        return found.cost, found.weight

    def product_sums(
        self, theta: ArrayLike, v: ArrayLike, gauss_newton: bool = False
    ) -> tuple[NDArray[np.float64], float]:
        """(sum of Hessians times v, weight_sum) over all shards."""
        own, along = self.as_theta(theta), self.as_theta(v, "v")
        found = self._summed("product_sums", own, along, gauss_newton)
        return found.gradient, found.weight

    @offered_if(lambda cost: cost.walks_apart)
    def mini_batches(self, /, theta: ArrayLike, **options: Any) -> LocalBatches:
        """Mini-batch descents of the shards, averaged: there with `local_steps`.

        What `gradient_descent` uses; its arguments are checked there.
        """
        steps = [-(-n // options["batch_size"]) for n in self._rows if n]

        def add(asked: Round) -> NDArray[np.float64]:
            return total_of(self._blocks("walk", asked), asked.length)

        assert self._local_steps is not None
        own = self.as_theta(theta).astype(self.dtype)
        counted = np.array([sum(steps), len(steps)], np.float64)
        return LocalBatches(add, own, counted, self._local_steps, **options)

    @property
    def walks_apart(self) -> bool:
        """Whether `mini_batches` are there."""
        return self._local_steps is not None

    def _summed(self, method: str, *asked: Any) -> Sums:
        length = self.network.n_parameters + BESIDE
        return as_sums(total_of(self._blocks(method, *asked), length))

    def _blocks(self, method: str, *asked: Any) -> list[Block]:
        return [
            Block(first, n, total)
            for held in self._ask(method, *asked)
            for first, n, total in zip(*held, strict=True)
        ]

    def _ask(self, method: str, *asked: Any) -> list[Any]:
        """What each holder answers; where a worker has died, its shards are held anew."""
        lost: Exception | None = None
        for _ in range(MOST_LOSSES):
            try:
                if lost is not None or not self._held:
                    with self._client.as_current():  # what waits, and actors, look for
                        self._hold()
                return self._client.sync(ask_all, self._client, self._held, method, asked)  # type: ignore[no-any-return]
            except LostError as error:
                lost = error
        raise PartError("all shards", f"{lost}, {MOST_LOSSES} times in a row") from lost

    def _hold(self) -> None:
        """Let each worker hold the shards that are prepared there; Dask prepares those lost."""
        from dask.distributed import wait

        while any(part.status not in ("finished", "error") for part in self._parts):
            wait(self._parts)
        for name, part in zip(self._names, self._parts, strict=True):
            if part.status == "error":
                error = part.exception()
                if isinstance(error, PartError):
                    raise error
                raise PartError(name, str(error) or type(error).__name__) from error
        where = self._client.who_has(self._parts)
        at: dict[str, list[int]] = {}
        for i, part in enumerate(self._parts):
            if not where.get(part.key):
                raise LostError(f"what held {self._names[i]} was lost")
            at.setdefault(min(where[part.key]), []).append(i)
        futures = [
            self._client.submit(
                Holder, numbers, [self._parts[i] for i in numbers], actor=True, pure=False,
                workers=[address], allow_other_workers=True,
            )
            for address, numbers in at.items()
        ]  # fmt: skip
        try:
            self._held = [
                Held(address, future, future.result())
                for address, future in zip(at, futures, strict=True)
            ]
        except Exception as error:  # of Dask: a holder holds, and nothing else
            raise LostError(f"a worker was lost ({error})") from error

    def _common(self, dtypes: dict[int, str]) -> np.dtype[Any]:
        for i, dtype in dtypes.items():
            first = next(iter(dtypes))
            if dtype != dtypes[first]:
                raise ValueError(
                    f"{self._names[i]}: its dtype is {dtype}; that of {self._names[first]} is "
                    f"{dtypes[first]}"
                )
        return np.dtype(next(iter(dtypes.values()), "float64"))


async def ask_all(
    client: Any, holders: Sequence[Held], method: str, asked: tuple[Any, ...]
) -> list[Any]:
    """What each holder answers, in their order."""
    with client.as_current():  # what actors bind to
        answers = [asyncio.ensure_future(ask_one(held, method, asked)) for held in holders]
    try:
        return list(await asyncio.gather(*answers))
    finally:
        for answer in answers:
            answer.cancel()


async def ask_one(held: Held, method: str, asked: tuple[Any, ...]) -> Any:
    """What one holder answers; `LostError` where its worker is gone."""
    if held.future.status != "finished":
        raise LostError(f"{held.address} was lost")

    async def answered() -> Any:
        return await held.actor.ask(method, *asked)

    answer = asyncio.ensure_future(answered())
    while not (await asyncio.wait({answer}, timeout=LOOK))[0]:
        if held.future.status != "finished":
            answer.cancel()
            raise LostError(f"{held.address} was lost")
    try:
        return answer.result()
    except PartError:
        raise
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        # Of Dask: those of shards are PartErrors.
        raise LostError(f"{held.address} was lost") from error


def shards_of(X: Any, Y: Any, sample_weight: Any) -> list[Any]:
    """What is to be computed to (X, Y) or (X, Y, sample_weight), a shard each."""
    import dask
    from dask import array

    if not isinstance(X, array.Array):
        if Y is not None or sample_weight is not None:
            raise TypeError(f"X: expected a dask array beside Y, got {type(X).__name__}")
        shards = list(X)
        as_count("number of shards", len(shards))
        return shards
    if Y is None:
        raise TypeError("Y: expected a dask array, got None")
    whole = X.rechunk(dict.fromkeys(range(1, X.ndim), -1))
    columns = [whole]
    for name, given in {"Y": Y, "sample_weight": sample_weight}.items():
        if given is None:
            continue
        if not isinstance(given, array.Array):
            raise TypeError(f"{name}: expected a dask array, got {type(given).__name__}")
        rest = dict.fromkeys(range(1, given.ndim), -1)
        if not np.isnan(X.chunks[0]).any():
            if given.shape[0] != X.shape[0]:
                raise ValueError(f"{name} has {given.shape[0]} rows; X has {X.shape[0]}")
            rest[0] = X.chunks[0]
        columns.append(given.rechunk(rest))
    blocks = [column.to_delayed().ravel() for column in columns]
    if len({len(found) for found in blocks}) > 1:
        raise ValueError("X and Y have other numbers of chunks; compute their sizes first")
    return [dask.delayed(tuple, pure=True)(list(row)) for row in zip(*blocks, strict=True)]
