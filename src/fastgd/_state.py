"""Where a descent is between two epochs: all that going on from there, bit for bit, needs.

`descent.py` makes states and begins from them; files of them are `files/checkpoints.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from fastgd._brief import brief

Array = NDArray[Any]
# What a descent was asked, and on what: JSON's types.
Settings = dict[str, str | float | int | bool | None]


class State(NamedTuple):
    """Where a descent is after a whole epoch; ``gradient_descent(..., resume=state)`` goes on."""

    theta: Array
    """(n_parameters,), of the arithmetic's dtype."""
    velocity: Array | None
    """(n_parameters,); None where there is no momentum."""
    costs: NDArray[np.float64]
    """(n_epochs,), one for each epoch walked."""
    steps: int
    """Steps taken."""
    rested: bool
    """Whether theta has come to rest, within `tol`."""
    generator: Mapping[str, Any] | None
    """The state of what draws the order of the examples; None for full-batch descent."""
    settings: Settings
    """What the descent was asked, and on what; empty before the first epoch."""

    @property
    def state(self) -> State:
        """Itself."""
        return self

    def __repr__(self) -> str:
        return brief(self)


def beginning(theta: Array, velocity: Array | None = None) -> State:
    """Before the first epoch, whatever the descent is asked; velocity None: at rest."""
    return State(theta, velocity, np.zeros(0), 0, False, None, {})


class Resumable(Protocol):
    """A `State`, a `Descent`, a checkpoint: what `resume` takes."""

    @property
    def state(self) -> State | None:
        """Where to go on; None: nowhere yet, begin."""
        ...


def state_of(resume: Resumable) -> State | None:
    """Where to go on."""
    if not hasattr(resume, "state"):
        # A file alone is what PyTorch's users try first.
        file = f"; for a file Checkpoint({resume!r})" if isinstance(resume, str | PathLike) else ""
        raise TypeError(
            f"resume: expected a State, a Descent, a Checkpoint or None, got {resume!r}{file}"
        )
    return resume.state


def check_resumed(state: State, n_parameters: int, settings: Settings) -> None:
    """Raise ValueError where a state is not one of the descent that is asked for."""
    asked: Settings = {"n_parameters": n_parameters, **settings}
    made: Settings = {"n_parameters": len(state.theta), **(state.settings or settings)}
    for name in asked | made:
        if asked.get(name) != made.get(name):
            raise ValueError(
                f"resume: made with {name} {made.get(name)!r}, got {asked.get(name)!r}; only "
                "epochs, callback, progress and record may differ"
            )


def wind(generator: np.random.Generator, to: Mapping[str, Any]) -> None:
    """Set a generator to a state of its own kind, else raise ValueError."""
    own, kind = type(generator.bit_generator).__name__, to.get("bit_generator")
    if own != kind:
        raise ValueError(f"rng: resume goes on with a {str(kind)[:50]}, got a {own}")
    try:
        check_places(to)
        generator.bit_generator.state = to
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError) as error:
        raise ValueError(f"rng: the state to resume from is no {own}'s ({error})") from None


# Where a generator is in its buffer: NumPy takes any number there, and reads memory by it.
MOST_PLACES = {"MT19937": 624, "Philox": 4}


def check_places(state: Mapping[str, Any]) -> None:
    """Raise ValueError where a generator would read beside its buffer."""
    kind = state["bit_generator"]
    if kind in MOST_PLACES:
        place = state["state"]["pos"] if kind == "MT19937" else state["buffer_pos"]
        if not 0 <= place <= MOST_PLACES[kind]:
            raise ValueError(f"place {place!r}")
