"""How a process begins and ends: threads that still compute, options of Python, little room."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.common import PATIENCE, ROOT, run_python

import fastgd

WORK = """
import os, sys, threading, time
import numpy as np
import fastgd
net = fastgd.Network((64, 32, 10))
X, labels = np.random.default_rng(0).random((20_000, 64), np.float32), np.arange(20_000) % 10
theta = net.random_theta(rng=0)
cost = fastgd.Cost(net, X, labels, n_threads=2)
"""


@pytest.mark.parametrize("batch_size", [None, 32])
def test_a_process_may_end_while_a_daemon_computes(batch_size: int | None) -> None:
    code = f"""{WORK}
def compute():
    fastgd.gradient_descent(
        cost, theta, learning_rate=0.01, batch_size={batch_size}, epochs=10**9, tol=0)
threading.Thread(target=compute, daemon=True).start()
time.sleep(0.3)
print("end")
"""
    assert run_python(code) == "end"


def test_exit_in_a_callback_ends_the_process_with_its_status() -> None:
    code = f"""{WORK}
fastgd.gradient_descent(cost, theta, learning_rate=0.1, callback=lambda _: sys.exit(7))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
    )
    assert (done.returncode, done.stderr) == (7, "")


def test_it_may_be_loaded_again() -> None:
    code = f"""{WORK}
import importlib, pickle
before = cost.gradient(theta).tobytes()
for name in [name for name in sys.modules if name.startswith("fastgd") and "_built" not in name]:
    importlib.reload(sys.modules[name])
again = fastgd.Cost(fastgd.Network((64, 32, 10)), X, labels, n_threads=2)
print(again.gradient(theta).tobytes() == before == cost.gradient(theta).tobytes())
print(fastgd.gradient_descent(again, theta, learning_rate=0.1, epochs=2).steps)
"""
    assert run_python(code) == "True\n2"


OPTIONS = {
    "no assertions": (["-OO"], {}),
    "warnings are errors": (["-W", "error"], {}),
    "isolated, no site": (["-I"], {}),
    "development mode": (["-X", "dev", "-W", "error"], {}),
    "another locale": ([], {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"}),
    "C locale": ([], {"LC_ALL": "C", "PYTHONUTF8": "0"}),
    "no home": ([], {"HOME": "/nonexistent", "TMPDIR": "/nonexistent"}),
    "small stacks": ([], {"OMP_STACKSIZE": "16k"}),
    "no bytecode": (["-B"], {}),
}


@pytest.mark.parametrize(("options", "environment"), OPTIONS.values(), ids=OPTIONS.keys())
def test_any_start_of_python_computes(options: list[str], environment: dict[str, str]) -> None:
    code = f"""
import sys
sys.path[:0] = {sys.path!r}
{WORK}
before = cost(theta)
found = fastgd.gradient_descent(cost, theta, learning_rate=0.1, batch_size=32, epochs=1, rng=0)
print(found.cost < before, fastgd.Cost(net, X[:32], labels[:32]).gradient(theta).any())
"""
    done = subprocess.run(
        [sys.executable, *options, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("True True\n", 0), done.stderr


@pytest.mark.skipif(shutil.which("unshare") is None, reason="no unshare")
def test_a_folder_that_nobody_may_write_to_will_do(tmp_path: Path) -> None:
    """Where the package lies, as system administrators have it; in a mount of its own."""
    package = Path(fastgd.__file__).parent
    code = f"{WORK}\nprint(np.isfinite(cost(theta)))\nopen(fastgd.__path__[0] + '/a', 'w')"
    mount = f"mount --bind {package} {package} && mount -o remount,bind,ro {package}"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", f'{mount} && exec "$0" -c "$1"', sys.executable, code],
        cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    if done.stdout == "":
        pytest.skip(f"nothing may be mounted here: {done.stderr}")
    assert done.stdout == "True\n"
    assert "Read-only file system" in done.stderr


@pytest.mark.parametrize("level", ["v2", "v3"])
def test_a_half_walked_descent_is_taken_on_by_another_build(level: str, tmp_path: Path) -> None:
    """Its state is plain arrays; the bits are those of the build that walks."""
    from fastgd._built import processor

    if level not in processor.supported():
        pytest.skip("one build here")
    code = f"""{WORK}
import copy, pickle
half = fastgd.gradient_descent(cost, theta, learning_rate=0.1, batch_size=32, epochs=1, rng=0)
pickle.dump((half, copy.deepcopy(cost)), open({str(tmp_path / "half")!r}, "wb"))
"""
    run_python(code)
    code = f"""{WORK}
import pickle
half, cost = pickle.load(open({str(tmp_path / "half")!r}, "rb"))
whole = fastgd.gradient_descent(
    cost, theta, learning_rate=0.1, batch_size=32, epochs=3, rng=0, resume=half)
print(len(whole.costs), whole.cost < half.cost, fastgd.show_config()["cpu"])
"""
    assert run_python(code, FASTGD_CPU=level) == f"3 True {level}"
