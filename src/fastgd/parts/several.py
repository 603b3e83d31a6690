"""The cost over several parts in this process: their sums, added in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd.parts.adding import add_pairs, add_sums
from fastgd.parts.means import CostOfSums
from fastgd.parts.offers import offered_if
from fastgd.parts.protocol import Part, Sums, naming


def all_have(name: str) -> Callable[[Any], bool]:
    """Whether each part of a sum has a method or attribute."""
    return lambda cost: all(hasattr(part, name) for part in cost.parts)


class SumCost(CostOfSums):
    """The cost over the examples of several parts: a cost like any other.

    Sums of the parts are added in float64, in their order, and divided once. The result is
    that of one `Cost` of all their examples, to rounding; it has the same bits whoever
    computed which part, and whenever.

    Parameters
    ----------
    parts : iterable of Part
        Such as `Cost`, what `part_of` gives, another `SumCost`. At least one; some may be empty.

    Attributes
    ----------
    parts : tuple of Part
    network : Network or None
        That of the parts, where they have one.
    dtype : numpy.dtype
        Of the arithmetic.

    Raises
    ------
    TypeError, ValueError
        Where something is no part, or parts are not of one network and dtype, naming which.

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((1, 1), output_activation="identity")
    >>> X, Y = np.array([[1.0], [2.0], [4.0]]), np.array([[1.0], [1.0], [0.0]])
    >>> cost = SumCost([fastgd.Cost(net, X[:1], Y[:1]), fastgd.Cost(net, X[1:], Y[1:])])
    >>> cost([1.0, 0.0]) == fastgd.Cost(net, X, Y)([1.0, 0.0])
    True
    >>> fastgd.gradient_descent(cost, [0.0, 0.0], learning_rate=0.05).stopped_by
    'tol'
    """

    def __init__(self, parts: Iterable[Part]) -> None:
        self.parts: tuple[Part, ...] = tuple(parts)
        if not self.parts:
            raise ValueError("parts: expected at least one, got none")
        for i, part in enumerate(self.parts):
            if not callable(getattr(part, "sums", None)):
                raise TypeError(f"{self._name(i)}: expected sums(theta), got {type(part).__name__}")
        self.network = self._one_of_all("network", None)
        self.dtype = self._one_of_all("dtype", np.dtype(np.float64))

    def __repr__(self) -> str:
        of = "" if self.network is None else f" of {self.network!r}"
        return f"<SumCost{of}, {len(self.parts)} parts>"

    def sums(self, theta: ArrayLike) -> Sums:
        """(cost_sum, gradient_sum (n_parameters,) float64, weight_sum) over all parts.

        Raises
        ------
        TypeError, ValueError
            Where theta does not fit.
        PartError
            Where a part raises an error, naming which.
        """
        own = self.as_theta(theta)
        return add_sums(self._each(lambda part: part.sums(own)), len(own))

    def cost_sums(self, theta: ArrayLike) -> tuple[float, float]:
        """(cost_sum, weight_sum) over all parts."""
        own = self.as_theta(theta)

        def of(part: Any) -> tuple[float, float]:
            if hasattr(part, "cost_sums"):
                return part.cost_sums(own)  # type: ignore[no-any-return]
            cost_sum, _, weight_sum = part.sums(own)
            return cost_sum, weight_sum

        return add_pairs(self._each(of))

    @offered_if(all_have("product_sums"))
    def product_sums(
        self, theta: ArrayLike, v: ArrayLike, gauss_newton: bool = False
    ) -> tuple[NDArray[np.float64], float]:
        """(sum of Hessians times v, weight_sum) over all parts, where all parts have it."""
        own, along = self.as_theta(theta), self.as_theta(v, "v")
        return add_pairs(
            self._each(lambda part: part.product_sums(own, along, gauss_newton)), np.zeros(len(own))
        )

    @offered_if(all_have("plane_sums"))
    def plane_sums(
        self,
        corners: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
        a: NDArray[np.float64],
        b: NDArray[np.float64],
        report: Callable[[int, int], object] | None = None,
    ) -> tuple[NDArray[np.float64], float]:
        """(sums of costs at points of a plane, weight_sum) over all parts, where all have it."""
        n = len(self.parts)

        def each() -> Iterator[tuple[NDArray[np.float64], float]]:
            for i in range(n):
                tell = None if report is None else reported(report, i, n)
                with naming(self._name(i)):
                    found = self.parts[i].plane_sums(corners, a, b, tell)  # type: ignore[attr-defined]
                yield found

        return add_pairs(each(), np.zeros(len(a)))

    @property
    def n_examples(self) -> int:
        """Rows of all parts, where all tell theirs."""
        return sum(part.n_examples for part in self.parts)  # type: ignore[attr-defined]

    @offered_if(all_have("on_threads"))
    def on_threads(self, n_threads: int | None) -> Self:
        """The same cost of the same parts, each on `n_threads`; where all parts have it."""
        return type(self)(part.on_threads(n_threads) for part in self.parts)  # type: ignore[attr-defined]

    def _each(self, ask: Callable[[Any], Any]) -> Iterator[Any]:
        return (self._of(i, ask) for i in range(len(self.parts)))

    def _of(self, i: int, ask: Callable[[Any], Any]) -> Any:
        with naming(self._name(i)):
            return ask(self.parts[i])

    def _name(self, i: int) -> str:
        own = getattr(self.parts[i], "name", None)
        return f"part {i + 1} of {len(self.parts)}" + (f" ({own})" if own else "")

    def _one_of_all(self, what: str, without: Any) -> Any:
        """What all parts that have it have in common."""
        found = [(i, getattr(part, what, None)) for i, part in enumerate(self.parts)]
        told = [(i, one) for i, one in found if one is not None]
        for i, one in told[1:]:
            if one != told[0][1]:
                first, other = self._name(told[0][0]), self._name(i)
                raise ValueError(
                    f"{other}: its {what} is {one!r}; that of {first} is {told[0][1]!r}"
                )
        return told[0][1] if told else without


def reported(
    report: Callable[[int, int], object], before: int, n: int
) -> Callable[[int, int], object]:
    """Progress of one of n things, `before` of which are done, as progress of all."""
    return lambda done, total: report(before * total + done, n * total)
