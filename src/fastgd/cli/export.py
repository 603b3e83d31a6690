"""The command ``fastgd export``: a saved network for other programs.

What the files hold is `fastgd.export`'s business; this names them, and says how large they are.
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

import fastgd
from fastgd import _atomic, export
from fastgd.cli.examples import DIGITS, read_like
from fastgd.cli.outputs import check_output
from fastgd.cli.record import read_saved
from fastgd.cli.terminal import percent
from fastgd.datasets import Examples
from fastgd.export.c_text import c_name
from fastgd.export.onnx_graph import OPSET


def write_export(arguments: Namespace) -> int:
    """Write a saved network as C, WebAssembly, ONNX or JSON."""
    if arguments.integer is not None and arguments.to != "c":
        arguments.fail(f"--integer goes with --to c; got --to {arguments.to}")
    output = arguments.output or f"{Path(arguments.model).stem}.{arguments.to}"
    check_output(arguments, output, arguments.model, arguments.data)
    contents, about = exported(arguments, c_name(Path(output).stem))
    with _atomic.replacing(output) as file:
        file.write(contents)
    print(f"{output}: {about}")
    return 0


def exported(arguments: Namespace, name: str) -> tuple[bytes, str]:
    """The file's contents, and a sentence about them."""
    if arguments.integer is not None:
        unseen, network, theta = pixels_for(arguments)
        what = "test digits" if unseen.schema == DIGITS else "images"
        small = export.quantise(network, theta, unseen.X, unseen.Y, weight_bits=arguments.integer)
        loss = small.loss
        assert loss.accuracy is not None
        assert loss.integer_accuracy is not None
        about = (
            f"{network} in integers, weights of {arguments.integer} bits; reads "
            f"{percent(loss.integer_accuracy)} of {loss.n_examples:,} {what}, "
            f"{percent(loss.accuracy)} in floats"
        )
        return export.to_integer_c(small, name=name).encode(), about
    network, theta, _ = fastgd.load(arguments.model)
    if arguments.to == "c":
        text = export.to_c(network, theta, name=name)
        return text.encode(), f"{network} in C, {4 * network.n_parameters:,} bytes of constants"
    if arguments.to == "wasm":
        module = export.to_wasm(network, theta, name=name)
        return module, f"{network} in WebAssembly, {len(module):,} bytes"
    if arguments.to == "onnx":
        model = export.to_onnx(network, theta)
        return model, f"{network} in ONNX, opset {OPSET}, {len(model):,} bytes"
    return export.to_json(network, theta).encode(), f"{network} in JSON"


def pixels_for(arguments: Namespace) -> tuple[Examples, fastgd.Network, Any]:
    """Images with labels to measure integers on, and the network that reads them."""
    saved = read_saved(arguments.model)
    otherwise = "in Python fastgd.export.quantise takes any examples"
    examples = read_like(
        arguments, saved.network, saved.schema, saved.learned_from, otherwise=otherwise
    )
    if not examples.schema.pixels:
        raise ValueError(f"{saved.path} reads numbers, --integer takes pixels; {otherwise}")
    unseen = examples.test or examples
    return unseen, saved.network, saved.theta
