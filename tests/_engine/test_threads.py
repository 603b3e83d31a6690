"""`_engine/threads`: how many, the same bits with any number, after a fork, and under Ctrl-C.

What a signal or a fork may break runs in an interpreter of its own.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.common import problem, run_python

from fastgd import Cost, Network
from fastgd._built import processor
from fastgd._engine import mini_batches, threads

COUNTS = (2, 3, 4, 7, 16)
# Enough blocks of examples for 16 threads, and batches large enough to be shared.
LARGE = (64, 32, 10)
needs_openmp = pytest.mark.skipif(processor.openmp_threads() == 0, reason="built without OpenMP")


# ---------------------------------------------------------------------------- the same bits


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("zeros", [0.0, 0.8], ids=["dense", "sparse"])
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_sums_have_the_same_bits(dtype: str, zeros: float, weighted: bool) -> None:
    p = problem(LARGE, 9001, weighted=weighted, zeros=zeros)
    cost, gradient, _ = p.cost(dtype, n_threads=1).sums(p.theta)
    for n_threads in COUNTS:
        other_cost, other, _ = p.cost(dtype, n_threads=n_threads).sums(p.theta)
        assert other_cost == cost
        assert np.array_equal(other, gradient)


@pytest.mark.parametrize("zeros", [0.0, 0.8], ids=["dense", "sparse"])
def test_sums_over_rows_have_the_same_bits(zeros: float) -> None:
    p = problem(LARGE, 9001, zeros=zeros)
    rows = np.random.default_rng(0).integers(0, 9001, 8000)
    cost, gradient, _ = p.cost("float32", n_threads=1).sums(p.theta, rows)
    for n_threads in COUNTS:
        other_cost, other, _ = p.cost("float32", n_threads=n_threads).sums(p.theta, rows)
        assert other_cost == cost
        assert np.array_equal(other, gradient)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("zeros", [0.0, 0.8], ids=["dense", "sparse"])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("batch_size", [10, 8192])
def test_mini_batches_have_the_same_bits(
    dtype: str, zeros: float, momentum: float, batch_size: int
) -> None:
    p = problem(LARGE, 9001, zeros=zeros)
    order = np.random.default_rng(0).permutation(9001)

    def walked(n_threads: int) -> Any:
        walk = p.cost(dtype, n_threads=n_threads).mini_batches(
            p.theta, batch_size=batch_size, learning_rate=0.1, momentum=momentum
        )
        return walk.epoch(order), walk.theta

    mean, theta = walked(1)
    for n_threads in COUNTS:
        other_mean, other = walked(n_threads)
        assert other_mean == mean
        assert np.array_equal(other, theta)


@pytest.mark.parametrize(("zeros", "groups"), [(0.0, 1), (0.8, mini_batches.GROUPS)])
def test_large_batches_are_shared(
    zeros: float, groups: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the test above would show nothing."""
    made = []

    class Seen(mini_batches.BatchSteps):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            made.append((self.n_groups, self.n_threads))

    monkeypatch.setattr("fastgd._engine.engine.BatchSteps", Seen)
    p = problem(LARGE, 9001, zeros=zeros)
    p.cost(n_threads=4).mini_batches(p.theta, batch_size=8192, learning_rate=0.1)
    assert made == [(groups, 4)]


def test_none_has_the_same_bits() -> None:
    p = problem(LARGE, 9001)
    assert np.array_equal(
        p.cost("float32").gradient(p.theta), p.cost("float32", n_threads=1).gradient(p.theta)
    )


# --------------------------------------------------------------------------------- how many


@pytest.mark.parametrize("n_threads", [0, -1, 2**31, -(2**31), 2**63, 10**30])
def test_absurd_counts_are_refused(n_threads: int) -> None:
    with pytest.raises(ValueError, match=r"n_threads: expected 1 to \d+ on this machine, got"):
        Cost(Network((2, 1)), [[1.0, 2.0]], [[1.0]], n_threads=n_threads)


@pytest.mark.parametrize("n_threads", [True, False, np.True_, "2", 2.0, [2], 1j], ids=repr)
def test_counts_that_are_no_integers_are_refused(n_threads: Any) -> None:
    with pytest.raises(
        TypeError, match="n_threads: expected an integer of at least 1 or None, got"
    ):
        Cost(Network((2, 1)), [[1.0, 2.0]], [[1.0]], n_threads=n_threads)


@pytest.mark.parametrize("n_threads", [0, 2**31])
def test_a_network_refuses_absurd_counts(n_threads: int) -> None:
    with pytest.raises(ValueError, match="n_threads: expected 1 to"):
        Network((2, 1))(np.zeros(3), [1.0, 2.0], n_threads=n_threads)


def test_numpy_s_integers_are_counts() -> None:
    assert threads.check_n_threads(np.int64(2)) == 2  # type: ignore[arg-type]


def test_small_work_gets_one_thread() -> None:
    assert threads.threads_for(None, 1000.0) == 1


@needs_openmp
def test_large_work_gets_all_that_are_available() -> None:
    assert threads.threads_for(None, 1e15) == threads.available()


