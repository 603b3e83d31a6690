"""What carries a training over many processes: MPI's ranks or a Dask cluster, by name.

How it is trained is `many`'s business.
"""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

import fastgd
from fastgd.cli.errors import complain, told
from fastgd.datasets import Shards
from fastgd.datasets import shards as shards_in
from fastgd.descent import DivergenceError
from fastgd.parts import DaskCost, PartError, RankCost, SumCost, mpi_ranks, part_of

# Seconds that ranks other than the first wait before they tell an error that it may share.
TURN = 0.5
# Seconds to find a scheduler in.
PATIENCE = 10


class Crew(NamedTuple):
    """Processes that train together, seen from one of them."""

    name: str
    """ "4 ranks", "2 workers"."""
    speaks: bool
    """Whether this one prints and writes."""
    cost_of: Callable[[fastgd.Network, Shards, int | str | None], Any]
    """(network, shards, local_steps) to the cost over all shards."""


@contextmanager
def crew_of(arguments: Namespace) -> Iterator[Crew]:
    """The processes that --engine or --scheduler name."""
    if arguments.engine is not None:
        with of_mpi(arguments) as crew:
            yield crew
    else:
        with of_dask(arguments) as crew:
            yield crew


@contextmanager
def of_mpi(arguments: Namespace) -> Iterator[Crew]:
    """The ranks that mpiexec started; where one fails alone, all end."""
    ranks = mpi_ranks(wire=arguments.wire or "float64")

    def cost_of(network: fastgd.Network, found: Shards, local_steps: int | str | None) -> RankCost:
        mine = np.array_split(np.arange(len(found)), ranks.size)[ranks.rank].tolist()
        parts = [part_at(network, found, i, arguments.threads) for i in mine]
        if not parts:  # a rank more than there are shards
            X, Y = found[0]
            parts = [part_of(network, X[:0], Y[:0])]
        return RankCost(SumCost(parts), ranks, local_steps=local_steps)

    yield_name = f"{ranks.size} rank{'' if ranks.size == 1 else 's'}"
    try:
        yield Crew(yield_name, ranks.rank == 0, cost_of)
    except (PartError, DivergenceError):  # all have it
        if ranks.rank:
            raise SystemExit(1) from None
        raise
    except BaseException as error:
        if ranks.size == 1:
            raise
        time.sleep(TURN * (ranks.rank > 0))
        if isinstance(error, SystemExit):  # said already
            status = error.code if isinstance(error.code, int) else 1
        else:
            message, status = told(error)
            complain(message if ranks.rank == 0 else f"rank {ranks.rank}: {message}")
        sys.stdout.flush()
        ranks.abort(status)
        raise


def part_at(network: fastgd.Network, found: Shards, i: int, n_threads: int | None) -> Any:
    """Shard i as a part; an error names its file."""
    try:
        X, Y = found[i]
        return part_of(network, X, Y, n_threads=n_threads)
    except (ValueError, TypeError, OSError) as error:
        if found.name(i) in str(error):
            raise
        raise ValueError(f"{found.name(i)}: {error}") from error


@contextmanager
def of_dask(arguments: Namespace) -> Iterator[Crew]:
    """The workers of the scheduler at an address."""
    try:
        import dask
        from dask.distributed import Client
    except ImportError as error:
        raise ImportError('--scheduler needs Dask: pip install "fastgd[dask]"') from error
    try:
        client = Client(arguments.scheduler, direct_to_workers=True, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        arguments.fail(f"--scheduler {arguments.scheduler}: no scheduler answers ({error})")

    def cost_of(network: fastgd.Network, found: Shards, local_steps: int | str | None) -> DaskCost:
        read = dask.delayed(shard_at, pure=False)
        each = [read(found.part([i])) for i in range(len(found))]
        return DaskCost(
            network, each, local_steps=local_steps, n_threads=arguments.threads, client=client
        )

    with client:
        n = len(client.scheduler_info(n_workers=-1)["workers"])
        yield Crew(f"{n} worker{'' if n == 1 else 's'}", True, cost_of)


def shard_at(one: Shards) -> tuple[Any, Any]:
    """The arrays of the only shard; read by a worker."""
    return one[0]


def read_shards(arguments: Namespace) -> Shards:
    """The shards of --data, by a name that all machines know."""
    if arguments.data is None:
        arguments.fail("--data FOLDER: shards such as X-000.npy and y-000.npy are needed")
    try:
        return shards_in(os.path.abspath(arguments.data), kind=arguments.kind)
    except ValueError as error:
        arguments.fail(str(error))
        raise  # not reached
