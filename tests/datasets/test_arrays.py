"""`datasets.arrays`: arrays of inputs and targets as examples, and more of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fastgd import Cost, Network
from fastgd.datasets import Examples, Schema
from fastgd.datasets.arrays import Arrays, first_arrays, more_arrays

RNG = np.random.default_rng(0)
X = RNG.normal(size=(6, 4))
PIXELS = RNG.integers(0, 256, (6, 2, 3), np.uint8)
LABELS = np.array([0, 1, 2, 0, 1, 2])
HERE = "here.npz"


def first(X: Any, Y: Any, kind: str | None = None, **fields: Any) -> Examples:
    return first_arrays(Arrays(HERE, np.asarray(X), np.asarray(Y), **fields), kind)


@pytest.mark.parametrize(
    ("Y", "kind", "classes", "expected"),
    [
        (LABELS, None, ("0", "1", "2"), LABELS),
        (LABELS[:, None], None, ("0", "1", "2"), LABELS),
        (LABELS * 10.0, None, ("0", "10", "20"), LABELS),
        (np.eye(3)[LABELS], None, ("0", "1", "2"), LABELS),
        (np.array(["b", "c", "d"])[LABELS], None, ("b", "c", "d"), LABELS),
        (np.array([b"b", b"c", b"d"])[LABELS], None, ("b", "c", "d"), LABELS),
        (LABELS == 1, None, ("False", "True"), [0, 1, 0, 0, 1, 0]),
        (LABELS, "regression", (), LABELS[:, None]),
        (np.eye(3)[LABELS], "regression", (), np.eye(3)[LABELS]),
        (X[:, 0], None, (), X[:, :1]),
        (X[:, :2].astype("f4"), None, (), X[:, :2].astype("f4")),
    ],
)
def test_what_targets_mean(Y: Any, kind: str | None, classes: Any, expected: Any) -> None:
    found = first(X, Y, kind)
    assert found.kind == ("classes" if classes else "regression")
    assert found.classes == classes
    np.testing.assert_array_equal(found.Y, expected)  # type: ignore[arg-type]
    network = Network((4, found.schema.n_outputs), output_activation="identity")
    assert Cost(network, found.X, found.Y)(np.zeros(network.n_parameters)) > 0  # type: ignore[arg-type]


def test_labels_of_pixels_are_classes_however_many() -> None:
    many = np.arange(30) * 1.0
    assert len(first(np.zeros((30, 5), np.uint8), many).classes) == 30
    assert first(np.zeros((30, 5)), many).kind == "regression"


@pytest.mark.parametrize(
    ("inputs", "n_inputs", "shape", "pixels", "dtype"),
    [
        (X, 4, None, False, "float64"),
        (X.astype("f4"), 4, None, False, "float32"),
        (X.astype("f2"), 4, None, False, "float32"),
        (X.astype(int), 4, None, False, "float64"),
        (X > 0, 4, None, False, "float64"),
        (X[:, 0], 1, None, False, "float64"),
        (PIXELS, 6, (2, 3), True, "uint8"),
        (PIXELS[..., None], 6, (2, 3), True, "uint8"),
        (PIXELS.reshape(6, 6), 6, None, True, "uint8"),
        (PIXELS / 255, 6, (2, 3), False, "float64"),
        (np.zeros((6, 2, 2, 3), np.uint8), 12, None, True, "uint8"),
    ],
)
def test_inputs_become_rows(
    inputs: Any, n_inputs: int, shape: Any, pixels: bool, dtype: str
) -> None:
    found = first(inputs, LABELS)
    schema = found.schema
    assert (schema.n_inputs, schema.shape, schema.pixels) == (n_inputs, shape, pixels)
    assert found.X.dtype == dtype
    np.testing.assert_array_equal(found.X, np.asarray(inputs).reshape(6, -1).astype(dtype))


@pytest.mark.parametrize(
    ("inputs", "Y", "kind", "complaint"),
    [
        (X, LABELS[:5], None, r"here.npz: X has 6 examples, but the targets have shape \(5,\)"),
        (X, np.int64(3), None, r"X has 6 examples, but the targets have shape \(\)"),
        (X, np.zeros((6, 2, 2)), None, r"the targets are float64 of shape \(6, 2, 2\)"),
        (X, LABELS * 1j, None, "the targets are complex128"),
        (X, np.where(LABELS == 1, np.nan, 1.5), None, "row 1, column 'y': 'nan' stands for a mis"),
        (X, np.full((6, 2), np.inf), None, "the targets have NaN or infinity; leave those rows"),
        (X, np.zeros(6), None, "here.npz has one class alone; expected examples of two at least"),
        (X, X[:, :2], "classes", "have no single 1 in each row; give labels"),
        (X, np.array([""] + ["a", "b", "c"] + ["d"] * 2), None, "row 0, .*an empty cell"),
        (np.where(X[2, 3] == X, np.nan, X), LABELS, None, r"X\[2, 3\] is nan; fill it in, or leav"),
        (np.array(["a"] * 6), LABELS, None, "X is <U1; expected numbers"),
        (np.zeros((0, 3)), LABELS[:0], None, r"X has shape \(0, 3\); expected \(n_examples, n_in"),
        (np.float64(1), LABELS, None, r"X has shape \(\)"),
    ],
)  # fmt: skip
def test_arrays_that_will_not_do_are_refused(
    inputs: Any, Y: Any, kind: str | None, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint) as caught:
        first(inputs, Y, kind)
    assert str(caught.value).startswith(HERE)


@pytest.mark.parametrize(
    ("names", "complaint"),
    [((), "no targets; expected an array y"), (("a.png",), "expected a folder for each class")],
)
def test_missing_targets_are_asked_for(names: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        first_arrays(Arrays(HERE, X[:1], None, names=names), None)


def test_the_test_part_is_read_alike() -> None:
    part = Arrays("test", X[:2], LABELS[1:3])
    found = first(X, LABELS, test=part)
    assert found.test is not None
    assert found.test.schema == found.schema
    np.testing.assert_array_equal(found.test.Y, [1, 2])  # type: ignore[arg-type]
    assert first(X, LABELS, test=part._replace(Y=None)).test is None


def test_a_class_of_the_test_part_alone_is_refused() -> None:
    part = Arrays("here.npz, X_test", X[:2], np.array([1, 9]))
    with pytest.raises(ValueError, match=r"X_test, row 1, .*'9' is none of the values learned"):
        first(X, LABELS, test=part)


# ---------------------------------------------------------------------------- further examples


def more(schema: Schema, X: Any, Y: Any = None, **options: Any) -> Examples:
    given = Arrays(HERE, np.asarray(X), None if Y is None else np.asarray(Y))
    return more_arrays(given, schema, **options)


@pytest.mark.parametrize("inputs", [X, PIXELS, PIXELS / 255])
@pytest.mark.parametrize(
    "Y", [LABELS, np.eye(3)[LABELS], X[:, 0], X[:, :2], np.array(list("aab") * 2)]
)
def test_what_was_read_is_read_again_by_its_schema(inputs: Any, Y: Any) -> None:
    found = first(inputs, Y)
    again = more(Schema.from_json(found.schema.to_json()), inputs, Y)
    np.testing.assert_array_equal(found.X, again.X)
    np.testing.assert_array_equal(found.Y, again.Y)  # type: ignore[arg-type]


def test_one_example_alone() -> None:
    assert more(first(X, LABELS).schema, X[2]).X.shape == (1, 4)
    assert more(first(PIXELS, LABELS).schema, PIXELS[2]).X.shape == (1, 6)


def test_targets_may_be_left_unread() -> None:
    schema = first(X, LABELS).schema
    assert more(schema, X, [7] * 6, targets=False).Y is None


@pytest.mark.parametrize(
    ("learned", "inputs", "Y", "complaint"),
    [
        (X, X[:, :3], None, r"an example has shape \(3,\); what was learned from has \(4,\)"),
        (PIXELS, PIXELS.reshape(6, 3, 2), None, r"shape \(3, 2\); .* learned from has \(2, 3\)"),
        (PIXELS, PIXELS / 255, None, "X is float64; what was learned from has uint8 pixels"),
        (X, X.astype(np.uint8), None, "X is uint8; what was learned from has numbers that are no"),
        (X, X, [0, 1, 2, 3, 0, 0], "row 3, column 'y': '3' is none of the values learned from"),
        (X, X, np.zeros((6, 2)), r"targets have shape \(6, 2\); expected \(n, 3\)"),
        (X, X, [0, 1], "X has 6 examples, but the targets"),
    ],
)
def test_further_arrays_that_do_not_fit_are_refused(
    learned: Any, inputs: Any, Y: Any, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        more(first(learned, LABELS).schema, inputs, Y)


def test_arrays_for_a_table_of_texts_are_refused() -> None:
    schema = Schema("regression", 2, 1, columns=("city",), categories={"city": ("Oslo", "Rome")})
    with pytest.raises(
        ValueError, match="arrays have no texts; column 'city' is one: give a table"
    ):
        more(schema, np.zeros((3, 2)))


@pytest.mark.parametrize(
    "Y", [np.array([b"caf\xe9", b"tea"] * 3), np.full(6, 2**31 - 1, np.uint32).view("U1")]
)
def test_targets_that_are_no_texts_are_refused(Y: Any) -> None:
    """A file may hold any numbers in the place of characters: it was a SystemError."""
    with pytest.raises(ValueError, match=r"here\.npz: the targets are .*, but no text in it"):
        first(X, Y)
