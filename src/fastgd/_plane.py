"""The cost at many points of a plane through theta-space, from three products for all of them.

The kernel's room of that name does the arithmetic. Here the points are cut into chunks that
fit into memory and the blocks of examples into rounds short enough to hear Ctrl-C. Which
points to ask for, and what they show, is `landscape`'s business.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd._threads import WORK_A_LOOK, run, threads_for
from fastgd.cost import Cost

# Slots the blocks of examples add to in turn; also the most blocks that run at once.
N_GROUPS = 64
# Seconds: rounds that end sooner are made longer, at most twice as long.
SHORT_ROUND = 0.02
# A sigmoid in multiply-adds.
WORK_A_SIGMOID = 20.0
# Bytes of the later layers' parameters, one row a point, that are made at once.
BYTES_A_CHUNK = 1 << 24
FEWEST_POINTS = 16


def plane_costs(
    cost: Cost,
    corners: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    progress: Callable[[int, int], object] | None = None,
) -> NDArray[np.float64]:
    """cost(center + a u + b v) for each pair in a and b.

    Parameters
    ----------
    cost : Cost
    corners : center, u and v, each (n_parameters,) and finite
    a, b : (n_points,) float64 arrays
    progress : callable or None
        Called as ``progress(done, total)`` a few times a second.

    Returns
    -------
    (n_points,) float64 array
        The same bits for any number of threads.
    """
    kernels, plan, examples, dtype = cost._kernels, cost._plan, cost._examples, cost.dtype
    n_first = cost.network._offsets[0][2]
    first = np.array([c[:n_first] for c in corners], dtype)
    center, u, v = (np.asarray(c[n_first:], np.float64) for c in corners)
    sizes = cost.network.layer_sizes
    work = 2.0 * sizes[1] + WORK_A_SIGMOID * sum(sizes[1:]) + len(center)
    n_blocks = -(-examples.n // plan.block)
    # Both of the problem alone: a chunk's points see a block's examples in one go.
    in_memory = BYTES_A_CHUNK // (8 * max(1, len(center)))
    a_look = int(WORK_A_LOOK * kernels.LANES / (plan.block * work))
    chunk = max(FEWEST_POINTS, min(a_look, in_memory))
    threads = min(threads_for(cost.n_threads, examples.n * len(a) * work), n_blocks, N_GROUPS)
    blocks = threads
    scratch = np.zeros(kernels.plane_work_size(plan, threads), dtype)
    out = np.empty(len(a))
    done, total = 0, len(a) * n_blocks
    for at in range(0, len(a), chunk):
        here = slice(at, at + chunk)
        a_here, b_here = a[here], b[here]
        rest = (center + np.multiply.outer(a_here, u) + np.multiply.outer(b_here, v)).astype(dtype)
        slots = np.zeros((min(N_GROUPS, n_blocks), len(a_here)))
        stop = 0
        while stop < n_blocks:
            block, stop = stop, min(stop + blocks, n_blocks)
            began = time.perf_counter()
            run(
                threads, kernels.plane, plan, examples, first, a_here.astype(dtype),
                b_here.astype(dtype), rest, slots, scratch, block, stop,
            )  # fmt: skip
            if time.perf_counter() - began < SHORT_ROUND:
                blocks = min(2 * blocks, N_GROUPS)
            done += len(a_here) * (stop - block)
            if progress is not None:
                progress(done, total)
        out[here] = slots.sum(axis=0)
    weight = cost._weight
    out /= examples.n if weight is None else weight.sum(dtype=np.float64)
    return out
