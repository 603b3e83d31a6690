"""Types of the kernels; the same for every build."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float32] | NDArray[np.float64]
ACTIVATIONS: Final[dict[str, int]]

class Plan:
    n_layers: int
    n_inputs: int
    n_outputs: int
    n_parameters: int
    block: int
    row_outputs: int
    @property
    def velocity_size(self) -> int: ...
    def __init__(
        self, layer_sizes: tuple[int, ...], activation: str, output_activation: str
    ) -> None: ...
    def n_groups(self, n_examples: int) -> int: ...
    def work_size(self, n_groups: int, n_threads: int) -> int: ...
    def work_per_example(self, inputs_per_example: float) -> float: ...

class Examples:
    n: int
    inputs_per_example: float
    def __init__(
        self,
        n_inputs: int,
        *,
        dense: Reals | None = None,
        pixels: NDArray[np.uint8] | None = None,
        compressed: tuple[NDArray[Any], ...] | None = None,
        columns: tuple[Any, ...] | None = None,
        Y: Reals | None = None,
        weight: Reals | None = None,
    ) -> None: ...

def sums(
    plan: Plan,
    examples: Examples,
    theta: Reals,
    order: NDArray[np.int64] | None,
    gradient: Reals | None,
    work: Reals,
    blocks_a_round: int,
    n_threads: int,
) -> float: ...
def activations(
    plan: Plan,
    examples: Examples,
    theta: Reals,
    first_layer: int,
    out: Reals,
    work: Reals,
    blocks_a_round: int,
    n_threads: int,
) -> None: ...
def output_of_one(
    plan: Plan,
    theta: Reals,
    x: Reals | None,
    pixels: NDArray[np.uint8] | None,
    out: Reals,
) -> bool: ...
def descend(
    plan: Plan,
    examples: Examples,
    theta: Reals,
    order: NDArray[np.int64],
    batch_size: int,
    learning_rate: float,
    momentum: float,
    velocity: Reals | None,
    work: Reals,
    n_groups: int,
    n_threads: int,
) -> tuple[float, int]: ...
def plane_work_size(plan: Plan, n_threads: int) -> int: ...
def plane(
    plan: Plan,
    examples: Examples,
    first: Reals,
    a: Reals,
    b: Reals,
    rest: Reals,
    slots: NDArray[np.float64],
    work: Reals,
    first_block: int,
    last_block: int,
    n_threads: int,
) -> None: ...
def all_finite(a: Reals) -> bool: ...
