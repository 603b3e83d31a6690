"""Numbers below the smallest normal one, beside whatever else is imported, in every order.

A library linked with fast-math sets the flush-to-zero bit of the thread that loads it. fastgd's
must not, and its kernels must compute in a process where nobody has.
"""

from __future__ import annotations

from importlib.util import find_spec
from itertools import permutations

import pytest
from tests.common import PATIENCE, run_python
from tests.promises import trials

PACKAGES = [
    name for name in ("fastgd", "numpy", "scipy", "sklearn", "torch") if find_spec(name) is not None
]
# fastgd first and last; every order where promises are tried.
ORDERS = trials([tuple(PACKAGES), tuple(PACKAGES[::-1])], list(permutations(PACKAGES)))

# A tree of forks: what two orders begin with is imported once.
CODE = """
import os, signal, sys
from importlib import import_module
from itertools import groupby

def flushed():
    import numpy as np
    import fastgd
    one = sys.float_info.min / 2 > 0 and np.float32(1e-40) * np.ones(64, np.float32)[3] > 0
    net = fastgd.Network((3, 2), output_activation="identity")
    theta = np.array([1e-300, 0, 0, 0, 1e-300, 0, 0, 0])
    X = np.full((5000, 3), 1e-12)
    answers = [net(theta, X, n_threads=n) for n in (1, 2)]
    return not (one and all((a > 0).all() for a in answers))  # 1e-312

def walk(orders, done=()):
    for first, group in groupby(orders, key=lambda order: order[0]):
        if os.fork() == 0:
            signal.alarm(300)
            import_module(first)
            rest = [order[1:] for order in group]
            if rest == [()]:
                if flushed():
                    print("flushed after", *done, first, flush=True)
            else:
                walk(rest, (*done, first))
            os._exit(0)
        if os.wait()[1] != 0:
            print("failed after", *done, first, flush=True)

walk(sorted({orders!r}))
"""


@pytest.mark.promise("subnormals", len(ORDERS))
def test_they_stay_in_every_order_of_imports() -> None:
    assert run_python(CODE.format(orders=ORDERS), timeout=PATIENCE + 20 * len(ORDERS)) == ""


def test_a_process_that_flushes_is_told() -> None:
    """By `show_config`, so that a bug report says it. 0x8040: MXCSR's FTZ and DAZ."""
    import platform

    if platform.machine() != "x86_64" or platform.system() != "Linux":
        pytest.skip("the control word of x86-64")
    code = """
import ctypes
words = (ctypes.c_uint32 * 64)()
libm = ctypes.CDLL(None)
import fastgd
libm.fegetenv(words)
words[7] |= 0x8040
libm.fesetenv(words)
print(fastgd.show_config()["subnormals"])
"""
    assert run_python(code) == "False"
