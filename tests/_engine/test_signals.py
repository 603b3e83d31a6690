"""Ctrl-C during the work, in an interpreter of its own: heard, and nothing learned is lost."""

from __future__ import annotations

import pytest
from tests.common import run_python

# A clock of the process's own time, which no crowd takes away, strikes every 5 ms; strikes that a
# kernel leaves waiting are heard as one.
STRIKES = """
import signal, time
import numpy as np
from fastgd import Cost, Network, landscape
net = Network((256, 1024, 10))
rng = np.random.default_rng(0)
X, labels = rng.random((8000, 256), np.float32), rng.integers(0, 10, 8000)
theta = net.random_theta(0)
cost = Cost(net, X, labels, n_threads=1)
walk = cost.mini_batches(theta, batch_size=20, learning_rate=0.01)
order = np.arange(8000)
u, v = (landscape.random_direction(net, theta, seed) for seed in (1, 2))
costs = {}
def made(n):
    if n not in costs:
        costs.clear()
        costs[n] = Cost(net, np.tile(X, (n, 1)), np.tile(labels, n), n_threads=1)
        heard.clear()
    return costs[n]
def strike(*_):
    heard.append(1)
heard = []
signal.signal(signal.SIGVTALRM, strike)
signal.setitimer(signal.ITIMER_VIRTUAL, 0.005, 0.005)
"""
# Work that grows with n.
LONG = {
    "full batch": "cost.sums(theta, np.tile(order, n))",
    "mini-batches": "walk.epoch(np.tile(order, n))",
    "outputs": "net(theta, np.tile(X, (n, 1)), n_threads=1)",
    # All examples at once: a data set of n times as many.
    "product": "made(n).hessian_vector_product(theta, theta)",
    "plane": "landscape.plane(cost, theta, u, v, resolution=1 + n)",
}
# One of the last of 32 groups is all the work: who does not have it waits for the one who does.
WAITING = """
wide = Network((8000, 64, 10))
start = wide.random_theta(0)
pixels = np.array([[0] * 8000, [1, 2, 3, 4, 0] * 1600], np.uint8)
few = Cost(wide, pixels, [0, 1], n_threads=2)
"""
# One batch of a narrow network, at least 0.15 s a thread: little work a block, but many blocks.
ONE_BATCH = """
narrow = Network((4, 32, 16, 4), activation="tanh")
def examples(n):
    X, labels = rng.random((n, 4), np.float32), rng.integers(0, 4, n)
    return Cost(narrow, X, labels, n_threads={n_threads})
def one_batch(n):
    if n not in walks:
        walks.clear()
        walks[n] = examples(n).mini_batches(
            narrow.random_theta(0), batch_size=n, learning_rate=0.01, momentum={momentum})
    began = time.process_time()
    heard.clear()
    walks[n].epoch(np.arange(n))
    return time.process_time() - began
walks, n = {{}}, 500_000
while one_batch(n) < 0.15 * {n_threads}:
    n *= 2
one_batch(n)
signal.setitimer(signal.ITIMER_VIRTUAL, 0)
print(len(heard), walks[n].steps)
"""
long = pytest.mark.parametrize("work", LONG.values(), ids=LONG.keys())


def strikes_heard(work: str, before: str = "", calls: int = 1, n_threads: int = 1) -> int:
    """The fewest strikes heard in one call, made long enough for this machine."""
    code = f"""
{STRIKES}
{before}
n, took, call, strikes = 1, 0, 0, []
while took < 0.5 * {n_threads}:
    n, began = 2 * n, time.process_time()
    {work}
    took = time.process_time() - began
for call in range({calls}):
    heard.clear()
    {work}
    strikes.append(len(heard))
signal.setitimer(signal.ITIMER_VIRTUAL, 0)
print(min(strikes))
"""
    return int(run_python(code))


@long
def test_signals_are_heard_during_the_work(work: str) -> None:
    """A call of fixed size lasted 50 ms on fast builds, too short for three looks at signals."""
    assert strikes_heard(work) >= 3


def test_signals_are_heard_during_normal_equations() -> None:
    before = """
slim, slims = Network((20, 30, 1), output_activation="identity"), {}
start = slim.random_theta(0)
def slim_of(n):
    if n not in slims:
        slims.clear()
        slims[n] = Cost(slim, rng.random((1000 * n, 20)), rng.random(1000 * n), n_threads=1)
        heard.clear()
    return slims[n]
"""
    assert strikes_heard("slim_of(n).normal_equations(start)", before) >= 3


def test_signals_are_heard_while_waiting_for_other_threads() -> None:
    """The group that is all the work moves: some calls give it to the thread that hears none."""
    rows = "np.roll(np.repeat([0, 1], [31 * 256 * n, 256 * n]), -256 * n * (call % 3))"
    assert strikes_heard(f"few.sums(start, {rows})", WAITING, calls=6, n_threads=2) >= 6


@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_signals_are_heard_during_one_batch(n_threads: int, momentum: float) -> None:
    """Blocks, not batches, are counted between looks: a batch may last as long as it likes."""
    code = STRIKES + ONE_BATCH.format(n_threads=n_threads, momentum=momentum)
    heard, steps = map(int, run_python(code).split())
    assert heard >= 3
    assert steps == 2


@long
def test_ctrl_c_interrupts_the_work(work: str) -> None:
    """It comes while the kernel runs, and the work, asked for again and again, has no end."""
    code = f"""
import os, threading
{STRIKES}
signal.setitimer(signal.ITIMER_VIRTUAL, 0)
n = 4
try:
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    while True:
        {work}
except KeyboardInterrupt:
    print("interrupted")
"""
    assert run_python(code) == "interrupted"


@pytest.mark.parametrize("n_threads", [1, 2])
def test_ctrl_c_ends_a_call_before_its_time(n_threads: int) -> None:
    """What was asked for is not written then."""
    code = f"""
import os, threading
{STRIKES}
signal.setitimer(signal.ITIMER_VIRTUAL, 0)
X, out = np.tile(X, (2, 1)), np.zeros_like(theta)
cost = Cost(net, X, np.tile(labels, 2), n_threads={n_threads})
def seconds():
    began = time.perf_counter()
    cost.gradient(theta)
    return time.perf_counter() - began
took = min(seconds() for _ in range(3))
ended = True
while ended:  # a signal that a crowded machine sent too late is sent again
    ended, timer = False, threading.Timer(took / 10, os.kill, (os.getpid(), signal.SIGINT))
    out[:] = 0
    try:
        timer.start()
        cost.value_and_gradient(theta, out=out)
        ended = True
        timer.join()
    except KeyboardInterrupt:
        pass
print("interrupted", out.any())
"""
    assert run_python(code) == "interrupted False"


@pytest.mark.parametrize("batch_size", [None, 20])
def test_ctrl_c_leaves_what_was_learned(batch_size: int | None) -> None:
    code = f"""
import os, threading
from fastgd import gradient_descent
{STRIKES}
signal.setitimer(signal.ITIMER_VIRTUAL, 0)
def interrupt(epoch):
    if epoch.epoch == 2:
        threading.Timer(0.02, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    gradient_descent(cost, theta, learning_rate=0.01, batch_size={batch_size}, callback=interrupt,
                     epochs=10**9, tol=0)
except KeyboardInterrupt as error:
    d = error.descent
    print(d.stopped_by, len(d.costs) >= 2, d.steps >= 2, cost(d.theta) < cost(theta))
"""
    assert run_python(code) == "interrupt True True True"
