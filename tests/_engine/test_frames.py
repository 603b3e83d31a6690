"""`_engine/frames`: frames, columns and arrays of other libraries: values as they stand."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests._engine.common import NET, THETA, P, X, Y, same
from tests.common import run_python

from fastgd import Cost, Network, gradient_descent

nw = pytest.importorskip("narwhals")
pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")
xp = pytest.importorskip("array_api_strict")

NAMES = [f"x{j}" for j in range(6)]
LABELS = np.arange(40) % 4
NULLABLE = {"float64": "Float64", "int64": "Int64", "uint8": "UInt8"}


class Stream:
    """Nothing but an Arrow stream."""

    def __init__(self, table: Any) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.table.__arrow_c_stream__(requested_schema)


def named(columns: Any) -> dict[str, Any]:
    return dict(zip(NAMES, np.asarray(columns).T, strict=False))


FRAMES: dict[str, Callable[[Any], Any]] = {
    "pandas": lambda a: pd.DataFrame(named(a)),
    "pandas, nullable": lambda a: pd.DataFrame(named(a)).astype(NULLABLE[a.dtype.name]),
    "pandas, of Arrow": lambda a: pd.DataFrame(named(a)).convert_dtypes(dtype_backend="pyarrow"),
    "Polars": lambda a: pl.DataFrame(named(a)),
    "Arrow": lambda a: pa.table(named(a)),
    "a batch of Arrow's": lambda a: pa.record_batch(named(a)),
    "a stream": lambda a: Stream(pa.table(named(a))),
    "narwhals": lambda a: nw.from_native(pl.DataFrame(named(a))),
}
COLUMNS: dict[str, Callable[[Any], Any]] = {
    "pandas": pd.Series,
    "pandas, nullable": lambda a: pd.Series(a).astype(NULLABLE[a.dtype.name]),
    "pandas, of Arrow": lambda a: pd.Series(a).convert_dtypes(dtype_backend="pyarrow"),
    "Polars": pl.Series,
    "Arrow": pa.array,
    "Arrow in chunks": lambda a: pa.chunked_array([a[:7], a[7:]]),
}
every_frame = pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
every_column = pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS)
some_frames = pytest.mark.parametrize("library", ["pandas", "Polars", "Arrow"])


# --------------------------------------------------------------------------- the right answer


@every_frame
def test_x_and_y_may_be_frames(frame: Any) -> None:
    cost = Cost(NET, frame(X), frame(Y))
    assert cost.dtype == np.float64
    same(cost(THETA), P.cost()(THETA))


@every_frame
def test_a_network_s_x_may_be_a_frame(frame: Any) -> None:
    same(NET(THETA, frame(X)), NET(THETA, X))
    same(NET.activations(THETA, frame(X))[1], NET.activations(THETA, X)[1])


@every_column
def test_labels_may_be_a_column(column: Any) -> None:
    same(Cost(NET, X, column(LABELS))(THETA), Cost(NET, X, LABELS)(THETA))


@every_column
def test_theta_weights_and_one_example_may_be_columns(column: Any) -> None:
    weight = np.linspace(0.5, 1.5, 40)
    got = Cost(NET, X, Y, sample_weight=column(weight))(column(THETA))
    same(got, Cost(NET, X, Y, sample_weight=weight)(THETA))
    same(NET(THETA, column(X[0])), NET(THETA, X[0]))


def test_arrays_of_the_array_api_are_arrays() -> None:
    array = xp.asarray
    same(Cost(NET, array(X), array(Y))(array(THETA)), P.cost()(THETA))
    same(Cost(NET, array(X), array(LABELS))(THETA), Cost(NET, X, LABELS)(THETA))
    same(NET(array(THETA), array(X[0])), NET(THETA, X[0]))


def test_a_descent_may_start_from_an_array_of_another_library() -> None:
    how: dict[str, Any] = {"learning_rate": 0.1, "batch_size": 10, "epochs": 2, "rng": 0}
    here = gradient_descent(P.cost(), THETA, **how)
    there = gradient_descent(P.cost(), xp.asarray(THETA), **how)
    same(there.theta, here.theta)


@some_frames
@pytest.mark.parametrize(
    ("kinds", "arithmetic"),
    [
        (["float32"], "float32"),
        (["float32", "int32", "bool"], "float32"),
        (["int64", "uint8"], "float32"),
        (["float32", "float64"], "float64"),
    ],
)
def test_the_arithmetic_is_float64_where_a_column_is(
    kinds: list[str], arithmetic: str, library: str
) -> None:
    whole = np.random.default_rng(0).integers(0, 2, (6, 5))
    columns = {f"c{j}": c.astype(kinds[j % len(kinds)]) for j, c in enumerate(whole)}
    frame = {"pandas": pd.DataFrame, "Polars": pl.DataFrame, "Arrow": pa.table}[library](columns)
    network = Network((6, 1))
    cost = Cost(network, frame, np.zeros((5, 1)))
    assert cost.dtype == arithmetic
    theta = network.random_theta(rng=0)
    same(cost(theta), Cost(network, whole.T, np.zeros((5, 1)), dtype=arithmetic)(theta))


@every_frame
def test_bytes_in_a_frame_are_values_and_no_pixels(frame: Any) -> None:
    values = np.arange(240, dtype=np.uint8).reshape(40, 6)
    same(Cost(NET, frame(values), Y)(THETA), Cost(NET, values.astype(int), Y)(THETA))
    same(NET(THETA, frame(values)), NET(THETA, values.astype(int)))


@pytest.mark.parametrize("column", [pd.Series, pl.Series], ids=["pandas", "Polars"])
def test_bytes_in_a_column_are_values_or_labels(column: Any) -> None:
    values = np.arange(6, dtype=np.uint8)
    same(NET(THETA, column(values)), NET(THETA, values.astype(int)))
    labels = LABELS.astype(np.uint8)
    same(Cost(NET, X, column(labels))(THETA), Cost(NET, X, LABELS)(THETA))


def test_a_sparse_frame_s_matrix_is_taken_as_it_is() -> None:
    """As docs/torch.md says."""
    sparse = pytest.importorskip("scipy.sparse")
    frame = pd.DataFrame.sparse.from_spmatrix(sparse.csr_array(X))
    same(Cost(NET, frame.sparse.to_coo(), Y)(THETA), P.cost()(THETA))


# -------------------------------------------------------------------------------- refused


@some_frames
def test_a_column_of_words_is_named(library: str) -> None:
    columns = {"size": [1.0, 2.0], "colour": ["red", "green"]}
    frame = {"pandas": pd.DataFrame, "Polars": pl.DataFrame, "Arrow": pa.table}[library](columns)
    with pytest.raises(TypeError, match=r"^X: column 'colour' is \w+; expected numbers or bool"):
        Cost(Network((2, 1)), frame, [[0.0], [1.0]])
    with pytest.raises(TypeError, match=r"^X: column 'colour' is \w+; expected numbers or bool"):
        Network((2, 1))(np.zeros(3), frame)


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([3, 1, 3], dtype="category"),
        pl.Series(["a", "b", "a"], dtype=pl.Categorical),
        pd.Series(pd.to_datetime(["2020-01-01"] * 3)),
        pl.Series(["a", "b", "c"]),
        pl.Series([[1.0], [2.0], [3.0]]),
    ],
    ids=["pandas category", "Polars Categorical", "dates", "words", "lists"],
)
def test_a_column_that_is_no_numbers_is_refused(column: Any) -> None:
    with pytest.raises(TypeError, match=r"^Y is .*; expected numbers or booleans"):
        Cost(Network((1, 3)), np.zeros((3, 1)), column)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"a": [1.0, 2.0], "b": [0.0, np.nan]}),
        pd.DataFrame({"a": [1.0, 2.0], "b": pd.array([1, None], "Int64")}),
        pd.DataFrame({"a": [1.0, 2.0], "b": pd.array([True, None], "boolean")}),
        pd.DataFrame({"a": [1.0, 2.0], "b": pd.array([1, None], "int64[pyarrow]")}),
        pl.DataFrame({"a": [1.0, 2.0], "b": [1, None]}),
        pl.DataFrame({"a": [1.0, 2.0], "b": [True, None]}),
        pa.table({"a": [1.0, 2.0], "b": [0.5, None]}),
    ],
    ids=["NaN", "Int64", "boolean", "of Arrow", "Polars", "Polars bool", "Arrow"],
)
def test_what_is_missing_is_named(frame: Any) -> None:
    expected = r"^X: column 'b' is missing or NaN in row 1; expected finite numbers"
    with pytest.raises(ValueError, match=expected):
        Cost(Network((2, 1)), frame, [[0.0], [1.0]])


def test_an_infinite_number_is_named() -> None:
    with pytest.raises(ValueError, match=r"^X: column 'a' is inf in row 1; expected finite"):
        Cost(Network((1, 1)), pl.DataFrame({"a": [0.0, np.inf]}), [[0.0], [1.0]])


def test_a_missing_label_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Y is missing or NaN in row 1; expected finite"):
        Cost(Network((1, 2)), [[0.0], [1.0]], pl.Series([0, None]))


def test_a_frame_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^X has shape \(40, 5\); expected \(n_examples, 6 inp"):
        NET(THETA, pd.DataFrame(X[:, :5]))


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^X: Expected unique column names"):
        NET(THETA, pd.DataFrame(X, columns=["a"] * 6))


def test_a_lazy_frame_is_not_computed() -> None:
    with pytest.raises(TypeError, match=r"^X: expected a frame in memory, got LazyFrame; collect"):
        NET(THETA, pl.LazyFrame(named(X)))


def test_a_tensor_that_wants_gradients_is_told_what_to_do() -> None:
    torch: Any = pytest.importorskip("torch")
    with pytest.raises(TypeError, match=r"^X: .*tensor\.detach\(\)"):
        NET(THETA, torch.zeros(6, requires_grad=True))


def test_an_array_on_another_device_is_refused() -> None:
    elsewhere = xp.asarray(X, device=xp.Device("device1"))
    with pytest.raises(TypeError, match=r"^X: expected an array of numbers"):
        NET(THETA, elsewhere)


def test_without_narwhals_a_frame_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "narwhals.stable.v2", None)
    with pytest.raises(ImportError, match=r'frames need narwhals: pip install "fastgd\[frames'):
        NET(THETA, pl.DataFrame(X))


def test_without_pyarrow_a_stream_says_what_to_install() -> None:
    code = """
import sys
sys.modules["pyarrow"] = None
import fastgd, polars
class Stream:
    def __arrow_c_stream__(self, requested_schema=None): ...
try:
    fastgd.Network((1, 1))([1.0, 2.0], Stream())
except ImportError as error:
    print(error)
"""
    assert run_python(code).startswith("X: reading the Arrow stream of Stream needs pyarrow: pip")
