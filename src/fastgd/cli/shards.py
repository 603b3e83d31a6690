"""A folder of shards on the command line: examples of which one file at a time is in memory.

Which files are shards, and what they mean, is `fastgd.datasets`' business.
"""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

import fastgd
from fastgd import inside, parts
from fastgd.cli.answers import Measured, measure
from fastgd.cli.examples import answering_for, targets
from fastgd.cli.scales import Scales
from fastgd.datasets import Examples, Schema, Shards, one_hot, shards
from fastgd.datasets.shard_files import is_shards
from fastgd.scaling import Standard

# Bytes that the training examples, and those held out, may take where nobody says how many.
MEMORY = 1 << 30
# Share of these for those held out.
FOR_HELD_OUT = 4


class Scaled(Sequence[tuple[Any, Any]]):
    """Shards as the descent sees them: chunks for a `ChunkedCost`."""

    def __init__(self, given: Shards, scales: Scales) -> None:
        self._given = given
        self._scales = scales
        self.n_examples: int = given.n_examples

    def __len__(self) -> int:
        return len(self._given)

    @overload
    def __getitem__(self, i: int) -> tuple[Any, Any]: ...
    @overload
    def __getitem__(self, i: slice) -> list[tuple[Any, Any]]: ...
    def __getitem__(self, i: int | slice) -> Any:
        """(X, Y) of one shard, scaled."""
        if isinstance(i, slice):
            return [self[j] for j in range(len(self))[i]]
        X, Y = self._given[i]
        inputs, outputs = self._scales
        if len(X) == 0:
            return X, Y
        X = X if inputs is None else inputs.transform(X)
        return X, Y if outputs is None else outputs.transform(Y)

    def name(self, i: int) -> str:
        """The file of shard i."""
        return self._given.name(i)

    def part(self, i: int) -> Scaled:
        """Shard i alone."""
        return Scaled(self._given.part([i]), self._scales)


def read_shards(arguments: Namespace, schema: Schema | None = None) -> Shards | None:
    """The shards of --data, read as `schema` says; None where --data names something else."""
    if arguments.data is None or not is_shards(Path(arguments.data)):
        if getattr(arguments, "memory", None) is not None:
            arguments.fail("--memory goes with --data FOLDER of shards: X-000.npy, y-000.npy, ...")
        return None
    for option in ("target", "drop", "figures"):
        if getattr(arguments, option, None):
            arguments.fail(f"--{option} does not go with a folder of shards ({arguments.data})")
    with answering_for(arguments):
        return shards(arguments.data, kind=getattr(arguments, "kind", None), schema=schema)


def scales_of(network: fastgd.Network, train: Examples | Shards) -> Scales:
    """Of the training examples alone; of shards one after another."""
    if isinstance(train, Examples):
        return Scales.of(network, train)
    affine = train.kind == "regression" and network.output_activation == "identity"
    inputs = Standard.of_chunks(X for X, _ in filled(train))
    return Scales(inputs, Standard.of_chunks(Y for _, Y in filled(train)) if affine else None)


def chunked_cost(
    network: fastgd.Network, given: Shards, scales: Scales, memory: int, n_threads: int | None
) -> parts.ChunkedCost:
    """The cost on shards as the descent sees them, within so many bytes."""
    return parts.ChunkedCost(
        network, Scaled(given, scales), memory_budget=memory, n_threads=n_threads
    )


def measure_part(
    cost: fastgd.Cost | parts.ChunkedCost | None, network: fastgd.Network, theta: NDArray[Any],
    part: Examples | Shards, n_threads: int | None,
) -> Measured:  # fmt: skip
    """How right a network is on examples as they stand, of which `cost` is, where it is given."""
    if isinstance(part, Shards):
        return measure_shards(network, theta, part)
    if not isinstance(cost, fastgd.Cost):
        cost = fastgd.Cost(network, part.X, targets(part), n_threads=n_threads)
    return measure(cost, theta, part)


def measure_shards(network: fastgd.Network, theta: NDArray[Any], given: Shards) -> Measured:
    """How right a network is on shards as they stand: one pass over them."""
    n, right = given.n_examples, 0.0
    squares: NDArray[np.float64] = np.zeros(network.n_outputs)
    for X, Y in filled(given):
        outputs = network(theta, X)
        if given.kind == "classes":
            right += len(X) * inside.accuracy(network, theta, X, Y)
            Y = Y[:, None] if network.n_outputs == 1 else one_hot(Y, network.n_outputs)
        squares += np.square(outputs - Y, dtype=np.float64).sum(0)
    cost = float(squares.sum() / n)
    if given.kind == "classes":
        return Measured(cost, right / n, None, ())
    spread = np.square(Standard.of_chunks(Y for _, Y in filled(given)).scale)
    r2 = float((1 - squares / n / spread).mean())
    return Measured(cost, None, r2 if math.isfinite(r2) else None, tuple(np.sqrt(squares / n)))


def filled(given: Shards) -> Iterator[tuple[Any, Any]]:
    """Those that have examples."""
    return (given[i] for i in range(len(given)) if given.rows[i])
