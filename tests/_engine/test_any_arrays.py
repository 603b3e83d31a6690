"""Any array, in any place: the answer that the NumPy twin gives for its numbers, or a sentence."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np
from tests._engine.common import misaligned, read_only
from tests.common import TOLERANCE, Problem, distance, problem, spec, twin, twin_product
from tests.promises import trials

from fastgd import Cost, _reference, gradient_descent

EXAMPLES = trials(100, 20_000)
P = problem((3, 2, 2), 4, "tanh", weighted=True)
NET = P.network
SHAPES = {
    "X": (4, 3), "Y": (4, 2), "sample_weight": (4,), "theta": P.theta.shape, "v": P.theta.shape,
    "outputs": (4, 3), "rows": (5,),
}  # fmt: skip
LAYOUTS: dict[str, Any] = {
    "C": np.ascontiguousarray,
    "Fortran": np.asfortranarray,
    "reversed": lambda a: np.ascontiguousarray(a[::-1])[::-1],
    "every other": lambda a: np.repeat(a, 2, axis=0)[::2],
    "one row again and again": lambda a: np.broadcast_to(a[:1], a.shape),
    "misaligned": misaligned,
    "read-only": read_only,
}
DTYPES = st.sampled_from(["f8", "f4", "f2", "u1", "i1", "i4", "u8", "?", ">f8", ">f4", ">i2", "c16",
                          "U3", "S2", "O", "M8[s]", "m8[D]", "V4", "g"])  # fmt: skip


@st.composite
def arrays(draw: st.DrawFn, role: str) -> Any:
    """Mostly of the shape that is asked for, mostly of small numbers, in any layout."""
    dtype = np.dtype(draw(DTYPES))
    odd = st_np.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=7)
    shape = draw(st.just(SHAPES[role]) | odd)
    elements: Any = None
    if dtype.kind in "f" and draw(st.booleans()):
        width = 8 * min(dtype.itemsize, 8)
        elements = st.floats(-4, 4, width=width, allow_subnormal=False)  # type: ignore[arg-type]
    elif dtype.kind in "iu" and draw(st.booleans()):
        elements = st.integers(0, 2)
    elif dtype.kind == "O":
        elements = st.none() | st.text(max_size=2) | st.floats(0, 1)
    if dtype.char in "gV":  # Hypothesis draws none
        return np.zeros(shape, dtype)
    a = draw(st_np.arrays(dtype, shape, elements=elements))
    if not a.size or a.ndim == 0 or dtype.hasobject or dtype.kind == "V":
        return a
    layouts = sorted(LAYOUTS.keys() - ({"misaligned"} if dtype.alignment == 1 else set()))
    return LAYOUTS[draw(st.sampled_from(layouts))](a)


def answer(role: str, a: Any) -> Any:
    """What fastgd makes of `a` in such a place."""
    if role == "outputs":
        return NET(P.theta, a)
    given_: dict[str, Any] = {"X": P.X, "Y": P.Y, "sample_weight": P.weight}
    if role in given_:
        given_[role] = a
    cost = Cost(NET, dtype="float64", **given_)
    if role == "theta":
        assert np.isfinite(cost(a))
        return cost.gradient(a)
    if role == "v":
        return cost.hessian_vector_product(P.theta, a)
    if role == "rows":
        return cost.sums(P.theta, a)[1]
    return cost.gradient(P.theta)


def expected(role: str, a: Any) -> Any:
    """The twin's answer; None where what an array means is not for this test to say."""
    wide = a.astype(np.float64)
    if role in ("X", "outputs"):
        if a.shape[-1:] != (3,) or a.ndim > 2:
            return None
        X = wide / 255 if a.dtype == np.uint8 else wide
        if role == "outputs":
            return _reference.activations(*spec(NET), P.theta, np.atleast_2d(X))[-1].reshape(
                *a.shape[:-1], 2
            )
        return twin(Problem(NET, P.theta, X, P.Y, P.weight))[1] if a.shape == (4, 3) else None
    if role == "Y":
        Y = np.eye(2)[a] if a.ndim == 1 else wide
        return twin(Problem(NET, P.theta, P.X, Y, P.weight))[1]
    if role == "sample_weight":
        return twin(Problem(NET, P.theta, P.X, P.Y, wide))[1]
    if role == "theta":
        return twin(P.with_theta(wide))[1]
    if role == "v":
        return twin_product(P, wide)
    rows = a if a.size else a.astype(int)
    return _reference.sums(*spec(NET), P.theta, P.X[rows], P.Y[rows], P.weight[rows])[1]


@pytest.mark.promise("bad-arrays", EXAMPLES)
@settings(max_examples=EXAMPLES)
@given(st.data(), st.sampled_from(sorted(SHAPES)))
def test_any_array_is_computed_right_or_refused(data: st.DataObject, role: str) -> None:
    a = data.draw(arrays(role))
    name = {"outputs": "X"}.get(role, role)
    refusal = None
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "X is uint8 and its largest value")
            got = answer(role, a)
    except (TypeError, ValueError) as error:
        refusal = str(error)
    if refusal is not None:
        assert refusal.startswith(name), refusal
        assert "\n" not in refusal
        assert not (role in ("X", "theta", "v") and is_fine(a, SHAPES[role])), refusal
        return
    if np.abs(a.astype(np.float64)).max(initial=0) > 1e3:
        return  # rounding decides
    right = expected(role, a)
    if right is not None:
        tolerance = TOLERANCE["float64" if got.dtype == np.float64 else "float32"]
        assert distance(got, right) <= 100 * tolerance


def is_fine(a: Any, shape: tuple[int, ...]) -> bool:
    """Small numbers of the shape that is asked for."""
    numbers = a.dtype.kind in "fiub" and a.dtype.itemsize <= 8
    return numbers and a.shape == shape and bool(np.all(abs(a.astype(float)) < 1e4))


@given(
    st.sampled_from(sorted(LAYOUTS)), st.sampled_from(sorted(LAYOUTS)),
    st.sampled_from(["f4", "f8"]), st.integers(1, 5), st.booleans(),
)  # fmt: skip
def test_a_descent_does_not_ask_how_arrays_lie(
    of_theta: str, of_x: str, dtype: str, batch_size: int, whole: bool
) -> None:
    theta, X = LAYOUTS[of_theta](P.theta.astype(dtype)), LAYOUTS[of_x](P.X)
    options: dict[str, Any] = {"learning_rate": 0.1, "epochs": 2, "rng": 0, "momentum": 0.5}
    options["batch_size"] = None if whole else batch_size
    got, plain = (
        gradient_descent(Cost(NET, x, P.Y), t, **options).theta
        for x, t in ((X, theta), (np.array(X), np.array(theta)))
    )
    assert got.tobytes() == plain.tobytes()
