"""Types of the kernels; the same for every build."""

from collections.abc import Callable, Sequence
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from typing_extensions import disjoint_base

_Reals = NDArray[np.float32] | NDArray[np.float64]
LANES: Final[int]
ACTIVATIONS: Final[dict[str, int]]

@disjoint_base
class Plan:
    layer_sizes: tuple[int, ...]
    @property
    def n_layers(self) -> int: ...
    @property
    def n_inputs(self) -> int: ...
    @property
    def n_outputs(self) -> int: ...
    @property
    def n_parameters(self) -> int: ...
    n_first: int
    @property
    def block(self) -> int: ...
    @property
    def row_outputs(self) -> int: ...
    @property
    def slot_size(self) -> int: ...
    def __new__(
        cls,
        layer_sizes: tuple[int, ...],
        offsets: Sequence[tuple[int, int, int]],
        activations: Sequence[str],
    ) -> Self: ...
    def n_groups(self, n_examples: int) -> int: ...
    def groups_of_batch(self, batch_size: int) -> int: ...
    def work_size(self, n_groups: int, n_threads: int) -> int: ...
    def product_work_size(self, n_groups: int, n_threads: int) -> int: ...
    def few(self, n: int) -> bool: ...
    def work_per_example(self, inputs_per_example: float) -> float: ...

@disjoint_base
class Data:
    plan: Plan
    n: int
    work_per_example: float
    @property
    def compressed(self) -> bool: ...
    @property
    def wants_columns(self) -> bool: ...
    def __new__(
        cls,
        plan: Plan,
        *,
        dense: _Reals | None = None,
        pixels: NDArray[np.uint8] | None = None,
        compressed: tuple[Any, ...] | None = None,
        Y: _Reals | None = None,
        weight: _Reals | None = None,
    ) -> Self: ...
    def take_columns(self, columns: tuple[Any, ...]) -> None: ...

@disjoint_base
class BatchDescent:
    steps: int
    def __new__(
        cls,
        data: Data,
        theta: _Reals,
        velocity: _Reals | None,
        work: _Reals,
        n_groups: int,
        halves: bool,
    ) -> Self: ...
    def descend(
        self,
        orders: NDArray[np.int64],
        totals: NDArray[np.float64],
        batch: int,
        batch_size: int,
        learning_rate: float,
        momentum: float,
        nesterov: bool,
        l2: float,
        limit: float,
        n_threads: int,
    ) -> int: ...
    def take_velocity(self, velocity: _Reals) -> None: ...
    def give_velocity(self, out: _Reals) -> None: ...
    def settle(self) -> None: ...

@disjoint_base
class Plane:
    def __new__(cls, data: Data, first: _Reals, work: _Reals) -> Self: ...
    def add(
        self,
        a: _Reals,
        b: _Reals,
        rest: _Reals,
        slots: NDArray[np.float64],
        report: Callable[[int], object] | None,
        n_threads: int,
    ) -> None: ...

def descend_on_all(
    data: Data,
    theta: _Reals,
    last_good: _Reals,
    velocity: _Reals | None,
    decay: _Reals | None,
    gradient: _Reals,
    product: _Reals,
    costs: NDArray[np.float64],
    weight: float,
    learning_rate: float,
    momentum: float,
    nesterov: bool,
    tol: float,
    limit: float,
    work: _Reals,
    n_threads: int,
) -> tuple[int, bool]: ...
def sums(
    data: Data,
    theta: _Reals,
    order: NDArray[np.int64] | None,
    gradient: _Reals | None,
    work: _Reals,
    n_threads: int,
) -> float: ...
def products(
    data: Data,
    theta: _Reals,
    v: _Reals,
    gauss_newton: bool,
    product: _Reals,
    work: _Reals,
    n_threads: int,
) -> None: ...
def acceleration_work_size(plan: Plan, n_groups: int, n_threads: int) -> int: ...
def accelerations(
    data: Data,
    theta: _Reals,
    v: _Reals,
    out: _Reals,
    work: _Reals,
    n_threads: int,
) -> None: ...
def jacobian(
    data: Data,
    theta: _Reals,
    order: NDArray[np.int64] | None,
    out: _Reals,
    work: _Reals,
    n_threads: int,
) -> None: ...
def normal_equations(
    data: Data,
    theta: _Reals,
    gradient: _Reals,
    gauss_newton: _Reals,
    work: _Reals,
    n_threads: int,
) -> float: ...
def normal_groups(plan: Plan, n_examples: int) -> int: ...
def normal_work_size(plan: Plan, n_examples: int, n_threads: int) -> int: ...
def jacobian_work_size(plan: Plan, n_threads: int) -> int: ...
def activations(
    data: Data,
    theta: _Reals,
    order: NDArray[np.int64] | None,
    first_layer: int,
    out: _Reals,
    work: _Reals,
    n_threads: int,
) -> None: ...
def output_of_one(
    plan: Plan,
    theta: _Reals,
    x: _Reals | None,
    wide: NDArray[np.float64] | None,
    pixels: NDArray[np.uint8] | None,
    out: _Reals,
) -> bool: ...
def outputs(
    plan: Plan,
    theta: _Reals,
    x: _Reals | None,
    wide: NDArray[np.float64] | None,
    pixels: NDArray[np.uint8] | None,
    out: _Reals,
    work: _Reals | None,
    n_threads: int,
) -> bool: ...
def plane_work_size(plan: Plan, n_threads: int) -> int: ...
def all_finite(a: _Reals) -> bool: ...
def functions_v1() -> dict[str, Any]: ...
def table_v1(name: str) -> Any: ...
def signature_v1(capsule: Any) -> str: ...
def address_v1(capsule: Any) -> int: ...
