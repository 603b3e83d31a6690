"""`minima.starts`: descents side by side, sorted, the same for any number of workers."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from tests.common import PATIENCE
from tests.minima.common import Quadratic

import fastgd
from fastgd import minima

OPTIONS: dict[str, Any] = {"learning_rate": 1.0, "batch_size": 20, "epochs": 2}


def test_multi_start_is_sorted_and_the_same_for_any_number_of_workers(cost: fastgd.Cost) -> None:
    one = minima.multi_start(cost, 5, rng=3, n_workers=1, **OPTIONS)
    many = minima.multi_start(cost, 5, rng=3, n_workers=3, **OPTIONS)
    assert (np.diff(one.costs) >= 0).all()
    assert one.spread == one.costs[-1] - one.costs[0] > 0
    assert one.best.cost == one.costs[0]
    assert sorted(one.starts) == [0, 1, 2, 3, 4]
    assert one.starts == many.starts
    for a, b in zip(one.descents, many.descents, strict=True):
        assert (a.theta == b.theta).all()
        assert a.cost == cost(a.theta)


def test_recorded_descents_have_the_cost_over_all_examples(cost: fastgd.Cost) -> None:
    found = minima.multi_start(cost, 3, rng=0, **OPTIONS | {"epochs": 4, "record": 2})
    assert found.record == 2
    for descent, curve in zip(found.descents, found.curves, strict=True):
        assert descent.path is not None
        assert curve.tolist() == [cost(theta) for theta in descent.path]
        assert curve[-1] == descent.cost
    assert minima.multi_start(cost, 1, rng=0, **OPTIONS).curves == ()


def test_multi_start_runs_side_by_side(cost: fastgd.Cost) -> None:
    both = threading.Barrier(2, timeout=PATIENCE)  # broken, and an error, where they take turns

    def meet(epoch: Any) -> None:
        if epoch.epoch == 1:
            both.wait()

    minima.multi_start(cost, 2, rng=0, n_workers=2, callback=meet, **OPTIONS)


def test_multi_start_shows_progress_and_ends_on_an_error(cost: fastgd.Cost) -> None:
    seen: list[tuple[int, int]] = []
    minima.multi_start(cost, 3, rng=0, progress=lambda *at: seen.append(at), **OPTIONS)
    assert seen == [(1, 3), (2, 3), (3, 3)]

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    options = OPTIONS | {"epochs": 100_000}
    options["callback"] = lambda epoch: epoch.theta[0] > 0 and epoch.epoch == 1
    with pytest.raises(KeyboardInterrupt):
        minima.multi_start(cost, 6, rng=0, n_workers=6, progress=interrupt, **options)


def test_multi_start_refuses(cost: fastgd.Cost) -> None:
    with pytest.raises(ValueError, match="n_starts: expected an integer of at least 1, got 0"):
        minima.multi_start(cost, 0, **OPTIONS)
    with pytest.raises(TypeError, match=r"cost: expected a fastgd\.Cost"):
        minima.multi_start(Quadratic([1.0]), **OPTIONS)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="theta is not an option of each descent"):
        minima.multi_start(cost, theta=np.zeros(3), **OPTIONS)
    with pytest.raises(ValueError, match="n_threads: expected 1 to"):
        minima.multi_start(cost, n_workers=0, **OPTIONS)
