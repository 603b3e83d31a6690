"""`Build.outputs`: arrays as they stand, by rows as they are and in blocks: numbers, bits."""

from __future__ import annotations

import functools
import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import pytest
from tests._engine.common import FORMS, read_only
from tests.common import TOLERANCE, Array, problem, spec

from fastgd import Network, _reference
from fastgd.network import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS

# Around the numbers of rows that are computed together, and that pay for packing theta.
COUNTS = (1, 2, 3, 4, 5, 16, 17, 63, 64, 65, 128, 300, 1000)
MOST = max(COUNTS)
SIZES = [(784, 16, 16, 10), (4, 32, 16, 4), (5, 3), (70, 2), (65, 1)]
ROWS = ("float32", "float64", "uint8")
PAIRS = list(itertools.product(HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS))
sizes = pytest.mark.parametrize("layer_sizes", SIZES, ids=lambda s: "-".join(map(str, s)))
pairs = pytest.mark.parametrize(
    ("activation", "output_activation"), PAIRS, ids=["-".join(pair) for pair in PAIRS]
)
dtypes = pytest.mark.parametrize("dtype", TOLERANCE)
rows = pytest.mark.parametrize("kind", ROWS)
# One example, one row, a few, more than a few, more than one thread would have.
counts = pytest.mark.parametrize("n", [None, 1, 8, 300], ids=str)


class Case(NamedTuple):
    network: Network
    theta: Array
    X: dict[str, Array]

    def fresh(self) -> Network:
        """The same network, which nobody has asked yet."""
        sizes, activation, output_activation = spec(self.network)
        return Network(sizes, activation=activation, output_activation=output_activation)


@functools.cache
def case(
    layer_sizes: tuple[int, ...], activation: str = "tanh", output_activation: str = "identity"
) -> Case:
    p = problem(layer_sizes, MOST, activation, output_activation)
    pixels = np.random.default_rng(1).integers(0, 256, p.X.shape, np.uint8)
    X = {"float32": p.X.astype(np.float32), "float64": p.X, "uint8": pixels}
    return Case(p.network, p.theta, X)


def rows_of(X: Array, n: int | None) -> Array:
    """One example, or n of them."""
    return X[0] if n is None else X[:n]


def same_bits(got: Any, expected: Any) -> None:
    assert got.dtype == expected.dtype
    assert got.shape == expected.shape
    assert got.tobytes() == expected.tobytes()


# --------------------------------------------------------------------------------- numbers


@sizes
@pairs
@dtypes
@rows
def test_outputs_are_the_twin_s(
    layer_sizes: tuple[int, ...], activation: str, output_activation: str, dtype: str, kind: str
) -> None:
    """Norm-wise, in lengths of a typical row: that of a single one may vanish."""
    c = case(layer_sizes, activation, output_activation)
    X, theta = c.X[kind], c.theta.astype(dtype)
    meaning = X / 255 if kind == "uint8" else X.astype(np.float64)
    expected = _reference.activations(*spec(c.network), c.theta, meaning)[-1]
    row = np.linalg.norm(expected) / np.sqrt(MOST)
    for n in COUNTS:
        got = c.network(theta, X[:n])
        assert got.dtype == dtype
        off = np.linalg.norm(got - expected[:n])
        assert off <= TOLERANCE[dtype] * np.sqrt(n) * row, n


@sizes
@dtypes
@pytest.mark.parametrize("n", [1, 3, 8, 300])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_rows_in_any_form_give_the_outputs(
    layer_sizes: tuple[int, ...], dtype: str, n: int, form: Any
) -> None:
    c = case(layer_sizes)
    X, theta = c.X["float64"][:n], c.theta.astype(dtype)
    np.testing.assert_allclose(c.network(theta, form(X)), c.network(theta, X), rtol=0, atol=2e-5)


@dtypes
@pytest.mark.parametrize("n", [1, 3, 8, 300])
@pytest.mark.parametrize("other", ["float16", "int8", "int64", "uint16", "bool", ">i4"])
def test_rows_of_other_dtypes_are_numbers(dtype: str, n: int, other: str) -> None:
    c = case((5, 3))
    whole = np.random.default_rng(0).integers(0, 2, (n, 5))
    theta = c.theta.astype(dtype)
    expected = c.network(theta, whole.astype(dtype))
    np.testing.assert_allclose(c.network(theta, whole.astype(other)), expected, rtol=1e-5)


