"""Where sums of parts are added: in the order of the parts, in float64.

The order is theirs, whoever computed which and whenever, and so are the bits. `means` divides.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd.parts.protocol import Sums


def add_sums(each: Iterable[tuple[float, NDArray[Any], float]], n_parameters: int) -> Sums:
    """The sums of all parts, those of one after those of another.

    Parameters
    ----------
    each : iterable of (cost_sum, gradient_sum (n_parameters,), weight_sum)
    n_parameters : int

    Raises
    ------
    ValueError
        Where a gradient has another shape.
    """
    cost, weight, gradient = 0.0, 0.0, np.zeros(n_parameters)
    with np.errstate(over="ignore", invalid="ignore"):  # infinite: the caller's to see
        for cost_sum, gradient_sum, weight_sum in each:
            found = np.asarray(gradient_sum)
            if found.shape != gradient.shape:
                raise ValueError(
                    f"a part's gradient has shape {found.shape}; theta has {gradient.shape}"
                )
            cost += float(cost_sum)
            gradient += found
            weight += float(weight_sum)
    return Sums(cost, gradient, weight)


def add_pairs(each: Iterable[tuple[Any, float]], start: Any = 0.0) -> tuple[Any, float]:
    """(sum, weight_sum) of all parts: of costs, products or planes, as `start` is."""
    total, weight = start, 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        for one, weight_sum in each:
            total = total + one
            weight += float(weight_sum)
    return total, weight
