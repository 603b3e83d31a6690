"""What is timed: the table of workloads, and the data, theta and batches they all start from.

How a contestant does the work is in `contestants`, how it is timed in `measure`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

import fastgd

Array = NDArray[Any]

FULL_BATCH = "full batch"  # cost and gradient over all examples
EPOCH = "epoch"  # one pass of plain gradient descent in batches
DESCENT = "descent"  # steps of plain gradient descent, each on all examples
ONE_EXAMPLE = "one example"  # the outputs for one input, a vector
OUTPUTS = "outputs"  # the outputs for the rows of a matrix

MNIST_AND_DENSE, TABULAR, PREDICTIONS = "MNIST and dense", "Tabular", "Outputs"
GROUPS = (MNIST_AND_DENSE, TABULAR, PREDICTIONS)  # in the order of the report


@dataclass(frozen=True)
class Workload:
    """A row of the table: a task on a network and data.

    `targets` says how many times fastgd's time each contestant is wanted to take, at least; "peers"
    stands for the fastest of them.
    """

    name: str
    task: str
    layer_sizes: tuple[int, ...] = (784, 16, 16, 10)
    data: str = "digits"  # or "random": dense, no zeros
    n_examples: int | None = None  # None: all of the digits, or 60,000 random examples
    batch_size: int | None = None
    activation: str = "sigmoid"
    output_activation: str = "sigmoid"
    learning_rate: float = 0.5
    steps: int = 1  # of a descent
    group: str = MNIST_AND_DENSE  # the table of results.md that the row is in
    in_readme: bool = False
    targets: dict[str, float] = field(default_factory=dict, hash=False)

    @property
    def flops_per_example(self) -> int:
        """Operations of one example on dense data, a multiply-add counted as 2.

        Cost and gradient take three products per layer: z, dW and the delta passed down. Layer 1
        passes none down.
        """
        pairs = list(zip(self.layer_sizes[:-1], self.layer_sizes[1:], strict=True))
        products = [n_in * n_out for n_in, n_out in pairs]
        if self.task in (ONE_EXAMPLE, OUTPUTS):
            return 2 * sum(products)
        return 2 * self.steps * (2 * sum(products) + sum(products[1:]))

    def shortened(self) -> Workload:
        """The same workload on few examples, to check that it runs."""
        n_examples, steps = min(self.n_examples or 500, 500), min(self.steps, 3)
        return replace(self, n_examples=n_examples, steps=steps, targets={})


README_ROWS = (
    Workload("784-16-16-10, MNIST, full batch", FULL_BATCH,
             targets={"NumPy": 8, "PyTorch": 8, "JAX": 5}),
    Workload("784-30-10, MNIST, full batch", FULL_BATCH, (784, 30, 10),
             targets={"NumPy": 7, "JAX": 4}),
    Workload("784-100-10, MNIST, full batch", FULL_BATCH, (784, 100, 10),
             targets={"NumPy": 5, "JAX": 4}),
    Workload("784-16-16-10, MNIST, epoch in 10s", EPOCH, batch_size=10,
             targets={"NumPy": 15, "PyTorch": 80, "JAX": 10, "scikit-learn": 50}),
    Workload("784-16-16-10, MNIST, epoch in 32s", EPOCH, batch_size=32, targets={"peers": 7}),
    Workload("784-16-16-10, MNIST, epoch in 128s", EPOCH, batch_size=128, targets={"peers": 6}),
    Workload("784-30-10, MNIST, epoch in 10s", EPOCH, (784, 30, 10), batch_size=10,
             targets={"peers": 6}),
    Workload("784-100-10, MNIST, epoch in 32s", EPOCH, (784, 100, 10), batch_size=32,
             targets={"peers": 4}),
    Workload("784-16-16-10, dense, full batch", FULL_BATCH, data="random",
             targets={"NumPy": 3, "JAX": 1.9}),
    Workload("784-512-512-10, dense, 10,000 examples, full batch", FULL_BATCH,
             (784, 512, 512, 10), "random", 10_000, targets={"peers": 1.2}),
    Workload("4-32-16-4 tanh, 10,000 examples, full batch", FULL_BATCH, (4, 32, 16, 4), "random",
             10_000, activation="tanh", output_activation="identity", group=TABULAR,
             targets={"PyTorch": 10}),
    Workload("784-16-16-10, one example", ONE_EXAMPLE, n_examples=1, group=PREDICTIONS,
             targets={"NumPy": 4, "PyTorch": 8}),
)  # fmt: skip


def table(
    name: str, size: int | None, jax: float | None, *, f: str = "sigmoid", n: int = 20_000,
    steps: int = 1, rate: float = 0.01,
) -> Workload:  # fmt: skip
    """A tabular row: an epoch in batches of `size`, or `steps` steps on all for None.

    `name` begins with the layer sizes. `jax`: how many times fastgd's time JAX is wanted to take.
    """
    sizes = tuple(int(size) for size in name.split()[0].split("-"))
    walk = f"epoch in {size}s" if size else f"{steps} full-batch steps"
    return Workload(
        f"{name}, {n:,} examples, {walk}",
        EPOCH if size else DESCENT, sizes, "random", n, size, f,
        "identity" if sizes[-1] == 1 else "sigmoid", rate, steps, TABULAR,
        targets={} if jax is None else {"JAX": jax},
    )  # fmt: skip


TABULAR_ROWS = (
    table("8-50-1 tanh", 32, 4, f="tanh"),
    table("20-64-64-1 relu", 32, 3, f="relu", rate=0.002),
    table("20-64-64-1 relu", 256, 2.5, f="relu", rate=0.002),
    table("20-64-64-1 relu", None, None, f="relu", rate=0.002, steps=20),
    table("100-100-10", 200, 2.5),
    table("64-128-128-8", 64, 2.2),
    table("784-128-10 dense", 32, 2.2, n=10_000),
    table("784-128-10 dense", 128, 1.5, n=10_000),
    table("784-16-16-10 dense", 10, 4),
    table("13-32-1 tanh", 16, 4, f="tanh", n=500),
    table("13-32-1 tanh", None, 2.5, f="tanh", n=500, steps=200),
    table("2-8-1 tanh", None, None, f="tanh", n=4, steps=10_000),
)


def outputs(n: int) -> tuple[Workload, Workload]:
    """The outputs for `n` rows: of digits, and of four numbers each."""
    rows = f"outputs of {n:,} row{'s' * (n > 1)}"
    targets = {1: {"NumPy": 3.0}, 1000: {"NumPy": 1.5, "PyTorch": 1.5}}.get(
        n, {"NumPy": 2.0, "PyTorch": 2.0}
    )
    return (
        Workload(f"784-16-16-10, {rows}", OUTPUTS, n_examples=n, group=PREDICTIONS,
                 targets=targets),
        Workload(f"4-32-16-4 tanh, {rows}", OUTPUTS, (4, 32, 16, 4), "random", n,
                 activation="tanh", output_activation="identity", group=PREDICTIONS,
                 targets=targets),
    )  # fmt: skip


WORKLOADS = (
    *(replace(row, in_readme=True) for row in README_ROWS),
    *TABULAR_ROWS,
    *(row for pair in zip(*map(outputs, (1, 8, 32, 128, 1000)), strict=True) for row in pair),
)


class Problem:
    """One workload's data, first theta and order of examples: the same for every contestant."""

    def __init__(self, workload: Workload, X: Array, Y: Array) -> None:
        self.workload = workload
        self.network = fastgd.Network(
            workload.layer_sizes,
            activation=workload.activation,
            output_activation=workload.output_activation,
        )
        self.X = X  # (n, n_inputs): uint8 pixels, or float32
        self.Y = Y  # (n, n_outputs) float32
        self.theta = self.network.random_theta(rng=1)
        self.order = np.random.default_rng(2).permutation(len(X))
        self.batch_size = min(workload.batch_size or len(X), len(X))
        self.learning_rate = workload.learning_rate
        self.steps = workload.steps

    @cached_property
    def X_float(self) -> Array:
        """(n, n_inputs) float32, pixels as p/255: the X of every contestant but fastgd."""
        return scaled(self.X)

    @property
    def layer_arrays(self) -> list[tuple[Array, Array]]:
        """(weights, biases) of each layer of the first theta, copied afresh."""
        return [tuple(layer) for layer in self.network.layers(self.theta.copy())]


