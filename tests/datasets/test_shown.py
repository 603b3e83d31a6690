"""`datasets.shown`: what a notebook shows of examples is a few of them, and true."""

from __future__ import annotations

import re
from base64 import b64decode
from io import BytesIO
from typing import Any

import numpy as np
import pytest

import fastgd
from fastgd.datasets.examples import Examples, Schema
from fastgd.datasets.shown import as_greys


def words(html: str) -> list[str]:
    return [text for text in re.findall(r">([^<]+)", html) if text.strip()]


def pixels(html: str) -> list[Any]:
    image = pytest.importorskip("PIL.Image")
    found = re.findall(r"base64,([^\"]+)", html)
    return [np.asarray(image.open(BytesIO(b64decode(text)))) for text in found]


def test_a_table_is_its_first_rows() -> None:
    X = np.arange(24.0).reshape(8, 3)
    schema = Schema("classes", 3, 2, columns=("a", "<b>", "c"), target="t", classes=("no", "yes"))
    html = Examples(X, np.arange(8) % 2, schema)._repr_html_()
    rows = "0 1 2 no 3 4 5 yes 6 7 8 no 9 10 11 yes 12 13 14 no"
    head = ["Examples: 8 of 3 inputs, 2 classes", "a", "&lt;b&gt;", "c", "t"]
    assert words(html) == [*head, *rows.split(), "the first 5 of 8"]


def test_a_wide_regression_leaves_columns_out() -> None:
    X = np.arange(24.0).reshape(2, 12)
    html = Examples(X, np.array([[0.5, 1], [2, 3]]), Schema("regression", 12, 2))._repr_html_()
    said = words(html)
    assert said[1:11] == [*(f"input {i}" for i in range(8)), "…", "target"]
    assert said[11:21] == [*"01234567", "…", "0.5 1"]
    assert "the first" not in html


def test_a_target_of_one_number_is_shown_as_one() -> None:
    schema = Schema("regression", 1, 1, columns=("a",), target="price")
    html = Examples(np.array([[1.0], [2]]), np.array([[0.5], [3]]), schema)._repr_html_()
    assert words(html)[1:] == ["a", "price", "1", "0.5", "2", "3"]


def test_without_targets() -> None:
    html = Examples(np.ones((1, 1)), None, Schema("regression", 1, 1, columns=("a",)))._repr_html_()
    assert words(html) == ["Examples: 1 of 1 inputs, regression, without targets", "a", "1"]


def test_pictures_are_one_of_each_class() -> None:
    X = np.arange(24, dtype=np.uint8).reshape(4, 6)
    schema = Schema("classes", 6, 3, shape=(2, 3), classes=("cat", "dog", "owl"), pixels=True)
    html = Examples(X, np.array([2, 0, 2, 0]), schema)._repr_html_()
    assert words(html)[1:] == ["cat", "owl"]
    assert [image.tolist() for image in pixels(html)] == [
        X[1].reshape(2, 3).tolist(), X[0].reshape(2, 3).tolist(),
    ]  # fmt: skip


def test_pictures_without_labels_are_the_first() -> None:
    schema = Schema("classes", 6, 1, shape=(2, 3), classes=("cat",))
    html = Examples(np.zeros((4, 6)), None, schema)._repr_html_()
    assert html.count("<img") == 1


def test_the_digits_are_their_pixels() -> None:
    digits = fastgd.datasets.digits()
    shown = pixels(digits._repr_html_())
    first = [int(np.argmax(digits.train_labels == digit)) for digit in range(10)]
    assert (np.array(shown).reshape(10, 784) == digits.train_images[first]).all()


def test_numbers_as_greys() -> None:
    assert as_greys(np.array([[-1.0, 1.0], [0.0, 1.0]])).tolist() == [[0, 255], [127, 255]]
    assert as_greys(np.full((1, 2), 7.0)).tolist() == [[0, 0]]
