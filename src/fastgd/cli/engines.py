"""What carries a training over many processes: MPI's ranks or a Dask cluster, by name.

How it is trained is `many`'s business.
"""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

import fastgd
from fastgd.cli.errors import complain, told
from fastgd.cli.scales import Scales
from fastgd.cli.shards import Scaled
from fastgd.datasets import Shards
from fastgd.datasets import shards as shards_in
from fastgd.descent import DivergenceError
from fastgd.parts import DaskCost, PartError, RankCost, SumCost, mpi_ranks, part_of
from fastgd.scaling import Standard, moments

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
    cost_of: Callable[[fastgd.Network, Scaled, int | str | None], Any]
    """(network, shards, local_steps) to the cost over all shards."""
    scales_of: Callable[[Shards, bool], Scales]
    """(shards, whether targets are scaled too) to the scales of all shards."""


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

    def mine(found: Sequence[Any]) -> list[int]:
        shares: list[int] = np.array_split(np.arange(len(found)), ranks.size)[ranks.rank].tolist()
        return shares

    def scales_of(found: Shards, affine: bool) -> Scales:
        n_columns = found.schema.n_inputs + affine * found.schema.n_outputs
        each = np.zeros((len(found), 5, n_columns))
        for i in mine(found):
            with of_file(found.name(i)):
                each[i] = moments_at(found.part([i]), affine)
        ranks(each.reshape(-1))  # zeros beside each: exact
        return merged(each, found.schema.n_inputs, affine)

    def cost_of(network: fastgd.Network, found: Scaled, local_steps: int | str | None) -> RankCost:
        parts = [part_at(network, found, i, arguments.threads) for i in mine(found)]
        if not parts:  # a rank more than there are shards
            X, Y = found[0]
            parts = [part_of(network, X[:0], Y[:0])]
        return RankCost(SumCost(parts), ranks, local_steps=local_steps)

    yield_name = f"{ranks.size} rank{'' if ranks.size == 1 else 's'}"
    try:
        yield Crew(yield_name, ranks.rank == 0, cost_of, scales_of)
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


def part_at(network: fastgd.Network, found: Scaled, i: int, n_threads: int | None) -> Any:
    """Shard i as a part; an error names its file."""
    with of_file(found.name(i)):
        X, Y = found[i]
        return part_of(network, X, Y, n_threads=n_threads)


@contextmanager
def of_file(name: str) -> Iterator[None]:
    """An error in the block names the file."""
    try:
        yield
    except (ValueError, TypeError, OSError) as error:
        if name in str(error):
            raise
        raise ValueError(f"{name}: {error}") from error


def moments_at(one: Shards, affine: bool) -> Any:
    """(5, n_columns) `moments` of the only shard's inputs and, where `affine`, targets."""
    n_columns = one.schema.n_inputs + affine * one.schema.n_outputs
    if not one.n_examples:
        return np.zeros((5, n_columns))
    X, Y = one[0]
    of_inputs = moments(X)
    return np.hstack([of_inputs, moments(Y)]) if affine else of_inputs


def merged(each: Sequence[Any], n_inputs: int, affine: bool) -> Scales:
    """The scales of shards from their moments, in their order."""
    filled = [one for one in each if one[0, 0]]
    inputs = Standard.of_moments(one[:, :n_inputs] for one in filled)
    if not affine:
        return Scales(inputs)
    return Scales(inputs, Standard.of_moments(one[:, n_inputs:] for one in filled))


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

    def scales_of(found: Shards, affine: bool) -> Scales:
        read = dask.delayed(moments_at, pure=False)
        asked = client.compute([read(found.part([i]), affine) for i in range(len(found))])
        each = []
        for i, future in enumerate(asked):
            with of_file(found.name(i)):
                each.append(future.result())
        return merged(each, found.schema.n_inputs, affine)

    def cost_of(network: fastgd.Network, found: Scaled, local_steps: int | str | None) -> DaskCost:
        read = dask.delayed(shard_at, pure=False)
        each = [read(found.part(i)) for i in range(len(found))]
        return DaskCost(
            network, each, local_steps=local_steps, n_threads=arguments.threads, client=client
        )

    with client:
        n = len(client.scheduler_info(n_workers=-1)["workers"])
        yield Crew(f"{n} worker{'' if n == 1 else 's'}", True, cost_of, scales_of)


def shard_at(one: Scaled) -> tuple[Any, Any]:
    """The arrays of the only shard; read by a worker."""
    X, Y = one[0]
    return X, Y


def read_shards(arguments: Namespace) -> Shards:
    """The shards of --data, by a name that all machines know."""
    if arguments.data is None:
        arguments.fail("--data FOLDER: shards such as X-000.npy and y-000.npy are needed")
    if "://" in arguments.data:
        arguments.fail(f"--data {arguments.data}: mount it, and give the folder that all can see")
    try:
        return shards_in(os.path.abspath(arguments.data), kind=arguments.kind)
    except ValueError as error:
        arguments.fail(str(error))
        raise  # not reached
