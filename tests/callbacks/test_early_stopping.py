"""`callbacks.EarlyStopping`: patience, the least gain, the best theta."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.bowl import descend
from tests.common import problem

from fastgd.callbacks import EarlyStopping

Told = list[float]


def stopped(told: Told, **options: Any) -> tuple[EarlyStopping, Any]:
    """A descent whose costs on examples held out are told here."""
    costs = iter(told)
    stopping = EarlyStopping(lambda theta: next(costs), **options)
    return stopping, descend(epochs=len(told), tol=0, record=1, callback=stopping)


@pytest.mark.parametrize(
    ("told", "options", "epochs", "best"),
    [
        ([5, 4, 3, 2], {"patience": 1}, 4, 4),  # gain after gain
        ([5, 4, 4, 3], {"patience": 1}, 3, 2),  # the first without gain
        ([5, 6, 4, 5, 5, 1], {"patience": 2}, 5, 3),  # patience begins anew with a gain
        ([5, 4.9, 4.8, 4.7], {"patience": 3, "min_delta": 0.5}, 4, 4),  # too small to count
        ([5, 4.8, 4.4, 4.3], {"patience": 2, "min_delta": 0.5}, 4, 4),  # they add up
        ([5, np.nan, np.nan], {"patience": 2}, 3, 1),
    ],
)
def test_rule(told: Told, options: dict[str, Any], epochs: int, best: int) -> None:
    stopping, descent = stopped(told, **options)
    assert len(descent.costs) == len(stopping.costs) == epochs
    assert (stopping.best_epoch, stopping.best_cost) == (best, told[best - 1])
    assert np.array_equal(stopping.best_theta, descent.path[best])  # type: ignore[arg-type]


def test_it_stops_by_a_cost_of_examples_held_out() -> None:
    """Noise cannot be learned: on other noise the cost rises soon."""
    p = problem((4, 30, 1), 60)
    p.Y[:] = np.random.default_rng(0).normal(size=p.Y.shape)
    train, held_out = p.of_rows(slice(30)), p.of_rows(slice(30, None)).cost()
    stopping = EarlyStopping(held_out, patience=3)
    got = descend(train.cost(), p.theta, batch_size=2, epochs=3000, rng=0, callback=stopping)
    assert got.stopped_by == "callback"
    assert stopping.best_theta is not None
    assert held_out(stopping.best_theta) == stopping.best_cost == min(stopping.costs)


def test_refusals() -> None:
    with pytest.raises(TypeError, match="cost: expected a function of theta, got 3"):
        EarlyStopping(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="patience: expected an integer of at least 1, got 0"):
        EarlyStopping(len, patience=0)
    with pytest.raises(ValueError, match="min_delta: expected a finite number at least 0, got -1"):
        EarlyStopping(len, min_delta=-1)
