"""Descents from many random starts, side by side: which valley one ends in depends on its start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd._checks import as_count
from fastgd._draws import generator_of
from fastgd._progress import Report, reporting
from fastgd._side_by_side import side_by_side
from fastgd.cost import Cost
from fastgd.descent import Descent, gradient_descent
from fastgd.parts.means import CostOfSums


@dataclass(frozen=True)
class MultiStart:
    """Where descents from several random starts ended.

    Attributes
    ----------
    descents : tuple of Descent
        Sorted by cost, the lowest first.
    starts : tuple of int
        Which start each of them is: `descents[0]` began as number `starts[0]`.
    record : int or None
        Epochs from one point of their paths to the next, where they were recorded.
    curves : tuple of (n,) float64 arrays
        The cost over all examples at each point of their paths; empty where there are none.
    """

    descents: tuple[Descent, ...]
    starts: tuple[int, ...]
    record: int | None = None
    curves: tuple[NDArray[np.float64], ...] = ()

    @property
    def best(self) -> Descent:
        """The descent that ended lowest."""
        return self.descents[0]

    @property
    def costs(self) -> NDArray[np.float64]:
        """(n_starts,) costs they ended at, rising."""
        return np.array([descent.cost for descent in self.descents])

    @property
    def spread(self) -> float:
        """The highest of the costs minus the lowest."""
        return float(self.costs[-1] - self.costs[0])

    def __repr__(self) -> str:
        costs = self.costs
        return f"<{len(costs)} descents to costs from {costs[0]:.6g} to {costs[-1]:.6g}>"


def multi_start(
    cost: Cost | CostOfSums,
    n_starts: int = 8,
    rng: np.random.Generator | int | None = None,
    *,
    n_workers: int | None = None,
    progress: bool | Report = False,
    **options: Any,
) -> MultiStart:
    """Descend from several random starts side by side, one thread each.

    Which valley a descent ends in depends on where it starts. Each start has a random
    stream of its own, so the result does not depend on the number of workers.

    Parameters
    ----------
    cost : Cost, or a `parts.SumCost` of these
        Its laid-out examples are shared by all.
    n_starts : int
    rng : Generator, int or None
        Draws the starts (`Network.random_theta`) and the orders of the examples.
    n_workers : int or None
        Descents at a time; None: as many as there are processors to use.
    progress : bool or callable
        True shows a bar on stderr; a callable gets ``(done, total)`` starts.
    **options
        For `gradient_descent`: learning_rate (needed), batch_size, epochs, record, ...

    Returns
    -------
    MultiStart

    Raises
    ------
    DivergenceError
        Where one of them diverges.
    TypeError, ValueError
        Where an argument does not fit.

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((2, 2, 1))
    >>> cost = fastgd.Cost(net, [[0, 0], [0, 1], [1, 0], [1, 1]], [[0.0], [1], [1], [0]])
    >>> found = multi_start(cost, 4, rng=0, learning_rate=5.0, epochs=2000)
    >>> len(found.descents), bool(found.best.cost <= found.costs[-1])
    (4, True)
    """
    network = getattr(cost, "network", None)
    if network is None or not hasattr(cost, "on_threads"):
        raise TypeError(f"cost: expected a fastgd.Cost, got {type(cost).__name__}")
    n_starts = as_count("n_starts", n_starts)
    for name in ("rng", "progress", "theta"):
        if name in options:
            raise TypeError(f"{name} is not an option of each descent")
    streams = generator_of(rng).spawn(n_starts)
    found: dict[int, tuple[Descent, NDArray[np.float64]]] = {}

    def descend(i: int) -> None:
        stream, alone = streams[i], cost.on_threads(1)
        start = network.random_theta(rng=stream, dtype=cost.dtype)
        descent = gradient_descent(alone, start, rng=stream, **options)
        path = () if descent.path is None else descent.path
        found[i] = descent, np.array([alone(theta) for theta in path])

    with reporting(progress, "descents") as report:
        side_by_side(descend, range(n_starts), n_workers=n_workers, report=report)
    ended = sorted(sorted(found.items()), key=lambda one: one[1][0].cost)
    order = tuple(start for start, _ in ended)
    descents = tuple(descent for _, (descent, _) in ended)
    record = options.get("record")
    if not record:
        return MultiStart(descents, order)
    return MultiStart(descents, order, record, tuple(curve for _, (_, curve) in ended))
