"""Examples laid out for a network: what a cost is a function on, and what its copies share.

`cost.py` says what is computed on them; `_engine/engine.py` holds them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._engine.arrays import as_rows, as_targets, as_theta, as_weights, for_kernels
from fastgd._engine.engine import Engine
from fastgd._engine.held import Examples
from fastgd._engine.layouts import LaidOut
from fastgd._engine.threads import check_n_threads
from fastgd.network import Network, as_network, build_of


class OnExamples:
    """What `Cost` is on examples: their number and layout, other targets, parts, copies."""

    network: Network
    _engine: Engine

    @property
    def n_examples(self) -> int:
        """Rows of X."""
        return self._engine.n_examples

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the arithmetic."""
        return self._engine.dtype

    @property
    def layout(self) -> str:
        """How X is kept."""
        return self._engine.layout

    @property
    def nbytes(self) -> int:
        """Bytes that X, as it is laid out, the targets and the weights take."""
        return self._engine.nbytes

    @property
    def n_threads(self) -> int | None:
        """The number asked for; None: as many as pay."""
        return self._engine.n_threads

    @property
    def targets(self) -> NDArray[Any]:
        """What the outputs should be: (n_examples, n_outputs), labels one-hot, read-only."""
        view = self._engine.targets.view()
        view.flags.writeable = False
        return view

    @property
    def sample_weight(self) -> NDArray[Any] | None:
        """(n_examples,), read-only; None where all examples count the same."""
        weight = self._engine.weight
        if weight is None:
            return None
        view = weight.view()
        view.flags.writeable = False
        return view

    def activations(self, theta: ArrayLike) -> list[NDArray[Any]]:
        """What each layer answers to the cost's own examples, the output last.

        `Network.activations` without its input, of an X that is laid out already.

        Parameters
        ----------
        theta : (n_parameters,) array

        Returns
        -------
        list of (n_examples, n_l) arrays of the cost's dtype

        Examples
        --------
        >>> import fastgd
        >>> net = fastgd.Network((2, 3, 1))
        >>> cost = fastgd.Cost(net, [[1.0, 0.0], [0.0, 1.0]], [[0.0], [1.0]])
        >>> [a.shape for a in cost.activations(net.random_theta(rng=0))]
        [(2, 3), (2, 1)]
        """
        own = as_theta(theta, self.network.n_parameters, self.network)
        return self._engine.activations(for_kernels(own, self.dtype), 0)

    def part(self, rows: slice | ArrayLike, *, copy: bool = True) -> Self:
        """The cost over some of the examples; X is not laid out again.

        For validation parts and folds. Compressed rows and slices of dense ones are shared, other
        dense rows copied.

        Parameters
        ----------
        rows : slice, integers, or a boolean mask
            At least one row; one that is named twice counts twice.
        copy : bool
            False: dense rows too are read where they are, for many parts at once; full-batch
            descent is slower on them.

        Examples
        --------
        >>> import fastgd
        >>> net = fastgd.Network((1, 1), output_activation="identity")
        >>> cost = fastgd.Cost(net, [[1.0], [2.0], [4.0]], [[1.0], [1.0], [0.0]])
        >>> cost.part(slice(1, 3))([1.0, 0.0]) == cost.part([2, 1])([1.0, 0.0]) == 8.5
        True
        """
        all_rows = np.arange(self.n_examples)
        index = all_rows[rows] if isinstance(rows, slice) else as_rows(rows, self.n_examples)
        if len(index) == 0:
            raise ValueError("rows: expected at least one row, got none")
        if not isinstance(copy, bool):
            raise TypeError(f"copy: expected True or False, got {copy!r}")
        weight = self.sample_weight
        if weight is not None:
            as_weights(weight[index], len(index), self.dtype)
        shared = isinstance(rows, slice) or self.layout.startswith("compressed")
        if not (copy or shared):
            return self._like(self._engine.on_rows(index))
        kept = self._engine.some(rows if isinstance(rows, slice) else index)
        return self._like(
            Engine.of_examples(build_of(self.network, self.dtype), kept, self.n_threads)
        )

    def with_targets(self, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """The cost of the same X with other targets and weights; X is not laid out again.

        Parameters
        ----------
        Y : (n_examples, n_outputs) floats, or (n_examples,) integer labels
            For one output also (n_examples,) numbers, as for `Cost`.
        sample_weight : (n_examples,) array or None

        Examples
        --------
        >>> import fastgd
        >>> net = fastgd.Network((1, 1), output_activation="identity")
        >>> cost = fastgd.Cost(net, [[1.0], [2.0]], [[1.0], [1.0]])
        >>> cost([1.0, 0.0]), cost.with_targets([[1.0], [2.0]])([1.0, 0.0])
        (0.5, 0.0)
        """
        n, build = self.n_examples, build_of(self.network, self.dtype)
        targets = as_targets(
            Y, n, self.network.n_outputs, self.dtype, build.plan.row_outputs,
            output_activation=self.network.output_activation,
        )  # fmt: skip
        weight = None if sample_weight is None else as_weights(sample_weight, n, self.dtype)
        X = self._engine.examples.X
        return self._like(Engine(build, X, targets, weight, self.n_threads))

    def with_network(self, network: Network) -> Self:
        """The cost of another network on the same examples; X is not laid out again.

        Parameters
        ----------
        network : Network
            Of as many inputs and outputs.

        Examples
        --------
        >>> import fastgd
        >>> cost = fastgd.Cost(fastgd.Network((2, 3, 1)), [[1.0, 0.0], [0.0, 1.0]], [[0.0], [1.0]])
        >>> cost.with_network(fastgd.Network((2, 5, 1)))
        <Cost of Network((2, 5, 1)) on 2 examples, dense reals>
        """
        network, own = as_network(network), self.network
        for name in ("n_inputs", "n_outputs"):
            if getattr(network, name) != getattr(own, name):
                raise ValueError(
                    f"network: expected {getattr(own, name)} {name[2:]}, as {own} has; "
                    f"got {network}"
                )
        build = build_of(network, self.dtype)
        other = self._like(Engine.of_examples(build, self._engine.examples, self.n_threads))
        other.network = network
        return other

    def on_threads(self, n_threads: int | None) -> Self:
        """The same cost of the same examples, computed on `n_threads`; nothing is copied.

        For descents side by side: a `Cost` on one thread for each of them.
        """
        return self._like(self._engine.on_threads(check_n_threads(n_threads)))

    def with_memory_of(self, other: OnExamples) -> Self:
        """The same cost of the same examples, computed in the working memory of another.

        For many costs that are computed one after another: each would keep some of its own.
        """
        return self._like(self._engine.with_memory_of(other._engine))

    def joined(self, others: Iterable[Self], *, memory: NDArray[np.uint8] | None = None) -> Self:
        """The cost over these examples and those of others; X is not laid out again.

        The inverse of `part`. All are of one network and dtype; where this X is compressed, the
        others were made ``like=`` this cost. Weights count as 1 where a cost has none. X goes to
        `memory` (n_bytes,) where it fits: what is used again need not be had from the system.

        Examples
        --------
        >>> import fastgd
        >>> net = fastgd.Network((1, 1), output_activation="identity")
        >>> one, two = (fastgd.Cost(net, [[x]], [[1.0]]) for x in (1.0, 2.0))
        >>> one([1.0, 0.0]), two([1.0, 0.0]), one.joined([two])([1.0, 0.0])
        (0.0, 1.0, 0.5)
        """
        each = [self, *others]
        for one in each:
            if (one.network, one.dtype) != (self.network, self.dtype):
                raise ValueError(f"others: {one} is not of {self.network!r} and {self.dtype}")
        kept = [one._engine.examples for one in each]
        weight = None
        if any(one.weight is not None for one in kept):
            ones = (
                np.ones(len(one.Y), one.dtype) if one.weight is None else one.weight for one in kept
            )
            weight = np.concatenate([*ones])
        Y = np.concatenate([one.Y for one in kept])
        examples = Examples(self.dtype, LaidOut.joined([one.X for one in kept], memory), Y, weight)
        build = build_of(self.network, self.dtype)
        return self._like(Engine.of_examples(build, examples, self.n_threads))

    def _like(self, engine: Engine) -> Self:
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._engine = engine
        return other

    def __copy__(self) -> Self:
        return self.on_threads(self.n_threads)

    def __getstate__(self) -> dict[str, Any]:
        """X as it is laid out, Y and weights: kernels are found again where it is unpickled."""
        return {**self.__dict__, "_engine": (self._engine.examples, self.n_threads)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        examples, n_threads = state["_engine"]
        build = build_of(self.network, examples.dtype)
        self._engine = Engine.of_examples(build, examples, n_threads)
