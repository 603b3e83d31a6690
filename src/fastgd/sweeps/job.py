"""A fit at work: its costs on shared examples, its descent so far, its end as a `Fit`."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastgd._checks import as_count
from fastgd._draws import generator_of
from fastgd._engine.arrays import is_one_hot
from fastgd.callbacks import EarlyStopping
from fastgd.cost import Cost
from fastgd.descent import EPOCHS, Descent, DivergenceError, gradient_descent
from fastgd.inside.answers import read_out
from fastgd.network import Network
from fastgd.sweeps.fit import Fit
from fastgd.sweeps.settings import OF_THE_NETWORK, Setting

OF_THE_DESCENT = ("learning_rate", "momentum", "nesterov", "l2", "batch_size", "tol")
# What a setting that cannot be raises.
REFUSED = (TypeError, ValueError, DivergenceError, MemoryError)
# Rows whose outputs are held in memory at once.
ROWS_AT_ONCE = 1024


class Shared:
    """The costs of a sweep, all on one data set: X is laid out once.

    Parameters
    ----------
    cost : Cost
    """

    def __init__(self, cost: Cost) -> None:
        self.cost: Cost = cost.on_threads(1)
        self._made: dict[tuple[Any, ...], Cost] = {}
        self._making = threading.Lock()

    def network(self, setting: Setting) -> Network:
        """The cost's own, with the sizes and activations that are set."""
        own = self.cost.network
        if not any(name in setting for name in OF_THE_NETWORK):
            return own
        hidden: Any = setting.get("hidden_layer_sizes", own.layer_sizes[1:-1])
        sizes = (hidden,) if isinstance(hidden, int) else tuple(hidden)
        same = len(sizes) == len(own.layer_sizes) - 2
        activation = own.activation
        if not same and not isinstance(activation, str):
            activation = activation[0]
        return Network(
            (own.n_inputs, *sizes, own.n_outputs),
            activation=setting.get("activation", activation),
            output_activation=setting.get("output_activation", own.output_activation),
        )

    def whole(self, network: Network, setting: Setting) -> Cost:
        """The cost over all examples, with the targets and weights that are set."""
        Y, weight = setting.get("Y"), setting.get("sample_weight")
        key = network.layer_sizes, network.layer_activations, id(Y), id(weight)
        with self._making:
            if key not in self._made:
                cost = self.cost if network == self.cost.network else None
                cost = cost or self.cost.with_network(network)
                if Y is not None or weight is not None:
                    cost = cost.with_targets(
                        cost.targets if Y is None else Y,
                        cost.sample_weight if weight is None else weight,
                    )
                self._made[key] = cost
            return self._made[key]


