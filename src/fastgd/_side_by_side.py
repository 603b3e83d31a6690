"""Descents side by side, one thread each: what `minima.multi_start` and `sweeps` share.

The kernels leave the interpreter free for the other threads. What is done side by side, and what
becomes of the results, is the caller's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from threading import Event, Lock, get_ident
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fastgd._engine.regions import interrupt
from fastgd._engine.threads import available, check_n_threads
from fastgd._progress import Report
from fastgd.descent import Descent, gradient_descent

# A call of a descent takes about so many seconds: between two it hears that it shall stop.
SECONDS_A_CALL = 0.05


def side_by_side(
    work: Callable[[int, Event], object],
    order: Iterable[int],
    *,
    n_workers: int | None,
    report: Report | None = None,
) -> None:
    """``work(i, stop)`` for each i, as many at a time as there are workers, in this order.

    Where one raises, or Ctrl-C is pressed, those that have not begun never do; the others find
    `stop` set and get a KeyboardInterrupt; the exception is handed on once they have ended.

    Parameters
    ----------
    work : callable
        Of a number and an `Event` that tells it to stop.
    order : iterable of int
    n_workers : int or None
        None: as many as there are processors to use.
    report : callable or None
        Gets ``(done, total)``.
    """
    numbers, stop = list(order), Event()
    at_work: set[int] = set()
    changing = Lock()

    def working(i: int) -> None:
        with changing:
            at_work.add(get_ident())
        try:
            work(i, stop)
        finally:
            with changing:
                at_work.discard(get_ident())

    with ThreadPoolExecutor(check_n_threads(n_workers) or available()) as pool:
        try:
            runs = [pool.submit(working, i) for i in numbers]
            for done, run in enumerate(as_completed(runs), 1):
                run.result()
                if report is not None:
                    report(done, len(numbers))
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            with changing:
                for ident in at_work:
                    interrupt(ident)
            raise


def walked(
    cost: Any,
    theta: ArrayLike,
    epochs: int,
    stop: Event,
    *,
    so_far: Descent | None = None,
    **options: Any,
) -> Descent | None:
    """`gradient_descent` in calls of some 50 ms, from `so_far` on, until `stop` is set.

    In the bits of one call, since a descent resumes in them. Where it was stopped it has walked
    less than `epochs`, by "epochs"; None: not one.
    """
    at_once = 1
    while not stop.is_set():
        began, n = time.perf_counter(), len(so_far.costs) if so_far is not None else 0
        found = gradient_descent(
            cost, theta, epochs=min(epochs, n + at_once), resume=so_far, **options
        )
        if so_far is not None and found.path is not None and so_far.path is not None:
            # A resumed path begins where the one before ended.
            found = replace(found, path=np.concatenate([so_far.path, found.path[1:]]))
        so_far = found
        if so_far.stopped_by != "epochs" or len(so_far.costs) >= epochs:
            break
        if time.perf_counter() - began < SECONDS_A_CALL:
            at_once *= 2
    return so_far
