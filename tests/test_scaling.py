"""`scaling`: standardised columns, and a folded theta that says the same on raw units."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_np
from numpy.typing import NDArray
from tests.common import distance

from fastgd import Network
from fastgd.scaling import Standard, folded

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 3)) * [1.0, 1e4, 1e-6] + [0.0, -3e5, 7.0]


def test_columns_get_mean_0_and_deviation_1() -> None:
    standardised = Standard.of(X).transform(X)
    np.testing.assert_allclose(standardised.mean(0), 0, atol=1e-9)
    np.testing.assert_allclose(standardised.std(0), 1)


def test_mean_and_scale_are_numpy_s() -> None:
    standard = Standard.of(X)
    np.testing.assert_allclose(standard.mean, X.mean(0))
    np.testing.assert_allclose(standard.scale, X.std(0), rtol=1e-9)


@pytest.mark.parametrize("value", [0.1, 0.0, -1e300, 5e-324, 3])
def test_a_constant_column_becomes_0(value: float) -> None:
    """By its deviation alone it would not: 0.1 has no exact mean."""
    column = np.full((7, 1), value)
    standard = Standard.of(column)
    assert standard.scale.tolist() == [1.0]
    assert not standard.transform(column).any()


def test_huge_columns_do_not_overflow() -> None:
    standard = Standard.of([[1e300], [3e300]])
    np.testing.assert_allclose([standard.mean[0], standard.scale[0]], [2e300, 1e300])


finite = st.floats(-1e6, 1e6)


@given(st_np.arrays(np.float64, st_np.array_shapes(min_dims=2, max_dims=2), elements=finite))
def test_inverse_undoes_transform(columns: NDArray[np.float64]) -> None:
    standard = Standard.of(columns)
    back = standard.inverse(standard.transform(columns))
    np.testing.assert_allclose(back, columns, atol=1e-9 * (1 + abs(columns).max()))


def test_float32_stays_float32() -> None:
    standard = Standard.of(X)
    assert standard.transform(X.astype(np.float32)).dtype == np.float32
    assert standard.inverse(X.astype(np.float32)).dtype == np.float32
    assert standard.transform(X.astype(int)).dtype == np.float64


def test_one_row_and_one_column() -> None:
    standard = Standard.of(X)
    np.testing.assert_array_equal(standard.transform(X[4]), standard.transform(X)[4])
    alone = Standard.of(X[:, 1])
    assert (alone.mean.shape, alone.transform(X[:, 1]).shape) == ((1,), (50,))
    np.testing.assert_allclose(alone.transform(X[:, 1]), standard.transform(X)[:, 1])


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        (np.ones((3, 2), np.uint8), "X is uint8: pixels need no standardising"),
        ([["a"]], "X: expected"),
        (np.ones((0, 3)), r"X has shape \(0, 3\)"),
        (np.ones((2, 3, 4)), r"X has shape \(2, 3, 4\)"),
        (5.0, r"X has shape"),
        ([[1.0, np.nan]], r"X\[0, 1\] is nan"),
        ([[-1.7e308], [1.7e308]], "column 0 reaches from -1.7e"),
    ],
)
def test_what_has_no_standard_is_refused(wrong: Any, complaint: str) -> None:
    with pytest.raises((TypeError, ValueError), match=complaint):
        Standard.of(wrong)


@pytest.mark.parametrize("wrong", [np.ones((5, 2)), np.ones(2), np.ones((5, 3, 1))])
def test_other_columns_are_refused(wrong: Any) -> None:
    for call in (Standard.of(X).transform, Standard.of(X).inverse):
        with pytest.raises(ValueError, match=r"X has shape .*expected \(n_examples, 3\)"):
            call(wrong)


# ------------------------------------------------------------------------------------- folding


@given(
    sizes=st.lists(st.integers(1, 8), min_size=2, max_size=4),
    activation=st.sampled_from(["sigmoid", "tanh", "relu"]),
    seed=st.integers(0, 2**32 - 1),
    offset=st.floats(-1e4, 1e4),
    scale=st.floats(1e-3, 1e3),
    n=st.integers(2, 30),
)
def test_folded_says_on_raw_rows_what_it_said_on_standardised_ones(
    sizes: list[int], activation: str, seed: int, offset: float, scale: float, n: int
) -> None:
    rng = np.random.default_rng(seed)
    network = Network(sizes, activation=activation, output_activation="identity")
    theta = network.random_theta(rng, dtype=np.float64)
    raw = rng.normal(size=(n, sizes[0])) * scale + offset
    inputs, outputs = Standard.of(raw), Standard.of(rng.normal(size=(n, sizes[-1])) * scale)
    got = network(folded(network, theta, inputs=inputs, outputs=outputs), raw)
    expected = outputs.inverse(network(theta, inputs.transform(raw)))
    # x W / s - m W / s cancels where the mean is many scales from 0.
    far = 1 + np.max(abs(inputs.mean) / inputs.scale)
    assert distance(got, expected) < 1e-13 * far


def test_one_layer_takes_both() -> None:
    network = Network((2, 1), output_activation="identity")
    inputs, outputs = Standard(np.array([1.0, 2]), np.array([2.0, 4])), Standard.of([3.0, 7.0])
    theta = folded(network, [4.0, 8.0, 1.0], inputs=inputs, outputs=outputs)
    assert theta.tolist() == [4.0, 4.0, 2 * (1 - 2 - 4) + 5]


def test_inputs_alone_fold_under_any_output() -> None:
    network = Network((3, 4, 2))
    theta = network.random_theta(0, dtype=np.float64)
    inputs = Standard.of(X)
    got = network(folded(network, theta, inputs=inputs), X)
    np.testing.assert_allclose(got, network(theta, inputs.transform(X)), rtol=1e-4)


def test_folded_is_fresh_and_float64() -> None:
    network = Network((3, 1))
    theta = network.random_theta(0)
    out = folded(network, theta)
    assert out.dtype == np.float64
    assert np.array_equal(out, theta)
    out[:] = 0
    assert theta.any()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"inputs": Standard.of(X[:, :2])}, "inputs has 2 columns; the network has 3"),
        ({"outputs": Standard.of(X)}, "outputs has 3 columns; the network has 1"),
        ({"outputs": Standard.of(X[:, 0])}, "fold into an identity output, not into sigmoid"),
        ({"inputs": Standard(np.zeros(3), np.full(3, 5e-324))}, r"folded theta\[0\] is -?inf"),
    ],
)
def test_what_does_not_fit_the_network_is_refused(options: Any, complaint: str) -> None:
    network = Network((3, 1))
    with pytest.raises(ValueError, match=complaint):
        folded(network, np.ones(4), **options)


@pytest.mark.parametrize("cuts", [[], [1], [3, 3], [10, 50, 51]])
def test_columns_in_chunks_are_scaled_as_the_whole(cuts: list[int]) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal([1e6, 0, -3], [1, 1e-3, 50], (100, 3))
    X[:, 2] = 7.25
    pieces = [piece for piece in np.split(X, cuts) if len(piece)]
    found, expected = Standard.of_chunks(pieces), Standard.of(X)
    assert np.allclose(found.mean, expected.mean, rtol=1e-12, atol=1e-12)
    assert np.allclose(found.scale, expected.scale, rtol=1e-9)
    assert (found.mean[2], found.scale[2]) == (7.25, 1)


def test_no_chunk_has_no_scale() -> None:
    with pytest.raises(ValueError, match="chunks: expected at least one"):
        Standard.of_chunks([])
