"""`ink.looks`: ink is told from paper, and the digit from dirt."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastgd.ink.areas import Box
from fastgd.ink.looks import LOOK, looked_at, part_of, pieces_of, stretched

STROKE = np.zeros((28, 28), np.uint8)
STROKE[4:24, 12:16] = 200


def test_contrast_is_stretched_to_0_and_255() -> None:
    seen = np.where(STROKE > 0, 16 * 90, 16 * 40)
    ink = stretched(seen)
    assert ink is not None
    np.testing.assert_array_equal(ink, np.where(STROKE > 0, 255, 0))


def test_halves_stay_halves() -> None:
    """An edge of paper and ink in equal parts, as averages over areas make it."""
    seen = np.where(STROKE > 0, 1000, 0)
    seen[4:24, 11] = 500
    ink = stretched(seen)
    assert ink is not None
    assert set(ink[4:24, 11]) == {128}


@pytest.mark.parametrize("level", [0, 100])
def test_no_contrast_is_no_ink(level: int) -> None:
    assert stretched(np.full((5, 5), level)) is None
    assert stretched(np.full((5, 5), level) + np.eye(5, dtype=int) * 16 * 5) is None


def test_specks_are_dirt() -> None:
    dirty = STROKE.copy()
    dirty[1, 1] = dirty[25, 25] = 255
    look = looked_at(dirty)
    assert look is not None
    np.testing.assert_array_equal(look > 0, STROKE > 0)


def test_a_large_piece_is_no_dirt_but_where_it_comes_in_from_the_edge() -> None:
    inside, edge = STROKE.copy(), STROKE.copy()
    inside[10:20, 22:24] = 200
    edge[10:20, 26:28] = 200
    look, from_edge = looked_at(inside), looked_at(edge)
    assert look is not None
    assert from_edge is not None
    np.testing.assert_array_equal(look > 0, inside > 0)
    np.testing.assert_array_equal(from_edge > 0, STROKE > 0)


def test_a_digit_at_the_edge_is_no_dirt() -> None:
    look = looked_at(np.roll(STROKE, 4, 0))
    assert look is not None
    np.testing.assert_array_equal(look > 0, np.roll(STROKE, 4, 0) > 0)


@pytest.mark.parametrize(
    ("shape", "seen"), [((28, 28), (28, 28)), ((900, 1200), (84, LOOK)), ((2000, 3), (LOOK, 1))]
)
def test_large_pictures_are_made_smaller(shape: tuple[int, int], seen: tuple[int, int]) -> None:
    picture = np.zeros(shape, np.uint8)
    picture[shape[0] // 4 : shape[0] // 2, shape[1] // 4 : -shape[1] // 4] = 255
    look = looked_at(picture)
    assert look is not None
    assert look.shape == seen


def test_pieces_touch_at_corners_too() -> None:
    mask = np.array([[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 0, 0], [1, 1, 0, 1]], bool)
    assert pieces_of(mask).tolist() == [[1, 0, 0, 2], [0, 1, 0, 2], [0, 0, 0, 0], [3, 3, 0, 4]]


@given(st.integers(0, 2**32), st.integers(1, 12), st.integers(1, 12))
def test_pieces_are_scipy_s(seed: int, rows: int, columns: int) -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    mask = np.random.default_rng(seed).random((rows, columns)) < 0.4
    expected, _ = ndimage.label(mask, np.ones((3, 3)))
    np.testing.assert_array_equal(pieces_of(mask), expected)


def test_a_part_has_two_pixels_of_the_look_around_it() -> None:
    picture = np.arange(100 * 200).reshape(100, 200).astype(np.uint8)
    part = part_of(picture, Box(3, 5, 10, 12), (10, 20))
    np.testing.assert_array_equal(part, picture[10:70, 80:140])
    whole = part_of(picture, Box(0, 10, 1, 19), (10, 20))
    np.testing.assert_array_equal(whole, picture)
