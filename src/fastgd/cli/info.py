"""The command ``fastgd info``: facts of this installation, or of a saved network."""

from __future__ import annotations

import os
from argparse import Namespace
from typing import Any

import fastgd
from fastgd.cli.record import read_saved
from fastgd.cli.story import meant
from fastgd.cli.terminal import describe, print_facts, print_json

# What a model keeps for programs alone.
FOR_PROGRAMS = ("schema", "scales", "descent", "validation_costs", "examples")


def print_info(arguments: Namespace) -> int:
    """Describe this installation, or a saved network."""
    if arguments.model is None:
        facts: dict[str, Any] = dict(fastgd.show_config())
        if arguments.json:
            print_json(facts)
            return 0
    else:
        saved = read_saved(arguments.model)
        network = saved.network
        facts = {
            "layer_sizes": list(network.layer_sizes),
            "n_parameters": network.n_parameters,
            "activation": network.activation,
            "output_activation": network.output_activation,
            "dtype": str(saved.theta.dtype),
            "bytes": os.path.getsize(arguments.model),
            "metadata": saved.metadata,
        }
        if arguments.json:
            print_json(facts)
            return 0
        print(describe(network))
        facts = {k: v for k, v in facts.items() if k not in ("layer_sizes", "n_parameters")}
        facts |= {k: v for k, v in facts.pop("metadata").items() if k not in FOR_PROGRAMS}
        if saved.schema is not None:
            facts["reads"] = meant(saved.schema)
    print_facts(facts)
    return 0
