"""All fits of a sweep, walked side by side in rounds; after each round halving may stop some."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from fastgd._checks import as_count
from fastgd._progress import Report, reporting
from fastgd._side_by_side import side_by_side
from fastgd.cost import Cost, as_cost
from fastgd.sweeps.job import Job, Shared, longest_first
from fastgd.sweeps.results import Sweep
from fastgd.sweeps.settings import Setting, expanded, named


def sweep(
    cost: Cost,
    settings: Sequence[Setting] | None = None,
    *,
    validation: Any = None,
    patience: int | None = None,
    halving: Sequence[int] = (),
    n_workers: int | None = None,
    progress: bool | Report = False,
    **values: Any,
) -> Sweep:
    """Fit a network for every combination of settings, side by side, a thread each.

    The examples are laid out once and shared by all; rows are views of them. A fit has the bits
    that it has alone, for any number of workers::

        rng = np.random.default_rng(seed)
        theta = network.random_theta(rng=rng, dtype=cost.dtype)
        gradient_descent(cost.part(rows, copy=False), theta, rng=rng, learning_rate=..., ...)

    A fit that diverges or cannot be (a batch above its rows, a fold without examples) is a row
    that says so.

    Parameters
    ----------
    cost : Cost
        Its examples and, where no setting says otherwise, its network, targets and weights.
    settings : sequence of dict, or None
        Settings that belong together, each combined with all of `values`.
    validation : row numbers, mask, slice, or None
        Held out from fits whose `rows` name none of their own.
    patience : int or None
        Stop a fit after so many epochs in a row without gain on held-out rows, and keep its best
        theta (`callbacks.EarlyStopping`).
    halving : sequence of int
        After so many epochs, each more than the one before, the worse half of the fits under way
        stops (Jamieson and Talwalkar 2016): by cost on held-out rows, else by cost.
    n_workers : int or None
        Fits at a time; None: as many as there are processors to use.
    progress : bool or callable
        True shows a bar on stderr; a callable gets ``(done, total)`` fits of a round.
    **values
        Each one value, or a list of several: `learning_rate` (needed), `momentum`, `nesterov`,
        `l2`, `batch_size`, `epochs`, `tol` as for `gradient_descent`; `seed` (0);
        `hidden_layer_sizes`, `activation`, `output_activation` of the network; `Y`,
        `sample_weight` (n_examples, ...); `rows` to learn from, numbers, a mask or a slice (a
        tuple of two: these, and those held out). Ranges and arrays of numbers are several too.

    Returns
    -------
    Sweep
        A row for each fit, in order; the last of `values` changes fastest.

    Raises
    ------
    TypeError, ValueError
        Where a name is no setting, a list is empty, there is no learning rate, or `halving` or
        `patience` do not fit.

    Notes
    -----
    Ctrl-C and any other exception carry the `Sweep` so far, as their attribute ``sweep``.

    Examples
    --------
    >>> import fastgd
    >>> net = fastgd.Network((2, 2, 1))
    >>> cost = fastgd.Cost(net, [[0, 0], [0, 1], [1, 0], [1, 1]], [[0.0], [1], [1], [0]])
    >>> found = fastgd.sweep(cost, learning_rate=[0.5, 5.0], seed=range(3), epochs=2000)
    >>> len(found), found.best.settings["learning_rate"]
    (6, 5.0)
    >>> found.columns["seed"].tolist()
    [0, 1, 2, 0, 1, 2]
    """
    asked = expanded(settings, values)
    ends = [as_count("halving", n) for n in halving]
    if any(b <= a for a, b in pairwise(ends)):
        raise ValueError(f"halving: expected rising numbers of epochs, got {list(halving)}")
    if patience is not None:
        patience = as_count("patience", patience)
        if validation is None and not all(isinstance(s.get("rows"), tuple) for s in asked):
            raise ValueError("patience: needs held-out rows; give validation, or pairs as rows")
    shared = Shared(as_cost(cost))
    jobs = [Job(shared, setting, validation, patience) for setting in asked]

    def so_far() -> Sweep:
        return Sweep(tuple(job.fit() for job in jobs), named(asked))

    try:
        with reporting(progress, "fits") as report:
            for end in [*ends, max((job.epochs for job in jobs), default=0)]:
                going = [i for i in longest_first(jobs) if not jobs[i].ended_by]

                def walk(i: int, end: int = end) -> None:
                    jobs[i].walk(end)

                side_by_side(walk, going, n_workers=n_workers, report=report)
                if end in ends:
                    halve(jobs)
    except BaseException as error:
        error.sweep = so_far()  # type: ignore[attr-defined]
        raise
    return so_far()


def halve(jobs: Sequence[Job]) -> None:
    """Stop the worse half of those under way."""
    going = [job for job in jobs if not job.ended_by]
    for job in sorted(going, key=lambda job: job.score)[-(-len(going) // 2) :]:
        job.end("halving")
