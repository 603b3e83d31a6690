"""The cost of a small network on real digits."""

from __future__ import annotations

import pytest

import fastgd


@pytest.fixture(scope="module")
def cost() -> fastgd.Cost:
    sample = fastgd.datasets.digits()
    network = fastgd.Network((784, 16, 16, 10))
    return fastgd.Cost(network, sample.train_images[:600], sample.train_labels[:600], dtype=float)