@needs_openmp
def test_threads_asked_for_are_given() -> None:
    assert threads.threads_for(3, 1.0) == 3


def test_without_openmp_there_is_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "openmp_threads", lambda: 0)
    assert threads.threads_for(3, 1e15) == 1
    assert threads.available() == 1


@needs_openmp
@pytest.mark.parametrize("limit", ["1", "2"])
def test_omp_num_threads_is_respected(limit: str) -> None:
    code = "from fastgd._engine import threads; print(threads.available())"
    cpus = len(os.sched_getaffinity(0))
    assert run_python(code, OMP_NUM_THREADS=limit) == str(min(int(limit), cpus))


@needs_openmp
def test_threadpoolctl_s_limits_are_respected() -> None:
    threadpoolctl: Any = pytest.importorskip("threadpoolctl")
    with threadpoolctl.threadpool_limits(1):
        assert threads.available() == 1


@needs_openmp
@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system has no affinity")
def test_affinity_changed_after_the_import_is_respected() -> None:
    code = """
import os
from fastgd._engine import threads
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
print(threads.available())
"""
    assert run_python(code, OMP_NUM_THREADS="8") == "1"


# ---------------------------------------------------------------------------- control groups


def quota(monkeypatch: pytest.MonkeyPatch, root: Path, groups: str) -> int | None:
    """`_cgroup_quota` where the system is made of the files under `root`."""
    (root / "self").write_text(groups)
    files = threads._quota_files.__wrapped__(str(root / "self"), str(root))
    monkeypatch.setattr(threads, "_quota_files", lambda: files)
    return threads._cgroup_quota()


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")


