"""The command ``fastgd info``: facts of this installation, or of a saved network."""

from __future__ import annotations

import os
from argparse import Namespace

import fastgd
from fastgd.cli.terminal import describe, print_json

# Of a value, that are shown.
MOST_CHARACTERS = 300


def print_info(arguments: Namespace) -> int:
    """Describe this installation, or a saved network."""
    if arguments.model is None:
        facts = dict(fastgd.show_config())
    else:
        network, theta, metadata = fastgd.load(arguments.model)
        metadata = {k: shortened(v) for k, v in metadata.items()}
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


def shortened(text: str) -> str:
    """What is for programs alone is told by its length."""
    return text if len(text) <= MOST_CHARACTERS else f"({len(text):,} characters)"