def problem(workload: Workload) -> Problem:
    """The workload together with its data."""
    n_inputs, n_outputs = workload.layer_sizes[0], workload.layer_sizes[-1]
    if workload.data == "digits":
        X, labels = digits()
        Y = fastgd.datasets.one_hot(labels, n_outputs)
        return Problem(workload, X[: workload.n_examples], Y[: workload.n_examples])
    X, Y = random_examples(workload.n_examples or 60_000, n_inputs, n_outputs)
    return Problem(workload, X, Y)


@lru_cache(maxsize=1)
def digits() -> tuple[Array, Array]:
    """Training images and labels: all of MNIST where FASTGD_MNIST names its folder."""
    data = fastgd.datasets.mnist() if os.environ.get("FASTGD_MNIST") else fastgd.datasets.digits()
    return data.train_images, data.train_labels


@lru_cache(maxsize=1)
def random_examples(n: int, n_inputs: int, n_outputs: int) -> tuple[Array, Array]:
    """X without a zero and Y, uniform in (0, 1)."""
    rng = np.random.default_rng(0)
    X = rng.random((n, n_inputs), np.float32)
    X += np.float32(1e-6)
    return X, rng.random((n, n_outputs), np.float32)


def scaled(X: Array) -> Array:
    """X as float32; a uint8 pixel p becomes p/255."""
    return X.astype(np.float32) / np.float32(255) if X.dtype == np.uint8 else X
