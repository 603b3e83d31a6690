"""The words of ``fastgd train``: what it learns from, which network, how, and what it leaves.

Options of the training have no default here: what is not said is a saved model's, where one is
continued, or `settings`' own.
"""

from __future__ import annotations

import argparse
from typing import Any

from fastgd.cli.options import (
    add_data,
    add_figures,
    add_json,
    add_quiet,
    add_threads,
)
from fastgd.cli.settings import (
    ENOUGH_TO_HOLD_OUT,
    EPOCHS,
    HELD_OUT,
    PATIENCE_OF_LM,
    RATE,
    RATE_OF_REGRESSION,
    SCHEDULES,
)
from fastgd.cli.train import run_training
from fastgd.cli.words import (
    an_epoch_or,
    batch_size,
    fraction,
    hidden_sizes,
    integer,
    layer_sizes,
    memory,
    not_negative,
    positive,
)
from fastgd.network import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS

DESCRIPTION = """\
Train a network by gradient descent on the handwritten digits that come with fastgd,
or on your own data, and show what it learned. Interrupted (Ctrl-C), it keeps what it
has learned.
"""
EXAMPLES = """\
examples:
  fastgd train --save digits.safetensors                the digits that come with fastgd
  fastgd train --data flowers.csv --save m.safetensors  a table; its last column is learned
  fastgd train --data prices.csv --target price --hidden 32 --patience 10 --save m.safetensors
  fastgd train --data photos/ --save m.safetensors      photos/cat/1.png, photos/dog/2.png, ...
  fastgd train --data arrays.npz --save m.safetensors   arrays X and y
  fastgd train --data shards/ --memory 1GB --save m.safetensors  X-000.npy, y-000.npy, ...
  mpiexec -n 4 fastgd train --data shards/ --engine mpi
  fastgd train --from m.safetensors --data flowers.csv --epochs 5 --save m.safetensors
then:
  fastgd evaluate m.safetensors --data flowers.csv
  fastgd predict m.safetensors new.csv
  fastgd explore m.safetensors --data flowers.csv
"""


