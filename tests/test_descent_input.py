"""`descent`: arguments that do not fit are refused, each with a sentence that names it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from tests.bowl import descend
from tests.common import problem


@pytest.mark.parametrize("value", [0, 0.0, -0.1, math.nan, math.inf, -math.inf, 10**400], ids=str)
def test_learning_rates_out_of_range_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="learning_rate: expected a finite number above 0, got"):
        descend(learning_rate=value)


@pytest.mark.parametrize(
    "value", ["1", b"1", None, True, np.True_, 1j, [0.1], np.array([0.1])], ids=repr
)
def test_learning_rates_that_are_no_numbers_are_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="learning_rate: expected a number, got"):
        descend(learning_rate=value)


@pytest.mark.parametrize("value", [1, 1.5, -0.1, math.nan], ids=str)
def test_momenta_out_of_range_are_refused(value: Any) -> None:
    with pytest.raises(
        ValueError, match="momentum: expected a finite number at least 0 and below 1, got"
    ):
        descend(momentum=value)


@pytest.mark.parametrize("value", [-1e-9, math.nan, math.inf], ids=str)
def test_tolerances_out_of_range_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="tol: expected a finite number at least 0, got"):
        descend(tol=value)


@pytest.mark.parametrize("name", ["epochs", "batch_size", "record"])
@pytest.mark.parametrize("value", [0, -1])
def test_counts_below_one_are_refused(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"{name}: expected an integer of at least 1, got"):
        descend(**{name: value})


@pytest.mark.parametrize("name", ["epochs", "batch_size", "record"])
@pytest.mark.parametrize("value", [True, np.True_, 2.5, "2", [3]], ids=repr)
def test_counts_that_are_no_integers_are_refused(name: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"{name}: expected an integer, got"):
        descend(**{name: value})


def test_no_epochs_at_all_are_refused() -> None:
    with pytest.raises(TypeError, match="epochs: expected an integer, got None"):
        descend(epochs=None)


def test_a_callback_that_cannot_be_called_is_refused() -> None:
    with pytest.raises(TypeError, match="callback: expected functions, got 3"):
        descend(callback=3)


def test_mini_batches_of_any_function_are_refused() -> None:
    with pytest.raises(TypeError, match="batch_size: a Bowl has no examples to draw"):
        descend(batch_size=5)


@pytest.mark.parametrize("theta", [None, "ab", [1j], [None], np.ma.array([1.0], mask=[True])])
def test_starts_that_are_no_numbers_are_refused(theta: Any) -> None:
    with pytest.raises(TypeError, match="theta"):
        descend(theta=theta)


@pytest.mark.parametrize("theta", [3.0, [[1.0, 2.0]]])
def test_starts_of_other_dimensions_are_refused(theta: Any) -> None:
    with pytest.raises(ValueError, match="theta: expected 1 dimension, got shape"):
        descend(theta=theta)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_starts_that_are_not_finite_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"theta\[1\] is (nan|inf); expected finite numbers"):
        descend(theta=[0.0, value])


@pytest.mark.parametrize("batch_size", [None, 5])
def test_starts_of_the_wrong_length_are_refused(batch_size: int | None) -> None:
    p = problem(n=50)
    with pytest.raises(ValueError, match="theta has 3 entries; a 5-4-3 network has 39 parameters"):
        descend(p.cost(), np.zeros(3), batch_size=batch_size)


def test_tolerances_of_mini_batches_are_refused() -> None:
    """Their steps never come to rest; a tol of 0 asks for nothing."""
    p = problem(n=50)
    with pytest.raises(ValueError, match=r"tol: 0\.001 ends full-batch descent alone; with batch"):
        descend(p.cost(), p.theta, batch_size=10, tol=1e-3)
    assert descend(p.cost(), p.theta, batch_size=10, epochs=1, tol=0).stopped_by == "epochs"


def test_the_tolerance_is_a_millionth() -> None:
    assert descend(epochs=1).state.settings["tol"] == 1e-6
