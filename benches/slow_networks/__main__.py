"""Walk shards apart in every way that is offered: docs/slow-networks.md and its chart.

``python -m benches.slow_networks`` writes both; FASTGD_MNIST names MNIST's folder, without which
the page has the embedded digits alone. ``--quick`` prints the page of a short run.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import fastgd
from benches.slow_networks import page
from benches.slow_networks.meetings import Outer
from benches.slow_networks.page import LOCAL_STEPS, OUTER, RATE, SHARDS, WIRE_STEPS, Found
from benches.slow_networks.walks import Data, Plan

DOCS = Path(__file__).parents[2] / "docs"
EPOCHS, STEPS, MNIST_EPOCHS = 10, 500, 5
OF_MANY = 4  # shards, where their number is not what is asked


def measure(data: Data, plan: Plan, full: Plan, shards: tuple[int, ...], several: int) -> Found:
    """All that the page tells of some digits; `full` is walked by steps on all examples."""
    scaled = plan._replace(rate=RATE * several)
    exact = {factor: data.exact(plan._replace(rate=RATE * factor)) for factor in (1, *SHARDS)}
    apart = {
        (n, k, factor): data.apart(plan._replace(rate=RATE * factor), n, k)
        for n in shards for k in LOCAL_STEPS for factor in (1, n)
    }  # fmt: skip
    wires = {
        (k, wire): data.apart(full if k is None else scaled, several, k, wire)
        for k in WIRE_STEPS for wire in ("float64", "float32", "bfloat16")
    }  # fmt: skip
    outer = {
        (k, factor, step): data.apart(
            plan._replace(rate=RATE * factor), several, k, outer=Outer(*step)
        )
        for k in (10, "epoch") for factor in (1, several) for step in OUTER
    }  # fmt: skip
    return Found(data.n_examples, plan, full, several, exact, apart, wires, outer)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benches.slow_networks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only show that it runs")
    quick = parser.parse_args().quick
    plan, full = Plan(RATE, EPOCHS), Plan(2.0, STEPS, batch_size=None)
    data = Data(fastgd.datasets.digits())
    if quick:
        plan, full = (p._replace(epochs=1, seeds=(0,)) for p in (plan, full))
        found = measure(data.first(400), plan, full, (2,), 2)
        print(page.written(found, None))
        return
    found = measure(data, plan, full, SHARDS, OF_MANY)
    large = None
    if folder := os.environ.get("FASTGD_MNIST"):
        data = Data(fastgd.datasets.mnist(folder))
        walk = plan._replace(epochs=MNIST_EPOCHS)
        exact = {f: data.exact(walk._replace(rate=RATE * f)) for f in (1, OF_MANY)}
        apart = {
            (OF_MANY, k, factor): data.apart(walk._replace(rate=RATE * factor), OF_MANY, k)
            for k in LOCAL_STEPS for factor in (1, OF_MANY)
        }  # fmt: skip
        large = Found(data.n_examples, walk, full, OF_MANY, exact, apart, {}, {})
    (DOCS / "slow-networks.md").write_text(page.written(found, large), encoding="utf-8")
    page.drawn(found).savefig(DOCS / "pictures" / "slow-networks.png", dpi=110)
    print(DOCS / "slow-networks.md")


if __name__ == "__main__":
    main()