def add_train(commands: Any) -> None:
    """The command ``train`` and its options."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "train",
        help="train a network on handwritten digits, or on your own data",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run_training, fail=parser.error)
    learns_from = parser.add_argument_group("what it learns from")
    add_examples(learns_from)
    add_test(learns_from)
    add_network(parser.add_argument_group("the network"))
    add_descent(parser.add_argument_group("how it learns"))
    add_many(parser.add_argument_group("over many processes, on a folder of shards"))
    leaves = parser.add_argument_group("what it leaves")
    leaves.add_argument(
        "--save", metavar="MODEL", help="keep the network in this file, such as m.safetensors"
    )
    add_figures(leaves, "also draw everything there is to see into this folder")
    add_json(leaves)
    add_quiet(leaves)


def add_examples(group: Any) -> None:
    add_data(group)
    group.add_argument(
        "--memory",
        type=memory,
        metavar="SIZE",
        help="memory that a folder of shards may take, such as 500MB or 8GB: what fits is kept, "
        "the rest is read again in each epoch (default: 1GB)",
    )
    group.add_argument(
        "--target",
        metavar="NAME",
        help="what is learned: a column of a table, a key of an .npz, or the file beside an .npy "
        "or IDX file (default: a table's last column; y)",
    )
    group.add_argument(
        "--drop",
        action="append",
        default=[],
        metavar="NAME",
        help="leave out a column of a table, such as names or row numbers, or a key of an .npz; "
        "may be given again",
    )
    group.add_argument(
        "--kind",
        choices=("classes", "regression"),
        help="what the target is: classes, or a quantity (default: as it looks)",
    )
    group.add_argument(
        "--scaling",
        choices=("standard", "none"),
        help="standard: each input, and a regression's target, is brought to mean 0 and standard "
        "deviation 1 while it learns; the saved network takes them as they are in the data "
        "(default: standard, for pixels none)",
    )
    group.add_argument(
        "--validation",
        type=fraction,
        metavar="SHARE",
        help="hold out this share of the examples, drawn at random, to see how the network does on "
        f"what it has not learned from (default: {HELD_OUT:g}; 0 where there are test examples, or "
        f"fewer than {ENOUGH_TO_HOLD_OUT} in all)",
    )


def add_test(group: Any) -> None:
    group.add_argument(
        "--test",
        metavar="FILE",
        help="examples like --data's, never learned from: what it is measured on at the end",
    )


def add_network(group: Any) -> None:
    sizes = group.add_mutually_exclusive_group()
    sizes.add_argument(
        "--hidden",
        type=hidden_sizes,
        metavar="SIZES",
        help="neurons of each hidden layer; the data say the rest (default: 16,16)",
    )
    sizes.add_argument(
        "--layers",
        type=layer_sizes,
        metavar="SIZES",
        help="neurons of every layer, inputs first: 784,16,16,10 or 784-16-16-10",
    )
    group.add_argument(
        "--activation",
        choices=HIDDEN_ACTIVATIONS,
        help="of the hidden layers (default: sigmoid)",
    )
    group.add_argument(
        "--output-activation",
        choices=OUTPUT_ACTIVATIONS,
        help="of the last layer (default: sigmoid; identity for a regression)",
    )
    group.add_argument(
        "--from",
        dest="model",
        metavar="MODEL",
        help="go on with a saved network, its velocity and its order of examples: five epochs and "
        "five more are ten; what is not said anew stays as it was",
    )


def add_descent(group: Any) -> None:
    group.add_argument(
        "--solver",
        choices=tuple(EPOCHS),
        help="lm: Levenberg's and Marquardt's method, for a regression by up to some 1,000 "
        "parameters; it has no learning rate, batch size or momentum (default: descent)",
    )
    group.add_argument(
        "--epochs",
        type=integer(1),
        metavar="N",
        help="times to go through all the training examples; with --from, so many more "
        f"(default: {EPOCHS['descent']}; with --solver lm at most {EPOCHS['lm']})",
    )
    group.add_argument(
        "--batch-size",
        type=batch_size,
        metavar="N",
        help="examples a step; 0 or all: the whole training set (default: 10)",
    )
    group.add_argument(
        "--learning-rate",
        type=positive,
        metavar="X",
        help=f"length of a step, in gradients (default: {RATE:g}; {RATE_OF_REGRESSION:g} where the "
        "output activation is identity)",
    )
    group.add_argument(
        "--schedule",
        choices=tuple(SCHEDULES),
        help="inverse-sqrt: the learning rate divided by the square root of the epoch's number "
        "(default: constant)",
    )
    group.add_argument(
        "--momentum",
        type=fraction,
        metavar="X",
        help="share of the last step that is taken again, 0 to below 1 (default: 0)",
    )
    group.add_argument(
        "--patience",
        type=integer(1),
        metavar="N",
        help="stop after N epochs without a lower cost on the held-out examples, and keep the "
        f"network of the lowest (default with --solver lm: {PATIENCE_OF_LM})",
    )
    group.add_argument(
        "--tol",
        type=not_negative,
        metavar="X",
        help="with --batch-size all: stop when a step moves theta by no more than this",
    )
    group.add_argument(
        "--seed",
        type=integer(0),
        metavar="N",
        help="of the first weights, the order of the examples and those held out (default: 0)",
    )
    add_threads(group)


def add_many(group: Any) -> None:
    group.add_argument(
        "--engine",
        choices=("mpi",),
        help="mpi: the ranks that mpiexec started share the shards of --data",
    )
    group.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="the workers of this Dask scheduler share the shards, such as tcp://host:8786",
    )
    group.add_argument(
        "--local-steps",
        type=an_epoch_or,
        metavar="N",
        help="mini-batch steps that each shard walks apart before parameters are averaged, or "
        "epoch (default: epoch; with --batch-size all every step is on all examples)",
    )
    group.add_argument(
        "--wire",
        choices=("float64", "float32", "bfloat16"),
        help="what gradients and changes of parameters travel as between ranks (default: float64)",
    )
