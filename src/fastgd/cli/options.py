"""The command line: words become options, and errors become one sentence and an exit status.

What the commands do is left to `train`, `use` and `show`.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any, TypeAlias

import fastgd
from fastgd.cli.export import write_export
from fastgd.cli.show import draw_pictures, write_page
from fastgd.cli.train import run_training
from fastgd.cli.use import evaluate, info, predict

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command ``fastgd``.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after the command's name; those the process was started with if None.

    Returns
    -------
    int
        0 if all went well, 1 if it failed, 130 if it was interrupted. Wrong usage exits with 2.

    Examples
    --------
    >>> from fastgd.cli import main
    >>> main(["train", "--epochs", "1", "--json"])  # doctest: +ELLIPSIS
    {"layer_sizes": [784, 16, 16, 10], "n_parameters": 13002, ...
    0
    """
    parser = make_parser()
    arguments = parser.parse_args(argv)
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return complain("interrupted", 130)
    except BrokenPipeError:
        # The reader of the pipe has gone: flushing what is buffered would fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except fastgd.DivergenceError as error:
        return complain(
            f"the cost is not finite in epoch {error.epoch} at --learning-rate "
            f"{error.learning_rate:g}: try {error.learning_rate / 10:g} (nothing was saved)"
        )
    except MemoryError as error:
        return complain(f"not enough memory. {error}".rstrip())
    except OSError as error:
        plain = error.strerror and error.filename
        return complain(f"{error.filename}: {error.strerror}" if plain else str(error))
    except (ImportError, ValueError) as error:
        return complain(str(error))


def complain(message: str, status: int = 1) -> int:
    print(f"fastgd: {message}", file=sys.stderr)
    return status


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


def add_train(commands: Commands) -> None:
    parser = commands.add_parser(
        "train",
        help="train a network on handwritten digits",
        description="Train a network on handwritten digits by gradient descent, and show what it "
        "reads before and after. Interrupted (Ctrl-C), it keeps what it has learned.",
    )
    parser.set_defaults(run=run_training, fail=parser.error)
    add_data(parser)
    parser.add_argument(
        "--layers",
        type=layer_sizes,
        default=(784, 16, 16, 10),
        metavar="SIZES",
        help="neurons of each layer, inputs first (default: 784-16-16-10)",
    )
    parser.add_argument(
        "--activation",
        choices=("sigmoid", "tanh", "relu"),
        default="sigmoid",
        help="of the hidden layers (default: %(default)s)",
    )
    parser.add_argument(
        "--output-activation",
        choices=("sigmoid", "tanh", "relu", "identity"),
        default="sigmoid",
        help="of the last layer (default: %(default)s)",
    )
    parser.add_argument(
        "--epochs",
        type=integer(1),
        default=30,
        metavar="N",
        help="times to go through all the training digits (default: %(default)s)",
    )
    parser.add_argument(
        "--batch-size",
        type=batch_size,
        default=10,
        metavar="N",
        help="examples a step; 0 or all: the whole training set (default: %(default)s)",
    )
    parser.add_argument(
        "--learning-rate",
        type=positive,
        default=0.5,
        metavar="X",
        help="length of a step, in gradients (default: %(default)s)",
    )
    parser.add_argument(
        "--momentum",
        type=fraction,
        default=0.0,
        metavar="X",
        help="share of the last step that is taken again, 0 to below 1 (default: %(default)s)",
    )
    parser.add_argument(
        "--tol",
        type=not_negative,
        metavar="X",
        help="with the whole set as batch: stop when a step moves theta by no more than this",
    )
    parser.add_argument(
        "--seed",
        type=integer(0),
        default=0,
        metavar="N",
        help="of the first weights and the order of the digits (default: %(default)s)",
    )
    add_threads(parser)
    parser.add_argument("--save", metavar="PATH", help="keep the network in this safetensors file")
    add_figures(parser, "also draw everything there is to see into this folder")
    add_json(parser)


def add_evaluate(commands: Commands) -> None:
    parser = commands.add_parser(
        "evaluate",
        help="measure a saved network on digits it was not trained on",
        description="Measure a saved network on the test digits: cost, accuracy, and what each "
        "digit is taken for.",
    )
    parser.set_defaults(run=evaluate)
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
    parser.set_defaults(run=predict)
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
    parser.set_defaults(run=info)
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


def add_model(parser: argparse.ArgumentParser, **options: Any) -> None:
    parser.add_argument("model", metavar="MODEL", help="file that train --save wrote", **options)


def add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        metavar="FOLDER",
        help="folder with MNIST's four files (default: the digits that come with fastgd)",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")


def add_figures(parser: argparse.ArgumentParser, purpose: str) -> None:
    parser.add_argument("--figures", metavar="DIR", help=purpose)
    parser.add_argument(
        "--colors",
        choices=("lesson", "safe"),
        default="lesson",
        help="of weights in pictures: green and red, or a pair that colour-blind eyes tell apart "
        "(default: %(default)s)",
    )


def add_threads(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--threads",
        type=integer(1),
        metavar="N",
        help="processor threads to use; the result is the same (default: those available)",
    )


def layer_sizes(text: str) -> tuple[int, ...]:
    sizes = tuple(integer(1)(size) for size in text.split("-"))
    if len(sizes) < 2:
        raise argparse.ArgumentTypeError(f"expected sizes such as 784-16-16-10, got {text!r}")
    return sizes


def batch_size(text: str) -> int:
    return 0 if text == "all" else integer(0)(text)


def integer(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or int(text) < least:
            raise argparse.ArgumentTypeError(
                f"expected a whole number, at least {least}, got {text!r}"
            )
        return int(text)

    return parse


def positive(text: str) -> float:
    return real_number(text, "above 0", lambda x: x > 0)


def not_negative(text: str) -> float:
    return real_number(text, "at least 0", lambda x: x >= 0)


def fraction(text: str) -> float:
    return real_number(text, "from 0 to below 1", lambda x: 0 <= x < 1)


def real_number(text: str, wanted: str, accepts: Callable[[float], bool]) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and accepts(number)):
        raise argparse.ArgumentTypeError(f"expected a number {wanted}, got {text!r}")
    return number
