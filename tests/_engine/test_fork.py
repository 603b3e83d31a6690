"""`_engine/regions` after a fork, in an interpreter of its own: the same bits, and no hang."""

from __future__ import annotations

import threading

import pytest
from tests.common import run_python

from fastgd._engine import regions

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
    signal.alarm(300)
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
    signal.alarm(300)
    ask()
    if os.fork() == 0:
        signal.alarm(300)
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
    signal.alarm(300)
    p.cost("float32", n_threads=1).gradient(p.theta)
    os._exit(0 if ask() == expected else 1)
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    assert run_python(FORK + code) == "0"


def test_a_child_s_error_comes_through() -> None:
    """What fails in the fresh thread of a forked child fails where it was asked for."""

    def fail(n_threads: int) -> None:
        raise ZeroDivisionError(f"with {n_threads}")

    home, regions._home = regions._home, -1
    try:
        with pytest.raises(ZeroDivisionError, match="with 2"):
            regions.run(2, fail)
    finally:
        regions._home = home


def test_a_fork_works_in_a_thread_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regions, "_home", -1)
    where = regions.run(2, lambda n_threads: threading.get_ident())
    assert where != threading.get_ident()


def test_at_home_work_stays_in_its_thread() -> None:
    where = regions.run(2, lambda n_threads: threading.get_ident())
    assert where == threading.get_ident()
