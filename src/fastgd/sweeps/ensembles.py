"""Several networks that learned the same: their outputs' mean, and how far they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd._checks import as_count, as_real
from fastgd._draws import generator_of
from fastgd._progress import Report
from fastgd.cost import Cost, as_cost
from fastgd.network import Network
from fastgd.sweeps.results import Sweep
from fastgd.sweeps.rounds import sweep


@dataclass(frozen=True, repr=False)
class Ensemble:
    """Networks of one shape; called, it gives the mean of their outputs.

    Attributes
    ----------
    network : Network
    thetas : (n_members, n_parameters) array
    sweep : Sweep
        The members' fits, those that failed included.
    """

    network: Network
    thetas: NDArray[Any]
    sweep: Sweep

    def __repr__(self) -> str:
        return f"<Ensemble of {len(self.thetas)} {self.network!r}>"

    def __call__(self, X: Any) -> NDArray[Any]:
        """The mean of the members' outputs, (n, n_outputs), or (n_outputs,) for one example."""
        return np.asarray(self.outputs(X).mean(0))

    def outputs(self, X: Any) -> NDArray[Any]:
        """Each member's outputs, (n_members, n, n_outputs)."""
        return np.stack([self.network(theta, X) for theta in self.thetas])

    def spread(self, X: Any) -> NDArray[Any]:
        """The standard deviation of the members' outputs (of a sample), (n, n_outputs)."""
        return np.asarray(self.outputs(X).std(0, ddof=1))

    def interval(self, X: Any, level: float = 0.9) -> tuple[NDArray[Any], NDArray[Any]]:
        """Between which outputs the middle `level` of the members lies, each (n, n_outputs).

        It tells how far networks differ that learned the same, not how far the targets scatter.
        """
        level = as_real("level", level, "above 0 and below 1", lambda x: 0 < x < 1)
        low, high = np.quantile(self.outputs(X), [0.5 - level / 2, 0.5 + level / 2], axis=0)
        return low, high


def ensemble(
    cost: Cost,
    n_members: int = 10,
    *,
    bootstrap: bool = True,
    rng: np.random.Generator | int | None = 0,
    n_workers: int | None = None,
    progress: bool | Report = False,
    **options: Any,
) -> Ensemble:
    """Fit several networks to the same examples, from other starts and on other draws of them.

    Parameters
    ----------
    cost : Cost
    n_members : int
        At least 2.
    bootstrap : bool
        Each learns from n_examples rows drawn with replacement (Breiman 1996); False: from all,
        and only starts and orders differ.
    rng : Generator, int or None
        Draws seeds and rows.
    n_workers, progress
        As for `sweep`.
    **options
        One value each of what `sweep` takes: learning_rate (needed), epochs, batch_size, ...

    Returns
    -------
    Ensemble
        Of the members that did not fail.

    Raises
    ------
    TypeError, ValueError
        Where an argument does not fit, or fewer than two members have a result.

    Examples
    --------
    >>> import fastgd
    >>> X = np.linspace(-1, 1, 60)[:, None]
    >>> net = fastgd.Network((1, 8, 1), activation="tanh", output_activation="identity")
    >>> cost = fastgd.Cost(net, X, np.sin(3 * X))
    >>> several = fastgd.ensemble(cost, 5, learning_rate=0.1, batch_size=10, epochs=100)
    >>> several(X).shape, bool(several.spread([[3.0]]) > several.spread([[0.0]]))
    ((60, 1), True)
    """
    cost = as_cost(cost)
    n_members = as_count("n_members", n_members)
    if n_members < 2:
        raise ValueError("n_members: expected at least 2, got 1")
    if not isinstance(bootstrap, bool):
        raise TypeError(f"bootstrap: expected True or False, got {bootstrap!r}")
    for name in ("seed", "rows"):
        if name in options:
            raise TypeError(f"{name}: is drawn for each member; leave it out, or call sweep")
    several = next((name for name, value in options.items() if isinstance(value, list)), None)
    if several:
        raise TypeError(f"{several}: one value for all members, got a list; or call sweep")
    generator, n = generator_of(rng), cost.n_examples
    members: list[dict[str, Any]] = []
    for seed in generator.integers(2**32, size=n_members).tolist():
        drawn = {"rows": generator.integers(n, size=n)} if bootstrap else {}
        members.append({"seed": seed, **drawn})
    found = sweep(cost, members, n_workers=n_workers, progress=progress, **options)
    fits = [fit for fit in found if not fit.error]
    if len(fits) < 2:
        why = next(fit.error for fit in found if fit.error)
        raise ValueError(f"n_members: {len(fits)} of {n_members} have a result; {why}")
    assert fits[0].network is not None
    thetas = [fit.theta for fit in fits if fit.theta is not None]
    return Ensemble(fits[0].network, np.stack(thetas), found)
