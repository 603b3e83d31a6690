"""Ctrl-C wherever it comes: heard, nothing learned is lost, and the next call is right.

How late it is heard: `interrupts.py`, run by `make interrupts`. During each kind of work:
`tests/_engine/test_signals.py`; between calls: `tests/_engine/test_pauses.py`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.bowl import Bowl, descend
from tests.common import PATIENCE, ROOT, hear_ctrl_c, problem, run_python

import fastgd
from fastgd import descent as descents
from fastgd import gradient_descent

posix = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")


@posix
def test_four_interrupts_of_each_long_call() -> None:
    """At random moments; what is computed anew after each has the bits of before."""
    code = """
from tests.robustness.storm import small, storm
for name, make in small(many=1).items():
    _, lost = storm(make(), 4)
    if lost:
        print(name, lost)
"""
    assert run_python(code) == ""


# ------------------------------------------------------------------------- before the walk


STEPS: dict[str, tuple[str, dict[str, Any]]] = {
    "its arguments": ("as_count", {}),
    "the generator": ("np.random.default_rng", {}),
    "the walk, full batch": ("full_batch_walk", {}),
    "the walk, batches": ("StepPerBatch", {"batch_size": 5}),
}


@pytest.mark.parametrize(("where", "options"), STEPS.values(), ids=STEPS.keys())
def test_before_the_walk_the_descent_is_its_start(
    where: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    p = problem((5, 4, 3), 20)

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"fastgd.descent.{where}", interrupt)
        with pytest.raises(KeyboardInterrupt) as caught:
            gradient_descent(p.cost(), p.theta, learning_rate=0.1, record=1, **options)
    told: fastgd.Descent = caught.value.descent  # type: ignore[attr-defined]
    assert (told.theta == p.theta).all()
    assert (told.steps, told.stopped_by, len(told.costs)) == (0, "interrupt", 0)
    resumed = gradient_descent(
        p.cost(), p.theta, learning_rate=0.1, epochs=3, rng=0, resume=told, **options
    )
    whole = gradient_descent(p.cost(), p.theta, learning_rate=0.1, epochs=3, rng=0, **options)
    assert (resumed.theta == whole.theta).all()


def test_a_resumed_one_is_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    p = problem((5, 4, 3), 20)
    options: dict[str, Any] = {"learning_rate": 0.1, "momentum": 0.9, "batch_size": 5, "rng": 0}
    half = gradient_descent(p.cost(), p.theta, epochs=2, **options)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(descents, "StepPerBatch", interrupt)
        with pytest.raises(KeyboardInterrupt) as caught:
            gradient_descent(p.cost(), p.theta, epochs=4, resume=half, **options)
    told: fastgd.Descent = caught.value.descent  # type: ignore[attr-defined]
    assert (told.steps, told.costs.tolist()) == (half.steps, half.costs.tolist())
    rest = gradient_descent(p.cost(), p.theta, epochs=4, resume=told, **options)
    assert (rest.theta == gradient_descent(p.cost(), p.theta, epochs=4, **options).theta).all()


def test_an_argument_that_will_not_do_is_told_alone() -> None:
    with pytest.raises(ValueError, match="momentum") as caught:
        descend(momentum=2)
    assert not hasattr(caught.value, "descent")


def test_a_second_one_while_the_first_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pressed twice, as one does: it carries the descent all the same."""

    class Pressed(Bowl):
        def value_and_gradient(self, theta: Any) -> tuple[float, Any]:
            if theta[0] > 0.7:  # the middle is at 1
                raise KeyboardInterrupt
            return super().value_and_gradient(theta)

    made, presses = descents.Descent, iter([True, True])

    def press(*arguments: Any) -> Any:
        if next(presses, False):
            raise KeyboardInterrupt
        return made(*arguments)

    monkeypatch.setattr(descents, "Descent", press)
    with pytest.raises(KeyboardInterrupt) as caught:
        descend(Pressed())
    assert caught.value.descent.steps > 0  # type: ignore[attr-defined]


