"""How a network is trained: said in words, kept in a model's metadata, handed to the descent.

What it is trained on is `examples`' business, the words themselves are `parser`'s.
"""

from __future__ import annotations

import dataclasses
import math
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastgd.network import Network

# Rates that fit batches of 10: an output without a bend has steeper slopes.
RATE, RATE_OF_REGRESSION = 0.5, 0.05
# Share of the examples that is held out where nobody says how many, of at least so many.
HELD_OUT, ENOUGH_TO_HOLD_OUT = 0.1, 50
# Epochs of each solver where nobody says how many.
EPOCHS = {"descent": 30, "lm": 100}
# Of damped Gauss-Newton steps, which memorise fast: MATLAB's trainlm has the same.
PATIENCE_OF_LM = 6
# What these steps have no use for.
OF_DESCENT = ("learning_rate", "schedule", "momentum", "batch_size", "tol")


def usual_rate(network: Network) -> float:
    """The learning rate where nobody says one."""
    return RATE_OF_REGRESSION if network.output_activation == "identity" else RATE


def inverse_sqrt(rate: float, epoch: int) -> float:
    """rate / sqrt(number of this epoch), from 1: it needs no last epoch, so it can be continued."""
    return rate / math.sqrt(epoch + 1)


SCHEDULES: dict[str, Callable[[float, int], float] | None] = {
    "constant": None,
    "inverse-sqrt": inverse_sqrt,
}


@dataclass(frozen=True)
class Settings:
    """How a network is trained.

    Parameters
    ----------
    solver : str
        A key of `EPOCHS`: gradient descent, or Levenberg's and Marquardt's method.
    learning_rate : float
        Of the first epoch.
    schedule : str
        A key of `SCHEDULES`.
    momentum : float
    batch_size : int
        0: all examples.
    tol : float or None
        None: the descent's own.
    validation : float
        Share of the examples that is held out.
    patience : int or None
        Epochs without gain on the held-out examples before it stops; None: it does not.
    scaling : {"standard", "none"}
        Of inputs, and of a regression's targets.
    seed : int
    """

    solver: str = "descent"
    learning_rate: float = RATE
    schedule: str = "constant"
    momentum: float = 0.0
    batch_size: int = 10
    tol: float | None = None
    validation: float = 0.0
    patience: int | None = None
    scaling: str = "none"
    seed: int = 0

    @classmethod
    def of_words(cls, arguments: Namespace, otherwise: Settings) -> Settings:
        """What the command line says, and `otherwise` for what it does not."""
        asked = {
            field.name: getattr(arguments, field.name)
            for field in dataclasses.fields(cls)
            if getattr(arguments, field.name) is not None
        }
        if asked.get("solver", otherwise.solver) == "lm":
            for name in OF_DESCENT:
                if name in asked:
                    option = name.replace("_", "-")
                    arguments.fail(f"--{option} {asked[name]}: --solver lm has no use for it")
            asked |= {"batch_size": 0, "schedule": "constant", "momentum": 0.0, "tol": None}
        elif asked.get("batch_size", otherwise.batch_size):
            if "tol" in asked:
                arguments.fail(
                    f"--tol {asked['tol']:g}: mini-batches never come to rest; "
                    "--tol goes with --batch-size all, --patience stops mini-batches"
                )
            asked["tol"] = None
        settings = dataclasses.replace(otherwise, **asked)
        if settings.solver == "lm" and settings.patience is None and settings.validation:
            settings = dataclasses.replace(settings, patience=PATIENCE_OF_LM)
        if settings.patience is not None and not settings.validation:
            if asked.get("validation") == 0:
                arguments.fail(
                    f"--patience {settings.patience} needs examples held out; got --validation 0"
                )
            settings = dataclasses.replace(settings, validation=HELD_OUT)
        return settings

    @classmethod
    def of_metadata(cls, metadata: Mapping[str, str]) -> Settings:
        """What `as_metadata` wrote, or a fastgd that knew fewer settings.

        Raises
        ------
        KeyError, ValueError
            Where the metadata tell no training.
        """
        tol, patience = (metadata.get(name, "None") for name in ("tol", "patience"))
        batch_size, schedule = metadata["batch_size"], metadata.get("schedule", "constant")
        if schedule not in SCHEDULES:
            raise ValueError(f"schedule {schedule!r} is unknown")
        solver = metadata.get("solver", "descent")
        if solver not in EPOCHS:
            raise ValueError(f"solver {solver!r} is unknown")
        return cls(
            solver=solver,
            learning_rate=float(metadata["learning_rate"]),
            schedule=schedule,
            momentum=float(metadata.get("momentum", 0)),
            batch_size=0 if batch_size == "all" else int(batch_size),
            tol=None if tol == "None" else float(tol),
            validation=float(metadata.get("validation", 0)),
            patience=None if patience == "None" else int(patience),
            scaling=metadata.get("scaling", "none"),
            seed=int(metadata["seed"]),
        )

    def epochs(self, asked: int | None) -> int:
        """Those asked for, else the solver's."""
        return asked or EPOCHS[self.solver]

    def as_metadata(self) -> dict[str, str]:
        """For a model's metadata."""
        facts = dataclasses.asdict(self) | {"batch_size": self.batch_size or "all"}
        return {name: str(value) for name, value in facts.items()}

    def of_descent(self) -> dict[str, Any]:
        """What `gradient_descent` is asked, `epochs` and `rng` apart; nothing for the other."""
        if self.solver == "lm":
            return {}
        rate, schedule = self.learning_rate, SCHEDULES[self.schedule]
        options: dict[str, Any] = {
            "learning_rate": rate if schedule is None else lambda epoch: schedule(rate, epoch),
            "momentum": self.momentum,
            "batch_size": self.batch_size or None,
        }
        return options if self.tol is None else options | {"tol": self.tol}
