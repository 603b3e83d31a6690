"""Ranks of torch.distributed (extra ``torch``)."""

from __future__ import annotations

from typing import Any

import numpy as np

from fastgd.parts.in_order import Bytes, Ranks, Vector


def torch_ranks(group: Any = None, *, wire: str = "float64") -> Ranks:
    """The ranks of a process group of PyTorch, on the CPU (gloo), for `RankCost`.

    Parameters
    ----------
    group : torch.distributed.ProcessGroup or None
        None: the default one, which ``torch.distributed.init_process_group("gloo")`` has made.
    wire : {"float64", "float32", "bfloat16"}
        What gradients travel as; costs and weights stay float64.

    Returns
    -------
    Ranks

    Raises
    ------
    ImportError
        Where PyTorch is not installed (``pip install "fastgd[torch]"``).
    ValueError
        Where no process group has been made.

    Notes
    -----
    Where a rank ends, the others' next call raises a RuntimeError of gloo's.

    Examples
    --------
    >>> import torch.distributed as dist
    >>> store = dist.HashStore()
    >>> dist.init_process_group("gloo", store=store, rank=0, world_size=1)
    >>> from fastgd.parts import torch_ranks
    >>> torch_ranks()
    <Rank 0 of 1>
    >>> dist.destroy_process_group()
    """
    try:
        import torch
        import torch.distributed as dist
    except ImportError as error:
        raise ImportError('ranks of PyTorch need it: pip install "fastgd[torch]"') from error
    if not dist.is_initialized():
        raise ValueError(
            "group: no process group has been made; call "
            'torch.distributed.init_process_group("gloo") first'
        )
    rank, size = dist.get_rank(group), dist.get_world_size(group)

    def alltoall(rows: Bytes) -> Bytes:
        got = np.empty_like(rows)
        sent, received = torch.from_numpy(rows), torch.from_numpy(got)
        dist.all_to_all_single(received, sent, group=group)
        return got

    def allgather(row: Bytes) -> Bytes:
        got = np.empty((size, len(row)), np.uint8)
        dist.all_gather(list(torch.from_numpy(got)), torch.from_numpy(row), group=group)
        return got

    def allreduce(buffer: Vector) -> None:
        dist.all_reduce(torch.from_numpy(buffer), group=group)

    return Ranks(rank, size, alltoall, allgather, allreduce, wire)
