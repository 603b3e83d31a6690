"""The cost over the parts of many processes that walk in step: ranks, as MPI calls them.

Each rank adds the sums of its own parts; the ranks' are added by an allreduce. What carries it is
told by `mpi` and `process_group`, in which order it adds by `in_order`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd.network import Network
from fastgd.parts.adding import BESIDE, as_buffer, as_sums, blocks_of
from fastgd.parts.agreement import agree, is_same, number_of_vector, squared, tell_failure
from fastgd.parts.in_order import Added, AllReduced, InOrder
from fastgd.parts.local import (
    LocalBatches,
    Orders,
    Round,
    as_local_steps,
    check_parts,
    steps_of,
    walked,
)
from fastgd.parts.means import CostOfSums
from fastgd.parts.offers import offered_if
from fastgd.parts.protocol import Part, PartError, Sums, naming
from fastgd.parts.several import SumCost

Vector = NDArray[np.float64]


class RankCost(CostOfSums):
    """The cost over the examples of all ranks, of which each holds some: a cost like any other.

    Every rank makes one, and all call the same functions of it in the same order: then every
    rank descends to the same theta, bit for bit. Each call is one allreduce.

    Parameters
    ----------
    cost : Part
        This rank's examples, such as a `Cost` or what `part_of` gives; the parts of a `SumCost`
        are parts each.
    allreduce : callable
        `mpi_ranks()`, `torch_ranks()`, or any ``allreduce(buffer)`` that adds a float64 vector
        over ranks, in place, the same bits on each; that of a step has n_parameters + 5 numbers.
        The ready ones add in the tree of all parts: the bits are those of a `SumCost` of them,
        for any number of ranks. Any other adds a rank's parts first, and then in its own order.
    local_steps : int, "epoch" or None
        With it the cost offers mini-batches that are walked apart, for slow networks: each part
        walks some `local_steps` steps of its own, then thetas and velocities are averaged by
        weight ("local SGD", Stich 2019). Each part is a `Cost` then. None: full batches alone.

    Attributes
    ----------
    n_ranks, n_examples : int
        Of all.
    network : Network or None
    dtype : numpy.dtype

    Raises
    ------
    TypeError
        Where an argument is none of these.
    ValueError
        On every rank, where they disagree on network, dtype or `local_steps`; in a call, where
        they disagree on theta or on what they call.
    PartError
        On every rank, in a call in which one fails: with its message.

    Notes
    -----
    What one rank does alone ends the agreement. Callbacks that stop the descent must stop it on
    all; `callbacks.Checkpoint` needs to be on one alone.

    Examples
    --------
    One rank, whose sums are all there are:

    >>> import fastgd
    >>> net = fastgd.Network((1, 1), output_activation="identity")
    >>> cost = RankCost(fastgd.Cost(net, [[2.0]], [[1.0]]), lambda buffer: None)
    >>> cost.value_and_gradient([1.0, 0.0])
    (1.0, array([4., 2.]))
    """

    def __init__(
        self,
        cost: Part,
        allreduce: Callable[[Vector], object],
        *,
        local_steps: int | str | None = None,
    ) -> None:
        if not callable(allreduce):
            raise TypeError(f"allreduce: expected a callable, got {type(allreduce).__name__}")
        own = SumCost([cost])  # checks it
        self.parts: tuple[Part, ...] = cost.parts if isinstance(cost, SumCost) else (cost,)
        self.network: Network | None = own.network
        self.dtype: np.dtype[Any] = own.dtype
        self._allreduce = allreduce
        self._local_steps = as_local_steps(local_steps)
        facts = {"network": own.network, "dtype": str(own.dtype), "local_steps": local_steps}
        self.n_ranks: int = agree(allreduce, facts)
        of_parts = getattr(allreduce, "of_parts", None)
        self._ranks: InOrder | AllReduced = (
            AllReduced(allreduce) if of_parts is None else of_parts(len(self.parts))
        )
        rows = sum(getattr(part, "n_examples", 0) for part in self.parts)
        counted = np.array([rows, len(self.parts)], np.float64)
        allreduce(counted)
        self.n_examples: int = int(counted[0])
        self._n_parts = int(counted[1])
        self._names = [self._name(i) for i in range(len(self.parts))]
        if local_steps is not None:
            check_parts(self.parts)

    def __repr__(self) -> str:
        of = "" if self.network is None else f" of {self.network!r}"
        return f"<RankCost{of}, {self._n_parts} parts on {self.n_ranks} ranks>"

    def sums(self, theta: ArrayLike) -> Sums:
        """(cost_sum, gradient_sum (n_parameters,) float64, weight_sum) over all ranks' parts."""
        own = self.as_theta(theta)
        n = len(own)

        def of(part: Any) -> Vector:
            return as_buffer(part.sums(own), n)

        return as_sums(self._added("gradient", own, of, n + BESIDE))

    def cost_sums(self, theta: ArrayLike) -> tuple[float, float]:
        """(cost_sum, weight_sum) over all ranks' parts."""
        own = self.as_theta(theta)
        n = len(own)

        def of(part: Any) -> Vector:
            if not hasattr(part, "cost_sums"):
                return as_buffer(part.sums(own), n)
            cost_sum, weight_sum = part.cost_sums(own)
            return as_buffer((cost_sum, np.zeros(n), weight_sum), n)

        # As long as a gradient's, so that a rank that asks for one is told, and none waits.
        found = as_sums(self._added("cost", own, of, n + BESIDE))
        return found.cost, found.weight

    @offered_if(lambda cost: all(hasattr(part, "product_sums") for part in cost.parts))
    def product_sums(
        self, theta: ArrayLike, v: ArrayLike, gauss_newton: bool = False
    ) -> tuple[Vector, float]:
        """(sum of Hessians times v, weight_sum) over all ranks' parts, where all have it."""
        own, along = self.as_theta(theta), self.as_theta(v, "v")
        n = len(own)

        def of(part: Any) -> Vector:
            product, weight_sum = part.product_sums(own, along, gauss_newton)
            return as_buffer((0.0, product, weight_sum), n)

        both = np.concatenate([own, along])
        found = as_sums(self._added(f"product {gauss_newton}", both, of, n + BESIDE))
        return found.gradient, found.weight

    @offered_if(lambda cost: cost.walks_apart)
    def mini_batches(self, /, theta: ArrayLike, **options: Any) -> LocalBatches:
        """Mini-batch descents of the parts, averaged: there with `local_steps`.

        What `gradient_descent` uses; its arguments are checked there.
        """
        own = self.as_theta(theta)
        counted = np.array(steps_of(self.parts, options["batch_size"]), np.float64)
        self._allreduce(counted)

        orders = Orders()

        def add(asked: Round) -> Vector:
            first = iter(range(self._ranks.first, self._ranks.first + len(self.parts)))

            def of(part: Any) -> Vector:
                return walked(part, next(first), asked, orders)

            return self._added(str(asked), asked.theta, of, asked.length)

        assert self._local_steps is not None
        return LocalBatches(add, own.astype(self.dtype), counted, self._local_steps, **options)

    @property
    def walks_apart(self) -> bool:
        """Whether `mini_batches` are there."""
        return self._local_steps is not None

    def as_theta(self, theta: ArrayLike, name: str = "theta") -> NDArray[Any]:
        """theta as a finite float32 or float64 vector; all ranks hear where it is none."""
        try:
            return super().as_theta(theta, name)
        except Exception as error:
            n = np.size(theta) if self.network is None else self.network.n_parameters
            with suppress(PartError):  # the others'
                self._exchange([], n + BESIDE, 0, error)
            raise

    def _added(
        self, what: str, theta: NDArray[Any], of: Callable[[Any], Vector], length: int
    ) -> Vector:
        """The sum of a vector of each part over all ranks, or the error of one on all."""
        blocks, failure = [], None
        try:
            blocks = blocks_of(self._each(of), self._ranks.first)
        except BaseException as error:
            failure = error
        added = self._exchange(blocks, length, number_of_vector(theta, what), failure)
        if not is_same(self.n_ranks, *added.beside[1:]):
            raise ValueError(
                f"ranks disagree on theta, or on what is asked: here the {what} where theta "
                f"begins with {theta[:3]}"
            )
        return added.total

    def _exchange(
        self, blocks: Any, length: int, number: int, failure: BaseException | None
    ) -> Added:
        beside = np.array([failure is not None, *squared(number)], np.float64)
        added = self._ranks.add(blocks, length, beside)
        if added.beside[0]:
            rank = getattr(self._allreduce, "rank", None)
            name = "a rank" if rank is None else f"rank {rank}"
            error = tell_failure(self._allreduce, int(added.beside[0]), failure, name)
            if failure is not None and not isinstance(failure, Exception):
                raise failure
            raise error from failure
        return added

    def _each(self, of: Callable[[Any], Vector]) -> Iterator[Vector]:
        for part, name in zip(self.parts, self._names, strict=True):
            with naming(name):
                found = of(part)
            yield found

    def _name(self, i: int) -> str:
        """What part i of this rank is called."""
        own = getattr(self.parts[i], "name", None)
        total = self._ranks.n_parts
        place = f" of {total}" if total else ""
        return f"part {self._ranks.first + i + 1}{place}" + (f" ({own})" if own else "")
