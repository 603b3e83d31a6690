"""The words of the command line: commands, their options, and what ``--help`` says of them.

What the commands do is left to a module each.
"""

from __future__ import annotations

import argparse
from importlib.metadata import version
from typing import Any, TypeAlias

from fastgd.cli.completion import add_completion
from fastgd.cli.errors import Parser
from fastgd.cli.evaluate import run_evaluation
from fastgd.cli.explore import write_page
from fastgd.cli.export import write_export
from fastgd.cli.info import print_info
from fastgd.cli.options import add_data, add_figures, add_json, add_model, add_quiet, add_threads
from fastgd.cli.predict import run_prediction
from fastgd.cli.show import draw_pictures
from fastgd.cli.sweep_options import add_sweep
from fastgd.cli.train_options import add_train

Commands: TypeAlias = "argparse._SubParsersAction[Any]"


def make_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="fastgd",
        description="Train small neural networks by gradient descent: on the handwritten digits "
        "that come with fastgd, or on your own table, arrays or pictures.",
        epilog="Each command has its own --help; `fastgd train --help` has examples.",
    )
    parser.add_argument("--version", action="version", version=f"fastgd {version('fastgd')}")
    commands: Commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_train(commands)
    add_sweep(commands)
    add_evaluate(commands)
    add_predict(commands)
    add_info(commands)
    add_show(commands)
    add_explore(commands)
    add_export(commands)
    add_completion(commands)
    parser.set_defaults(parser=parser)
    return parser


def add_evaluate(commands: Commands) -> None:
    parser = commands.add_parser(
        "evaluate",
        help="measure a saved network on examples it was not trained on",
        description="Measure a saved network: cost, accuracy and what each class is taken for, or "
        "R^2 and the typical error of a regression. It is measured on test examples where --data "
        "has some; on those held out, where it learned from --data; else on all of --data.",
    )
    parser.set_defaults(run=run_evaluation, fail=parser.error)
    add_model(parser)
    add_data(parser)
    add_threads(parser)
    add_json(parser)


def add_predict(commands: Commands) -> None:
    parser = commands.add_parser(
        "predict",
        help="let a saved network answer: digits, pictures, rows of a table",
        description="Let a saved network answer to the examples in some files, which need no "
        "targets: the class or the number it predicts, and its outputs. A model of handwritten "
        "digits reads pictures as MNIST's digits were made (the ink is found, cropped, scaled and "
        "centred), IDX files, and folders of these; any other model reads files like those it "
        "learned from. A table's columns are found by name.",
    )
    parser.set_defaults(run=run_prediction, fail=parser.error)
    add_model(parser)
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help="a table, arrays, an IDX file, a picture such as PNG, or a folder of pictures",
    )
    parser.add_argument("--draw", action="store_true", help="draw each image in the terminal")
    parser.add_argument("--csv", action="store_true", help="print comma-separated values instead")
    parser.add_argument(
        "--json", action="store_true", help="print a JSON list instead, one object an example"
    )


def add_info(commands: Commands) -> None:
    parser = commands.add_parser(
        "info",
        help="describe this installation, or a saved network",
        description="Describe this installation (what to put in a bug report), or a saved network.",
    )
    parser.set_defaults(run=print_info)
    add_model(parser, nargs="?")
    add_json(parser)


def add_show(commands: Commands) -> None:
    parser = commands.add_parser(
        "show",
        help="draw everything there is to see of a saved network",
        description="Draw everything there is to see of a saved network as PNG files: its answers, "
        "neurons and weights, the cost surface and the descent on it, and its mistakes.",
    )
    parser.set_defaults(run=draw_pictures, fail=parser.error)
    add_model(parser)
    add_data(parser)
    add_figures(parser, "folder for the pictures (default: the model's name and -figures)")
    add_threads(parser)
    add_quiet(parser)


def add_explore(commands: Commands) -> None:
    parser = commands.add_parser(
        "explore",
        help="write a page in which a saved network can be tried",
        description="Write one self-contained HTML page that needs no network. Of a model of "
        "pictures: draw one, see every neuron and its weights, and follow the descent on the cost "
        "surface. Of a table's: set each input, and see what is predicted and how it gets there.",
    )
    parser.set_defaults(run=write_page, fail=parser.error)
    add_model(parser)
    parser.add_argument(
        "-o", "--output", metavar="PAGE", help="the page (default: the model's name and .html)"
    )
    add_data(parser)
    add_threads(parser)
    add_quiet(parser)


def add_export(commands: Commands) -> None:
    parser = commands.add_parser(
        "export",
        help="write a saved network for other programs",
        description="Write a saved network as one C99 file that needs no library, in floats or in "
        "integers alone, as a WebAssembly module (clang and lld compile it), as ONNX, or as JSON.",
    )
    parser.set_defaults(run=write_export, fail=parser.error)
    add_model(parser)
    parser.add_argument(
        "--to", choices=("c", "wasm", "onnx", "json"), required=True, help="what to write"
    )
    parser.add_argument(
        "--integer",
        type=int,
        choices=(8, 16),
        metavar="BITS",
        help="C without floats: bytes in, weights of 8 or 16 bits; what that costs is measured on "
        "the test digits, or on --data",
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="the file (default: the model's name and .c, ...)"
    )
    add_data(parser)
