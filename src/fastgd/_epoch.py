"""What callbacks see of a descent, and how they are asked: the one callback protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from numpy.typing import NDArray

from fastgd._brief import brief
from fastgd._state import State


class Epoch(NamedTuple):
    """What a callback is shown at the end of each epoch."""

    epoch: int
    """Epochs finished."""
    steps: int
    """Steps taken."""
    cost: float
    """This epoch's number in `Descent.costs`."""
    theta: NDArray[Any]
    """A fresh copy, (n_parameters,)."""
    capture: Callable[[], State]
    """What makes `state`."""

    @property
    def state(self) -> State:
        """Where the descent is, to be saved and resumed from; to be asked for in the callback."""
        return self.capture()

    def __repr__(self) -> str:
        return brief(self)


Callback = Callable[[Epoch], object]


def as_callbacks(callback: Callback | Sequence[Callback] | None) -> list[Callback]:
    """One function, several or none as a list of them."""
    if callback is None:
        return []
    if callable(callback) or isinstance(callback, str) or not isinstance(callback, Iterable):
        callbacks: list[Any] = [callback]
    else:
        callbacks = list(callback)
    for one in callbacks:
        if isinstance(one, type):
            name = one.__name__
            raise TypeError(f"callback: expected functions, got the class {name}; give {name}(...)")
        if not callable(one):
            raise TypeError(f"callback: expected functions, got {one!r}")
    return callbacks


def asked_to_stop(callbacks: Sequence[Callback], epoch: Epoch) -> bool:
    """Whether any callback does, by a true result or StopIteration; each is called."""
    answers = [asks_to_stop(callback, epoch) for callback in callbacks]
    return any(answers)


def asks_to_stop(callback: Callback, epoch: Epoch) -> bool:
    """Whether one does."""
    try:
        return bool(callback(epoch))
    except StopIteration:
        return True
