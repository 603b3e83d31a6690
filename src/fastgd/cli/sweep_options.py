"""The words of ``fastgd sweep``: what is tried, on what, and how long."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from fastgd.cli.options import (
    add_json,
    add_quiet,
    add_threads,
)
from fastgd.cli.settings import RATE, RATE_OF_REGRESSION
from fastgd.cli.sweep import run_sweep
from fastgd.cli.train_options import add_examples
from fastgd.cli.words import batch_size, fraction, hidden_sizes, integer, positive
from fastgd.network import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS

DESCRIPTION = """\
Train a network for every combination of the values that are given, side by side, and
show what each combination is worth on examples held out. Several values stand in one
word, with commas between them. Interrupted (Ctrl-C), it shows what has ended.
"""
EXAMPLES = """\
examples:
  fastgd sweep --learning-rate 0.1,0.3,1 --hidden 16,32 --seeds 20
  fastgd sweep --data prices.csv --target price --hidden 8,32,16-16 --folds 5
  fastgd sweep --data prices.csv --learning-rate 0.01,0.03,0.1,0.3 --halving 5,20 --epochs 100
"""


def several(parse: Callable[[str], Any]) -> Callable[[str], list[Any]]:
    """Values with commas between them."""
    return lambda text: [parse(word) for word in text.split(",")]


def add_sweep(commands: Any) -> None:
    """The command ``sweep`` and its options."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "sweep",
        help="train with many settings side by side, and see which are the best",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run_sweep, fail=parser.error, test=None)
    add_examples(parser.add_argument_group("what they learn from"))
    add_values(parser.add_argument_group("what is tried: one value, or several with commas"))
    how = parser.add_argument_group("how they learn")
    how.add_argument(
        "--epochs",
        type=integer(1),
        default=30,
        metavar="N",
        help="times to go through the training examples (default: %(default)s)",
    )
    how.add_argument(
        "--patience",
        type=integer(1),
        metavar="N",
        help="stop a fit after N epochs without a lower cost on the held-out examples, and keep "
        "its best",
    )
    how.add_argument(
        "--halving",
        type=several(integer(1)),
        metavar="N,N",
        help="after so many epochs stop the worse half of the fits",
    )
    how.add_argument(
        "--folds",
        type=integer(2),
        metavar="K",
        help="cross-validation: fit K times, each time with another K-th of the examples held out",
    )
    add_threads(how)
    leaves = parser.add_argument_group("what it tells")
    add_json(leaves)
    add_quiet(leaves)


def add_values(group: Any) -> None:
    group.add_argument(
        "--learning-rate",
        type=several(positive),
        metavar="X,X",
        help=f"(default: {RATE:g}; {RATE_OF_REGRESSION:g} where the output activation is identity)",
    )
    group.add_argument(
        "--hidden",
        type=several(hidden_sizes),
        metavar="SIZES,SIZES",
        help="neurons of the hidden layers: 16,32 are two networks with one hidden layer each, "
        "16-16,32-16 two with two (default: 16-16)",
    )
    group.add_argument(
        "--activation",
        type=several(activation),
        metavar="F,F",
        help=f"of the hidden layers: {', '.join(HIDDEN_ACTIVATIONS)} (default: sigmoid)",
    )
    group.add_argument(
        "--output-activation",
        choices=OUTPUT_ACTIVATIONS,
        help="of the last layer, one for all (default: sigmoid; identity for a regression)",
    )
    group.add_argument(
        "--batch-size",
        type=several(batch_size),
        metavar="N,N",
        help="examples a step; 0 or all: the whole training set (default: 10)",
    )
    group.add_argument(
        "--momentum", type=several(fraction), metavar="X,X", help="0 to below 1 (default: 0)"
    )
    group.add_argument(
        "--seeds",
        type=integer(1),
        default=1,
        metavar="N",
        help="fit each combination N times, from other first weights and in another order of the "
        "examples (default: %(default)s)",
    )


def activation(text: str) -> str:
    if text not in HIDDEN_ACTIVATIONS:
        raise argparse.ArgumentTypeError(f"expected {', '.join(HIDDEN_ACTIVATIONS)}, got {text!r}")
    return text
