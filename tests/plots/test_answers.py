"""`plots.answers`: where there is nothing to draw."""

from __future__ import annotations

from tests.plots.common import IMAGES, NETWORK, THETA, png

from fastgd import inside, plots


def test_no_mistakes_at_all() -> None:
    read = NETWORK(THETA, IMAGES).argmax(1)
    none = inside.worst_mistakes(NETWORK, THETA, IMAGES, read)
    assert png(plots.mistakes(none, IMAGES))
