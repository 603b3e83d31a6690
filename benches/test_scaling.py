"""The model of scale: what it says where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from benches.scaling.model import (
    NOTHING_WRONG,
    Engine,
    Fleet,
    compute,
    efficiency,
    expected,
    slowest,
    step,
    travel,
)

FREE = Engine("free", 0.0, 0.0, 0.0, False)
TREE = Engine("tree", 1e-4, 1e-5, 1e-9, False)
STAR = TREE._replace(name="star", star=True)


def test_without_costs_it_scales_as_the_examples_divide() -> None:
    assert step(FREE, 1000, 1e-3, 1e5, 10) == pytest.approx(0.1)
    assert efficiency(FREE, NOTHING_WRONG, 1000, 1e-3, 1e5, 10) == pytest.approx(1)
    assert compute(1001, 1e-3, 10) == pytest.approx(0.101)  # the fullest worker
    assert compute(1000, 1e-3, 8, cores=2) == pytest.approx(0.5)  # they take turns


def test_a_client_s_way_grows_with_the_workers_and_slices_do_not() -> None:
    assert travel(STAR, 1, 1e5) == travel(TREE, 1, 1e5) == 0
    assert travel(STAR, 64, 1e5) == pytest.approx(2 * 64 * (1e-5 + 1e-4))
    assert travel(TREE, 64, 1e5) == pytest.approx(2 * (6 * 1e-5 + 63 / 64 * 1e-4))


def test_the_slowest_of_many_is_what_sampling_says() -> None:
    rng = np.random.default_rng(1)
    sampled = np.exp(0.1 * rng.standard_normal((2000, 300))).max(1).mean()
    assert slowest(Fleet(spread=0.1), 300, draws=4000) == pytest.approx(sampled, rel=0.01)
    assert slowest(NOTHING_WRONG, 10_000) == 1
    assert slowest(Fleet(slow=1.0, slowness=3.0), 5) == 3


def test_failures_cost_their_recovery() -> None:
    calm = expected(FREE, NOTHING_WRONG, 1e6, 1e-3, 1e5, 100)
    failing = Fleet(between_failures=1e6, recovery=100.0)
    lost = 100 / 1e6 * (100 + calm / 2)
    assert expected(FREE, failing, 1e6, 1e-3, 1e5, 100) == pytest.approx(calm / (1 - lost))
    always = failing._replace(between_failures=1.0)
    assert expected(FREE, always, 1e6, 1e-3, 1e5, 100) == np.inf
    assert efficiency(FREE, always, 1e6, 1e-3, 1e5, 100) == 0
