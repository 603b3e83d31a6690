"""Types of the kernels; the same for every build."""

from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from typing_extensions import disjoint_base

_Reals = NDArray[np.float32] | NDArray[np.float64]
LANES: Final[int]
ACTIVATIONS: Final[dict[str, int]]

@disjoint_base
class Plan:
    n_layers: int
    n_inputs: int
    n_outputs: int
    n_parameters: int
    block: int
    row_outputs: int
    @property
    def velocity_size(self) -> int: ...
    def __new__(
        cls, layer_sizes: tuple[int, ...], activation: str, output_activation: str
    ) -> Self: ...
    def n_groups(self, n_examples: int) -> int: ...
    def work_size(self, n_groups: int, n_threads: int) -> int: ...
    def work_per_example(self, inputs_per_example: float) -> float: ...

@disjoint_base
class Examples:
    n: int
    inputs_per_example: float
    def __new__(
        cls,
        n_inputs: int,
        *,
        dense: _Reals | None = None,
        pixels: NDArray[np.uint8] | None = None,
        compressed: tuple[NDArray[Any], ...] | None = None,
        columns: tuple[Any, ...] | None = None,
        Y: _Reals | None = None,
        weight: _Reals | None = None,
    ) -> Self: ...

def sums(
    plan: Plan,
    examples: Examples,
    theta: _Reals,
    order: NDArray[np.int64] | None,
    gradient: _Reals | None,
    work: _Reals,
    n_threads: int,
) -> float: ...
def activations(
    plan: Plan,
    examples: Examples,
    theta: _Reals,
    first_layer: int,
    out: _Reals,
    work: _Reals,
    n_threads: int,
) -> None: ...
def output_of_one(
    plan: Plan,
    theta: _Reals,
    x: _Reals | None,
    pixels: NDArray[np.uint8] | None,
    out: _Reals,
) -> bool: ...
def descend(
    plan: Plan,
    examples: Examples,
    theta: _Reals,
    order: NDArray[np.int64],
    batch_size: int,
    learning_rate: float,
    momentum: float,
    velocity: _Reals | None,
    work: _Reals,
    n_groups: int,
    halves: bool,
    n_threads: int,
) -> tuple[float, int]: ...
def plane_work_size(plan: Plan, n_threads: int) -> int: ...
def plane(
    plan: Plan,
    examples: Examples,
    first: _Reals,
    a: _Reals,
    b: _Reals,
    rest: _Reals,
    slots: NDArray[np.float64],
    work: _Reals,
    first_block: int,
    last_block: int,
    n_threads: int,
) -> None: ...
def all_finite(a: _Reals) -> bool: ...
