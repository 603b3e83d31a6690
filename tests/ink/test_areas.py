"""`ink.areas`: averages over areas, whole or shared pixels."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fastgd.ink.areas import UNITS, averaged, box_of


def test_whole_blocks_are_means() -> None:
    values = np.arange(24).reshape(4, 6)
    expected = UNITS * values.reshape(2, 2, 3, 2).mean((1, 3))
    np.testing.assert_array_equal(averaged(values, 2, 3), expected)


def test_a_pixel_that_two_areas_share_is_shared() -> None:
    """3 pixels in 2 areas of 1.5: (0 + 30/2)/1.5 and (30/2 + 90)/1.5."""
    assert averaged(np.array([[0, 30, 90]]), 1, 2).tolist() == [[10 * UNITS, 70 * UNITS]]


def test_more_areas_than_pixels_repeat_them() -> None:
    values = np.array([[10, 20]])
    assert averaged(values, 2, 4).tolist() == [[160, 160, 320, 320]] * 2


@given(st.integers(0, 2**32), *(st.integers(1, 30) for _ in range(4)))
def test_the_mean_stays(seed: int, height: int, width: int, rows: int, columns: int) -> None:
    values = np.random.default_rng(seed).integers(0, 256, (height, width))
    found = averaged(values, rows, columns)
    assert abs(found.mean() / UNITS - values.mean()) <= 0.5 / UNITS + 1e-6
    assert found.min() >= UNITS * values.min()
    assert found.max() <= UNITS * values.max()


def test_a_box_is_where_there_is_enough_ink() -> None:
    ink = np.zeros((9, 9), int)
    ink[2, 3] = ink[5, 7] = 24
    ink[0, 0] = 23
    assert box_of(ink) == (2, 6, 3, 8)
    assert box_of(ink, least=1) == (0, 6, 0, 8)
