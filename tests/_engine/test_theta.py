"""`_engine/arrays`: theta in any form, and out, which has theta's: the right answer, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests._engine.common import (
    NET,
    THETA,
    P,
    X,
    bad_values,
    dtypes,
    forms,
    misaligned,
    no_numbers,
    read_only,
    same,
    spoiled,
)

from fastgd import Network, gradient_descent

LESSON = Network((784, 16, 16, 10))


# --------------------------------------------------------------------------- the right answer


@forms
def test_theta_in_any_form_gives_the_gradient(form: Any) -> None:
    same(P.cost().gradient(form(THETA)), P.cost().gradient(THETA))


@forms
def test_theta_in_any_form_gives_the_output_for_one_example(form: Any) -> None:
    NET(THETA, X[0])  # from now on a short cut is open
    same(NET(form(THETA), X[0]), NET(THETA, X)[0])


@forms
def test_theta_in_any_form_starts_a_descent(form: Any) -> None:
    got, expected = (
        gradient_descent(P.cost(), start, learning_rate=0.1, batch_size=7, epochs=2, rng=0).theta
        for start in (form(THETA), THETA)
    )
    same(got, expected)


@pytest.mark.parametrize("dtype", ["float16", "int8", "int64", "uint8", "bool"])
def test_theta_of_any_dtype_is_taken_as_it_is(dtype: str) -> None:
    whole = np.random.default_rng(0).integers(0, 2, THETA.shape)
    same(P.cost()(whole.astype(dtype)), P.cost()(whole.astype(float)))


@pytest.mark.parametrize(
    ("dtype", "answer"),
    [("float16", "float32"), (">f4", "float32"), (">f8", "float64"), ("int64", "float64")],
)
def test_gradients_have_the_dtype_theta_stands_for(dtype: str, answer: str) -> None:
    assert P.cost().gradient(THETA.astype(dtype)).dtype == answer


def test_zero_stride_theta_is_the_number_again_and_again() -> None:
    theta = np.broadcast_to(np.float64(0.5), THETA.shape)
    same(P.cost().gradient(theta), P.cost().gradient(theta.copy()))


def test_theta_may_be_a_memory_map(tmp_path: Path) -> None:
    np.save(tmp_path / "theta.npy", THETA)
    mapped = np.load(tmp_path / "theta.npy", mmap_mode="r+")
    assert P.cost()(mapped) == P.cost()(THETA)
    NET.layers(mapped)[0].weights[0, 0] = 7
    assert mapped[0] == 7


# --------------------------------------------------------------------------------- no numbers


def test_tensors_that_require_gradients_are_refused() -> None:
    torch: Any = pytest.importorskip("torch")
    with pytest.raises(TypeError, match=r"theta: expected an array of numbers \(.*requires grad"):
        P.cost()(torch.from_numpy(THETA.copy()).requires_grad_())


@no_numbers
def test_theta_that_is_no_numbers_is_refused(form: Any) -> None:
    with pytest.raises(TypeError, match=r"^theta(:| has masked entries)"):
        P.cost()(form(THETA))


@no_numbers
def test_theta_that_is_no_numbers_is_refused_for_one_example_too(form: Any) -> None:
    NET(THETA, X[0])
    with pytest.raises(TypeError, match=r"^theta(:| has masked entries)"):
        NET(form(THETA), X[0])


# ------------------------------------------------------------------------------- wrong shapes


@pytest.mark.parametrize("n", [0, 1, 13000, 13003])
def test_theta_of_the_wrong_length_is_refused(n: int) -> None:
    with pytest.raises(ValueError, match=r"^theta has ") as caught:
        LESSON(np.zeros(n), np.zeros(784))
    expected = f"theta has {n} entries; a 784-16-16-10 network has 13002 parameters"
    assert str(caught.value) == expected


@pytest.mark.parametrize("shape", [(), (1, 59), (59, 1)])
def test_theta_of_other_dimensions_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"theta has shape \(.*\); a 6-5-4 network has 59 param"):
        P.cost()(np.zeros(shape))


# --------------------------------------------------------------------------------- not finite


@bad_values
@dtypes
def test_theta_that_is_not_finite_is_refused(value: float, dtype: str) -> None:
    with pytest.raises(ValueError, match=r"^theta\[57\] is -?(nan|inf); expected finite numbers"):
        P.cost()(spoiled(THETA, value).astype(dtype))


@bad_values
@dtypes
def test_theta_that_is_not_finite_is_refused_for_one_example_too(value: float, dtype: str) -> None:
    NET(THETA.astype(dtype), X[0].astype(dtype))
    with pytest.raises(ValueError, match=r"^theta\[57\] is -?(nan|inf); expected finite numbers"):
        NET(spoiled(THETA, value).astype(dtype), X[0].astype(dtype))


@bad_values
def test_a_network_s_theta_that_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"^theta\[57\] is -?(nan|inf); expected finite numbers"):
        NET(spoiled(THETA, value), X)


def test_theta_too_large_for_the_arithmetic_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^theta\[57\] is 1e\+300, too large for float32"):
        P.cost("float32")(spoiled(THETA, 1e300))


# ---------------------------------------------------------------------------------------- out


OUTS: dict[str, Any] = {
    "another dtype": np.zeros(59, np.float32),
    "another length": np.zeros(58),
    "another shape": np.zeros((59, 1)),
    "strided": np.zeros(118)[::2],
    "read-only": read_only(np.zeros(59)),
    "misaligned": misaligned(np.zeros(59)),
    "big-endian": np.zeros(59, ">f8"),
    "a list": [0.0] * 59,
}


@pytest.mark.parametrize("out", OUTS.values(), ids=OUTS.keys())
def test_out_that_cannot_take_the_gradient_is_refused(out: Any) -> None:
    with pytest.raises(ValueError, match="out: expected a writable, aligned, C-contiguous float64"):
        P.cost().value_and_gradient(THETA, out=out)


def test_theta_as_out_is_refused() -> None:
    theta = THETA.copy()
    with pytest.raises(ValueError, match="out shares memory with theta"):
        P.cost().value_and_gradient(theta, out=theta)
