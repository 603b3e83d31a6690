"""Descents side by side, one thread each: what `minima.multi_start` and `sweeps` share.

The kernels leave the interpreter free for the other threads. What is done side by side, and what
becomes of the results, is the caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Event, Lock, get_ident

from fastgd._engine.regions import interrupt
from fastgd._engine.threads import available, check_n_threads
from fastgd._progress import Report


def side_by_side(
    work: Callable[[int], object],
    order: Iterable[int],
    *,
    n_workers: int | None,
    report: Report | None = None,
) -> None:
    """``work(i)`` for each i, as many at a time as there are workers, in this order.

    Where one raises, or Ctrl-C is pressed, those that have not begun never do; the others get a
    KeyboardInterrupt; the exception is handed on once they have ended.

    Parameters
    ----------
    work : callable
        Of a number.
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
            if not stop.is_set():
                work(i)
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
