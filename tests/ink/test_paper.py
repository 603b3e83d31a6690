"""`ink.paper`: what is paper, and how far the ink is from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.ink.pictures import CREAM, NAVY

from fastgd.ink.paper import distances, pixels_of

INK = np.zeros((8, 8), bool)
INK[2:6, 3:5] = True


def painted(ink: Any, paper: Any) -> NDArray[np.uint8]:
    return np.where(INK[..., None], np.uint8(ink), np.uint8(paper))


def test_distance_is_the_root_mean_square_over_channels() -> None:
    away = distances(painted(NAVY, CREAM))
    expected = round(float(np.sqrt(np.mean(np.subtract(NAVY, CREAM) ** 2.0))))
    np.testing.assert_array_equal(away, np.where(INK, expected, 0))


@pytest.mark.parametrize("sign", [1, -1])
def test_ink_is_lighter_or_darker(sign: int) -> None:
    grey = np.where(INK, 128 + 50 * sign, 128).astype(np.uint8)
    np.testing.assert_array_equal(distances(grey), np.where(INK, 50, 0))


def test_ink_at_the_edge_is_outvoted() -> None:
    grey = np.where(INK, 0, 255).astype(np.uint8)
    grey[0, :4] = grey[:4, 0] = 0
    assert distances(grey)[7, 7] == 0


def test_ink_of_one_colour_is_as_much_as_it_is_opaque() -> None:
    alpha = np.where(INK, 200, 0).astype(np.uint8)
    for colour in (0, 128, 255):
        picture = np.dstack([np.full((8, 8, 3), colour, np.uint8), alpha])
        np.testing.assert_array_equal(distances(picture), alpha)


def test_a_hole_in_a_card_is_ink() -> None:
    alpha = np.where(INK, 0, 255).astype(np.uint8)
    picture = np.dstack([np.full((8, 8, 3), 90, np.uint8), alpha])
    np.testing.assert_array_equal(distances(picture), np.where(INK, 255, 0))


@pytest.mark.parametrize(("low", "high", "darkest"), [(150, 255, False), (0, 105, True)])
def test_ink_of_many_greys_lies_on_black_or_on_white(low: int, high: int, darkest: bool) -> None:
    """Whichever is farther from what is seen."""
    greys = np.random.default_rng(0).integers(low, high, (8, 8), np.uint8)
    picture = np.dstack([greys, greys, greys, np.where(INK, 255, 0).astype(np.uint8)])
    expected = 255 - greys if darkest else greys
    np.testing.assert_array_equal(distances(picture), np.where(INK, expected, 0))


def test_a_card_with_transparent_corners_is_paper() -> None:
    picture = np.dstack([painted(NAVY, CREAM), np.full((8, 8), 255, np.uint8)])
    for corner in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
        picture[corner] = 0
    np.testing.assert_array_equal(distances(picture) > 0, INK)


@pytest.mark.parametrize(
    ("picture", "error", "message"),
    [
        (np.zeros((28, 28)), TypeError, "expected an array of uint8, got float64"),
        (np.zeros(784, np.uint8), ValueError, r"got \(784,\)"),
        (np.zeros((28, 28, 2), np.uint8), ValueError, r"\(H, W\), \(H, W, 3\) or \(H, W, 4\)"),
        (np.zeros((0, 28), np.uint8), ValueError, r"expected pixels, got shape \(0, 28\)"),
    ],
)
def test_what_is_no_picture_is_refused(
    picture: NDArray[Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match="picture: .*" + message):
        pixels_of(picture)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I", "I;16", "F"])
def test_pictures_of_pillow_in_every_mode(mode: str) -> None:
    Image = pytest.importorskip("PIL.Image")
    grey = Image.fromarray(np.where(INK, 0, 255).astype(np.uint8))
    if mode == "I;16":
        picture = Image.fromarray(np.where(INK, 0, 65535).astype(np.uint16))
    elif mode == "P":
        picture = grey.convert("RGB").convert("P")
    elif mode == "CMYK":
        picture = grey.convert("RGB").convert("CMYK")
    else:
        picture = grey.convert(mode)
    away = distances(pixels_of(picture))
    np.testing.assert_array_equal(away, np.where(INK, 255, 0))


def test_a_transparent_colour_of_a_palette_is_paper() -> None:
    Image = pytest.importorskip("PIL.Image")
    picture = Image.fromarray(INK.astype(np.uint8)).convert("P")
    picture.putpalette([0, 0, 0, 0, 0, 0])  # black on black
    picture.info["transparency"] = 0
    np.testing.assert_array_equal(distances(pixels_of(picture)), np.where(INK, 255, 0))