class Job:
    """One setting's descent, walked in rounds.

    Parameters
    ----------
    shared : Shared
    setting : Setting
    validation : row numbers, mask, or None
        Held out where the setting's `rows` name none.
    patience : int or None
    """

    def __init__(
        self, shared: Shared, setting: Setting, validation: Any, patience: int | None
    ) -> None:
        self._shared = shared
        self.setting: Setting = setting
        self._validation, self._patience = validation, patience
        self.network: Network | None = None
        self.epochs: int = 0
        self.ended_by: str = ""
        self.work: float = 0.0
        self._descent: Descent | None = None
        self._stopping: EarlyStopping | None = None
        self._error, self._seconds = "", 0.0
        self._last_good: NDArray[Any] | None = None
        self._parts: tuple[Cost, Cost | None] | None = None
        self._made: Fit | None = None
        try:
            self.network = shared.network(setting)
            self.epochs = as_count("epochs", setting.get("epochs", EPOCHS))
            n, n_held = (0 if rows is None else len(rows) for rows in self._rows())
            self.work = float(self.epochs * (n + n_held) * self.network.n_parameters)
            if setting.get("batch_size") is not None and setting["batch_size"] > n:
                raise ValueError(f"batch_size: {setting['batch_size']} is above the {n} rows")
        except REFUSED as error:
            self._fail(error)

    def _rows(self) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
        """The rows to learn from, and those held out."""
        all_rows = np.arange(self._shared.cost.n_examples)
        rows, held = self.setting.get("rows"), self._validation
        if isinstance(rows, tuple):
            rows, held = rows
        held = None if held is None else _numbers(all_rows, held, "validation")
        if rows is not None:
            rows = _numbers(all_rows, rows, "rows")
        else:
            rows = all_rows if held is None else np.setdiff1d(all_rows, held)
        if len(rows) == 0:
            raise ValueError("rows: no example is left to learn from")
        if held is not None and len(held) == 0:
            raise ValueError("validation: no example is held out")
        return rows, held

    def _costs(self) -> tuple[Cost, Cost | None]:
        """On the rows to learn from, and on those held out."""
        if self._parts is None:
            assert self.network is not None
            whole = self._shared.whole(self.network, self.setting)
            rows, held = self._rows()
            all_of_it = len(rows) == whole.n_examples and (np.diff(rows) == 1).all()
            learned_from = whole.on_threads(1) if all_of_it else whole.part(rows, copy=False)
            held_out = None if held is None else whole.part(held, copy=False)
            self._parts = learned_from, held_out
        return self._parts

    @property
    def score(self) -> float:
        """For a ranking among those under way, the lowest first."""
        if self._descent is None:
            return math.inf
        cost, held = self._costs()
        found = float((held or cost)(self._descent.theta))
        return found if math.isfinite(found) else math.inf

    def walk(self, until: int) -> None:
        """On to so many epochs, unless something ends it before."""
        if self.ended_by:
            return
        began = time.perf_counter()
        try:
            self._walk(min(until, self.epochs))
        except REFUSED as error:
            self._fail(error)
        finally:
            self._seconds += time.perf_counter() - began
        if self.ended_by:
            self.fit()  # side by side too

    def _walk(self, until: int) -> None:
        assert self.network is not None
        cost, held = self._costs()
        if self._patience is not None and self._stopping is None and held is not None:
            self._stopping = EarlyStopping(held, patience=self._patience)
        rng = generator_of(self.setting.get("seed", 0))
        theta = self.network.random_theta(rng=rng, dtype=cost.dtype)
        options = {name: self.setting[name] for name in OF_THE_DESCENT if name in self.setting}
        try:
            found = gradient_descent(
                cost,
                theta,
                epochs=until,
                resume=self._descent,
                rng=rng,
                callback=self._stopping,
                **options,
            )
        except KeyboardInterrupt as interrupt:
            self._descent = getattr(interrupt, "descent", self._descent)
            raise
        self._descent = found
        if found.stopped_by != "epochs":
            self.ended_by = "patience" if found.stopped_by == "callback" else found.stopped_by
        elif len(found.costs) >= self.epochs:
            self.ended_by = "epochs"

    def end(self, why: str) -> None:
        """Where nothing has ended it yet."""
        self.ended_by = self.ended_by or why

    def _fail(self, error: BaseException) -> None:
        self.ended_by, self._error = "error", str(error) or type(error).__name__
        self._last_good = getattr(error, "theta", None)

    def fit(self) -> Fit:
        """What came of it; the descent and its costs are let go."""
        if self._made is None:
            self._made = self._fit()
            self._descent = self._stopping = self._parts = None
        return self._made

    def _fit(self) -> Fit:
        descent, stopping = self._descent, self._stopping
        theta = self._last_good
        cost = validation_cost = accuracy = math.nan
        if self.ended_by != "error" and descent is not None:
            theta, cost = descent.theta, descent.cost
            learned_from, held = self._costs()
            if stopping is not None and stopping.best_theta is not None:
                theta = stopping.best_theta
                cost = learned_from(theta)
            if held is not None:
                validation_cost = held(theta)
                accuracy = accuracy_on(held, theta)
        return Fit(
            self.setting, self.network, theta, cost, validation_cost, accuracy,
            np.zeros(0) if descent is None else descent.costs,
            np.array(stopping.costs if stopping else []),
            0 if descent is None else descent.steps,
            self.ended_by or "interrupt", self._seconds, self._error,
        )  # fmt: skip


def _numbers(all_rows: NDArray[np.int64], rows: Any, name: str) -> NDArray[np.int64]:
    """Row numbers, of numbers, a mask or a slice."""
    try:
        found = all_rows[rows if isinstance(rows, slice) else _as_index(rows)]
    except IndexError as error:
        raise ValueError(f"{name}: {error}") from None
    if found.ndim != 1:
        raise TypeError(f"{name}: expected row numbers (n,) or a mask, got {np.shape(rows)}")
    return found


def _as_index(rows: Any) -> NDArray[Any]:
    index = np.asarray(rows)
    return index.astype(np.int64) if index.size == 0 else index


def accuracy_on(cost: Cost, theta: NDArray[Any]) -> float:
    """Share of the examples whose class the outputs name; NaN where targets are no classes."""
    Y = cost.targets
    one_sigmoid = Y.shape[1] == 1 and cost.network.output_activation == "sigmoid"
    if not (np.isin(Y, (0, 1)).all() if one_sigmoid else Y.shape[1] > 1 and is_one_hot(Y)):
        return math.nan
    true = read_out(Y)
    right = 0
    for first in range(0, cost.n_examples, ROWS_AT_ONCE):
        some = slice(first, first + ROWS_AT_ONCE)
        outputs = cost.part(some).activations(theta)[-1]
        right += int((read_out(outputs) == true[some]).sum())
    return right / cost.n_examples


def longest_first(jobs: Sequence[Job]) -> list[int]:
    """So that no thread waits at the end for one that another began late."""
    return sorted(range(len(jobs)), key=lambda i: -jobs[i].work)
