"""How a gradient becomes a step: the rule that kernels, NumPy's steps and the twin follow."""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """v = momentum v + g and theta -= learning_rate v, with g the gradient, v the velocity.

    With a penalty g is the gradient of cost + l2 |weights|^2, which is 2 l2 w more at a weight
    w. Nesterov's steps are theta -= learning_rate (g + momentum v) (Sutskever et al. 2013).
    """

    learning_rate: float
    momentum: float = 0.0
    nesterov: bool = False
    l2: float = 0.0
