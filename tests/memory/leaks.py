"""Memory after many fits is what it was: `python -m tests.memory.leaks 2000`.

Three counts: bytes that malloc has given out (glibc's mallinfo2; arrays, the kernels' own),
bytes of Python's objects (tracemalloc), and pages of the process. Fits of all sorts, those that
fail among them.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
from tests.common import problem
from tests.promises import keep

from fastgd import Cost, DivergenceError, Network, gradient_descent, landscape, load, save

# Growth over all fits that is no leak: what libraries keep once, pages that malloc has not used.
MOST_HEAP, MOST_TRACED, MOST_PAGES = 64 << 10, 64 << 10, 2 << 20


def fits(folder: str) -> list[Callable[[], Any]]:
    """One fit each, from data to the end."""
    p, dense = problem((30, 8, 4), 200, zeros=0.8), problem((10, 6, 2), 200, "tanh")
    weighted = problem((10, 6, 2), 64, weighted=True)
    pixels = (100 * abs(p.X)).astype(np.uint8)
    path = os.path.join(folder, "model.safetensors")
    options: dict[str, Any] = {"learning_rate": 0.1, "epochs": 2, "rng": 0}

    def fit(given: Any, X: Any, n_threads: int | None, **more: Any) -> Callable[[], Any]:
        def one() -> Any:
            cost = Cost(given.network, X, given.Y, sample_weight=given.weight, n_threads=n_threads)
            return gradient_descent(cost, given.theta, **options | more)

        return one

    def stopped(epoch: Any) -> None:
        raise KeyboardInterrupt

    def failing() -> None:
        with suppress(DivergenceError):
            fit(dense, dense.X, 1, learning_rate=1e200, epochs=30)()
        with suppress(KeyboardInterrupt):
            fit(dense, dense.X, 1, batch_size=10, callback=stopped)()
        with suppress(ValueError):
            Cost(dense.network, dense.X * np.nan, dense.Y)
        with suppress(ValueError):
            Network((3, 2))(np.zeros(5), np.zeros(3))

    def used() -> None:
        cost = dense.cost(n_threads=1)
        cost.hessian_vector_product(dense.theta, dense.theta)
        landscape.plane(cost, dense.theta, dense.theta, dense.theta[::-1], resolution=3)
        network = Network(dense.network.layer_sizes)
        network(dense.theta, dense.X[0])
        network(dense.theta, dense.X)
        network.activations(dense.theta, dense.X)
        save(path, dense.network, dense.theta)
        load(path)

    return [
        fit(p, p.X, 1), fit(p, pixels, 1, batch_size=10), fit(p, pixels, 2, batch_size=64),
        fit(dense, dense.X, 1, batch_size=10, momentum=0.9), fit(dense, dense.X, 2, record=1),
        fit(weighted, weighted.X, None, momentum=0.5), failing, used,
    ]  # fmt: skip


def heap() -> int:
    """Bytes that malloc has given out, and not got back."""

    class Info(ctypes.Structure):
        _fields_ = [(name, ctypes.c_size_t) for name in (
            "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks",
            "fordblks", "keepcost",
        )]  # fmt: skip

    mallinfo2 = ctypes.CDLL(None).mallinfo2
    mallinfo2.restype = Info
    found = mallinfo2()
    return int(found.uordblks + found.hblkhd)


def pages() -> int:
    """Bytes of the process in memory."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def grown(n_fits: int) -> tuple[int, int, int]:
    """Bytes on malloc's heap, of Python's objects and of the process after n_fits, less before."""
    with tempfile.TemporaryDirectory() as folder:
        rounds = fits(folder)

        def run(n: int) -> None:
            for i in range(n):
                rounds[i % len(rounds)]()
            gc.collect()

        run(max(n_fits // 10, 3 * len(rounds)))  # what is kept is made by now
        before = heap(), pages()
        run(n_fits)
        after = heap(), pages()
        tracemalloc.start()
        run(3 * len(rounds))
        traced = tracemalloc.get_traced_memory()[0]
        run(n_fits // 10)
        traced = tracemalloc.get_traced_memory()[0] - traced
        tracemalloc.stop()
    return after[0] - before[0], traced, after[1] - before[1]


def main(n_fits: int) -> None:
    heap_, traced, paged = grown(n_fits)
    lost = heap_ > MOST_HEAP or traced > MOST_TRACED or paged > MOST_PAGES
    facts = {
        "bytes on the heap": f"{heap_:+,}",
        f"bytes of Python's objects (of {n_fits // 10})": f"{traced:+,}",
        "bytes in memory": f"{paged:+,}",
    }
    print(facts)
    keep("leaks", tried=n_fits, lost=n_fits * lost, how="make leaks", facts=facts)


if __name__ == "__main__":
    main(int(sys.argv[1]))
