"""The words of the command line: commands, their options, and what ``--help`` says of them.

What the commands do is left to a module each.
"""

from __future__ import annotations

import argparse
from importlib.metadata import version
from typing import TypeAlias

from fastgd.cli.evaluate import run_evaluation
from fastgd.cli.explore import write_page
from fastgd.cli.export import write_export
from fastgd.cli.info import print_info
from fastgd.cli.options import add_data, add_figures, add_json, add_model, add_threads
from fastgd.cli.predict import run_prediction
from fastgd.cli.show import draw_pictures
from fastgd.cli.train_options import add_train

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fastgd",
        description="Train small neural networks by gradient descent, and let them read digits.",
    )
    parser.add_argument("--version", action="version", version=f"fastgd {version('fastgd')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add_train(commands)
    add_evaluate(commands)
    add_predict(commands)
    add_info(commands)
    add_show(commands)
    add_explore(commands)
    add_export(commands)
    return parser


def add_evaluate(commands: Commands) -> None:
    parser = commands.add_parser(
        "evaluate",
        help="measure a saved network on digits it was not trained on",
        description="Measure a saved network on the test digits: cost, accuracy, and what each "
        "digit is taken for.",
    )
    parser.set_defaults(run=run_evaluation)
    add_model(parser)
    add_data(parser)
    add_threads(parser)
    add_json(parser)


def add_predict(commands: Commands) -> None:
    parser = commands.add_parser(
        "predict",
        help="let a saved network read images",
        description="Let a saved network read images: the digit, and the activations of its "
        "outputs. A picture is turned to grey, its colours are inverted if its edge is light "
        "(digits are bright on dark for the network), and it is made square and scaled to "
        "28 x 28 pixels if it has another size.",
    )
    parser.set_defaults(run=run_prediction)
    add_model(parser)
    parser.add_argument(
        "files", metavar="FILE", nargs="+", help="IDX file (plain or .gz), or a picture such as PNG"
    )
    parser.add_argument("--draw", action="store_true", help="draw each image in the terminal")
    add_json(parser)


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
    parser.set_defaults(run=draw_pictures)
    add_model(parser)
    add_data(parser)
    add_figures(parser, "folder for the pictures (default: the model's name and -figures)")
    add_threads(parser)


def add_explore(commands: Commands) -> None:
    parser = commands.add_parser(
        "explore",
        help="write a page in which a saved network can be tried",
        description="Write one self-contained HTML page: draw a digit, see every neuron and its "
        "weights, and follow the descent on the cost surface. It needs no network.",
    )
    parser.set_defaults(run=write_page)
    add_model(parser)
    parser.add_argument(
        "-o", "--output", metavar="PAGE", help="the page (default: the model's name and .html)"
    )
    add_data(parser)
    add_threads(parser)


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
        "the test digits",
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help="the file (default: the model's name and .c, ...)"
    )
    add_data(parser)
