"""The forward pass over checked arrays: layout, memory, threads; the kernels do the rest."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from fastgd._arrays import Array, Compressed
from fastgd._examples import examples
from fastgd._threads import run, threads_for


def forward(
    kernels: ModuleType,
    plan: Any,
    theta: Array,
    X: Array | Compressed,
    layer_sizes: tuple[int, ...],
    first_layer: int,
    n_threads: int | None,
) -> list[Array]:
    """Activations (n, n_l) of the layers from `first_layer` on, the first hidden one being 0."""
    if isinstance(X, Compressed):
        made, _ = examples(kernels, plan, theta.dtype, X)
    elif X.dtype == np.uint8:
        made = kernels.Examples(layer_sizes[0], pixels=X)
    else:
        made = kernels.Examples(layer_sizes[0], dense=X)
    sizes = layer_sizes[first_layer + 1 :]
    out = np.empty(made.n * sum(sizes), theta.dtype)
    work = max(1.0, plan.work_per_example(made.inputs_per_example) / 2)
    threads = min(threads_for(n_threads, made.n * work), plan.n_groups(made.n))
    scratch = np.zeros(plan.work_size(0, threads), theta.dtype)
    run(threads, kernels.activations, plan, made, theta, first_layer, out, scratch)
    ends = made.n * np.cumsum(sizes)
    return [a.reshape(made.n, -1) for a in np.split(out, ends[:-1])]
