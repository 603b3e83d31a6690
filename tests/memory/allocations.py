"""Every allocation fails once: `python -m tests.memory.allocations`.

For each call of fastgd and for k = 1, 2, ... the call's k-th allocation fails, until one comes
to its end without. It must raise MemoryError or give what it always gives, and give it when it is
called again. NumPy and CPython name some failures of theirs otherwise (`KNOWN`); and NumPy ends
the process where an iterator gets no buffer, since it raises MemoryError without the lock: these
are counted apart.

Counted are allocations by malloc and its kin from CPython (whose objects PYTHONMALLOC=malloc
hands to malloc), NumPy and fastgd's modules; not those from libgomp, which ends the process where
it gets no memory, nor the stacks of threads (`_engine/regions.py` tries whether threads can be
made). Linux with glibc, and a C compiler.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from tests.common import ROOT, problem
from tests.promises import keep

from fastgd import Cost, gradient_descent, landscape, load, save

SOURCE = Path(__file__).with_name("failing.c")
# "": the program itself, with CPython in it, where it is not in a libpython.
MODULES = ("", "libpython", "_multiarray_umath", "fastgd/_built")
OPTIONS: dict[str, Any] = {"learning_rate": 0.1, "rng": 0}
# What may come of a failure, and how NumPy (its ufuncs, its buffers) and CPython tell of theirs.
KNOWN = (
    "right", "MemoryError", "SystemError: error return without exception set",
    "SystemError: <", "SystemError: NULL object passed to Py_BuildValue",
    "ValueError: invalid field name", "RuntimeError: can't allocate",
    "TypeError: expected str, bytes or os.PathLike object, not PosixPath",
)  # fmt: skip
Call = Callable[[], Any]


def calls(folder: str) -> dict[str, Call]:
    """Name to call: each gives an array, the same each time."""
    p = problem((20, 7, 3), 300, zeros=0.7)
    dense = problem((20, 7, 3), 300)
    pixels = (100 * abs(p.X)).astype(np.uint8)
    cost, dense_cost = p.cost("float32", n_threads=1), dense.cost(n_threads=1)
    theta = p.theta.astype(np.float32)
    path = os.path.join(folder, "model.safetensors")
    save(path, p.network, theta)

    def one_network(X: Any, n_threads: int | None = 1) -> Call:
        return lambda: Cost(p.network, X, p.Y, n_threads=n_threads).gradient(p.theta)

    def walk(**options: Any) -> Call:
        return lambda: gradient_descent(cost, theta, **OPTIONS, **options).theta

    def saved() -> Any:
        save(path, p.network, theta)
        return load(path).theta

    found = {
        "Cost of reals": one_network(dense.X),
        "Cost of reals with zeros": one_network(p.X),
        "Cost of pixels": one_network(pixels),
        "Cost of a float32 column-major array": one_network(np.asfortranarray(p.X, np.float32)),
        "cost": lambda: np.array(cost(theta)),
        "gradient": lambda: cost.gradient(theta),
        "gradient of some examples": lambda: cost.sums(theta, [5, 1, -1])[1],
        "gradient on two threads": lambda: cost.on_threads(2).gradient(theta),
        "float64 theta on a float32 cost": lambda: cost.gradient(p.theta),
        "Hessian times a vector": lambda: dense_cost.hessian_vector_product(p.theta, p.theta),
        "outputs of one": lambda: p.network(theta, p.X[0].astype(np.float32)),
        "outputs of few": lambda: p.network(theta, p.X[:3]),
        "outputs of all": lambda: p.network(theta, p.X.astype(np.float32)),
        "activations": lambda: p.network.activations(theta, p.X)[1],
        "full-batch descent": walk(epochs=3),
        "mini-batch descent": walk(epochs=3, batch_size=10, momentum=0.9, record=1),
        "descent with a schedule": walk(epochs=2, batch_size=64, callback=lambda epoch: None),
        "plane": lambda: landscape.plane(cost, theta, theta, theta[::-1], resolution=5).costs,
        "save and load": saved,
    }  # fmt: skip
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="the calls that have this in their names")
    parser.add_argument("--call", help="this one, in this process, from the --first allocation on")
    parser.add_argument("--first", type=int, default=1)
    words = parser.parse_args()
    if words.call:
        sweep(words.call, words.first)
        return
    tried = raised = ended = lost = 0
    with tempfile.TemporaryDirectory() as folder:
        names = [name for name in calls(folder) if (words.only or "") in name]
        library = built(folder)
        for name in names:
            outcomes, faults = apart(name, library)
            n, n_raised = outcomes.total(), outcomes["MemoryError"]
            tried, raised, lost = tried + n, raised + n_raised, lost + len(faults)
            ended += outcomes["ended in NumPy"]
            print(f"{name}: {n:,} allocations failed, {n_raised:,} raised MemoryError", *faults,
                  sep="\n    ")  # fmt: skip
    if not words.only:
        facts = {
            "calls": len(names),
            "raised MemoryError": f"{raised:,}",
            f"ended inside NumPy {np.__version__}, whose iterators get no buffer": ended,
        }
        keep("allocations", tried=tried, lost=lost, how="make allocations", facts=facts)
    elif lost:
        sys.exit(1)


def built(folder: str) -> str:
    """failing.c as a library."""
    library = os.path.join(folder, "failing.so")
    command = ["cc", "-O1", "-fPIC", "-shared", "-fno-optimize-sibling-calls", "-fno-builtin"]
    subprocess.run([*command, "-o", library, str(SOURCE)], check=True)
    return library


def apart(name: str, library: str) -> tuple[Counter[str], list[str]]:
    """What came of each failure of a call, in processes of its own, and the faults."""
    first, faults = 1, []
    outcomes: Counter[str] = Counter()
    environment = {
        **os.environ, "LD_PRELOAD": library, "PYTHONMALLOC": "malloc", "FASTGD_FAILING": library,
    }  # fmt: skip
    while True:
        command = [sys.executable, "-m", "tests.memory.allocations", "--call", name]
        done = subprocess.run(
            [*command, "--first", str(first)], cwd=ROOT, env=environment, capture_output=True,
            text=True, timeout=3000, check=False,
        )  # fmt: skip
        for line in done.stdout.splitlines():
            k, what = line.split(" ", 1)
            if what == "end":
                return outcomes, faults
            first = int(k) + 1
            outcomes[what.partition(":")[0]] += 1
            if not what.startswith(KNOWN):
                faults.append(f"allocation {k}: {what}")
        # The process ended with the allocation after the last one told of.
        told = done.stderr.strip().splitlines()[-1:] or [""]
        if told[0].startswith("ended in _multiarray_umath"):
            outcomes["ended in NumPy"] += 1
        else:
            outcomes["ended"] += 1
            faults.append(f"allocation {first}: status {done.returncode}, {told[0]}")
        first += 1


def sweep(name: str, first: int) -> None:
    """Fail one allocation after the other; a line for each says what came of it."""
    shim = ctypes.CDLL(os.environ["FASTGD_FAILING"])
    shim.fail.restype = ctypes.c_long
    shim.fail.argtypes = [ctypes.c_long]
    shim.tell_of_ends()
    with tempfile.TemporaryDirectory() as folder:
        call = calls(folder)[name]
        for _ in range(5):  # what is kept is made by then
            expected = call().tobytes()
        words = [*(word.encode() for word in MODULES), None]
        assert shim.watch((ctypes.c_char_p * len(words))(*words)) > 0
        k = first
        while True:
            what, n = outcome(call, expected, shim.fail, k)
            if n < k:
                print(k - 1, "end", flush=True)
                return
            print(k, what, flush=True)
            k += 1


def outcome(call: Call, expected: bytes, fail: Callable[[int], int], k: int) -> tuple[str, int]:
    """What comes of a call whose k-th allocation fails, and how many it made."""
    got = error = None
    fail(k)
    try:
        got = call()
    except BaseException as caught:
        error = caught
    try:
        n = fail(0)
    except Exception:  # the k-th allocation was not the call's, but this one's
        fail(0)
        n = k - 1
    if error is not None and not isinstance(error, MemoryError):
        at = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {error} ({Path(at.filename).name}: {at.line})", n
    if error is None and got.tobytes() != expected:
        return "another answer", n
    if call().tobytes() != expected:
        return "another answer to the next call", n
    return "right" if error is None else "MemoryError", n


if __name__ == "__main__":
    main()
