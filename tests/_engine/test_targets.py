"""`_engine/arrays`: Y, weights and rows in any form: the right answer, or refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests._engine.common import (
    NET,
    THETA,
    P,
    X,
    Y,
    bad_values,
    dtypes,
    forms,
    no_numbers,
    same,
    spoiled,
)

from fastgd import Cost

# ------------------------------------------------------------------------------------------ Y


@forms
def test_y_in_any_form_gives_the_cost(form: Any) -> None:
    same(Cost(NET, X, form(Y))(THETA), P.cost()(THETA))


def test_zero_stride_y_is_the_target_again_and_again() -> None:
    Y_again = np.broadcast_to(Y[0], (40, 4))
    same(Cost(NET, X, Y_again)(THETA), Cost(NET, X, Y_again.copy())(THETA))


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint8", "uint64", ">i4"])
def test_labels_are_one_hot(dtype: str) -> None:
    labels = np.arange(40) % 4
    assert Cost(NET, X, labels.astype(dtype))(THETA) == Cost(NET, X, np.eye(4)[labels])(THETA)


@no_numbers
def test_y_that_is_no_numbers_is_refused(form: Any) -> None:
    with pytest.raises(TypeError, match=r"^Y(:| has masked entries)"):
        Cost(NET, X, form(Y))


@pytest.mark.parametrize("shape", [(), (40,), (39, 4), (40, 3), (40, 5), (4, 40), (40, 4, 1)])
def test_y_of_the_wrong_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"Y has shape \(.*expected numbers \(40, 4\) or integer"):
        Cost(NET, X, np.zeros(shape))


@pytest.mark.parametrize("n", [0, 39, 41])
def test_the_wrong_number_of_labels_is_refused(n: int) -> None:
    with pytest.raises(ValueError, match=f"Y has {n} labels; X has 40 examples"):
        Cost(NET, X, np.zeros(n, int))


@pytest.mark.parametrize("label", [-1, 4, 2**62])
def test_labels_out_of_range_are_refused(label: int) -> None:
    labels = np.zeros(40, int)
    labels[7] = label
    with pytest.raises(
        ValueError, match=f"Y has the label {label}; a network of 4 outputs has labels 0 to 3"
    ):
        Cost(NET, X, labels)


def test_an_image_as_target_is_refused() -> None:
    """It could mean p or p/255."""
    with pytest.raises(TypeError, match="Y is a uint8 matrix"):
        Cost(NET, X, np.zeros((40, 4), np.uint8))


@bad_values
@dtypes
def test_y_that_is_not_finite_is_refused(value: float, dtype: str) -> None:
    with pytest.raises(ValueError, match=r"^Y\[39, 2\] is -?(nan|inf); expected finite numbers"):
        Cost(NET, X, spoiled(Y, value).astype(dtype))


# ------------------------------------------------------------------------------------ weights


@forms
def test_weights_in_any_form_give_the_cost(form: Any) -> None:
    weight = np.linspace(0.5, 2, 40).astype(np.float32).astype(np.float64)
    got = Cost(NET, X, Y, sample_weight=form(weight))
    same(got(THETA), Cost(NET, X, Y, sample_weight=weight)(THETA))


@pytest.mark.parametrize("weight", ["abc", np.ones(40, complex), np.ones(40, object)])
def test_weights_that_are_no_numbers_are_refused(weight: Any) -> None:
    with pytest.raises(TypeError, match=r"^sample_weight:"):
        Cost(NET, X, Y, sample_weight=weight)


@pytest.mark.parametrize("shape", [(), (39,), (41,), (40, 1)])
def test_weights_of_the_wrong_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"sample_weight has shape \(.*\); X has 40 examples"):
        Cost(NET, X, Y, sample_weight=np.ones(shape))


@pytest.mark.parametrize("weight", [np.zeros(40), np.r_[-1.0, np.ones(39)], np.full(40, -0.0)])
def test_weights_below_zero_or_all_zero_are_refused(weight: Any) -> None:
    with pytest.raises(ValueError, match="sample_weight: expected none negative and not all zero"):
        Cost(NET, X, Y, sample_weight=weight)


@bad_values
def test_weights_that_are_not_finite_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"^sample_weight\[38\] is -?(nan|inf); expected finite"):
        Cost(NET, X, Y, sample_weight=spoiled(np.ones(40), value))


# --------------------------------------------------------------------------------------- rows


def test_rows_are_never_modified() -> None:
    rows = np.array([-1, 2])
    P.cost().sums(THETA, rows)
    assert rows.tolist() == [-1, 2]


@pytest.mark.parametrize("rows", [[40], [-41], [0, 2**62]])
def test_rows_out_of_range_are_refused(rows: Any) -> None:
    with pytest.raises(ValueError, match="rows: expected -40 to 39, got"):
        P.cost().sums(THETA, rows)


@pytest.mark.parametrize(
    "rows", [[0.5], 3, [[1]], ["1"], np.ones(39, bool), np.ones((40, 1), bool), [None], [1j]]
)
def test_rows_that_are_no_row_numbers_are_refused(rows: Any) -> None:
    with pytest.raises(TypeError, match=r"rows: expected integers \(n,\) or a mask \(40,\), got"):
        P.cost().sums(THETA, rows)