@dtypes
@counts
def test_read_only_arrays_give_the_same_bits(dtype: str, n: int | None) -> None:
    c = case((70, 2))
    theta, x = c.theta.astype(dtype), rows_of(c.X["float64"], n)
    same_bits(c.network(read_only(theta), read_only(x)), c.network(theta, x))


# ------------------------------------------------------------------------------------ bits


@sizes
@dtypes
@rows
def test_one_row_has_the_bits_of_one_example(
    layer_sizes: tuple[int, ...], dtype: str, kind: str
) -> None:
    c = case(layer_sizes)
    theta, X = c.theta.astype(dtype), c.X[kind]
    same_bits(c.network(theta, X[:1])[0], c.network(theta, X[0]))


@sizes
@dtypes
@rows
def test_a_few_rows_have_the_bits_they_have_alone(
    layer_sizes: tuple[int, ...], dtype: str, kind: str
) -> None:
    c = case(layer_sizes)
    theta, X = c.theta.astype(dtype), c.X[kind]
    alone = np.array([c.network(theta, x) for x in X[:8]])
    for n, first in itertools.product((2, 3, 4), range(4)):
        same_bits(c.network(theta, X[first : first + n]), alone[first : first + n])


@sizes
@dtypes
@rows
def test_outputs_have_the_same_bits_for_any_number_of_threads(
    layer_sizes: tuple[int, ...], dtype: str, kind: str
) -> None:
    c = case(layer_sizes)
    theta = c.theta.astype(dtype)
    for n in COUNTS:
        X = c.X[kind][:n]
        expected = c.network(theta, X, n_threads=1)
        for n_threads in (2, 3, None, None, None, None):  # None looks at one team, then another
            same_bits(c.network(theta, X, n_threads=n_threads), expected)


@sizes
@dtypes
def test_outputs_have_the_same_bits_after_calls_of_other_sizes(
    layer_sizes: tuple[int, ...], dtype: str
) -> None:
    """Working memory is used again; what stood in it does not show."""
    c = case(layer_sizes)
    theta, used = c.theta.astype(dtype), c.fresh()
    for i, n in enumerate([*COUNTS, *reversed(COUNTS), 300, 5, 1000, 65, 300]):
        X = c.X[ROWS[i % 3]][:n]
        same_bits(used(theta, X, n_threads=1 + i % 2), c.fresh()(theta, X))


@sizes
@counts
def test_doubles_have_the_bits_of_singles(layer_sizes: tuple[int, ...], n: int | None) -> None:
    """Where theta is float32 a row is rounded, then computed with."""
    c = case(layer_sizes)
    X = np.random.default_rng(2).normal(size=(MOST, layer_sizes[0]))
    x, theta = rows_of(X, n), c.theta.astype(np.float32)
    assert not np.array_equal(x, x.astype(np.float32))
    same_bits(c.network(theta, x), c.network(theta, x.astype(np.float32)))


@dtypes
def test_threads_that_share_a_network_get_the_same_bits(dtype: str) -> None:
    c = case((784, 16, 16, 10))
    theta, shared = c.theta.astype(dtype), c.fresh()
    expected = {(n, k): c.network(theta, c.X[k][:n], n_threads=1) for n in COUNTS for k in ROWS}

    def fifty_calls(seed: int) -> list[bool]:
        rng = np.random.default_rng(seed)
        asked = [(int(rng.choice(COUNTS)), str(rng.choice(ROWS))) for _ in range(50)]
        return [
            shared(theta, c.X[kind][:n]).tobytes() == expected[n, kind].tobytes()
            for n, kind in asked
        ]

    with ThreadPoolExecutor(4) as pool:
        assert all(itertools.chain.from_iterable(pool.map(fifty_calls, range(4))))


@counts
@rows
def test_outputs_are_fresh(n: int | None, kind: str) -> None:
    c = case((70, 2))
    theta, x = c.theta.astype(np.float32), rows_of(c.X[kind], n)
    first = c.network(theta, x)
    kept = first.copy()
    second = c.network(theta, x)
    assert not np.shares_memory(first, second)
    assert first.base is None
    second[:] = 7
    same_bits(first, kept)
    same_bits(c.network(theta, x), kept)


# -------------------------------------------------------------------------------- refusals


