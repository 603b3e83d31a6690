"""`_engine/arrays`: X in any form, of a cost or of a network: the right answer, or refused."""

from __future__ import annotations

import math
from pathlib import Path
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
    read_only,
    same,
    spoiled,
)

from fastgd import Cost, Network, gradient_descent

# --------------------------------------------------------------------------- the right answer


@forms
def test_x_in_any_form_gives_the_cost(form: Any) -> None:
    same(Cost(NET, form(X), Y, dtype=np.float64)(THETA), P.cost()(THETA))


@forms
def test_a_network_s_x_in_any_form_gives_the_outputs(form: Any) -> None:
    same(NET(THETA, form(X)), NET(THETA, X))


@forms
def test_one_example_in_any_form_gives_the_output(form: Any) -> None:
    same(NET(THETA, form(X[0])), NET(THETA, X)[0])


@pytest.mark.parametrize("dtype", ["float16", "int8", "int64", "uint16", "bool", ">i4"])
def test_numbers_of_any_dtype_are_taken_as_they_are(dtype: str) -> None:
    whole = np.random.default_rng(0).integers(0, 2, X.shape)
    same(Cost(NET, whole.astype(dtype), Y)(THETA), Cost(NET, whole.astype(float), Y)(THETA))


def test_zero_stride_x_is_the_example_again_and_again() -> None:
    X_again = np.broadcast_to(X[0], (40, 6))
    same(Cost(NET, X_again, Y)(THETA), Cost(NET, X_again.copy(), Y)(THETA))


@pytest.mark.parametrize("dtype", ["float64", "float32", "uint8"])
def test_x_may_be_a_memory_map(dtype: str, tmp_path: Path) -> None:
    data = (2 * (X > 0)).astype(dtype)
    np.save(tmp_path / "x.npy", data)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    same(Cost(NET, mapped, Y)(THETA), Cost(NET, data, Y)(THETA))


@pytest.mark.parametrize("form", ["C", "F", "reversed", "read-only"])
def test_pixels_in_any_form_are_p_over_255(form: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 6), np.uint8)
    forms = {
        "C": pixels,
        "F": np.asfortranarray(pixels),
        "reversed": pixels[::-1].copy()[::-1],
        "read-only": read_only(pixels),
    }
    same(Cost(NET, forms[form], Y, dtype=float)(THETA), Cost(NET, pixels / 255, Y)(THETA))


# --------------------------------------------------------------------------------- no numbers


@no_numbers
def test_x_that_is_no_numbers_is_refused(form: Any) -> None:
    with pytest.raises(TypeError, match=r"^X(:| has masked entries)"):
        Cost(NET, form(X), Y)


@no_numbers
def test_a_network_s_x_that_is_no_numbers_is_refused(form: Any) -> None:
    with pytest.raises(TypeError, match=r"^X(:| has masked entries)"):
        NET(THETA, form(X))


# ------------------------------------------------------------------------------- wrong shapes


@pytest.mark.parametrize("shape", [(), (6,), (40, 5), (40, 7), (6, 40), (40, 6, 2), (1, 40, 6)])
def test_x_of_the_wrong_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"X has shape \(.*\); expected \(n_examples, 6 inputs\)"):
        Cost(NET, np.zeros(shape), Y)


@pytest.mark.parametrize("shape", [(), (5,), (7,), (40,), (40, 5), (40, 6, 2)])
def test_a_network_s_x_of_the_wrong_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"X has shape \(.*\); expected \(n_examples, 6 inputs\)"):
        NET(THETA, np.zeros(shape))


def test_one_example_of_the_wrong_length_is_told_what_would_do() -> None:
    with pytest.raises(ValueError, match=r"X has shape \(5,\); expected .* or \(6,\)"):
        NET(THETA, np.zeros(5))


@pytest.mark.parametrize("dtype", [np.float32, np.uint8])
def test_x_without_examples_is_refused(dtype: Any) -> None:
    with pytest.raises(ValueError, match=r"X has no examples: its shape is \(0, 6\)"):
        Cost(NET, np.zeros((0, 6), dtype), np.zeros((0, 4)))


def test_a_network_s_x_without_examples_is_refused() -> None:
    with pytest.raises(ValueError, match=r"X has no examples: its shape is \(0, 6\)"):
        NET(THETA, np.zeros((0, 6)))


def test_an_empty_list_is_refused() -> None:
    with pytest.raises(ValueError, match=r"X has shape \(0,\)"):
        Cost(NET, [], [])


# --------------------------------------------------------------------------------- not finite


@bad_values
@dtypes
def test_x_that_is_not_finite_is_refused(value: float, dtype: str) -> None:
    with pytest.raises(ValueError, match=r"^X\[39, 4\] is -?(nan|inf); expected finite numbers"):
        Cost(NET, spoiled(X, value).astype(dtype), Y)


@bad_values
def test_a_network_s_x_that_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"^X\[39, 4\] is -?(nan|inf); expected finite numbers"):
        NET(THETA, spoiled(X, value))


@bad_values
@dtypes
def test_one_example_that_is_not_finite_is_refused(value: float, dtype: str) -> None:
    NET(THETA.astype(dtype), X[0].astype(dtype))
    with pytest.raises(ValueError, match=r"^X\[0, 4\] is -?(nan|inf); expected finite numbers"):
        NET(THETA.astype(dtype), spoiled(X[0], value).astype(dtype))


@pytest.mark.parametrize("at", range(70))
@dtypes
def test_a_nan_is_found_wherever_it_is(at: int, dtype: str) -> None:
    """In whole vectors and in what is left over."""
    row = np.zeros((1, 70), dtype)
    row[0, at] = math.nan
    with pytest.raises(ValueError, match=rf"^X\[0, {at}\] is nan"):
        Cost(Network((70, 1)), row, [[0.0]])


def test_x_too_large_for_the_arithmetic_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^X\[39, 4\] is 1e\+300, too large for float32"):
        Cost(NET, spoiled(X, 1e300), Y, dtype=np.float32)


# ---------------------------------------------------------------------- whatever the argument


def test_torch_tensors_are_arrays() -> None:
    torch: Any = pytest.importorskip("torch")
    tensor = torch.from_numpy
    same(Cost(NET, tensor(X), tensor(Y))(tensor(THETA)), P.cost()(THETA))
    same(NET(tensor(THETA), tensor(X[0])), NET(THETA, X[0]))


def test_inputs_are_never_modified() -> None:
    weight = np.ones(40)
    given = (THETA, X, Y, weight)
    before = [a.copy() for a in given]
    cost = Cost(NET, X, Y, sample_weight=weight)
    cost.value_and_gradient(THETA)
    cost.sums(THETA, [1, -2])
    NET.activations(THETA, X)
    gradient_descent(cost, THETA, learning_rate=1.0, batch_size=3, epochs=2)
    assert all(map(np.array_equal, given, before))


@pytest.mark.parametrize("network", [None, (6, 5, 4), "6-5-4", NET.__class__])
def test_what_is_no_network_is_refused(network: Any) -> None:
    with pytest.raises(TypeError, match=r"network: expected a fastgd\.Network, got"):
        Cost(network, X, Y)


@pytest.mark.parametrize("dtype", ["float16", int, complex, "nonsense", ">f4", np.longdouble])
def test_other_dtypes_of_arithmetic_are_refused(dtype: Any) -> None:
    with pytest.raises(TypeError, match="dtype: expected float32, float64 or None, got"):
        Cost(NET, X, Y, dtype=dtype)
