"""What processes of the tests beside this file compute: importable, as spawned ones need it.

It is imported where it is used: a child of a parent that never loaded fastgd loads it itself.
"""

from __future__ import annotations

import signal
import zlib
from typing import Any


def bits(n_threads: int | None) -> int:
    """A checksum over a gradient, mini-batches and outputs: one for any number of threads."""
    import numpy as np
    from tests.common import problem

    from fastgd import gradient_descent

    p = problem((64, 32, 10), 3001)
    cost = p.cost("float32", n_threads=n_threads)
    found = [
        cost.gradient(p.theta),
        p.network(p.theta, p.X, n_threads=n_threads),
        *(
            gradient_descent(
                cost, p.theta, learning_rate=0.1, batch_size=size, epochs=2, rng=0, tol=0
            ).theta
            for size in (None, 32, 2048)
        ),
    ]
    return zlib.crc32(np.concatenate([a.ravel() for a in found]).tobytes())


def bits_in_time(n_threads: int | None) -> int:
    """`bits`, or the end of the process after a minute."""
    signal.alarm(300)
    found = bits(n_threads)
    signal.alarm(0)
    return found


class Examples:
    """A data set as loaders have it: each item is computed in the worker that is asked for it."""

    def __init__(self, n_threads: int | None, n: int = 4) -> None:
        self.n_threads, self.n = n_threads, n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: int) -> Any:
        if i >= self.n:
            raise IndexError(i)
        return bits_in_time(self.n_threads)
