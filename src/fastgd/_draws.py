"""Random numbers: where they come from, normal weights, orders of the examples.

Usually they are NumPy's: `default_rng`, `standard_normal`, `permuted`. NumPy promises the streams
of its bit generators alone, and a normal number may take a logarithm of the C library. So under
FASTGD_DETERMINISTIC=everywhere all is made here of PCG64's words, of operations that IEEE 754
rounds in one way: + - * / and the square root.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd._engine.builds import EVERYWHERE

Seed = np.random.Generator | int | Sequence[int] | None


def generator_of(rng: Seed) -> np.random.Generator:
    """A generator as it is, or PCG64's from a seed; None: from the system.

    Raises
    ------
    ValueError
        Under FASTGD_DETERMINISTIC=everywhere for any bit generator but PCG64.
    """
    if not EVERYWHERE:
        return np.random.default_rng(rng)
    if rng is None or isinstance(rng, int | np.integer | tuple | list):
        return np.random.Generator(np.random.PCG64(rng))
    generator = np.random.default_rng(rng)
    kind = type(generator.bit_generator)
    if kind is not np.random.PCG64:
        raise ValueError(
            f"rng: FASTGD_DETERMINISTIC=everywhere draws from PCG64, got {kind.__name__}"
        )
    return generator


def normal(generator: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Normal numbers of mean 0 and deviation 1."""
    if not EVERYWHERE:
        return generator.standard_normal(shape)
    return polar(generator, int(np.prod(shape))).reshape(shape)


def orders(generator: np.random.Generator, n_orders: int, n: int) -> NDArray[np.int64]:
    """Random orders of 0 to n - 1, (n_orders, n); the same as so many calls for one."""
    if EVERYWHERE:
        return sorted_keys(generator, n_orders, n)
    out = np.tile(np.arange(n), (n_orders, 1))
    return generator.permuted(out, axis=1, out=out)  # draws as n_orders calls of `permutation` do


# ------------------------------------------------------------- from PCG64's words alone


def words(generator: np.random.Generator, n: int) -> NDArray[np.uint64]:
    """The next n words of 64 bits."""
    found: Any = generator.bit_generator.random_raw(n)
    return np.asarray(found, np.uint64)


def sorted_keys(generator: np.random.Generator, n_orders: int, n: int) -> NDArray[np.int64]:
    """Words whose low bits are the numbers 0 to n - 1, sorted: any sort finds the same order."""
    bits = np.uint64((n - 1).bit_length())
    keys = words(generator, n_orders * n).reshape(n_orders, n) >> bits << bits
    keys |= np.arange(n, dtype=np.uint64)
    keys.sort(axis=1)
    keys &= (np.uint64(1) << bits) - np.uint64(1)
    return keys.view(np.int64)


def polar(generator: np.random.Generator, n: int) -> NDArray[np.float64]:
    """n normal numbers by Marsaglia and Bray, "A convenient method", SIAM Review 6, 1964.

    (x, y) uniform in the unit circle, s = x^2 + y^2: x and y times sqrt(-2 log(s) / s).
    """
    found = np.empty((0, 2))
    while 2 * len(found) < n:
        # Of a square's area the circle has pi / 4.
        wanted = (n - 2 * len(found)) // 3 * 2 + 8
        x, y = 2.0 * uniform(generator, 2 * wanted).reshape(2, wanted) - 1.0
        s = x * x + y * y
        inside = (s > 0.0) & (s < 1.0)
        x, y, s = x[inside], y[inside], s[inside]
        factor = np.sqrt(-2.0 * log(s) / s)
        found = np.concatenate([found, np.stack([x * factor, y * factor], axis=1)])
    return found.ravel()[:n]


def uniform(generator: np.random.Generator, n: int) -> NDArray[np.float64]:
    """n multiples of 2^-53 in [0, 1)."""
    return np.asarray((words(generator, n) >> np.uint64(11)) * 2.0**-53, np.float64)


def log(x: NDArray[np.float64]) -> NDArray[Any]:
    """The natural logarithm of normal positive numbers, within 3 units in the last place.

    log x = k log 2 + log m with x = 2^k m, 0.7 <= m < 1.4, and
    log m = 2 artanh(t) = 2 (t + t^3/3 + t^5/5 + ..) with t = (m - 1) / (m + 1).
    """
    m, k = np.frexp(x)
    small = m < 0.7
    m, k = np.where(small, 2.0 * m, m), np.where(small, k - 1, k)
    t = (m - 1.0) / (m + 1.0)
    t2 = t * t
    total = np.full_like(t, 1.0 / 25.0)
    for odd in range(23, 0, -2):
        total = total * t2 + 1.0 / odd
    return 2.0 * t * total + k * 0.6931471805599453
