"""`datasets.examples`: schemas as JSON, parts, and splits that keep the classes' shares."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastgd.datasets import Examples, Schema

TABLE = Schema(
    "classes", 3, 2, columns=("age", "city"), target="buys", classes=("no", "yes"),
    categories={"city": ("Oslo", "Zürich, \n'x'")},
)  # fmt: skip
SCHEMAS = [
    TABLE,
    Schema("regression", 4, 3),
    Schema("regression", 2, 1, columns=("1", "3"), target="2", width=4),
    Schema("classes", 784, 10, classes=tuple("0123456789"), shape=(28, 28), pixels=True),
]


def labelled(labels: Any, n_classes: int | None = None) -> Examples:
    Y = np.asarray(labels)
    n = int(Y.max()) + 1 if n_classes is None else n_classes
    schema = Schema("classes", 1, n, classes=tuple(map(str, range(n))))
    return Examples(np.arange(len(Y), dtype=float)[:, None], Y, schema)


# -------------------------------------------------------------------------------------- schemas


@pytest.mark.parametrize("schema", SCHEMAS)
def test_json_and_back(schema: Schema) -> None:
    text = schema.to_json()
    assert "\n" not in text
    assert Schema.from_json(text) == schema


def test_inputs_have_names_where_columns_have() -> None:
    assert TABLE.inputs == ("age", "city=Oslo", "city=Zürich, \n'x'")
    assert SCHEMAS[3].inputs == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "both"},
        {"kind": None},
        {"n_inputs": 2},
        {"n_inputs": "3"},
        {"n_outputs": 3},
        {"n_outputs": 0},
        {"n_outputs": True},
        {"columns": ["age"]},
        {"columns": ["age", 5]},
        {"columns": 5},
        {"target": None},
        {"classes": ["no"]},
        {"classes": [["no"], ["yes"]]},
        {"categories": {"town": ["Oslo", "Rome"]}},
        {"categories": {"city": ["Oslo"] * 5}},
        {"categories": ["city"]},
        {"categories": {"city": [1, 2]}},
        {"width": -3},
        {"shape": [2, 2]},
        {"shape": [3]},
        {"pixels": 1},
        {"surplus": 1},
        {"classes": ["no", "\x1b]0;yes\x07"]},
    ],
)
def test_json_that_does_not_fit_together_is_refused(changes: Any) -> None:
    text = json.dumps(json.loads(TABLE.to_json()) | changes)
    with pytest.raises(ValueError, match="not a schema of examples: "):
        Schema.from_json(text)


@pytest.mark.parametrize("text", ["", "null", "[]", "3", "{}", "{", "[" * 100_000, '{"kind": 1}'])
def test_what_is_no_schema_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a schema of examples: "):
        Schema.from_json(text)


def test_names_that_steer_a_terminal_are_refused() -> None:
    with pytest.raises(ValueError, match="column or class has control characters"):
        Schema("classes", 1, 2, columns=("\x9b31m",), classes=("a", "b"))


# ---------------------------------------------------------------------------------------- parts


@pytest.mark.parametrize("rows", [[3, 1], np.array([False, True, False, True]), slice(1, 3)])
def test_parts_keep_rows_together(rows: Any) -> None:
    examples = labelled([0, 1, 0, 1])
    named = Examples(examples.X, examples.Y, examples.schema, tuple("abcd"), test=examples)
    part = named.part(rows)
    index = np.arange(4)[rows]
    assert part.X[:, 0].tolist() == index.tolist()
    assert part.Y is not None
    assert part.Y.tolist() == (index % 2).tolist()
    assert part.names == tuple("abcd"[i] for i in index)
    assert part.test is None


def test_repr_is_short() -> None:
    assert repr(labelled([0, 1])) == "<Examples: 2 of 1 inputs, 2 classes>"
    numbers = Examples(np.zeros((1000, 3)), None, Schema("regression", 3, 1))
    assert repr(numbers) == "<Examples: 1,000 of 3 inputs, regression, without targets>"


# --------------------------------------------------------------------------------------- splits


@given(
    st.lists(st.integers(0, 4), min_size=3, max_size=200),
    st.floats(0.01, 0.99),
    st.integers(0, 2**32 - 1),
)
def test_classes_keep_their_shares(labels: list[int], fraction: float, seed: int) -> None:
    counts = np.bincount(labels, minlength=5)
    if counts.max() < 2:
        return
    rest, aside = labelled(labels, 5).split(fraction, seed)
    rows = np.r_[rest.X[:, 0], aside.X[:, 0]]
    assert sorted(rows) == list(range(len(labels)))
    assert list(rest.X[:, 0]) == sorted(rest.X[:, 0])
    assert rest.Y is not None
    assert aside.Y is not None
    got = np.bincount(aside.Y, minlength=5)
    assert (np.bincount(rest.Y, minlength=5)[counts > 0] > 0).all()
    assert (abs(got - np.minimum(counts * fraction, np.maximum(counts - 1, 0))) <= 1).all()


def test_a_split_has_the_size_asked_for() -> None:
    rest, aside = labelled(np.arange(1000) % 7).split(0.1, 0)
    assert (rest.n_examples, aside.n_examples) == (900, 100)


def test_a_class_of_one_example_stays_in_the_rest() -> None:
    rest, aside = labelled([0] * 9 + [1]).split(0.5, 0)
    assert rest.Y is not None
    assert aside.Y is not None
    assert 1 in rest.Y
    assert 1 not in aside.Y


def test_the_seed_decides() -> None:
    examples = labelled(np.arange(100) % 3)
    one, again, other = (examples.split(0.3, seed)[1].X for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_regression_splits_at_random() -> None:
    X = np.arange(50.0)[:, None]
    rest, aside = Examples(X, X, Schema("regression", 1, 1)).split(0.2, np.random.default_rng(0))
    assert (rest.n_examples, aside.n_examples) == (40, 10)
    assert np.array_equal(aside.X, aside.Y)  # type: ignore[arg-type]


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5, float("nan")])
def test_a_fraction_out_of_range_is_refused(fraction: float) -> None:
    with pytest.raises(ValueError, match="fraction: expected a finite number between 0 and 1, got"):
        labelled([0, 1, 0, 1]).split(fraction)


@pytest.mark.parametrize("labels", [[0], [0, 1, 2]])
def test_a_part_of_nothing_is_refused(labels: list[int]) -> None:
    with pytest.raises(ValueError, match=r"fraction: 0.5 of . examples, one of each class kept"):
        labelled(labels, 3).split(0.5)
