"""`ink.places`: the middle is where MNIST has it."""

from __future__ import annotations

import numpy as np
import pytest
from tests.ink.pictures import shifted

import fastgd
from fastgd.ink.places import as_mnist_has_it, centre, centred, filled_up


def test_the_centre_of_the_first_pixel_is_a_half() -> None:
    ink = np.zeros((4, 4), np.int64)
    ink[0, 0] = 7
    assert centre(ink) == (0.5, 0.5)
    ink[0, 2] = 21
    assert centre(ink) == (0.5, 2.0)


def test_digits_go_where_they_were() -> None:
    for image in fastgd.datasets.digits().test_images[:100].reshape(-1, 28, 28):
        rows, columns = image.any(1).nonzero()[0], image.any(0).nonzero()[0]
        part = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.int64)
        np.testing.assert_array_equal(centred(part, 28), image.ravel())


def test_a_digit_stays_whole_where_its_mass_is_at_the_side() -> None:
    part = np.zeros((20, 20), np.int64)
    part[:, 0], part[:, -1] = 255, 1
    page = centred(part, 28).reshape(28, 28)
    assert page[:, 8].max() == 255
    assert page[:, 27].max() == 1


@pytest.mark.parametrize(("down", "right"), [(1, 0), (0, -1), (3, 3)])
def test_a_digit_beside_the_middle_is_not_as_mnist_has_it(down: int, right: int) -> None:
    image = fastgd.datasets.digits().test_images[0].reshape(28, 28)
    assert as_mnist_has_it(image, 28) is not None
    assert as_mnist_has_it(shifted(image, down, right), 28) is None


def test_a_faint_digit_gets_full_contrast() -> None:
    image = fastgd.datasets.digits().test_images[0].reshape(28, 28)
    found = as_mnist_has_it(image // 4, 28)
    assert found is not None
    assert found.max() == 255
    np.testing.assert_allclose(found.reshape(28, 28), image, atol=5)


def test_a_larger_picture_is_not_as_mnist_has_it() -> None:
    assert as_mnist_has_it(np.zeros((28, 29), np.uint8), 28) is None


def test_what_the_edge_has_cut_is_filled_up() -> None:
    """A bar of 20 rows of which 15 are left: its middle is that of 20."""
    look = np.zeros((28, 28), np.int64)
    look[13:, 10:14] = 255
    found = filled_up(look, 20)
    assert found is not None
    part, middle = found
    assert part.shape == (20, 4)
    assert (part[:15] == 255).all()
    assert (part[15:] == 0).all()
    assert middle == (10.0, 2.0)


@pytest.mark.parametrize("turned", [0, 1, 2, 3])
def test_each_edge_cuts_alike(turned: int) -> None:
    look = np.zeros((28, 28), np.int64)
    look[13:, 10:14] = 255
    found = filled_up(np.rot90(look, turned), 20)
    assert found is not None
    assert sorted(found[0].shape) == [4, 20]
    assert found[1][turned % 2] == 10.0


@pytest.mark.parametrize(("top", "bottom"), [(4, 24), (8, 28), (5, 15), (20, 28)])
def test_whole_and_small_digits_are_not_cut(top: int, bottom: int) -> None:
    """20 rows, 20 rows that end at the edge, 10 rows inside, 8 rows at the edge."""
    look = np.zeros((28, 28), np.int64)
    look[top:bottom, 10:14] = 255
    assert filled_up(look, 20) is None
