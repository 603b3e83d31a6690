"""Sums of costs at many points of a plane of thetas.

`kernels/plane.pxi` does the arithmetic. Here the points are cut into chunks that fit into
memory. `landscape` knows which points to ask for, and what they show.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd._engine.reals import pieces
from fastgd._engine.regions import run
from fastgd._engine.threads import threads_for

# Block k of the examples adds to slot k % SLOTS; the blocks of one slot run in order.
SLOTS = 64
# What a sigmoid costs, in multiply-adds.
WORK_PER_SIGMOID = 20.0
# Multiply-adds of each lane for a block of examples at a chunk of points, at most some 50 ms:
# the progress told goes by blocks.
WORK_PER_BLOCK = 1.5e8
# Bytes of the parameters behind the first layer, float64, at all points of a chunk.
BYTES_PER_CHUNK = 1 << 24
# Each chunk takes three products of the first layer: little beside so many points.
FEWEST_POINTS = 4


def sums(
    kernels: ModuleType,
    data: Any,
    dtype: np.dtype[Any],
    corners: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    n_threads: int | None = None,
    report: Callable[[int, int], object] | None = None,
) -> NDArray[np.float64]:
    """Sum over examples of the cost at center + a u + b v, for each pair in a and b.

    Parameters
    ----------
    kernels : module
    data : kernels.Data
    dtype : float32 or float64
    corners : center, u and v, each (n_parameters,) and finite
    a, b : (n_points,) float64 arrays
    n_threads : int or None
    report : callable or None
        Called as ``report(done, total)`` many times a second.

    Returns
    -------
    (n_points,) float64 array
        The same bits for any number of threads.
    """
    plan = data.plan
    first = np.array([c[: plan.n_first] for c in corners], dtype)
    neurons, n_rest = plan.layer_sizes[1:], len(corners[0]) - plan.n_first
    work = 2.0 * neurons[0] + WORK_PER_SIGMOID * sum(neurons) + n_rest
    n_blocks = -(-data.n // plan.block)
    # Independent of the threads: NumPy adds up the slots of a lone point in another order.
    in_memory = BYTES_PER_CHUNK // (8 * max(1, n_rest))
    in_time = int(WORK_PER_BLOCK * kernels.LANES / (plan.block * work))
    chunk = max(FEWEST_POINTS, min(in_time, in_memory))
    threads = min(threads_for(n_threads, data.n * len(a) * work), n_blocks, SLOTS)
    scratch = np.zeros(kernels.plane_work_size(plan, threads), dtype)
    ground = kernels.Plane(data, first, scratch)
    out = np.empty(len(a))
    total = len(a) * n_blocks
    for at in range(0, len(a), chunk):
        here = slice(at, at + chunk)
        a_here, b_here = a[here], b[here]
        rest = _on_plane([c[plan.n_first :] for c in corners], a_here, b_here, dtype)
        slots = np.zeros((min(SLOTS, n_blocks), len(a_here)))
        tell = None if report is None else _telling(report, at * n_blocks, len(a_here), total)
        run(threads, ground.add, a_here.astype(dtype), b_here.astype(dtype), rest, slots, tell)
        if tell is not None:
            tell(n_blocks)
        out[here] = slots.sum(axis=0)
    return out


def _on_plane(
    corners: list[NDArray[Any]], a: NDArray[np.float64], b: NDArray[np.float64],
    dtype: np.dtype[Any],
) -> NDArray[Any]:  # fmt: skip
    """center + a u + b v, (n_points, n), computed in float64; a small part at a time."""
    out = np.empty((len(a), len(corners[0])), dtype)
    for part in pieces(out.shape[1], 16 * out.size):
        center, u, v = (corner[part].astype(np.float64) for corner in corners)
        out[:, part] = center + np.multiply.outer(a, u) + np.multiply.outer(b, v)
    return out


def _telling(
    report: Callable[[int, int], object], before: int, n_points: int, total: int
) -> Callable[[int], object]:
    """What the kernel calls with the number of blocks finished in this chunk of points."""
    return lambda blocks: report(before + n_points * blocks, total)
