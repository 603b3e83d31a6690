"""Handwritten digits among a command's examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import fastgd

if TYPE_CHECKING:
    from numpy.typing import NDArray


def first_three(digits: fastgd.datasets.Digits) -> NDArray[Any]:
    """The first 3 among the test digits: what is shown before and after training."""
    image: NDArray[Any] = digits.test_images[(digits.test_labels == 3).argmax()]
    return image