@sizes
@counts
@dtypes
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=str)
def test_theta_that_is_not_finite_is_named(
    layer_sizes: tuple[int, ...], n: int | None, dtype: str, value: float
) -> None:
    """In every layer's first weight, last weight, first bias and last bias."""
    for activation in HIDDEN_ACTIVATIONS:
        c = case(layer_sizes, activation)
        x = rows_of(c.X[dtype], n)
        at = np.arange(len(c.theta), dtype=np.float64)
        ends = [a.ravel()[[0, -1]] for layer in c.network.layers(at) for a in layer]
        for i in np.concatenate(ends).astype(int):
            theta = c.theta.astype(dtype)
            theta[i] = value
            with pytest.raises(ValueError, match=rf"^theta\[{i}\] is {value}; expected finite"):
                c.network(theta, x)


@sizes
@counts
@dtypes
@pytest.mark.parametrize("kind", ["float32", "float64"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=str)
def test_rows_that_are_not_finite_are_named(
    layer_sizes: tuple[int, ...], n: int | None, dtype: str, kind: str, value: float
) -> None:
    c = case(layer_sizes)
    for i, k in [((n or 1) - 1, layer_sizes[0] - 1), (0, 2)]:
        X = c.X[kind][: n or 1].copy()
        X[i, k] = value
        with pytest.raises(ValueError, match=rf"^X\[{i}, {k}\] is {value}; expected finite"):
            c.network(c.theta.astype(dtype), X[0] if n is None else X)


@counts
def test_doubles_too_large_for_float32_are_named(n: int | None) -> None:
    c = case((5, 3))
    X = c.X["float64"][: n or 1].copy()
    X[-1, 3] = 1e300
    x, i = (X[0] if n is None else X), len(X) - 1
    with pytest.raises(ValueError, match=rf"^X\[{i}, 3\] is 1e\+300, too large for float32"):
        c.network(c.theta.astype(np.float32), x)
    assert np.isfinite(c.network(c.theta, x)).all()


@dtypes
def test_numbers_are_right_after_a_refusal(dtype: str) -> None:
    """What a refused call wrote to the working memory does not show."""
    c = case((5, 3))
    theta, net = c.theta.astype(dtype), c.fresh()
    spoiled = np.full((300, 5), np.nan)
    for bad in (theta * np.nan, theta):
        with pytest.raises(ValueError, match=r"is nan; expected finite"):
            net(bad, spoiled)
        same_bits(net(theta, c.X["uint8"]), c.network(theta, c.X["uint8"]))


@dtypes
def test_sums_that_overflow_are_no_refusal(dtype: str) -> None:
    """theta and X are finite: the outputs saturate, however many there are."""
    net = Network((2, 1))
    theta, large = np.array([1, 1, 0], dtype), np.finfo(dtype).max
    for n in (1, 4, 5, 300):
        assert net(theta, np.full((n, 2), large, dtype)).tolist() == [[1.0]] * n
    assert net(theta, np.full(2, -large, dtype))[0] <= 4 * np.finfo(dtype).tiny


@dtypes
@rows
@pytest.mark.parametrize(
    ("shape", "message"),
    [((4,), r"X has shape \(4,\); expected .* or \(5,\)"),
     ((1, 4), r"X has shape \(1, 4\); expected \(n_examples, 5 inputs\)"),
     ((300, 6), r"X has shape \(300, 6\); expected \(n_examples, 5 inputs\)"),
     ((2, 2, 5), r"X has shape \(2, 2, 5\)"),
     ((300, 2, 5), r"X has shape \(300, 2, 5\)"),
     ((0, 5), r"X has no examples: its shape is \(0, 5\)"),
     ((0,), r"X has shape \(0,\)")],
    ids=str,
)  # fmt: skip
def test_rows_of_the_wrong_shape_are_refused(
    dtype: str, kind: str, shape: tuple[int, ...], message: str
) -> None:
    c = case((5, 3))
    with pytest.raises(ValueError, match=message):
        c.network(c.theta.astype(dtype), np.zeros(shape, kind))


@counts
@pytest.mark.parametrize("length", [17, 19])
def test_theta_of_the_wrong_length_is_refused(n: int | None, length: int) -> None:
    c = case((5, 3))
    x = rows_of(c.X["float64"], n)
    with pytest.raises(ValueError, match=rf"theta has {length} entries; a 5-3 network has 18"):
        c.network(np.zeros(length), x)
