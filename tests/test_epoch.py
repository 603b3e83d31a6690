"""`_epoch`: one callback or several, each is asked, any stops."""

from __future__ import annotations

from typing import Any

import pytest
from tests.bowl import descend

from fastgd.callbacks import Epoch, LivePlot


@pytest.mark.parametrize("kind", [list, tuple])
def test_several_callbacks_are_each_called_in_their_order(kind: Any) -> None:
    seen: list[tuple[str, int]] = []
    callbacks = [lambda e: seen.append(("a", e.epoch)), lambda e: seen.append(("b", e.epoch))]
    descend(epochs=2, tol=0, callback=kind(callbacks))
    assert seen == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]


def test_no_callbacks_are_none() -> None:
    assert len(descend(epochs=2, tol=0, callback=[]).costs) == 2


@pytest.mark.parametrize("stops", ["result", "StopIteration"])
def test_any_stops_and_the_others_still_see_the_epoch(stops: str) -> None:
    seen: list[int] = []

    def stop(epoch: Epoch) -> bool:
        if epoch.epoch == 2 and stops == "StopIteration":
            raise StopIteration
        return epoch.epoch == 2

    got = descend(epochs=5, tol=0, callback=[stop, lambda epoch: seen.append(epoch.epoch)])
    assert got.stopped_by == "callback"
    assert seen == [1, 2]


def test_a_callable_that_can_be_walked_over_is_one_callback() -> None:
    class Kept(list[int]):
        def __call__(self, epoch: Epoch) -> None:
            self.append(epoch.epoch)

    kept = Kept()
    descend(epochs=2, tol=0, callback=kept)
    assert kept == [1, 2]


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(TypeError, match="callback: expected functions, got 'print'"):
        descend(callback=[print, "print"])
    with pytest.raises(TypeError, match="callback: expected functions, got 'print'"):
        descend(callback="print")


def test_a_class_is_refused_before_it_is_made_of_an_epoch() -> None:
    with pytest.raises(TypeError, match=r"got the class LivePlot; give LivePlot\(\.\.\.\)"):
        descend(callback=[LivePlot])
