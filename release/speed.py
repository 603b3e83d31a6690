"""The abi3 wheel beside a build for one Python, in turns: `python -m release.speed`.

Both are built from the sdist of dist/ with the same flags and run by this Python. Each round asks
one, then the other; the ratio of a round's two times forgets what the machine was busy with.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from statistics import median

from benches.in_turns import Program, answer, begun, in_turns, ratio

from release.tree import run
from release.wheel import build

ROUNDS = 40
LEVEL = os.environ.get("FASTGD_LEVELS", "v3")  # the others differ in a flag
# Answers "ready", then for each line it reads one round of the work: seconds a call, by name.
WORKER = """
import hashlib, json, sys, time
import numpy as np, fastgd
digits = fastgd.datasets.digits()
net = fastgd.Network((784, 16, 16, 10))
cost = fastgd.Cost(net, digits.train_images, digits.train_labels, dtype="float32", n_threads=1)
theta = net.random_theta(rng=0).astype("float32")
small = fastgd.Network((2, 3, 1))
row, little = np.zeros(2), small.random_theta(rng=0)
X, Y = np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]]), np.array([[0], [1], [1], [0.0]])
xor = fastgd.Cost(small, X, Y)
batches = cost.mini_batches(theta, batch_size=10, learning_rate=0.1)
order = np.arange(10_000)
works = {
    "outputs for one row, 2-3-1": (lambda: small(little, row), 2000),
    "gradient of XOR": (lambda: xor.value_and_gradient(little), 1000),
    "gradient of 10,000 digits": (lambda: cost.value_and_gradient(theta), 10),
    "an epoch in batches of 10": (lambda: batches.epoch(order), 8),
}
for work, _ in works.values():
    work()
d = fastgd.gradient_descent(cost, theta, learning_rate=0.5, batch_size=10, epochs=3, rng=0)
print(hashlib.sha256(d.theta.tobytes()).hexdigest(), flush=True)
for _ in sys.stdin:
    times = {}
    for name, (work, n) in works.items():
        began = time.perf_counter()
        for _ in range(n):
            work()
        times[name] = (time.perf_counter() - began) / n
    print(json.dumps(times), flush=True)
"""


def main() -> None:
    from tests.promises import keep

    with tempfile.TemporaryDirectory(prefix="speed-") as folder:
        work = Path(folder)
        workers = {kind: worker(work / kind, abi3=kind == "abi3") for kind in ("own", "abi3")}
        bits = [answer(program) for program in workers.values()]
        rounds = in_turns(workers, ROUNDS)
    facts = {}
    for name in rounds[0]["own"]:
        times, low, high = ratio(rounds, name, "abi3", "own")
        ours = median(r["abi3"][name] for r in rounds)
        facts[f"{name}: abi3 / own build"] = f"{times:.3f} [{low:.3f}, {high:.3f}]"
        print(f"{name}: {facts[f'{name}: abi3 / own build']}, abi3 {1e6 * ours:.2f} us")
    facts["rounds"] = str(ROUNDS)
    lost = int(bits[0] != bits[1])
    keep("abi3", tried=len(rounds), lost=lost, how="make abi3-speed", facts=facts)


def worker(folder: Path, *, abi3: bool) -> Program:
    """A process that runs one of the builds."""
    folder.mkdir()
    wheel = build(Path(sys.executable), folder, abi3=abi3, levels=LEVEL)
    run([sys.executable, "-m", "venv", folder / "env"])
    interpreter = folder / "env" / "bin" / "python"
    run([interpreter, "-m", "pip", "install", "-q", wheel])
    return begun([str(interpreter), "-c", WORKER])


if __name__ == "__main__":
    main()