@pytest.mark.parametrize(
    ("text", "processors"),
    [("max 100000", None), ("200000 100000", 2), ("350000 100000", 3), ("50000 100000", 1),
     ("nonsense", None), ("1 0", None)],
)  # fmt: skip
def test_version_2_grants_whole_processors(
    text: str, processors: int | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write(tmp_path / "cpu.max", text)
    assert quota(monkeypatch, tmp_path, "0::/\n") == processors


def test_version_2_s_tightest_group_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write(tmp_path / "system.slice/cpu.max", "200000 100000")
    write(tmp_path / "system.slice/job/cpu.max", "900000 100000")
    assert quota(monkeypatch, tmp_path, "0::/system.slice/job\n") == 2


def test_version_1_s_tightest_group_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write(tmp_path / "cpu/cpu.cfs_quota_us", "-1")
    write(tmp_path / "cpu/cpu.cfs_period_us", "100000")
    write(tmp_path / "cpu/docker/abc/cpu.cfs_quota_us", "300000")
    write(tmp_path / "cpu/docker/abc/cpu.cfs_period_us", "100000")
    assert quota(monkeypatch, tmp_path, "5:cpu,cpuacct:/docker/abc\n0::/\n") == 3


def test_groups_seen_from_outside_do_not_leave_the_root(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write(tmp_path / "cpu.max", "100000 100000")
    assert quota(monkeypatch, tmp_path, "0::/../../host/job\n") == 1


def test_no_control_groups_grant_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert quota(monkeypatch, tmp_path, "") is None


@needs_openmp
def test_the_quota_limits_what_is_available(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "openmp_threads", lambda: 64)
    monkeypatch.setattr(threads, "_cgroup_quota", lambda: 1)
    monkeypatch.setattr(threads, "_quota_read", (float("-inf"), None))
    assert threads.available() == 1


def test_a_changed_quota_is_seen_a_period_later(monkeypatch: pytest.MonkeyPatch) -> None:
    now, grants = 100.0, 3
    monkeypatch.setattr(threads.time, "monotonic", lambda: now)
    monkeypatch.setattr(threads, "_cgroup_quota", lambda: grants)
    monkeypatch.setattr(threads, "_quota_read", (float("-inf"), None))
    assert threads._lasting_quota() == 3
    grants = 2
    now += 0.99 * threads.QUOTA_LASTS
    assert threads._lasting_quota() == 3
    now += 0.02 * threads.QUOTA_LASTS
    assert threads._lasting_quota() == 2


# -------------------------------------------------------------------------------------- fork

FORK = """
import os, signal, sys, zlib
import numpy as np
from tests.common import problem
p = problem((64, 32, 10), 9001)
cost = p.cost("float32", n_threads=2)

def ask():
    walk = cost.mini_batches(p.theta, batch_size=8192, learning_rate=0.1)
    walk.epoch(np.arange(9001))
    return (
        cost.gradient(p.theta).tobytes()
        + walk.theta.tobytes()
        + p.network(p.theta, p.X, n_threads=2).tobytes()
    )
"""


@pytest.mark.parametrize("before", [True, False], ids=["after a region", "before any region"])
def test_a_forked_child_has_the_same_bits(before: bool) -> None:
    """Before any region of ours too: another library may have opened one."""
    code = f"""
if {before}:
    ask()
if os.fork() == 0:
    signal.alarm(60)
    print(zlib.crc32(ask()), flush=True)
    os._exit(0)
print(os.waitstatus_to_exitcode(os.wait()[1]), zlib.crc32(ask()))
"""
    child, status, parent = run_python(FORK + code).split()
    assert status == "0"
    assert child == parent


def test_a_grandchild_has_the_same_bits() -> None:
    code = """
expected = ask()
if os.fork() == 0:
    signal.alarm(60)
    ask()
    if os.fork() == 0:
        signal.alarm(60)
        os._exit(0 if ask() == expected else 1)
    os._exit(os.waitstatus_to_exitcode(os.wait()[1]))
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    assert run_python(FORK + code) == "0"


def test_a_pool_of_forks_has_the_same_bits() -> None:
    code = """
import multiprocessing
expected = ask()
def same(_):
    return ask() == expected
with multiprocessing.get_context("fork").Pool(2) as pool:
    print(pool.map_async(same, range(4)).get(60))
"""
    assert run_python(FORK + code) == "[True, True, True, True]"


def test_a_child_may_turn_from_one_thread_to_two() -> None:
    code = """
expected = ask()
if os.fork() == 0:
    signal.alarm(60)
    p.cost("float32", n_threads=1).gradient(p.theta)
    os._exit(0 if ask() == expected else 1)
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    assert run_python(FORK + code) == "0"


def test_a_child_s_error_comes_through() -> None:
    """What fails in the fresh thread of a forked child fails where it was asked for."""

    def fail(n_threads: int) -> None:
        raise ZeroDivisionError(f"with {n_threads}")

    home, threads._home = threads._home, -1
    try:
        with pytest.raises(ZeroDivisionError, match="with 2"):
            threads.run(2, fail)
    finally:
        threads._home = home


def test_a_fork_works_in_a_thread_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_home", -1)
    where = threads.run(2, lambda n_threads: threading.get_ident())
    assert where != threading.get_ident()


def test_at_home_work_stays_in_its_thread() -> None:
    where = threads.run(2, lambda n_threads: threading.get_ident())
    assert where == threading.get_ident()


# ------------------------------------------------------------------------------------ Ctrl-C

# A clock strikes every 5 ms; strikes that a kernel leaves waiting are heard as one.
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
def strike(*_):
    heard.append(1)
heard = []
signal.signal(signal.SIGALRM, strike)
signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
"""
# Work that grows with n.
LONG = {
    "full batch": "cost.sums(theta, np.tile(order, n))",
    "mini-batches": "walk.epoch(np.tile(order, n))",
    "outputs": "net(theta, np.tile(X, (n, 1)), n_threads=1)",
    "plane": "landscape.plane(cost, theta, u, v, resolution=1 + n)",
}
# The last of 32 groups is all the work: whoever does not have it waits for the one who does.
WAITING = """
wide = Network((784, 64, 10))
start = wide.random_theta(0)
pixels = np.array([[0] * 784, [1, 2, 3, 4, 0] * 156 + [0] * 4], np.uint8)
few = Cost(wide, pixels, [0, 1], n_threads=2)
"""
long = pytest.mark.parametrize("work", LONG.values(), ids=LONG.keys())


def strikes_heard(work: str, before: str = "", calls: int = 1) -> int:
    """The fewest strikes heard in one call, made long enough for this machine."""
    code = f"""
{STRIKES}
{before}
n, took, strikes = 1, 0, []
while took < 0.5:
    n, began = 2 * n, time.perf_counter()
    {work}
    took = time.perf_counter() - began
for _ in range({calls}):
    heard.clear()
    {work}
    strikes.append(len(heard))
signal.setitimer(signal.ITIMER_REAL, 0)
print(min(strikes))
"""
    return int(run_python(code))


@long
def test_signals_are_heard_during_the_work(work: str) -> None:
    """A call of fixed size lasted 50 ms on fast builds, too short for three looks at signals."""
    assert strikes_heard(work) >= 3


def test_signals_are_heard_while_waiting_for_other_threads() -> None:
    """Several calls: in some the thread that hears signals has nothing left to do."""
    work = "few.sums(start, np.repeat([0, 1], [31 * 256 * n, 256 * n]))"
    assert strikes_heard(work, WAITING, calls=6) >= 3


@long
def test_ctrl_c_interrupts_the_work(work: str) -> None:
    """It comes while the kernel runs, and the work, asked for again and again, has no end."""
    code = f"""
import os, threading
{STRIKES}
signal.setitimer(signal.ITIMER_REAL, 0)
threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
n = 4
try:
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
signal.setitimer(signal.ITIMER_REAL, 0)
X, out = np.tile(X, (8, 1)), np.zeros_like(theta)
cost = Cost(net, X, np.tile(labels, 8), n_threads={n_threads})
began = time.perf_counter()
cost.gradient(theta)
took = time.perf_counter() - began
threading.Timer(took / 10, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    cost.value_and_gradient(theta, out=out)
except KeyboardInterrupt:
    print("interrupted", out.any())
"""
    assert run_python(code) == "interrupted False"


@pytest.mark.parametrize("batch_size", [None, 20])
def test_ctrl_c_leaves_what_was_learned(batch_size: int | None) -> None:
    code = f"""
import os, threading
from fastgd import gradient_descent
{STRIKES}
signal.setitimer(signal.ITIMER_REAL, 0)
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
