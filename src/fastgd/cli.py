"""The command line: words become options, and errors become one sentence and an exit status.

What the commands do is left to `_train`, `_commands` and `_show`.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version

import fastgd
from fastgd import _commands, _show, _train

_DATA_HELP = "folder with MNIST's four files (default: the digits that come with fastgd)"
_JSON_HELP = "print one JSON object instead"


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
    parser = _parser()
    arguments = parser.parse_args(argv)
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return _complain("interrupted", 130)
    except BrokenPipeError:
        # The reader has gone; what is still buffered must not fail a second time at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except fastgd.DivergenceError as error:
        return _complain(
            f"the cost is not finite in epoch {error.epoch} at --learning-rate "
            f"{error.learning_rate:g}: try {error.learning_rate / 10:g} (nothing was saved)"
        )
    except MemoryError as error:
        return _complain(f"not enough memory. {error}".rstrip())
    except OSError as error:
        plain = error.strerror and error.filename
        return _complain(f"{error.filename}: {error.strerror}" if plain else str(error))
    except (ImportError, ValueError) as error:
        return _complain(str(error))


def _complain(message: str, status: int = 1) -> int:
    print(f"fastgd: {message}", file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fastgd",
        description="Train small neural networks by gradient descent, and let them read digits.",
    )
    parser.add_argument("--version", action="version", version=f"fastgd {version('fastgd')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_train(commands)
    _add_evaluate(commands)
    _add_predict(commands)
    _add_info(commands)
    _add_show(commands)
    _add_explore(commands)
    return parser


def _add_train(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    train = commands.add_parser(
        "train",
        help="train a network on handwritten digits",
        description="Train a network on handwritten digits by gradient descent, and show what it "
        "reads before and after. Interrupted (Ctrl-C), it keeps what it has learned.",
    )
    train.set_defaults(run=_train.train, fail=train.error)
    train.add_argument("--data", metavar="FOLDER", help=_DATA_HELP)
    train.add_argument(
        "--layers",
        type=_layers,
        default=(784, 16, 16, 10),
        metavar="SIZES",
        help="neurons of each layer, inputs first (default: 784-16-16-10)",
    )
    train.add_argument(
        "--activation",
        choices=("sigmoid", "tanh", "relu"),
        default="sigmoid",
        help="of the hidden layers (default: %(default)s)",
    )
    train.add_argument(
        "--output-activation",
        choices=("sigmoid", "tanh", "relu", "identity"),
        default="sigmoid",
        help="of the last layer (default: %(default)s)",
    )
    train.add_argument(
        "--epochs",
        type=_integer(1),
        default=30,
        metavar="N",
        help="times to go through all the training digits (default: %(default)s)",
    )
    train.add_argument(
        "--batch-size",
        type=_batch_size,
        default=10,
        metavar="N",
        help="examples a step; 0 or all: the whole training set (default: %(default)s)",
    )
    train.add_argument(
        "--learning-rate",
        type=_positive,
        default=0.5,
        metavar="X",
        help="length of a step, in gradients (default: %(default)s)",
    )
    train.add_argument(
        "--momentum",
        type=_fraction,
        default=0.0,
        metavar="X",
        help="share of the last step that is taken again, 0 to below 1 (default: %(default)s)",
    )
    train.add_argument(
        "--tol",
        type=_not_negative,
        metavar="X",
        help="with the whole set as batch: stop when a step moves theta by no more than this",
    )
    train.add_argument(
        "--seed",
        type=_integer(0),
        default=0,
        metavar="N",
        help="of the first weights and the order of the digits (default: %(default)s)",
    )
    _add_threads(train)
    train.add_argument("--save", metavar="PATH", help="keep the network in this safetensors file")
    _add_figures(train, "also draw everything there is to see into this folder")
    train.add_argument("--json", action="store_true", help=_JSON_HELP)


def _add_evaluate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    evaluate = commands.add_parser(
        "evaluate",
        help="measure a saved network on digits it was not trained on",
        description="Measure a saved network on the test digits: cost, accuracy, and what each "
        "digit is taken for.",
    )
    evaluate.set_defaults(run=_commands.evaluate)
    evaluate.add_argument("model", metavar="MODEL", help="file that train --save wrote")
    evaluate.add_argument("--data", metavar="FOLDER", help=_DATA_HELP)
    _add_threads(evaluate)
    evaluate.add_argument("--json", action="store_true", help=_JSON_HELP)


def _add_predict(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    predict = commands.add_parser(
        "predict",
        help="let a saved network read images",
        description="Let a saved network read images: the digit, and the activations of its "
        "outputs. A picture is turned to grey, its colours are inverted if its edge is light "
        "(digits are bright on dark for the network), and it is made square and scaled to "
        "28 x 28 pixels if it has another size.",
    )
    predict.set_defaults(run=_commands.predict)
    predict.add_argument("model", metavar="MODEL", help="file that train --save wrote")
    predict.add_argument(
        "files", metavar="FILE", nargs="+", help="IDX file (plain or .gz), or a picture such as PNG"
    )
    predict.add_argument("--draw", action="store_true", help="draw each image in the terminal")
    predict.add_argument("--json", action="store_true", help=_JSON_HELP)


def _add_info(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    info = commands.add_parser(
        "info",
        help="describe this installation, or a saved network",
        description="Describe this installation (what to put in a bug report), or a saved network.",
    )
    info.set_defaults(run=_commands.info)
    info.add_argument("model", metavar="MODEL", nargs="?", help="file that train --save wrote")
    info.add_argument("--json", action="store_true", help=_JSON_HELP)


def _add_show(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    show = commands.add_parser(
        "show",
        help="draw everything there is to see of a saved network",
        description="Draw everything there is to see of a saved network as PNG files: its answers, "
        "neurons and weights, the cost surface and the descent on it, and its mistakes.",
    )
    show.set_defaults(run=_show.show)
    show.add_argument("model", metavar="MODEL", help="file that train --save wrote")
    show.add_argument("--data", metavar="FOLDER", help=_DATA_HELP)
    _add_figures(show, "folder for the pictures (default: the model's name and -figures)")
    _add_threads(show)


def _add_explore(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    explore = commands.add_parser(
        "explore",
        help="write a page in which a saved network can be tried",
        description="Write one self-contained HTML page: draw a digit, see every neuron and its "
        "weights, and follow the descent on the cost surface. It needs no network.",
    )
    explore.set_defaults(run=_show.explore)
    explore.add_argument("model", metavar="MODEL", help="file that train --save wrote")
    explore.add_argument(
        "-o", "--output", metavar="PAGE", help="the page (default: the model's name and .html)"
    )
    explore.add_argument("--data", metavar="FOLDER", help=_DATA_HELP)
    _add_threads(explore)


def _add_figures(parser: argparse.ArgumentParser, purpose: str) -> None:
    parser.add_argument("--figures", metavar="DIR", help=purpose)
    parser.add_argument(
        "--colors",
        choices=("lesson", "safe"),
        default="lesson",
        help="of weights in pictures: green and red, or a pair that colour-blind eyes tell apart "
        "(default: %(default)s)",
    )


def _add_threads(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--threads",
        type=_integer(1),
        metavar="N",
        help="processor threads to use; the result is the same (default: those available)",
    )


def _layers(text: str) -> tuple[int, ...]:
    sizes = tuple(_integer(1)(size) for size in text.split("-"))
    if len(sizes) < 2:
        raise argparse.ArgumentTypeError(f"expected sizes such as 784-16-16-10, got {text!r}")
    return sizes


def _batch_size(text: str) -> int:
    return 0 if text == "all" else _integer(0)(text)


def _integer(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit()) or int(text) < least:
            raise argparse.ArgumentTypeError(
                f"expected a whole number, at least {least}, got {text!r}"
            )
        return int(text)

    return parse


def _positive(text: str) -> float:
    return _number(text, "above 0", lambda x: x > 0)


def _not_negative(text: str) -> float:
    return _number(text, "at least 0", lambda x: x >= 0)


def _fraction(text: str) -> float:
    return _number(text, "from 0 to below 1", lambda x: 0 <= x < 1)


def _number(text: str, wanted: str, accepts: Callable[[float], bool]) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and accepts(number)):
        raise argparse.ArgumentTypeError(f"expected a number {wanted}, got {text!r}")
    return number
