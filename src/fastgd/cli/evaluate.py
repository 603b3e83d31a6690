"""The command ``fastgd evaluate``: how well a saved network does on examples."""

from __future__ import annotations

from argparse import Namespace

import fastgd
from fastgd import inside
from fastgd.cli.digits import load_model_and_digits
from fastgd.cli.terminal import describe, percent, print_json


def run_evaluation(arguments: Namespace) -> int:
    """Measure a saved network on the test digits."""
    (network, theta, _), digits = load_model_and_digits(arguments)
    images, labels = digits.test_images, digits.test_labels
    cost = float(fastgd.Cost(network, images, labels, n_threads=arguments.threads)(theta))
    confusion = inside.confusion(network, theta, images, labels)  # [true, read]
    accuracy = float(confusion.trace() / len(labels))
    if arguments.json:
        results = {"n_examples": len(labels), "cost": cost, "accuracy": accuracy}
        print_json(results | {"confusion": confusion.tolist()})
        return 0
    print(describe(network))
    print(f"{len(labels):,} test digits: cost {cost:.4f}, accuracy {percent(accuracy)}\n")
    print("digit   read as" + "".join(f"{r:5d}" for r in range(len(confusion))) + "     right")
    for d, row in enumerate(confusion):
        right = percent(row[d] / row.sum()) if row.any() else "-"
        print(f"{d:5d}          " + "".join(f"{n:5d}" for n in row) + f"  {right:>8}")
    return 0
