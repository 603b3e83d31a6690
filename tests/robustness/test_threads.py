"""Many Python threads at once: the bits of calls alone, and threads that are counted."""

from __future__ import annotations

import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pytest
from tests.common import problem, run_python
from tests.promises import trials

from fastgd import Cost, Network, gradient_descent, landscape

N = 8
ROUNDS = trials(3, 100)


@pytest.fixture(autouse=True)
def switching() -> Iterator[None]:
    """Threads change places as often as Python lets them."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """What the calls return, each in a thread of its own, all begun together."""
    ready = threading.Barrier(len(calls))

    def call(function: Callable[[], Any]) -> Any:
        ready.wait(60)
        return function()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call, f) for f in calls]]


def bits(value: Any) -> Any:
    """What can be compared."""
    if isinstance(value, tuple | list):
        return [bits(part) for part in value]
    return value.tobytes() if isinstance(value, np.ndarray) else value


# --------------------------------------------------------------------------------- one network


@pytest.mark.promise("concurrent", N * ROUNDS)
def test_one_network_predicts_from_eight_threads() -> None:
    """One example, few and many, pixels and reals: some share the network's working memory."""
    p = problem((30, 16, 5), 400)
    pixels = np.arange(400 * 30).reshape(400, 30).astype(np.uint8)
    theta = p.theta.astype(np.float32)
    asked = [p.X[0], p.X[:3].astype(np.float32), p.X, p.X.astype(np.float32), pixels, pixels[7]]
    expected = [bits(Network((30, 16, 5))(theta, X)) for X in asked]

    def predict(network: Network, first: int) -> bool:
        order = np.roll(np.arange(len(asked)), first)
        return all(bits(network(theta, asked[i])) == expected[i] for i in [*order, *order])

    for _ in range(ROUNDS):
        fresh = Network((30, 16, 5))  # its builds are made by whoever comes first
        assert all(at_once([partial(predict, fresh, i) for i in range(N)]))


# ------------------------------------------------------------------------------------ one cost


def calls_on(cost: Cost, theta: Any) -> list[Callable[[], Any]]:
    """All that can be asked of a cost."""
    v, rows = np.cos(np.arange(len(theta))), np.arange(0, cost.n_examples, 3)

    def descend(batch_size: int | None) -> Any:
        options: Any = {"epochs": 3, "batch_size": batch_size, "momentum": 0.5}
        descent = gradient_descent(cost, theta, learning_rate=0.1, rng=0, **options)
        return descent.theta, list(descent.costs)

    def plane() -> Any:
        return landscape.plane(cost, theta, v, np.sin(v), resolution=3).costs

    return [
        lambda: cost(theta),
        lambda: cost.gradient(theta),
        lambda: cost.sums(theta, rows),
        lambda: cost.hessian_vector_product(theta, v),
        lambda: cost.activations(theta),
        lambda: cost.part(rows).value_and_gradient(theta),
        lambda: cost.with_targets(cost.targets[::-1])(theta),
        lambda: pickle.loads(pickle.dumps(cost)).gradient(theta),
        lambda: descend(None),
        lambda: descend(7),
        lambda: descend(300),
        plane,
    ]


@pytest.mark.promise("concurrent", 12 * ROUNDS)
@pytest.mark.parametrize("zeros", [0.0, 0.8], ids=["dense", "compressed"])
@pytest.mark.parametrize("n_threads", [None, 2])
def test_one_cost_answers_all_at_once(zeros: float, n_threads: int | None) -> None:
    """Fresh each time: columns, working memory and teams are made while others ask."""
    p = problem((40, 16, 5), 1500, zeros=zeros, weighted=True)
    alone = [bits(call()) for call in calls_on(p.cost("float32"), p.theta)]
    for _ in range(ROUNDS):
        fresh = p.cost("float32", n_threads=n_threads)
        together = at_once(calls_on(fresh, p.theta))
        assert [i for i, got in enumerate(together) if bits(got) != alone[i]] == []


# --------------------------------------------------------------------------------- own costs

TRAINING = """
import os, sys, threading, time
import numpy as np
import fastgd
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
net = fastgd.Network((64, 32, 10))
draw = np.random.default_rng(0)
X, labels = draw.random((8, 4000, 64), np.float32), np.arange(4000) % 10
theta = net.random_theta(rng=0)

def train(i, n_threads):
    cost = fastgd.Cost(net, X[i], labels, n_threads=n_threads)
    for batch_size in (None, 32, 2000):
        descent = fastgd.gradient_descent(
            cost, theta, learning_rate=0.1, batch_size=batch_size, epochs=5, rng=0, tol=0
        )
        found[i] += descent.theta.tobytes() + cost.gradient(theta).tobytes()

def count():
    return len(os.listdir("/proc/self/task"))

found = [b""] * 8
for i in range(8):
    train(i, 1)
alone, found, most = found, [b""] * 8, 0
before = count()
threads = [threading.Thread(target=train, args=(i, {n_threads})) for i in range(8)]
for thread in threads:
    thread.start()
while any(thread.is_alive() for thread in threads):
    most = max(most, count())
    time.sleep(1e-3)
end = time.monotonic() + 60
while count() > before and time.monotonic() < end:
    time.sleep(0.01)
print(found == alone, most - before, count() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted as Linux lists them")
@pytest.mark.promise("concurrent", 8)
@pytest.mark.parametrize("n_threads", [None, 2])
def test_eight_trainings_at_once_have_bounded_threads(n_threads: int | None) -> None:
    """Theirs and, for each, the other one of its team and one that asks whether it can be made.

    When they have ended, so have their teams.
    """
    same, most, left = run_python(TRAINING.format(n_threads=n_threads)).split()
    assert same == "True"
    assert int(most) <= 8 * 3
    assert left == "0"
