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
    typical_mistakes,
    worst_mistakes,
)
from fastgd.inside.gradient import Nudge, read_gradient, weight_grids
from fastgd.inside.learning import Learning, has_learned
from fastgd.inside.tables import (
    DecisionSurface,
    Predictions,
    decision_surface,
    predictions,
)

__all__ = [
    "DecisionSurface",
    "Learning",
    "Mess",
    "Mistakes",
    "Noise",
    "Nudge",
    "Predictions",
    "accuracy",
    "confusion",
    "decision_surface",
    "has_learned",
    "mess",
    "noise",
    "predictions",
    "read_gradient",
    "typical_mistakes",
    "weight_grids",
    "worst_mistakes",
]
