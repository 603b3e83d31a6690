"""`watch`: held-out costs are judged as if the descent had never stopped."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fastgd._epoch import Epoch
from fastgd._state import State, beginning
from fastgd.cli.watch import Best, Watch, no_state


def epoch(number: int) -> Epoch:
    """Its theta is its number."""
    theta = np.array([float(number)])

    def state() -> State:
        return beginning(theta)

    return Epoch(number, number, 0.0, theta, state)


def watched(
    costs: list[float], patience: int | None, best: Best | None = None, start: int = 0
) -> Any:
    """A watch of these costs, and the epoch in which it stopped."""
    watch = Watch(lambda theta: costs[int(theta[0]) - 1], patience, best, start)  # type: ignore[arg-type]
    for number in range(start + 1, len(costs) + 1):
        if watch(epoch(number)):
            return watch, number
    return watch, None


COSTS = [5.0, 3.0, 4.0, 2.0, 2.5, 2.4, 2.3, 9.0]


@pytest.mark.parametrize(("patience", "stopped"), [(1, 3), (2, 6), (3, 7), (9, None), (None, None)])
@pytest.mark.parametrize("start", [0, 1, 2])
def test_going_on_stops_where_it_would_have(
    patience: int | None, stopped: int | None, start: int
) -> None:
    best = Best(COSTS[:start], np.array([-1.0])) if start else None
    watch, number = watched(COSTS, patience, best, start)
    assert number == stopped
    assert watch.costs == COSTS[:stopped]


def test_the_best_is_the_saved_one_until_it_is_beaten() -> None:
    saved = np.array([-1.0])
    watch, _ = watched(COSTS[:3], 9, Best(COSTS[:2], saved), 2)
    assert (watch.best_epoch, watch.best_theta) == (2, None)
    assert watch.before is saved
    watch, _ = watched(COSTS[:4], 9, Best(COSTS[:2], saved), 2)
    assert watch.best_epoch == 4
    assert watch.best_theta.tolist() == [4.0]


def test_nothing_is_best_before_the_first() -> None:
    assert watched([], 3)[0].best_epoch == 0


def test_epochs_gone_through_again_have_no_state() -> None:
    with pytest.raises(NotImplementedError):
        no_state()
