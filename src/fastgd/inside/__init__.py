"""Looking inside a network: what it answers, where it errs, which parameters matter.

Everything here returns numbers; `plots` draws them. The activations of every layer for one
example are `Network.activations`.
"""

from fastgd.inside.answers import (
    Mess,
    Mistakes,
    Noise,
    accuracy,
    confusion,
    mess,
    noise,
    worst_mistakes,
)
from fastgd.inside.gradient import Nudge, read_gradient, weight_grids
from fastgd.inside.learning import Learning, has_learned

__all__ = [
    "Learning",
    "Mess",
    "Mistakes",
    "Noise",
    "Nudge",
    "accuracy",
    "confusion",
    "has_learned",
    "mess",
    "noise",
    "read_gradient",
    "weight_grids",
    "worst_mistakes",
]
