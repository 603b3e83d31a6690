"""One fit of a sweep: what was asked of it and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd._brief import brief
from fastgd.network import Network
from fastgd.sweeps.settings import Setting


@dataclass(frozen=True)
class Fit:
    """A row of a `Sweep`.

    Attributes
    ----------
    settings : dict
        What was asked.
    network : Network or None
        None where the settings make none.
    theta : (n_parameters,) array or None
        Where it ended; with `patience` the best on held-out rows. Where it failed, the last with
        a finite cost; None where it never began.
    cost : float
        There, over the rows that it learned from; NaN where it failed.
    validation_cost, accuracy : float
        There, on held-out rows; NaN without any. Accuracy is the share whose class is read right,
        NaN where targets are no classes.
    costs : (n_epochs,) float64 array
        As `Descent.costs`.
    validation_costs : (n_epochs,) float64 array
        With `patience`; else empty.
    steps : int
    stopped_by : str
        "epochs", "tol", "patience", "halving", "interrupt" or "error".
    seconds : float
        Of one thread.
    error : str
        Why there is no result; "" where there is one.
    """

    settings: Setting
    network: Network | None
    theta: NDArray[Any] | None
    cost: float
    validation_cost: float
    accuracy: float
    costs: NDArray[np.float64]
    validation_costs: NDArray[np.float64]
    steps: int
    stopped_by: str
    seconds: float
    error: str

    def __repr__(self) -> str:
        return brief(self)

    @property
    def walked(self) -> int:
        """Epochs walked."""
        return len(self.costs)

    @property
    def score(self) -> float:
        """What fits are ranked by, the lowest first: the validation cost, else the cost."""
        return self.cost if np.isnan(self.validation_cost) else self.validation_cost
