"""Fewer processors than there are: affinity, quotas, OpenMP's variables, crowds. Results alone;
`make crowded` takes the times."""

from __future__ import annotations

import subprocess
import sys
from itertools import product

import pytest
from tests.common import PATIENCE, ROOT, run_python
from tests.robustness import quotas

from fastgd._built import processor

pytestmark = [
    pytest.mark.skipif(processor.openmp_threads() == 0, reason="built without OpenMP"),
    pytest.mark.skipif(sys.platform != "linux", reason="affinity and libgomp as on Linux"),
]

WORK = """
import os, time, zlib
import numpy as np
import fastgd
from fastgd._engine import threads
net = fastgd.Network((64, 32, 10))
X, labels = np.random.default_rng(0).random((9000, 64), np.float32), np.arange(9000) % 10
theta = net.random_theta(rng=0)

def ask(n_threads=None):
    cost = fastgd.Cost(net, X, labels, n_threads=n_threads)
    found = net(theta, X, n_threads=n_threads).tobytes() + cost.gradient(theta).tobytes()
    for batch_size in (None, 32, 4096):
        found += fastgd.gradient_descent(
            cost, theta, learning_rate=0.1, batch_size=batch_size, epochs=2, rng=0, tol=0
        ).theta.tobytes()
    return zlib.crc32(found)

one = min(os.sched_getaffinity(0))
"""


@pytest.fixture(scope="module")
def bits() -> str:
    """Of the work, on one thread."""
    return run_python(f"{WORK}\nprint(ask(1))")


@pytest.mark.parametrize("n_threads", [None, 2])
@pytest.mark.parametrize(
    "late",
    ["", "ask(); ask(2)"],
    ids=["before the first call", "after calls on two threads"],
)
def test_one_processor_is_left_after_the_import(
    late: str, n_threads: int | None, bits: str
) -> None:
    code = f"{WORK}\n{late}\nos.sched_setaffinity(0, [one])\nprint(threads.available())"
    assert run_python(f"{code}\nprint(ask({n_threads}))").split() == ["1", bits]


def test_one_processor_is_there_before_the_import(bits: str) -> None:
    code = f"import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n{WORK}"
    assert run_python(f"{code}\nprint(threads.available())\nprint(ask())").split() == ["1", bits]


def test_more_processors_than_before_the_import_are_seen(bits: str) -> None:
    """OpenMP's own limit is that of the moment it was loaded; nothing breaks."""
    code = f"""
import os
all_of_them = os.sched_getaffinity(0)
os.sched_setaffinity(0, [min(all_of_them)])
{WORK}
before = ask()
os.sched_setaffinity(0, all_of_them)
print(before, ask(), ask(2), 1 <= threads.available() <= len(all_of_them))
"""
    assert run_python(code).split() == [bits, bits, bits, "True"]


@pytest.mark.parametrize(
    ("policy", "n_threads"), list(product(["active", "passive"], [None, 2, 4]))
)
def test_wait_policies_change_no_bit(policy: str, n_threads: int | None, bits: str) -> None:
    assert run_python(f"{WORK}\nprint(ask({n_threads}))", OMP_WAIT_POLICY=policy) == bits


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OMP_NUM_THREADS", "1"),
        ("OMP_NUM_THREADS", "64"),
        ("OMP_NUM_THREADS", "100000"),
        ("OMP_NUM_THREADS", "0"),
        ("OMP_NUM_THREADS", "abc"),
        ("OMP_THREAD_LIMIT", "1"),
        ("OMP_DYNAMIC", "true"),
        ("OMP_PROC_BIND", "true"),
        ("OMP_STACKSIZE", "16k"),
        ("GOMP_SPINCOUNT", "0"),
        ("GOMP_SPINCOUNT", "infinite"),
    ],
)
def test_openmp_s_variables_change_no_bit(name: str, value: str, bits: str) -> None:
    assert run_python(f"{WORK}\nprint(ask(), ask(2))", **{name: value}) == f"{bits} {bits}"


@pytest.mark.parametrize("when", ["before the import", "after it"])
def test_a_quota_of_half_a_processor_grants_one_thread(when: str, bits: str) -> None:
    with quotas.group(0.5) as procs:
        if procs is None:
            pytest.skip("no control group can be made here")
        enter = f"import os; open({str(procs)!r}, 'w').write(str(os.getpid()))\n"
        if when == "before the import":
            code = f"{enter}{WORK}"
        else:
            code = f"{WORK}\nthreads.available()\n{enter}\ntime.sleep(threads.QUOTA_LASTS)"
        code += "\nprint(threads.available(), ask(), ask(2))"
        assert run_python(code).split() == ["1", bits, bits]


@pytest.mark.parametrize("n_threads", [None, 2])
def test_four_processes_on_two_processors(n_threads: int | None, bits: str) -> None:
    """Each done within the limit: none waits for a thread that has lost its core."""
    code = f"""{WORK}
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
print(ask({n_threads}))
"""
    copies = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    try:
        assert [copy.communicate(timeout=PATIENCE)[0].strip() for copy in copies] == [bits] * 4
    finally:
        for copy in copies:
            copy.kill()
