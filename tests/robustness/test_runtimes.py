"""Threads of others: more than there are, none to be had, of another library, flushing to zero.

OpenMP's variables, affinity and quotas: `test_containers.py`; Python's threads: `test_threads.py`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.common import run_python

from fastgd import Cost, Network
from fastgd._built import processor
from fastgd._engine import threads

linux = pytest.mark.skipif(sys.platform != "linux", reason="limits as on Linux")
needs_openmp = pytest.mark.skipif(processor.openmp_threads() == 0, reason="built without OpenMP")

WORK = """
import os, sys, threading, time
import numpy as np
import fastgd
net = fastgd.Network((64, 32, 10))
X, labels = np.random.default_rng(0).random((5000, 64), np.float32), np.arange(5000) % 10
theta = net.random_theta(rng=0)
def ask(n_threads):
    cost = fastgd.Cost(net, X, labels, n_threads=n_threads)
    return cost.gradient(theta).tobytes() + fastgd.gradient_descent(
        cost, theta, learning_rate=0.1, batch_size=32, epochs=1, rng=0).theta.tobytes()
"""


@pytest.mark.parametrize("n_threads", [10**6, 401, np.int8(2), np.uint64(2)], ids=repr)
def test_counts_of_threads_are_refused_or_obeyed(n_threads: Any) -> None:
    net = Network((2, 1))
    if n_threads > 400:
        with pytest.raises(ValueError, match="n_threads: expected 1 to"):
            Cost(net, [[1.0, 2.0]], [[1.0]], n_threads=n_threads)
    else:
        assert Cost(net, [[1.0, 2.0]], [[1.0]], n_threads=n_threads).n_threads == 2


@linux
@pytest.mark.promise("no-threads", 24)
def test_threads_at_every_limit_of_memory() -> None:
    """libgomp ended the process where a stack could not be had."""
    code = f"""{WORK}
import resource
expected = ask(1)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
same = []
for mebibytes in range(2, 50, 6):
    resource.setrlimit(resource.RLIMIT_AS, (used + (mebibytes << 20), -1))
    for n_threads in (None, 2, 16):
        found = []
        try:
            thread = threading.Thread(target=lambda: found.append(ask(n_threads)))
            thread.start()
            thread.join()
        except (MemoryError, RuntimeError):  # Python itself makes none
            continue
        same += [answer == expected for answer in found]
resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
print(all(same), len(same) > 0, ask(2) == expected)
"""
    assert run_python(code + "\nsys.stderr.close()").split() == ["True"] * 3


@linux
@pytest.mark.promise("no-threads", 3)
def test_threads_where_the_system_lets_none_be_made() -> None:
    """`RLIMIT_NPROC` reached, of a user whom it binds: libgomp ended the process there too."""
    code = f"""{WORK}
import resource
expected = ask(1)
try:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
except PermissionError:
    pass  # no root: it is bound as it is
resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
try:
    threading.Thread(target=int).start()
    print("not bound", end=" ")
except RuntimeError:
    pass
print(*[ask(n) == expected for n in (None, 2, 16)])
"""
    assert run_python(code).removeprefix("not bound ") == "True True True"


@linux
@needs_openmp
@pytest.mark.promise("no-threads", 1)
def test_as_many_threads_as_may_be_asked_for_where_their_stacks_have_no_room() -> None:
    """400 threads in an address space of 3 GB: "libgomp: Thread creation failed", status 1."""
    code = f"""{WORK}
import resource
expected = ask(1)
resource.setrlimit(resource.RLIMIT_AS, (3_000_000_000, -1))
try:
    fastgd.Cost(net, X, labels, n_threads=400)
except ValueError as error:
    most = int(str(error).split("expected 1 to ")[1].split()[0])
print(most < 400, ask(most) == expected)
"""
    assert run_python(code) == "True True"


@needs_openmp
def test_a_count_is_no_more_than_the_processors_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """libgomp's threads wait awake for those that have lost their core: 5 s for 9 ms of work."""
    monkeypatch.setattr(threads, "_at_first", 8)
    monkeypatch.setattr(threads, "_processors", lambda: 1)
    assert threads.threads_for(2, 1e9) == 1
    monkeypatch.setattr(threads, "_processors", lambda: 4)
    assert [threads.threads_for(n, 1e9) for n in (1, 3, 4, 16)] == [1, 3, 4, 4]


@needs_openmp
def test_a_count_is_obeyed_where_no_processor_was_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_at_first", 2)
    monkeypatch.setattr(threads, "_processors", lambda: 2)
    assert threads.threads_for(16, 1e9) == 16


def test_blas_and_the_kernels_may_take_turns() -> None:
    """Two pools of threads on the same cores."""
    code = f"""{WORK}
a = np.random.default_rng(1).random((300, 300))
expected, product = ask(2), a @ a
same = True
for _ in range(20):
    same &= (a @ a == product).all() and ask(2) == expected
print(same)
"""
    assert run_python(code) == "True"


def test_numba_s_threads_may_wait_beside() -> None:
    pytest.importorskip("numba")
    code = f"""{WORK}
import numba
@numba.njit(parallel=True)
def total(a):
    s = 0.0
    for i in numba.prange(len(a)):
        s += a[i]
    return s
ones, expected, same = np.ones(100_000), ask(1), True
for _ in range(3):
    same &= total(ones) == 100_000 and ask(2) == expected
    thread = threading.Thread(target=ask, args=[2])
    thread.start()
    same &= total(ones) == 100_000
    thread.join()
print(same)
"""
    assert run_python(code) == "True"


@linux
def test_a_library_that_flushes_subnormals_does_no_harm(tmp_path: Path) -> None:
    """Linked with fast-math it sets the bit in the thread that loads it; `show_config` tells."""
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("no gcc")
    (tmp_path / "a.c").write_text("int a;")
    library = tmp_path / "a.so"
    subprocess.run(
        [compiler, "-Ofast", "-shared", "-fPIC", str(tmp_path / "a.c"), "-o", str(library)],
        check=True,
    )
    code = f"""{WORK}
import ctypes
expected = ask(1)
ctypes.CDLL({str(library)!r})
one, two = ask(1), ask(2)
far = np.abs(np.frombuffer(one, np.float32) - np.frombuffer(expected, np.float32)).max()
print(one == two, far < 1e-6, fastgd.show_config()["subnormals"])
"""
    same, close, _ = run_python(code).split()
    assert (same, close) == ("True", "True")


@pytest.mark.parametrize("way", ["resize", "write"])
def test_arrays_that_change_under_a_walk_do_no_harm(way: str) -> None:
    """A resize is refused while they are in use; numbers that change give other numbers."""
    code = f"""{WORK}
cost = fastgd.Cost(net, X, labels, n_threads=2)
def spoil():
    if {way == "write"}:
        while not ended:
            X[:] = X[::-1]
            time.sleep(0.001)
        return
    try:
        X.resize((10, 64))
    except ValueError:
        refused.append(True)
ended, refused = [], []
thread = threading.Thread(target=spoil)
thread.start()
found = fastgd.gradient_descent(cost, theta, learning_rate=0.1, batch_size=32, epochs=5, rng=0)
ended.append(True)
thread.join()
print(np.isfinite(found.theta).all(), bool(refused) == {way == "resize"})
"""
    assert run_python(code) == "True True"
