"""Checkpointed descents, and models being saved, killed over and over.

`python -m tests.callbacks.kills 1000` kills so many descents, a fifth as many saves, and leaves
docs/reliability/kills.json.

Each process goes on from the file that the one killed before it left. After every SIGKILL that
file must be a state of the descent that was never interrupted, or not there yet; and each descent
that ends must end as that one.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import time
from itertools import cycle
from pathlib import Path
from typing import Any

from tests.common import problem
from tests.promises import keep

from fastgd import Cost, Network, gradient_descent, load, save
from fastgd._state import State
from fastgd.callbacks import Checkpoint
from fastgd.files import load_checkpoint, save_checkpoint

EPOCHS = 30
DESCENTS: list[dict[str, Any]] = [
    {"batch_size": 10, "momentum": 0.9},
    {"batch_size": 10, "learning_rate": lambda epoch: 0.1 * 0.9**epoch},
    {"batch_size": 64, "momentum": 0.5, "nesterov": True, "l2": 1e-3},
    {"momentum": 0.9},
    {},
]


def main(n_kills: int) -> int:
    """Kill so often, then say how it went; an assertion fails where a bit is another."""
    p = problem((64, 32, 10), 2000, zeros=0.8)
    cost = p.cost("float32", n_threads=1)
    draw = random.Random(0)
    began, killed, ended, before_any, writing = time.monotonic(), 0, 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.safetensors"
        for options in cycle(DESCENTS):
            if killed >= n_kills:
                break
            options = {"learning_rate": 0.1, "tol": 0, "epochs": EPOCHS, **options}
            states: list[State] = []
            whole = gradient_descent(
                cost, p.theta, rng=0, callback=lambda e, to=states: to.append(e.state), **options
            )
            while not walked(cost, p.theta, path, options, draw.uniform(0, 0.06)):
                killed += 1
                before_any += not path.exists()
                if path.exists():
                    found = load_checkpoint(path)
                    assert same(found, states[len(found.costs) - 1])
                for left in Path(folder).glob(".*.tmp"):  # killed while it wrote
                    writing += 1
                    left.unlink()
            assert whole.state is not None
            assert same(load_checkpoint(path), whole.state)
            path.unlink()
            ended += 1
    print(
        f"{killed:,} SIGKILLs, {before_any} before the first checkpoint, {writing} while one was "
        f"written; {ended} descents ended with the bits of the uninterrupted, "
        f"{time.monotonic() - began:.0f} s"
    )
    return killed


def walked(cost: Cost, theta: Any, path: Path, options: dict[str, Any], seconds: float) -> bool:
    """Whether a process of its own came to the end before it was killed after so many seconds."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            checkpoint = Checkpoint(path)
            descent = gradient_descent(
                cost, theta, rng=0, callback=checkpoint, resume=checkpoint, **options
            )
            assert descent.state is not None
            save_checkpoint(path, descent.state)
            status = 0
        finally:
            os._exit(status)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return not os.WIFSIGNALED(status)


def saving(n_kills: int, folder: Path) -> tuple[int, int]:
    """(kills of processes that save a model over and over, those that left half a file beside it).

    At any moment the old file or the new one is there, whole.
    """
    draw = random.Random(0)
    path, network = folder / "model.safetensors", Network((784, 64, 10))
    thetas = [network.random_theta(seed) for seed in (0, 1)]
    save(path, network, thetas[0])
    writing = 0
    for _ in range(n_kills):
        child = os.fork()
        if child == 0:
            for theta in cycle(thetas):
                save(path, network, theta)
        time.sleep(draw.uniform(0.001, 0.03))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert load(path).theta.tobytes() in [theta.tobytes() for theta in thetas]
        left = [name for name in os.listdir(folder) if name != path.name]
        assert all(name.startswith(f".{path.name}.") for name in left)
        writing += len(left)
        for name in left:
            (folder / name).unlink()
    return n_kills, writing


def same(a: State, b: State) -> bool:
    """The same bits."""
    return all(told(one) == told(other) for one, other in zip(a, b, strict=True))


def told(value: Any) -> Any:
    return (value.dtype, value.tobytes()) if hasattr(value, "tobytes") else value


if __name__ == "__main__":
    asked = int(sys.argv[1])
    killed = main(asked)
    with tempfile.TemporaryDirectory() as folder:
        saves, halves = saving(asked // 5, Path(folder))
    keep(
        "kills", tried=killed + saves, lost=0, how="make kills",
        facts={"of them while a model was saved": saves, "temporary files they left": halves},
    )  # fmt: skip
