"""Forks, limits and interrupts: a right answer or an exception, never a hang or an end."""

from __future__ import annotations

import sys

import pytest
from tests.common import run_python

linux = pytest.mark.skipif(sys.platform != "linux", reason="limits and forks as on Linux")

SMALL = """
import os, signal, sys, threading, time
import numpy as np
import fastgd
net = fastgd.Network((784, 64, 10))
X = np.random.default_rng(0).random((5000, 784), np.float32)
labels = np.arange(5000) % 10
theta = net.random_theta(rng=0)
"""


@linux
def test_a_child_that_imports_after_torch_ran_threads_does_not_hang() -> None:
    """It has inherited libgomp with a pool whose threads are gone, and is no fork of ours."""
    pytest.importorskip("torch")
    code = f"""
import os, signal
import torch
torch.set_num_threads(2)
torch.randn(10_000_000).sigmoid().sum()
if os.fork() == 0:
    signal.alarm(300)
    {SMALL.strip().replace(chr(10), chr(10) + "    ")}
    one, *more = (fastgd.Cost(net, X, labels, n_threads=n).gradient(theta) for n in (1, None, 2))
    os._exit(0 if all((g == one).all() for g in more) and one.any() else 1)
print(os.waitstatus_to_exitcode(os.wait()[1]))
import sys
from tests.robustness.children import Examples, bits
# A worker whose data set is the first to import fastgd.
loader = torch.utils.data.DataLoader(Examples(None, 2), num_workers=1, timeout=300)
found = {{int(item) for item in loader}}
print("fastgd" in sys.modules, found == {{bits(1)}})
"""
    assert run_python(code).split() == ["0", "False", "True"]


@linux
@pytest.mark.parametrize("n_threads", [None, 2])
def test_where_no_thread_can_be_made_one_does_the_work(n_threads: int | None) -> None:
    """libgomp ended the process: "Thread creation failed"."""
    code = f"""{SMALL}
import resource
one = fastgd.Cost(net, X, labels, n_threads=1)
expected = one.gradient(theta)
cost = fastgd.Cost(net, X, labels, n_threads={n_threads})
cost.on_threads(1).gradient(theta)  # memory, columns
used = int(open("/proc/self/statm").read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
resource.setrlimit(resource.RLIMIT_AS, (used + (7 << 20),) * 2)
try:
    print((cost.gradient(theta) == expected).all())
except MemoryError:
    print(True)
"""
    assert run_python(code) == "True"


@linux
def test_ctrl_c_in_a_forked_child_stops_the_call() -> None:
    """Its work runs in another thread, which went on writing to `out` after the exception."""
    code = f"""{SMALL}
cost = fastgd.Cost(net, np.tile(X, (8, 1)), np.tile(labels, 8), n_threads=2)
out = np.empty_like(theta)
if os.fork() == 0:
    signal.alarm(300)
    try:
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        while True:
            cost.value_and_gradient(theta, out=out)
    except KeyboardInterrupt:
        left = out.copy()
        time.sleep(0.5)
        same = (out == left).all()
    works = (cost.gradient(theta) == cost.on_threads(1).gradient(theta)).all()
    os._exit(0 if same and works else 1)
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    assert run_python(code) == "0"


def test_a_subinterpreter_is_told_that_it_cannot() -> None:
    """The first gradient in one ended the process."""
    code = """
import _xxsubinterpreters as interpreters
other = interpreters.create()
try:
    interpreters.run_string(other, "import fastgd")
except interpreters.RunFailedError as error:
    print("main interpreter" in str(error))
"""
    if sys.version_info >= (3, 13):
        code = """
import _interpreters
other = _interpreters.create("legacy")
failure = _interpreters.run_string(other, "import fastgd")
print("main interpreter" in failure.msg)
"""
    assert run_python(code) == "True"
