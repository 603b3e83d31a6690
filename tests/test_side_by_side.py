"""`_side_by_side`: order, errors, and Ctrl-C at any moment, that of handing out the work too."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.common import PATIENCE

from fastgd._side_by_side import side_by_side


def test_each_is_done_once_and_told() -> None:
    done: list[int] = []
    told: list[tuple[int, int]] = []
    side_by_side(done.append, [3, 1, 2], n_workers=1, report=lambda *at: told.append(at))
    assert done == [3, 1, 2]
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_nothing_to_do_is_nothing() -> None:
    side_by_side(lambda i: None, [], n_workers=2)


def test_an_error_is_handed_on_and_those_that_wait_never_begin() -> None:
    begun: list[int] = []

    def work(i: int) -> None:
        begun.append(i)
        if i == 0:
            raise OSError(f"of {i}")
        time.sleep(0.01)

    with pytest.raises(OSError, match="of 0"):
        side_by_side(work, range(1000), n_workers=1)
    assert len(begun) < 1000


@pytest.mark.parametrize("at", [0, 1, 2, 5])
def test_ctrl_c_while_work_is_handed_out_is_heard(at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It came outside of what stops the others: the call waited for their million epochs."""
    submit, handed = ThreadPoolExecutor.submit, []
    begun, ended = threading.Semaphore(0), []

    def interrupted(pool: Any, *work: Any) -> Any:
        if len(handed) == at:
            for _ in range(min(at, 2)):  # both workers are at work
                assert begun.acquire(timeout=PATIENCE)
            raise KeyboardInterrupt
        handed.append(work)
        return submit(pool, *work)

    def for_ever(i: int) -> None:
        begun.release()
        try:
            while True:  # until the KeyboardInterrupt that is raised in this thread
                threading.Event().wait(0.01)
        except KeyboardInterrupt:
            ended.append(i)
            raise

    monkeypatch.setattr(ThreadPoolExecutor, "submit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        side_by_side(for_ever, range(6), n_workers=2)
    assert sorted(ended) == list(range(min(at, 2)))
