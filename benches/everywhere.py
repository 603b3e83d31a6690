"""What FASTGD_DETERMINISTIC=everywhere costs, in turns: `python -m benches.everywhere`.

One process has the build that this processor runs by itself, the other the mode. Each round asks
one, then the other, on one thread, and takes the processor's time: both forget what else the
machine does. Writes benches/results/everywhere.json.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from statistics import median

from benches.in_turns import answer, begun, in_turns, ratio

ROUNDS = 12
RESULTS = Path(__file__).parent / "results" / "everywhere.json"
# Says its build, then for each line it reads one round of the work: seconds a call, by name.
WORKER = """
import json, sys, time
import numpy as np, fastgd
digits = fastgd.datasets.digits()
net, wide = fastgd.Network((784, 16, 16, 10)), fastgd.Network((784, 128, 10))
theta, theta_wide = net.random_theta(rng=0), wide.random_theta(rng=0)
dense = np.random.default_rng(0).random((10_000, 784), np.float32)
lesson = fastgd.Cost(net, digits.train_images, digits.train_labels, n_threads=1)
of_dense = fastgd.Cost(net, dense, digits.train_labels, n_threads=1)
of_wide = fastgd.Cost(wide, digits.train_images, digits.train_labels, n_threads=1)
order, images = np.arange(10_000), digits.train_images
def epoch(cost, start, batch_size):
    walk = cost.mini_batches(start, batch_size=batch_size, learning_rate=1e-3)
    return lambda: walk.epoch(order)
works = {
    "784-16-16-10, digits, epoch in batches of 10": epoch(lesson, theta, 10),
    "784-16-16-10, digits, epoch in batches of 128": epoch(lesson, theta, 128),
    "784-16-16-10, digits, gradient of all": lambda: lesson.gradient(theta),
    "784-16-16-10, dense, epoch in batches of 10": epoch(of_dense, theta, 10),
    "784-16-16-10, dense, gradient of all": lambda: of_dense.gradient(theta),
    "784-128-10, digits, epoch in batches of 10": epoch(of_wide, theta_wide, 10),
    "784-128-10, digits, gradient of all": lambda: of_wide.gradient(theta_wide),
    "784-16-16-10, digits, outputs for 10,000": lambda: net(theta, images, n_threads=1),
    "random start": lambda: net.random_theta(rng=0),
}
for work in works.values():
    work()
print(fastgd.show_config()["cpu"], flush=True)
for _ in sys.stdin:
    times = {}
    for name, work in works.items():
        began = time.thread_time()
        for _ in range(3):
            work()
        times[name] = (time.thread_time() - began) / 3
    print(json.dumps(times), flush=True)
"""


def main() -> None:
    workers = {
        mode: begun([sys.executable, "-c", WORKER], {**os.environ, "FASTGD_DETERMINISTIC": mode})
        for mode in ("", "everywhere")
    }
    builds = {mode: answer(program) for mode, program in workers.items()}
    rounds = in_turns(workers, ROUNDS)
    found = {}
    for name in rounds[0][""]:
        longer, low, high = ratio(rounds, name, "everywhere", "")
        found[name] = {
            "times as long": round(longer, 2),
            "quartiles": [round(low, 2), round(high, 2)],
            "ms by itself": round(1e3 * median(r[""][name] for r in rounds), 2),
            "ms everywhere": round(1e3 * median(r["everywhere"][name] for r in rounds), 2),
        }
        print(name, found[name])
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    told = {"rounds": ROUNDS, "builds": builds, "load": load, "processors": os.cpu_count()}
    RESULTS.write_text(json.dumps(told | {"works": found}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
