"""Children of processes that run threads, by every way to start one: right bits and no hang.

Forks of one thread, pools and grandchildren: `tests/_engine/test_fork.py`.
"""

from __future__ import annotations

import sys

import pytest
from tests.common import PATIENCE, run_python
from tests.promises import trials

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks as on Linux")

START = """
import multiprocessing, os, signal, sys, threading, time
from tests.robustness.children import Examples, bits, bits_in_time
expected = bits(1)

def forked(n_threads):
    \"\"\"Whether a child has the same bits.\"\"\"
    child = os.fork()
    if child == 0:
        os._exit(bits_in_time(n_threads) != expected)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""
ROUNDS = trials(1, 20)


@pytest.mark.promise("forks", 6 * ROUNDS)
@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_children_of_parents_with_any_number_of_threads(method: str) -> None:
    """The parent has computed nothing, then on one thread, then on two; each has two children."""
    code = f"""
import multiprocessing
from tests.robustness.children import bits, bits_in_time
if __name__ == "__main__":
    found = []
    for _ in range({ROUNDS}):
        for before in (None, 1, 2):
            if before:
                found.append(bits(before))
            for n_threads in (1, 2):
                with multiprocessing.get_context({method!r}).Pool(1) as pool:
                    found.append(pool.apply_async(bits_in_time, (n_threads,)).get(100))
    print(len(found), len(set(found)))
"""
    assert run_python(code, timeout=PATIENCE * ROUNDS) == f"{8 * ROUNDS} 1"


@pytest.mark.promise("forks", 5 * ROUNDS)
@pytest.mark.parametrize("batch_size", [None, 32, 2048])
def test_a_fork_while_another_thread_trains(batch_size: int | None) -> None:
    code = f"""{START}
from tests.common import problem
from fastgd import gradient_descent
p = problem((64, 32, 10), 3001)
ended = threading.Event()
def train():
    gradient_descent(
        p.cost("float32", n_threads=2), p.theta, learning_rate=0.01, batch_size={batch_size},
        epochs=10**9, tol=0, callback=lambda _: ended.is_set())
trainer = threading.Thread(target=train)
trainer.start()
same = []
for i in range({5 * ROUNDS}):
    time.sleep(0.01 * (i % 5))
    same.append(forked((None, 1, 2)[i % 3]))
ended.set()
trainer.join(60)
print(all(same), bits(2) == expected)
"""
    assert run_python(code, timeout=PATIENCE * ROUNDS) == "True True"


@pytest.mark.promise("forks", 1)
def test_a_fork_while_another_thread_makes_what_the_child_wants() -> None:
    """The child has the lock as the other thread held it; nobody is left to release it."""
    code = f"""{START}
from fastgd._engine import held
from tests.common import problem
p = problem((64, 32, 10), 3001, zeros=0.9)
cost, twin = p.cost("float32", n_threads=2), p.cost("float32", n_threads=2)
made, within = held.columns, threading.Event()
def slowly(*args):
    within.set()
    time.sleep(2)
    return made(*args)
held.columns = slowly
maker = threading.Thread(target=cost.gradient, args=[p.theta])
maker.start()
within.wait()
child = os.fork()
if child == 0:
    signal.alarm(300)
    held.columns = made
    os._exit(not (cost.gradient(p.theta) == twin.gradient(p.theta)).all())
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
maker.join()
"""
    assert run_python(code) == "0"


@pytest.mark.promise("forks", 4)
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_joblib_s_workers(backend: str) -> None:
    pytest.importorskip("joblib")
    code = f"""{START}
import joblib
bits(2)
jobs = (joblib.delayed(bits)(n) for n in (None, 1, 2, 2))
print(joblib.Parallel(n_jobs=2, backend={backend!r}, timeout=300)(jobs) == [expected] * 4)
"""
    assert run_python(code) == "True"


WORKERS = {
    "processes that are told what to load": """
def work(asked, answers):
    for i in iter(asked.get, None):
        answers.put(Examples(2)[i])
context = multiprocessing.get_context("fork")
asked, answers = context.Queue(), context.Queue()
workers = [context.Process(target=work, args=(asked, answers)) for _ in range(2)]
for worker in workers:
    worker.start()
for i in [*range(4), None, None]:
    asked.put(i)
found = [answers.get(timeout=300) for _ in range(4)]
""",
    "PyTorch's loader": """
import torch
torch.set_num_threads(2)
torch.randn(1_000_000).sigmoid().sum()
found = []
for n_threads in (None, 2):
    loader = torch.utils.data.DataLoader(Examples(n_threads), num_workers=2, timeout=300)
    found += [int(item) for item in loader]
""",
}


@pytest.mark.promise("forks", 4)
@pytest.mark.parametrize("kind", WORKERS)
def test_workers_that_load_examples(kind: str) -> None:
    if "PyTorch" in kind:
        pytest.importorskip("torch")
    code = f"{START}\nbits(2)\n{WORKERS[kind]}\nprint(set(found) == {{expected}}, len(found) >= 4)"
    assert run_python(code) == "True True"


IN_A_HANDLER = {
    "gradient": "cost.gradient(p.theta)",
    "outputs": "p.network(p.theta, X, n_threads=2)",
    "activations": "cost.activations(p.theta)[-1]",
    "batches in groups": "walk(8192)",
    "batches of few": "walk(256)",
    "plane": "landscape.plane(cost, p.theta, u, v, resolution=9).costs",
}


HANDLERS = trials(3, 20)


@pytest.mark.promise("forks", HANDLERS)
@pytest.mark.parametrize("call", IN_A_HANDLER.values(), ids=IN_A_HANDLER.keys())
def test_a_signal_handler_that_forks_within_a_call(call: str) -> None:
    """The child waited for threads that are not in it. It is told so, and may call again."""
    code = f"""
import os, signal, sys
import numpy as np
from tests.common import problem
from fastgd import Cost, gradient_descent, landscape
p = problem((64, 256, 128, 10), 3001)
X, Y = (np.tile(a, (8, 1)).astype(np.float32) for a in (p.X, p.Y))
cost = Cost(p.network, X, Y, n_threads=2)
u, v = (landscape.random_direction(p.network, p.theta, seed) for seed in (1, 2))
def walk(batch_size):
    return gradient_descent(
        cost, p.theta, learning_rate=0.01, batch_size=batch_size, epochs=1, rng=0).theta
expected, child = {call}, None
def fork(*_):
    global child
    if child is None:
        child = os.fork()
        signal.alarm(300 * (child == 0))
same, told = True, child
for _ in range({HANDLERS}):
    signal.signal(signal.SIGVTALRM, fork)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.02)
    try:
        while child is None:
            same &= ({call} == expected).all()
    except RuntimeError as error:
        same &= child == 0 and "call again" in str(error)
        os._exit(not (same and ({call} == expected).all()))
    if child == 0:  # between two calls
        os._exit(not ({call} == expected).all())
    same &= os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    child = None
print(same)
"""
    assert run_python(code) == "True"
