"""The commands ``fastgd evaluate``, ``predict`` and ``info``: what a saved network is good for.

Everything goes through the public names of fastgd, and results are printed on stdout. How a digit
or a bar looks is left to `terminal`, what an error looks like to `options`.
"""

from __future__ import annotations

import os
from argparse import Namespace

import fastgd
from fastgd import inside
from fastgd.cli import sketches, terminal
from fastgd.cli.digits import load_model_and_digits
from fastgd.cli.images import read_images
from fastgd.cli.terminal import describe, percent, print_json


def evaluate(arguments: Namespace) -> int:
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


def predict(arguments: Namespace) -> int:
    """Let a saved network read the images of some files."""
    network, theta, _ = fastgd.load(arguments.model)
    read = []
    for path in arguments.files:
        images = read_images(path, network.n_inputs)
        read.append((path, images, network(theta, images)))
    if arguments.json:
        predictions = [
            {"file": path, "index": i, "digit": int(a.argmax()), "activations": a.tolist()}
            for path, images, outputs in read
            for i, a in enumerate(outputs)
        ]
        print_json({"predictions": predictions})
        return 0
    names = [
        [path if len(images) == 1 else f"{path}[{i}]" for i in range(len(images))]
        for path, images, _ in read
    ]
    if arguments.draw:
        out = terminal.console()
        for row, (_, images, outputs) in zip(names, read, strict=True):
            for name, image, activations in zip(row, images, outputs, strict=True):
                out.print(f"{name}: {activations.argmax()}\n", soft_wrap=True)
                sketches.show_reading(out, image, activations)
                out.print()
        return 0
    width = max(len(name) for row in names for name in row)
    print(" " * width + "  digit" + "".join(f"{j:7d}" for j in range(network.n_outputs)))
    for row, (_, _, outputs) in zip(names, read, strict=True):
        for name, activations in zip(row, outputs, strict=True):
            numbers = "".join(f"{a:7.3f}" for a in activations.tolist())
            print(f"{name:<{width}}  {activations.argmax():5d}{numbers}")
    return 0


def info(arguments: Namespace) -> int:
    """Describe this installation, or a saved network."""
    if arguments.model is None:
        facts = dict(fastgd.show_config())
    else:
        network, theta, metadata = fastgd.load(arguments.model)
        facts = {
            "layer_sizes": list(network.layer_sizes),
            "n_parameters": network.n_parameters,
            "activation": network.activation,
            "output_activation": network.output_activation,
            "dtype": str(theta.dtype),
            "bytes": os.path.getsize(arguments.model),
            "metadata": metadata,
        }
    if arguments.json:
        print_json(facts)
        return 0
    if arguments.model is not None:
        print(describe(network))
        facts = {k: v for k, v in facts.items() if k not in ("layer_sizes", "n_parameters")}
        facts |= facts.pop("metadata")
    width = max(map(len, facts))
    for name, value in facts.items():
        print(f"{name:<{width}}  {value}")
    return 0
