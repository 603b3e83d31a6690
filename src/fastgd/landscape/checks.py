"""Checks of the vectors, the extent and the resolution of planes and lines through theta-space."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._checks import as_count, as_real

# The smallest sine of the angle between two directions that counts as a plane.
LEAST_SINE = 1e-6

Vector = NDArray[Any]


def checked_vectors(cost: object, **vectors: ArrayLike) -> tuple[Any, ...]:
    """The vectors as finite float arrays of one length, that of the cost's network."""
    if not callable(cost):
        raise TypeError(f"cost: expected a function of theta, got {type(cost).__name__}")
    network = getattr(cost, "network", None)
    out: list[Vector] = []
    for name, given in vectors.items():
        vector = np.asarray(given)
        if vector.dtype.kind not in "fiu":
            raise TypeError(f"{name}: expected an array of numbers, got dtype {vector.dtype}")
        n = network.n_parameters if network else len(out[0]) if out else vector.size
        if vector.shape != (n,) or n == 0:
            whose = f"a {network} network has {n} parameters" if network else f"expected ({n},)"
            raise ValueError(f"{name} has shape {vector.shape}; {whose}")
        if not np.isfinite(vector).all():
            raise ValueError(f"{name}: expected finite numbers")
        out.append(vector.astype(np.float32 if vector.dtype == np.float32 else np.float64))
    return tuple(out)


def check_span(u: Vector, v: Vector) -> None:
    """Raise ValueError where u and v span no plane."""
    unit = []
    for name, direction in (("u", u), ("v", v)):
        if not direction.any():
            raise ValueError(f"{name}: expected a direction, got zeros")
        scaled = direction / np.abs(direction).max().astype(np.float64)
        unit.append(scaled / np.linalg.norm(scaled))
    if np.linalg.norm(unit[0] - (unit[0] @ unit[1]) * unit[1]) < LEAST_SINE:
        raise ValueError("u and v are parallel: they span a line, not a plane")


def checked_extent(extent: object) -> float:
    """The extent as a float above 0."""
    return as_real("extent", extent, "above 0", lambda x: x > 0)


def checked_range(extent: float | tuple[float, float]) -> tuple[float, float]:
    """From where to where on a line: (-extent, extent), or the pair itself."""
    if not isinstance(extent, tuple | list):
        return -checked_extent(extent), checked_extent(extent)
    if len(extent) != 2 or not np.isfinite(extent).all() or not extent[0] < extent[1]:
        raise ValueError(f"extent: expected two finite numbers, the smaller first, got {extent!r}")
    return float(extent[0]), float(extent[1])


def checked_resolution(resolution: int) -> int:
    """The resolution as an int of at least 2."""
    if as_count("resolution", resolution) < 2:
        raise ValueError(f"resolution: expected at least 2 points, got {resolution}")
    return int(resolution)
