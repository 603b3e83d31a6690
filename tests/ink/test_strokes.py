"""`ink.strokes`: thin strokes become as wide as a pen's, others stay."""

from __future__ import annotations

import numpy as np
import pytest

from fastgd.ink.strokes import PEN, spread, stroke_width, with_wide_strokes


def bar(width: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """100 long."""
    ink = np.zeros((112, 112), np.int64)
    ink[6:106, 50 : 50 + width] = 255
    return ink


@pytest.mark.parametrize("width", [2, 5, 12])
def test_the_width_of_a_bar_is_measured(width: int) -> None:
    assert stroke_width(bar(width)) == pytest.approx(width, rel=0.15)


@pytest.mark.parametrize("width", [1, 2, 4, 5])
def test_a_thin_bar_becomes_wide_enough(width: int) -> None:
    """Of 100 pixels that become 20, 8 make 1.6."""
    wide = with_wide_strokes(bar(width), 20)
    assert PEN * 5 - 1 <= (wide > 0).any(0).sum() <= PEN * 5 + 2


@pytest.mark.parametrize("width", [7, 10])
def test_a_wide_bar_stays(width: int) -> None:
    """1.2 pixels of 20 are 6 of 100."""
    np.testing.assert_array_equal(with_wide_strokes(bar(width), 20), bar(width))


def test_ink_spreads_to_sides_and_corners() -> None:
    ink = np.zeros((3, 3), np.int64)
    ink[1, 1] = 9
    assert spread(ink, corners=True).tolist() == [[9] * 3] * 3
    assert spread(ink, corners=False).tolist() == [[0, 9, 0], [9, 9, 9], [0, 9, 0]]
