"""Stop where examples held out say that nothing more is learned, and keep the best theta."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from fastgd._checks import as_count, as_real
from fastgd._epoch import Epoch


class EarlyStopping:
    """Stops after `patience` epochs in a row without gain on examples held out.

    An epoch is a gain where the cost on those is below the best so far by more than
    `min_delta`. `best_theta` is of the lowest cost of all. A resumed descent is judged anew from
    where it goes on.

    Parameters
    ----------
    cost : callable
        Of theta: usually a `Cost` of examples that the descent does not see.
    patience : int
    min_delta : float
        At least 0.

    Attributes
    ----------
    costs : list of float
        On the examples held out, one an epoch.
    best_cost : float
    best_epoch : int
        Counted from 1; 0 before the first.
    best_theta : (n_parameters,) array or None

    Raises
    ------
    TypeError, ValueError
        Where an argument does not fit.

    Examples
    --------
    >>> import fastgd
    >>> digits = fastgd.datasets.digits()
    >>> net = fastgd.Network((784, 16, 10))
    >>> X, labels = digits.train_images, digits.train_labels
    >>> cost = fastgd.Cost(net, X[:8000], labels[:8000])
    >>> stopping = fastgd.callbacks.EarlyStopping(fastgd.Cost(net, X[8000:], labels[8000:]))
    >>> descent = fastgd.gradient_descent(
    ...     cost, net.random_theta(0), learning_rate=1.0, batch_size=10, epochs=200, rng=0,
    ...     callback=stopping,
    ... )
    >>> descent.stopped_by, stopping.best_cost == min(stopping.costs)
    ('callback', True)
    """

    def __init__(
        self,
        cost: Callable[[NDArray[Any]], float],
        *,
        patience: int = 10,
        min_delta: float = 0.0,
    ) -> None:
        if not callable(cost):
            raise TypeError(f"cost: expected a function of theta, got {cost!r}")
        self._cost = cost
        self._patience = as_count("patience", patience)
        self._min_delta = as_real("min_delta", min_delta, "at least 0", lambda x: x >= 0)
        self.costs: list[float] = []
        self.best_cost: float = math.inf
        self.best_epoch: int = 0
        self.best_theta: NDArray[Any] | None = None
        self._to_beat = math.inf
        self._without_gain = 0

    def __repr__(self) -> str:
        best = f"{self.best_cost:.4g} in epoch {self.best_epoch} of {len(self.costs)}"
        return f"<EarlyStopping: best cost {best if self.costs else 'not known yet'}>"

    def __call__(self, epoch: Epoch) -> bool:
        """Whether patience is at its end."""
        cost = float(self._cost(epoch.theta))
        self.costs.append(cost)
        if cost < self.best_cost:
            self.best_cost, self.best_epoch = cost, epoch.epoch
            self.best_theta = epoch.theta.copy()
        if cost < self._to_beat - self._min_delta:
            self._to_beat, self._without_gain = cost, 0
        else:
            self._without_gain += 1
        return self._without_gain >= self._patience
