"""What a fit warns of at its end: that it was cut short, and that nothing was learned."""

from __future__ import annotations

import warnings
from typing import Any

from numpy.typing import NDArray

from fastgd.cost import Cost
from fastgd.estimators.library import ConvergenceWarning
from fastgd.inside import has_learned

# What `has_learned` advises, in scikit-learn's names.
NAMES = {
    "learning_rate": "learning_rate_init", "more epochs": "a higher max_iter",
    "sigmoid": "logistic",
}  # fmt: skip


def warn_of_unfinished(cost: Cost, theta: NDArray[Any], max_iter: int, stopped_by: str) -> None:
    """One warning of both, where there is anything to warn of; to be called by ``fit`` itself."""
    said = []
    if stopped_by == "max_iter":
        said.append(
            f"Maximum iterations ({max_iter}) reached and the optimization hasn't converged yet."
        )
    found = has_learned(cost, theta)
    if not found.learned:
        text = f"The network has not learned: {found.reason}; {found.advice}."
        for name, own in NAMES.items():
            text = text.replace(name, own)
        said.append(text)
    if said:
        warnings.warn(" ".join(said), ConvergenceWarning, stacklevel=3)
