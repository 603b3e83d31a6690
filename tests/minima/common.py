"""A surface whose slopes and curvatures are known."""

from __future__ import annotations

import numpy as np


class Quadratic:
    """c + (theta^T H theta) / 2, with H's eigenvalues given."""

    def __init__(self, eigenvalues: list[float], c: float = 1.0) -> None:
        n = len(eigenvalues)
        turn = np.linalg.qr(np.random.default_rng(0).standard_normal((n, n)))[0]
        self.H = turn * eigenvalues @ turn.T
        self.c = c

    def __call__(self, theta: np.ndarray) -> float:
        return float(self.c + theta @ self.H @ theta / 2)

    def value_and_gradient(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        return self(theta), self.H @ theta