# ----------------------------------------------------------------------------- other threads


@posix
def test_starts_side_by_side_end_within_their_epoch() -> None:
    """An epoch of a minute; the threads that walk it hear no signals themselves."""
    code = """
import os, signal, threading
import numpy as np
import fastgd
from fastgd import minima
net = fastgd.Network((64, 512, 10))
X = np.random.default_rng(0).random((4000, 64), np.float32)
cost = fastgd.Cost(net, np.tile(X, (200, 1)), np.arange(800_000) % 10)
try:
    threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
    minima.multi_start(cost, 4, 0, n_workers=2, learning_rate=0.1, batch_size=1, epochs=10**6)
except KeyboardInterrupt:
    print(threading.active_count() == 1)
"""
    assert run_python(code) == "True"


@posix
def test_a_walk_in_another_thread_is_not_disturbed() -> None:
    """The main thread hears it; the walk goes on to the bits of one alone."""
    code = """
import os, signal, threading
from tests.common import problem
from fastgd import gradient_descent
p = problem((64, 32, 10), 3001)
def walk():
    return gradient_descent(p.cost("float32", n_threads=2), p.theta, learning_rate=0.1,
                            batch_size=32, epochs=30, rng=0).theta.tobytes()
found, heard = [], []
signal.signal(signal.SIGINT, lambda *_: heard.append(threading.get_ident()))
thread = threading.Thread(target=lambda: found.append(walk()))
thread.start()
while thread.is_alive():
    os.kill(os.getpid(), signal.SIGINT)
    thread.join(0.01)
print(set(heard) == {threading.get_ident()}, found == [walk()])
"""
    assert run_python(code) == "True True"


# ------------------------------------------------------------------------------- the command


WAYS = {
    "script": "sys.argv = ['/usr/bin/fastgd', 'train']; from fastgd.cli import main; "
    "sys.exit(main())",
    "module": "import runpy; sys.orig_argv = ['python', '-m', 'fastgd', 'train']; "
    "runpy.run_module('fastgd', run_name='__main__', alter_sys=True)",
}
INTERRUPT = """
import sys
class Interrupt:
    def find_spec(self, name, *_):
        if name == {name!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupt())
"""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "name",
    [
        "numpy", "datetime", "fastgd.cost", "fastgd.files.models", "fastgd.cli.parser",
        "fastgd.cli.train",
    ],
)  # fmt: skip
def test_the_command_ends_in_a_line_while_it_is_imported(name: str, way: str) -> None:
    """Ctrl-C comes as it imports a module."""
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPT.format(name=name) + WAYS[way]],
        cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr, done.stdout) == (130, "fastgd: interrupted\n", "")


def test_a_program_that_imports_fastgd_sees_the_interrupt() -> None:
    """It is no command, and may go on."""
    code = f"""{INTERRUPT.format(name="fastgd.cost")}
try:
    import fastgd
except KeyboardInterrupt:
    print("seen")
sys.meta_path.pop(0)
import fastgd
print(fastgd.Network((2, 1)))
"""
    assert run_python(code) == "seen\n2-1"


@posix
@pytest.mark.parametrize("seconds", [0.05, 0.15, 0.3])
def test_the_command_is_never_a_traceback(seconds: float, tmp_path: Path) -> None:
    """Ctrl-C by the clock, from its first moments on."""
    words = [sys.executable, "-m", "fastgd", "train", "--epochs", "100000"]
    with subprocess.Popen(
        [*words, "--save", str(tmp_path / "model")],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=hear_ctrl_c,
    ) as process:  # fmt: skip
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=PATIENCE)
    # Before it has begun Python itself ends with a traceback, and status 1, of its own.
    assert process.returncode in (130, -signal.SIGINT) or "fastgd" not in error
    assert "fastgd" not in error or "Traceback" not in error
