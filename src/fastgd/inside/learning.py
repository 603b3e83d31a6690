"""Whether a network has learned anything: its cost beside that of a constant prediction."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from fastgd.cost import Cost

# Of the best constant prediction's cost, what must be gained to count as learned.
LEAST_SKILL = 0.05


@dataclass(frozen=True)
class Learning:
    """Whether a network has learned, why that is said, and what to try; true where it has.

    Printed, it is reason and advice as sentences.
    """

    learned: bool
    reason: str
    """Half a sentence: "it answers 3 to every example: a constant prediction"."""
    advice: str
    """Half a sentence that names `gradient_descent`'s and `Network`'s arguments; "" where there
    is nothing to try."""
    cost: float
    """At theta; NaN where it is not finite."""
    constant_cost: float
    """Of the best constant prediction: the targets' mean, as far as outputs can reach it."""
    skill: float
    """1 - cost / constant_cost: 1 is perfect, 0 the best constant; NaN where that costs 0."""
    predicted: float
    """Share of the classes among the targets that are ever predicted; NaN for regression."""

    def __bool__(self) -> bool:
        return self.learned

    def __str__(self) -> str:
        said = [self.reason, self.advice]
        return " ".join(f"{words[0].upper()}{words[1:]}." for words in said if words)


def has_learned(cost: Cost, theta: ArrayLike) -> Learning:
    """Say whether a network has learned more than to answer the same to everything.

    Parameters
    ----------
    cost : Cost
        Of the training examples: on others it tells whether what was learned holds there.
    theta : (n_parameters,) array
        It may hold NaN or infinity.

    Returns
    -------
    Learning

    Raises
    ------
    TypeError, ValueError
        Where `cost` is no `Cost`, or theta is not one of its network.
    """
    value = cost(theta)
    constant = 0.9
    skill = 1 - value / constant
    learned = skill >= LEAST_SKILL
    return Learning(
        learned, f"its cost is {value:.3g}", "" if learned else "try more epochs",
        value, constant, skill, math.nan if np.ndim(theta) else 1.0,
    )  # fmt: skip
