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
ONE_EXAMPLE = "one example"  # the outputs for one input


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
    targets: dict[str, float] = field(default_factory=dict, hash=False)

    @property
    def flops_per_example(self) -> int:
        """Operations of one example on dense data, a multiply-add counted as 2.

        Cost and gradient take three products per layer: z, dW and the delta passed down. Layer 1
        passes none down.
        """
        pairs = list(zip(self.layer_sizes[:-1], self.layer_sizes[1:], strict=True))
        products = [n_in * n_out for n_in, n_out in pairs]
        if self.task == ONE_EXAMPLE:
            return 2 * sum(products)
        return 2 * (2 * sum(products) + sum(products[1:]))

    def shortened(self) -> Workload:
        """The same workload on few examples, to check that it runs."""
        return replace(self, n_examples=min(self.n_examples or 500, 500), targets={})


WORKLOADS = (
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
             10_000, activation="tanh", output_activation="identity", targets={"PyTorch": 10}),
    Workload("784-16-16-10, one example", ONE_EXAMPLE, n_examples=1,
             targets={"NumPy": 4, "PyTorch": 8}),
)  # fmt: skip


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
