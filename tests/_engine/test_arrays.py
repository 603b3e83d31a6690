"""`_engine/arrays`: whatever a user may give as theta, X, Y, weights, rows or out: right, or refused."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.common import problem

from fastgd import Cost, Network, gradient_descent

P = problem((6, 5, 4), 40)
NET, THETA, X, Y = P.network, P.theta, P.X, P.Y
LESSON = Network((784, 16, 16, 10))


class HasArray:
    """Offers ``__array__`` and nothing else."""

    def __init__(self, a: Any) -> None:
        self._a = a

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self._a, dtype=dtype)


class HasDLPack:
    """Offers DLPack and nothing else."""

    def __init__(self, a: Any) -> None:
        self._a = a

    def __dlpack__(self, **options: Any) -> Any:
        return self._a.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._a.__dlpack_device__()  # type: ignore[no-any-return]


class OnAnotherDevice(HasDLPack):
    def __dlpack_device__(self) -> tuple[int, int]:
        return (2, 0)  # CUDA

    def __dlpack__(self, **options: Any) -> Any:
        raise BufferError("on a GPU")


def misaligned(a: Any) -> Any:
    room = np.zeros(a.nbytes + 1, np.uint8)
    out = room[1:].view(a.dtype).reshape(a.shape)
    out[:] = a
    assert not out.flags.aligned
    return out


def read_only(a: Any) -> Any:
    out = a.copy()
    out.flags.writeable = False
    return out


def spread(a: Any) -> Any:
    """Every other column of something twice as wide."""
    wide = np.full((*a.shape[:-1], 2 * a.shape[-1]), np.nan)
    wide[..., ::2] = a
    return wide[..., ::2]


# The same numbers in other forms.
FORMS: dict[str, Any] = {
    "list": lambda a: a.tolist(),
    "strided": spread,
    "reversed": lambda a: np.ascontiguousarray(a[::-1])[::-1],
    "reversed columns": lambda a: np.ascontiguousarray(a[..., ::-1])[..., ::-1],
    "Fortran": np.asfortranarray,
    "big-endian": lambda a: a.astype(">f8"),
    "big-endian float32": lambda a: a.astype(">f4"),
    "float32": lambda a: a.astype(np.float32),
    "misaligned": misaligned,
    "read-only": read_only,
    "masked without a mask": np.ma.masked_array,
    "subclass": lambda a: a.view(np.recarray),
    "__array__": HasArray,
    "DLPack": HasDLPack,
}
forms = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())


def same(got: Any, expected: Any) -> None:
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-6)


# ------------------------------------------------------------------------ the right answer


@forms
def test_x_in_any_form_gives_the_cost(form: Any) -> None:
    same(Cost(NET, form(X), Y, dtype=np.float64)(THETA), P.cost()(THETA))


@forms
def test_y_in_any_form_gives_the_cost(form: Any) -> None:
    same(Cost(NET, X, form(Y))(THETA), P.cost()(THETA))


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


@forms
def test_weights_in_any_form_give_the_cost(form: Any) -> None:
    weight = np.linspace(0.5, 2, 40).astype(np.float32).astype(np.float64)
    got = Cost(NET, X, Y, sample_weight=form(weight))
    same(got(THETA), Cost(NET, X, Y, sample_weight=weight)(THETA))


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


def test_zero_stride_x_is_the_example_again_and_again() -> None:
    X_again = np.broadcast_to(X[0], (40, 6))
    same(Cost(NET, X_again, Y)(THETA), Cost(NET, X_again.copy(), Y)(THETA))


def test_zero_stride_y_is_the_target_again_and_again() -> None:
    Y_again = np.broadcast_to(Y[0], (40, 4))
    same(Cost(NET, X, Y_again)(THETA), Cost(NET, X, Y_again.copy())(THETA))


def test_zero_stride_theta_is_the_number_again_and_again() -> None:
    theta = np.broadcast_to(np.float64(0.5), THETA.shape)
    same(P.cost().gradient(theta), P.cost().gradient(theta.copy()))


@pytest.mark.parametrize("dtype", ["float64", "float32", "uint8"])
def test_x_may_be_a_memory_map(dtype: str, tmp_path: Path) -> None:
    data = (X > 0).astype(dtype)
    np.save(tmp_path / "x.npy", data)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    same(Cost(NET, mapped, Y)(THETA), Cost(NET, data, Y)(THETA))


def test_theta_may_be_a_memory_map(tmp_path: Path) -> None:
    np.save(tmp_path / "theta.npy", THETA)
    mapped = np.load(tmp_path / "theta.npy", mmap_mode="r+")
    assert P.cost()(mapped) == P.cost()(THETA)
    NET.layers(mapped)[0].weights[0, 0] = 7
    assert mapped[0] == 7


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


@pytest.mark.parametrize("dtype", ["int8", "int64", "uint8", "uint64", ">i4"])
def test_labels_are_one_hot(dtype: str) -> None:
    labels = np.arange(40) % 4
    assert Cost(NET, X, labels.astype(dtype))(THETA) == Cost(NET, X, np.eye(4)[labels])(THETA)


def test_torch_tensors_are_arrays() -> None:
    torch: Any = pytest.importorskip("torch")
    tensor = torch.from_numpy
    same(Cost(NET, tensor(X), tensor(Y))(tensor(THETA)), P.cost()(THETA))
    same(NET(tensor(THETA), tensor(X[0])), NET(THETA, X[0]))


def test_tensors_that_require_gradients_are_refused() -> None:
    torch: Any = pytest.importorskip("torch")
    with pytest.raises(TypeError, match=r"theta: expected an array of numbers \(.*requires grad"):
        P.cost()(torch.from_numpy(THETA.copy()).requires_grad_())


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


def test_rows_are_never_modified() -> None:
    rows = np.array([-1, 2])
    P.cost().sums(THETA, rows)
    assert rows.tolist() == [-1, 2]


# ----------------------------------------------------------------------------- no numbers

NO_NUMBERS: dict[str, Any] = {
    "None": lambda a: None,
    "object": lambda a: a.astype(object),
    "complex": lambda a: a.astype(complex),
    "string": lambda a: a.astype(str),
    "bytes": lambda a: a.astype("S"),
    "dates": lambda a: a.astype("M8[s]"),
    "longdouble": lambda a: a.astype(np.longdouble),
    "structured": lambda a: np.zeros(a.shape, [("a", float)]),
    "masked": lambda a: np.ma.masked_array(a, mask=a > 0.5),
    "ragged": lambda a: [[1.0], [2.0, 3.0]],
    "function": lambda a: len,
    "on a GPU": OnAnotherDevice,
}
no_numbers = pytest.mark.parametrize("form", NO_NUMBERS.values(), ids=NO_NUMBERS.keys())


@no_numbers
def test_x_that_is_no_numbers_is_refused(form: Any) -> None:
    with pytest.raises(TypeError, match=r"^X(:| has masked entries)"):
        Cost(NET, form(X), Y)


@no_numbers
def test_y_that_is_no_numbers_is_refused(form: Any) -> None:
    with pytest.raises(TypeError, match=r"^Y(:| has masked entries)"):
        Cost(NET, X, form(Y))


@no_numbers
def test_theta_that_is_no_numbers_is_refused(form: Any) -> None:
    with pytest.raises(TypeError, match=r"^theta(:| has masked entries)"):
        P.cost()(form(THETA))


@no_numbers
def test_a_network_s_x_that_is_no_numbers_is_refused(form: Any) -> None:
    with pytest.raises(TypeError, match=r"^X(:| has masked entries)"):
        NET(THETA, form(X))


@no_numbers
def test_theta_that_is_no_numbers_is_refused_for_one_example_too(form: Any) -> None:
    NET(THETA, X[0])
    with pytest.raises(TypeError, match=r"^theta(:| has masked entries)"):
        NET(form(THETA), X[0])


@pytest.mark.parametrize("weight", ["abc", np.ones(40, complex), np.ones(40, object)])
def test_weights_that_are_no_numbers_are_refused(weight: Any) -> None:
    with pytest.raises(TypeError, match=r"^sample_weight:"):
        Cost(NET, X, Y, sample_weight=weight)


@pytest.mark.parametrize("network", [None, (6, 5, 4), "6-5-4", NET.__class__])
def test_what_is_no_network_is_refused(network: Any) -> None:
    with pytest.raises(TypeError, match=r"network: expected a fastgd\.Network, got"):
        Cost(network, X, Y)


@pytest.mark.parametrize("dtype", ["float16", int, complex, "nonsense", ">f4", np.longdouble])
def test_other_dtypes_of_arithmetic_are_refused(dtype: Any) -> None:
    with pytest.raises(TypeError, match="dtype: expected float32, float64 or None, got"):
        Cost(NET, X, Y, dtype=dtype)


# ----------------------------------------------------------------------------- wrong shapes


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


@pytest.mark.parametrize("shape", [(), (6,), (40, 5), (40, 7), (6, 40), (40, 6, 1), (1, 40, 6)])
def test_x_of_the_wrong_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"X has shape \(.*\); expected \(n_examples, 6 inputs\)"):
        Cost(NET, np.zeros(shape), Y)


@pytest.mark.parametrize("shape", [(), (5,), (7,), (40,), (40, 5), (40, 6, 1)])
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


@pytest.mark.parametrize("shape", [(), (39,), (41,), (40, 1)])
def test_weights_of_the_wrong_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"sample_weight has shape \(.*\); X has 40 examples"):
        Cost(NET, X, Y, sample_weight=np.ones(shape))


@pytest.mark.parametrize("weight", [np.zeros(40), np.r_[-1.0, np.ones(39)], np.full(40, -0.0)])
def test_weights_below_zero_or_all_zero_are_refused(weight: Any) -> None:
    with pytest.raises(ValueError, match="sample_weight: expected none negative and not all zero"):
        Cost(NET, X, Y, sample_weight=weight)


# -------------------------------------------------------------------------------- not finite


def spoiled(a: Any, value: float) -> Any:
    out = a.copy()
    out.reshape(-1)[-2] = value
    return out


bad_values = pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf], ids=str)
dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])


@bad_values
@dtypes
def test_x_that_is_not_finite_is_refused(value: float, dtype: str) -> None:
    with pytest.raises(ValueError, match=r"^X\[39, 4\] is -?(nan|inf); expected finite numbers"):
        Cost(NET, spoiled(X, value).astype(dtype), Y)


@bad_values
@dtypes
def test_y_that_is_not_finite_is_refused(value: float, dtype: str) -> None:
    with pytest.raises(ValueError, match=r"^Y\[39, 2\] is -?(nan|inf); expected finite numbers"):
        Cost(NET, X, spoiled(Y, value).astype(dtype))


@bad_values
@dtypes
def test_theta_that_is_not_finite_is_refused(value: float, dtype: str) -> None:
    with pytest.raises(ValueError, match=r"^theta\[57\] is -?(nan|inf); expected finite numbers"):
        P.cost()(spoiled(THETA, value).astype(dtype))


@bad_values
def test_weights_that_are_not_finite_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match=r"^sample_weight\[38\] is -?(nan|inf); expected finite"):
        Cost(NET, X, Y, sample_weight=spoiled(np.ones(40), value))


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


def test_theta_too_large_for_the_arithmetic_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^theta\[57\] is 1e\+300, too large for float32"):
        P.cost("float32")(spoiled(THETA, 1e300))


# ------------------------------------------------------------------------------ rows and out


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
