"""The same bits for any number of threads while other processes take the processors away."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from tests.common import Problem, problem
from tests.promises import trials

from fastgd import gradient_descent

COUNTS = (1, 2, 3, 4, 7, 16)
RUNS = trials(1, 300)
SPIN = "import os\nwhile os.getppid() == {parent}:\n    sum(range(100_000))"


@pytest.fixture(scope="module", autouse=True)
def load() -> Iterator[None]:
    """As many processes as there are processors, that compute all the time."""
    command = [sys.executable, "-I", "-S", "-c", SPIN.format(parent=os.getpid())]
    spinners = [subprocess.Popen(command) for _ in range(min(4, os.cpu_count() or 1))]
    yield
    for spinner in spinners:
        spinner.kill()
        spinner.wait()


def descent(batch_size: int | None, **options: Any) -> Callable[[Problem, int], bytes]:
    def walk(p: Problem, n_threads: int) -> bytes:
        found = gradient_descent(
            p.cost("float32", n_threads=n_threads), p.theta.astype(np.float32), learning_rate=0.1,
            batch_size=batch_size, epochs=3, rng=0, tol=0, **options,
        )  # fmt: skip
        return found.theta.tobytes() + np.asarray(found.costs).tobytes()

    return walk


WALKS = {
    "all examples": descent(None),
    "all examples, momentum": descent(None, momentum=0.9, nesterov=True),
    "batches of 32": descent(32, momentum=0.9),
    "batches of 1000": descent(1000, l2=1e-3),
}


@pytest.mark.promise("same-bits", RUNS * len(COUNTS))
@pytest.mark.parametrize("zeros", [0.0, 0.8], ids=["dense", "compressed"])
@pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS)
def test_descents_have_the_same_bits(walk: Callable[[Problem, int], bytes], zeros: float) -> None:
    p = problem((64, 32, 10), 2000, zeros=zeros)
    assert {walk(p, n_threads) for _ in range(RUNS) for n_threads in COUNTS} == {walk(p, 1)}
