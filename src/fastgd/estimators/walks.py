"""How a fit walks downhill: gradient descent, or Levenberg's and Marquardt's method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd._epoch import Epoch
from fastgd._state import beginning
from fastgd.cost import Cost
from fastgd.descent import Descent, DivergenceError, gradient_descent
from fastgd.marquardt import levenberg_marquardt

# What a walk says that came to rest by itself.
RESTED = ("tol", "gradient", "step", "cost", "singular")


def walk_of(
    model: Any,
    cost: Cost,
    theta: NDArray[Any],
    epochs: int,
    rng: np.random.Generator,
    velocity: NDArray[Any] | None,
    after: Callable[[Epoch], bool],
) -> Descent:
    """The descent that an estimator's parameters ask for; `after` ends it.

    Raises
    ------
    ValueError
        Where the cost diverges, or is of too many parameters for ``solver="lm"``.
    """
    try:
        if model.solver == "lm":
            return levenberg_marquardt(cost, theta, epochs=epochs, callback=after)
        return gradient_descent(
            cost, theta, learning_rate=model.learning_rate_init, momentum=model.momentum,
            batch_size=model.batch_size, epochs=epochs, tol=0.0, rng=rng, callback=after,
            resume=beginning(theta, velocity),
        )  # fmt: skip
    except DivergenceError as error:
        rate = "" if model.solver == "lm" else " (learning_rate_init)"
        raise ValueError(
            f"{error}{rate}, or scale X and y (StandardScaler, TransformedTargetRegressor)"
        ) from error
