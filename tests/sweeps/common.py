"""A small regression, and what a fit is that stands alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import fastgd


def regression(n: int = 120, dtype: Any = np.float64, **options: Any) -> fastgd.Cost:
    rng = np.random.default_rng(3)
    X = rng.uniform(-1, 1, (n, 3)).astype(dtype)
    Y = np.sin(X.sum(1) * 2)[:, None]
    net = fastgd.Network((3, 6, 1), activation="tanh", output_activation="identity")
    return fastgd.Cost(net, X, Y, **options)


def digits(n: int = 300, **options: Any) -> fastgd.Cost:
    sample = fastgd.datasets.digits()
    net = fastgd.Network((784, 8, 10))
    return fastgd.Cost(net, sample.train_images[:n], sample.train_labels[:n], **options)


def alone(
    cost: fastgd.Cost, seed: int, rows: NDArray[np.int64] | None = None, **options: Any
) -> fastgd.Descent:
    rng = np.random.default_rng(seed)
    theta = cost.network.random_theta(rng=rng, dtype=cost.dtype)
    return fastgd.gradient_descent(
        cost if rows is None else cost.part(rows), theta, rng=rng, **options
    )
