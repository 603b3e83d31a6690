"""Do all minima cost the same? `python docs/make_starts.py` keeps the ends of 1,000 descents.

It writes docs/thousand-starts.csv, which the gallery draws; a minute or two on two cores.
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

DOCS = Path(__file__).parent
FILE = DOCS / "thousand-starts.csv"
N_STARTS = 1_000


def main(seeds: range = range(N_STARTS)) -> str:
    """Lines of seed, cost on the training digits, cost and accuracy on the test digits."""
    if platform.machine() in ("x86_64", "AMD64"):
        os.environ["FASTGD_CPU"] = "v2"  # before fastgd is imported: the same bits anywhere
    import fastgd

    digits = fastgd.datasets.digits()
    net = fastgd.Network((784, 16, 16, 10))
    cost = fastgd.Cost(net, digits.train_images, digits.train_labels)
    test = fastgd.Cost(net, digits.test_images, digits.test_labels)
    found = fastgd.sweep(
        cost, seed=seeds, learning_rate=0.5, batch_size=10, epochs=10,
        progress=sys.stderr.isatty(),
    )  # fmt: skip
    lines = ["seed,cost,test_cost,accuracy"]
    for seed, fit in zip(seeds, found, strict=True):
        right = fastgd.inside.accuracy(net, fit.theta, digits.test_images, digits.test_labels)
        lines.append(f"{seed},{fit.cost:.6f},{test(fit.theta):.6f},{right:.4f}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    FILE.write_text(main(), encoding="utf-8")
    print(FILE)
