"""What a process is before and after: the import and a descent change nothing that is others'."""

from __future__ import annotations

import ast
import sys

import pytest
from tests.common import run_python

import fastgd

SETTINGS = 26
# What a library could change behind its users' backs, by name.
STATE = """
import ctypes, faulthandler, gc, locale, logging, multiprocessing, os, random, signal, sys
import threading, warnings
import numpy as np

OPENMP = {openmp!r}
omp = ctypes.CDLL(OPENMP) if OPENMP else None
getenv = ctypes.CDLL(None).getenv
getenv.restype = ctypes.c_char_p

def masks():
    # Signals that are blocked, ignored and caught, by whatever language asked for it.
    with open("/proc/self/status") as status:
        return [line for line in status if line.startswith(("SigBlk", "SigIgn", "SigCgt"))]

def float_mode():
    # Rounding and, on x86-64, the control words: x87's, and SSE's with its flush-to-zero bits.
    libm = ctypes.CDLL(None)
    words = (ctypes.c_uint32 * 64)()
    libm.fegetenv(words)
    sse = words[7] & 0xFFC0 if os.uname().machine == "x86_64" else None
    return libm.fegetround(), words[0] & 0xFFFF if sse is not None else None, sse

def openmp_settings():
    if omp is None:
        return None
    kind, chunk = ctypes.c_int(), ctypes.c_int()
    omp.omp_get_schedule(ctypes.byref(kind), ctypes.byref(chunk))
    asked = ("max_threads", "dynamic", "max_active_levels", "thread_limit", "proc_bind", "nested")
    return [getattr(omp, "omp_get_" + name)() for name in asked] + [kind.value, chunk.value]

def state():
    return {{
        "environment": dict(os.environ),
        "environment of C": [getenv(name) for name in (b"OMP_NUM_THREADS", b"OMP_WAIT_POLICY")],
        "signal handlers": [signal.getsignal(n) for n in sorted(signal.valid_signals())],
        "signal masks": masks() if sys.platform == "linux" else None,
        "wakeup": signal.set_wakeup_fd(-1),
        "fault handler": faulthandler.is_enabled(),
        "floating-point mode": float_mode() if sys.platform == "linux" else None,
        "subnormals": sys.float_info.min / 2 > 0,
        "NumPy's errors": np.geterr(),
        "NumPy's printing": np.get_printoptions(),
        "NumPy's generator": np.random.get_state()[1].tolist(),
        "Python's generator": random.getstate(),
        "OpenMP": openmp_settings(),
        "affinity": os.sched_getaffinity(0) if sys.platform == "linux" else None,
        "start method": multiprocessing.get_start_method(allow_none=True),
        "locale": locale.setlocale(locale.LC_ALL),
        "folder": os.getcwd(),
        "files": sorted(os.listdir("/proc/self/fd")) if sys.platform == "linux" else None,
        "root logger": (logging.root.level, logging.root.handlers[:]),
        "warnings": list(warnings.filters),
        "garbage": (gc.isenabled(), gc.get_threshold()),
        "switch interval": sys.getswitchinterval(),
        "recursion": sys.getrecursionlimit(),
        "hooks": (sys.excepthook, sys.gettrace(), sys.getprofile(), threading.excepthook),
        "search path": (sys.path[:], sys.meta_path[:], sys.path_hooks[:]),
        "threads": [thread.name for thread in threading.enumerate()],
    }}

def changed(before):
    now = state()
    return [name for name in before if before[name] != now[name]]

random.seed(3)
np.random.seed(5)
before = state()
"""


def code_of(use: str) -> str:
    """A program that prints the names of what `use` has changed."""
    openmp = fastgd.show_config()["openmp_runtime"]
    return f"{STATE.format(openmp=openmp)}\n{use}\nprint(len(before), changed(before))"


USES = {
    "import": "import fastgd",
    "all of it": "import fastgd\nfor name in dir(fastgd): getattr(fastgd, name)",
    "an import in a thread": (
        "thread = threading.Thread(target=__import__, args=('fastgd',))\n"
        "thread.start(); thread.join()"
    ),
    "descents": """
import fastgd
net = fastgd.Network((64, 32, 10))
X, labels = np.random.default_rng(0).random((20_000, 64), np.float32), np.arange(20_000) % 10
theta = net.random_theta(rng=0)
for n_threads in (None, 1, 2):
    cost = fastgd.Cost(net, X, labels, n_threads=n_threads)
    for batch_size in (None, 32, 8192):
        fastgd.gradient_descent(
            cost, theta, learning_rate=0.1, batch_size=batch_size, epochs=2, rng=0
        )
    net(theta, X, n_threads=n_threads)
""",
    "what fails": """
import fastgd
net = fastgd.Network((2, 2))
for X in ([[1.0, np.nan]], [[1.0]], None, [[1e300, 1e300]]):
    try:
        cost = fastgd.Cost(net, X, [[0.0, 1.0]])
        fastgd.gradient_descent(cost, np.full(6, 1e300), learning_rate=1e300, epochs=3)
    except (TypeError, ValueError, ArithmeticError):
        pass
""",
}


@pytest.mark.promise("hygiene", SETTINGS)
@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_process_stays_as_it_was(use: str) -> None:
    if use == USES["all of it"]:
        pytest.importorskip("sklearn")
        # What scikit-learn changes is its own: an import of it draws a random number.
        use = f"import sklearn.model_selection, sklearn.preprocessing\nbefore = state()\n{use}"
    assert run_python(code_of(use)) == f"{SETTINGS} []"


def test_a_change_would_be_seen() -> None:
    use = """
os.environ["OMP_NUM_THREADS"] = "1"
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
random.random()
"""
    seen = {"environment", "environment of C", "signal handlers", "Python's generator"}
    if sys.platform == "linux":
        seen.add("signal masks")
    _, _, names = run_python(code_of(use)).partition(" ")
    assert set(ast.literal_eval(names)) == seen


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the control word of Linux's C")
def test_a_changed_floating_point_mode_would_be_seen() -> None:
    """0x400: FE_DOWNWARD of x86-64; elsewhere the call refuses it and nothing is changed."""
    use = "print(ctypes.CDLL(None).fesetround(0x400) == 0, end=' ')"
    refused, _, names = run_python(code_of(use)).partition(" ")
    assert ("floating-point mode" in names) == (refused == "True")
