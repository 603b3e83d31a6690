"""`_draws`: what is made of PCG64's words is distributed as it says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fastgd import _draws


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def test_the_logarithm() -> None:
    x = np.concatenate([np.geomspace(1e-300, 1e300, 5000), np.linspace(1e-9, 2, 5000)])
    expected = np.array([math.log(value) for value in x])
    # Near 1 the logarithm is small, and is right to its own last digits there too.
    np.testing.assert_allclose(_draws.log(x), expected, rtol=1e-15, atol=0)


def test_normal_numbers() -> None:
    drawn = np.sort(_draws.polar(generator(), 200_000))
    assert len(drawn) == 200_000
    phi = np.array([0.5 * math.erfc(-z / math.sqrt(2)) for z in drawn])
    # Kolmogorov-Smirnov at 1 %: 1.63 / sqrt(n)
    assert np.abs(phi - np.arange(len(drawn)) / len(drawn)).max() < 1.63 / math.sqrt(len(drawn))


@pytest.mark.parametrize("n", [0, 1, 2, 7, 100])
def test_so_many_normal_numbers(n: int) -> None:
    assert _draws.polar(generator(), n).shape == (n,)


def test_the_numbers_of_a_seed_are_these() -> None:
    found = _draws.polar(generator(), 3)
    assert [x.hex() for x in found.tolist()] == [
        "0x1.f1b9a01e85097p-2", "0x1.1ef4e3e000a8fp+0", "0x1.9efa2a2e7f72ap-1",
    ]  # fmt: skip
    assert _draws.sorted_keys(generator(), 1, 8).tolist() == [[3, 2, 1, 6, 0, 7, 4, 5]]


@pytest.mark.parametrize("n", [1, 2, 3, 8, 9, 1000])
def test_orders_are_permutations(n: int) -> None:
    drawn = _draws.sorted_keys(generator(), 4, n)
    assert drawn.dtype == np.int64
    np.testing.assert_array_equal(np.sort(drawn, axis=1), np.tile(np.arange(n), (4, 1)))


def test_many_orders_are_those_drawn_one_by_one() -> None:
    at_once, one = _draws.sorted_keys(generator(), 3, 50), generator()
    np.testing.assert_array_equal(
        at_once, np.concatenate([_draws.sorted_keys(one, 1, 50) for _ in range(3)])
    )


def test_every_order_is_as_likely() -> None:
    drawn = _draws.sorted_keys(generator(), 24_000, 4)
    _, counts = np.unique(drawn, axis=0, return_counts=True)
    assert len(counts) == 24
    # chi squared of 23 degrees: 41.6 at 1 %
    assert ((counts - 1000.0) ** 2 / 1000.0).sum() < 41.6
