"""The examples a command works on: digits that come with fastgd, or the files of --data.

How a file is read is `fastgd.datasets`' business; how a network learns from them `task`'s.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

import fastgd
from fastgd.cli.settings import Settings
from fastgd.datasets import Digits, Examples, Schema, Shards, read_examples, read_more

DIGITS = Schema(
    "classes", 784, 10, classes=tuple("0123456789"), shape=(28, 28), pixels=True, target="digit"
)
# What the parts are drawn with, beside the seed, so that the weights' draws stay as they are.
OF_PARTS = 1


Read = TypeVar("Read", Examples, Shards)


class Parts(NamedTuple):
    """Examples to learn from, those held out meanwhile, and those to test on at the end."""

    train: Examples | Shards
    validation: Examples | Shards | None
    test: Examples | None

    @property
    def unseen(self) -> Examples | Shards:
        """To test on; else those held out; else, where there are no others, the training's."""
        return self.test or self.validation or self.train


def read_training(arguments: Namespace) -> Examples:
    """The examples of --data, or the digits that come with fastgd; --test's as their test part."""
    if arguments.data is None:
        for option in ("target", "kind", "drop"):
            if getattr(arguments, option):
                arguments.fail(f"--{option} goes with --data")
        examples: Examples | None = as_examples(fastgd.datasets.digits())
    else:
        examples = read_mnist(arguments.data)
    if examples is None:
        with answering_for(arguments):
            examples = read_examples(
                arguments.data,
                target=arguments.target,
                kind=arguments.kind,
                drop=arguments.drop,
            )
    return with_test(arguments, examples)


def read_mnist(path: str) -> Examples | None:
    """The digits of a folder with MNIST's files; None where those hold something else."""
    if not is_mnist(path):
        return None
    try:
        return as_examples(fastgd.datasets.mnist(path))
    except (ValueError, OSError):  # of another size, or without a test part
        return None


def read_like(
    arguments: Namespace,
    network: fastgd.Network,
    schema: Schema | None,
    learned_from: str,
    *,
    otherwise: str = "--data names other examples",
) -> Examples:
    """The examples of --data with their targets, read as those a saved network learned from.

    A network whose file tells no schema gets what fits it; where nothing does, the error ends with
    `otherwise`.
    """
    if arguments.data is None:
        if schema is not None and schema != DIGITS:
            arguments.fail(
                f"{arguments.model} learned from {learned_from}: "
                "name it, or more examples like it, by --data FILE"
            )
        examples = as_examples(fastgd.datasets.digits())
    elif schema in (DIGITS, None) and is_mnist(arguments.data):
        examples = as_examples(fastgd.datasets.mnist(arguments.data))
    elif schema is not None:
        return with_targets(arguments, arguments.data, schema)
    else:
        with answering_for(arguments):
            examples = read_examples(arguments.data)
    misfit = misfit_of(network.layer_sizes, examples.schema)
    if misfit:
        raise ValueError(f"{arguments.model}: a {network} network; {misfit}; {otherwise}")
    return examples


def with_test(arguments: Namespace, examples: Read) -> Read:
    """The same, with the examples of --test as test part."""
    if arguments.test is None:
        return examples
    test = with_targets(arguments, arguments.test, examples.schema)
    return (
        examples.with_test(test) if isinstance(examples, Shards) else replace(examples, test=test)
    )


def with_targets(arguments: Namespace, path: str, schema: Schema) -> Examples:
    """Examples of some files by a schema, or an error where they have no targets."""
    with answering_for(arguments):
        examples = read_more(path, schema)
    if examples.Y is None:
        arguments.fail(f"{path} has no {schema.target or 'targets'} to compare answers with")
    return examples


@contextmanager
def answering_for(arguments: Namespace) -> Iterator[None]:
    """What is wrong in a file is wrong usage: one line, status 2."""
    try:
        yield
    except (ValueError, TypeError) as error:
        arguments.fail(str(error))


def parts_of(examples: Examples | Shards, settings: Settings) -> Parts:
    """The parts; the same ones each time for the same examples, share and seed."""
    if not settings.validation:
        return Parts(examples, None, examples.test)
    rng = np.random.default_rng((settings.seed, OF_PARTS))
    try:
        rest, held_out = examples.split(settings.validation, rng)
    except ValueError as error:
        raise ValueError(str(error).replace("fraction: ", "--validation ", 1)) from error
    return Parts(rest, held_out, examples.test)


def as_examples(digits: Digits) -> Examples:
    """Digits, with what they mean."""
    test = Examples(digits.test_images, digits.test_labels, DIGITS)
    return Examples(digits.train_images, digits.train_labels, DIGITS, test=test)


def as_digits(parts: Parts) -> Digits:
    """Parts as pictures take them: images or rows, labels or targets, to learn from and unseen."""
    train, unseen = whole(parts.train), whole(parts.unseen)
    return Digits(train.X, targets(train), unseen.X, targets(unseen))


def whole(part: Examples | Shards) -> Examples:
    """Examples that are all in memory; whoever needs these has refused shards."""
    assert isinstance(part, Examples)
    return part


def targets(examples: Examples) -> NDArray[Any]:
    """Labels or numbers of examples that have some."""
    assert examples.Y is not None, "read without targets"
    return examples.Y


def misfit_of(layer_sizes: Sequence[int], schema: Schema) -> str:
    """Why a network of these layer sizes cannot learn or read such examples; empty where it can."""
    outputs = [schema.n_outputs]
    if schema.kind == "classes" and schema.n_outputs == 2:
        outputs.append(1)  # below or above one half
    if layer_sizes[0] == schema.n_inputs and layer_sizes[-1] in outputs:
        return ""
    what = "digits" if schema == DIGITS else "these examples"
    return f"{what} take {schema.n_inputs} inputs and {' or '.join(map(str, outputs))} outputs"


def is_mnist(path: str) -> bool:
    """Whether --data names a folder with MNIST's files."""
    return any(Path(path).glob("train-images-idx3-ubyte*"))
