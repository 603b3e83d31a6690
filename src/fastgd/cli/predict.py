"""The command ``fastgd predict``: what a saved network answers to examples in files."""

from __future__ import annotations

from argparse import Namespace

import fastgd
from fastgd.cli import sketches, terminal
from fastgd.cli.images import read_images
from fastgd.cli.terminal import print_json


def run_prediction(arguments: Namespace) -> int:
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
