"""`integers`: the twin reads what the C file reads; its curve is sigmoid. Its bits: `integer_c`."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from tests.export.common import SAMPLE, in_integers

from fastgd.export.integers import MOST, ONE, curve, relu

DIGITS = ((784, 16, 16, 10), "sigmoid", "sigmoid")


def test_one_example_and_sparse_rows_are_read() -> None:
    integers = in_integers(DIGITS, 8)
    images = SAMPLE.test_images[:20]
    expected = integers(images)
    assert expected.dtype == np.int32
    np.testing.assert_array_equal(integers(images[3]), expected[3])
    np.testing.assert_array_equal(integers(images / 255), expected)
    np.testing.assert_array_equal(integers(sparse.csr_array(images)), expected)


def test_what_it_cannot_read_is_named() -> None:
    integers = in_integers(DIGITS, 8)
    with pytest.raises(ValueError, match="X: expected numbers in input_range, 0 to 1; got 0 to 2"):
        integers(np.linspace(0, 2, 784))
    with pytest.raises(ValueError, match=r"X has shape \(3,\)"):
        integers([1, 2, 3])


@pytest.mark.parametrize("shift", [0, 3, 12, 13, 24])
def test_the_curve_is_sigmoid(shift: int) -> None:
    """Within a straight line's and a table's rounding; from 8 on it is flat."""
    z = np.linspace(-10, 10, 2001)
    sums = np.rint(z * 2.0**shift).astype(np.int64)
    found = curve(sums, np.full(len(z), shift)) / ONE
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-sums / 2.0**shift)), atol=4e-4)
    assert found[0] == 1 - found[-1]
    assert (np.diff(found) >= 0).all()


def test_relu_rounds_and_is_held() -> None:
    sums = np.array([-9, 0, 1, 2, 6, 1019, 1021, 10**9])
    found = relu(sums, np.full(len(sums), 2))
    np.testing.assert_array_equal(found, [0, 0, 0, 1, 2, MOST, MOST, MOST])
