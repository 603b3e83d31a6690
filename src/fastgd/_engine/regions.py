"""How a call enters a parallel region where libgomp would hang or end the process.

libgomp keeps a pool of threads for each thread that calls it. A forked child inherits a pool whose
threads are gone: its next region hangs. And where a thread cannot be made, libgomp exits.
`threads.py` says how many threads a call gets.
"""

from __future__ import annotations

import _thread
import logging
import os
import threading
from collections.abc import Callable
from typing import Any

from fastgd._built import MAY_INHERIT_A_POOL

# The process in which libgomp's pools are alive. A fork that loads fastgd for the first time may
# have inherited the pools of another library.
_home = None if MAY_INHERIT_A_POOL else os.getpid()

# Threads of each calling thread's last region: so many libgomp's pool has. It lets those go that a
# smaller region does not need, and makes them anew for the next larger one.
_last = threading.local()

log = logging.getLogger("fastgd")
# A thread that was made and does not end within so long has found no memory.
SECONDS_TO_END = 5.0


def run(n_threads: int, function: Callable[..., Any], *args: Any) -> Any:
    """`function(*args, n_threads)`, in a fresh thread where this process was forked.

    A fresh thread gets a new pool. Nobody can ask whether there is an old one: another library may
    have made it. Where so many threads cannot be made, it runs on one: no bit depends on it.
    """
    if n_threads == 1:
        return function(*args, 1)
    if os.getpid() != _home:
        return _Fresh(n_threads, function, args).result()
    return function(*args, _that_can_be_made(n_threads))


def _that_can_be_made(n_threads: int) -> int:
    """`n_threads`, or 1 where this process is not given as many."""
    missing = n_threads - getattr(_last, "n", 1)
    # Twice: a thread that has ended for Python may hold its stack for a while.
    if missing > 0 and not _can_make(2 * missing):
        log.warning("No room for %d threads: running on one", n_threads)
        return 1
    _last.n = n_threads
    return n_threads


def _can_make(n: int) -> bool:
    """Whether n threads can be alive at once beside this one.

    `threading.Thread` would not do: its start waits for ever for a thread that found no memory to
    begin.
    """
    gate = _thread.allocate_lock()
    begun: list[_thread.LockType] = []

    def live(alive: _thread.LockType) -> None:
        with gate:  # until all have been made
            alive.release()

    try:
        with gate:
            for _ in range(n):
                alive = _thread.allocate_lock()
                alive.acquire()
                _thread.start_new_thread(live, (alive,))
                begun.append(alive)
        made = True
    except (RuntimeError, MemoryError):
        made = False
    # Their stacks are room for libgomp's.
    for alive in begun:
        made &= alive.acquire(timeout=SECONDS_TO_END)
    return made


def interrupt(ident: int) -> None:
    """Raise KeyboardInterrupt in another thread of Python, in a call of the kernels too."""
    import ctypes

    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(ident), ctypes.py_object(KeyboardInterrupt)
    )


class _Fresh:
    """A call in a thread of its own, which Ctrl-C in the caller stops."""

    def __init__(self, n_threads: int, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self._n_threads, self._function, self._args = n_threads, function, args
        self._outcome: list[Any] = []
        self._failure: list[BaseException] = []
        self._go, self._done = threading.Event(), threading.Event()
        self._wanted = True
        self._at_work = threading.Lock()
        self._ident: int | None = None
        self._home = os.getpid()

    def result(self) -> Any:
        try:
            threading.Thread(target=self._work).start()
            self._go.set()  # from here on the thread may use the caller's arrays
            while not self._done.wait(1.0):
                self._check_home()
        except BaseException as error:
            self._check_home()
            if not self._go.is_set():
                self._wanted = False
                self._go.set()
                if isinstance(error, RuntimeError):  # no thread can be made
                    return self._function(*self._args, 1)
                raise
            self._stop()
            raise
        if self._failure:
            raise self._failure[0]
        return self._outcome[0]

    def _work(self) -> None:
        try:
            self._go.wait()
            if self._wanted:
                self._ident = threading.get_ident()
                n_threads = _that_can_be_made(self._n_threads)
                self._outcome.append(self._function(*self._args, n_threads))
            with self._at_work:
                self._ident = None
        except BaseException as error:
            self._failure.append(error)
        finally:
            self._done.set()

    def _check_home(self) -> None:
        """Raise RuntimeError in a child that a signal handler forked meanwhile."""
        if os.getpid() != self._home:
            raise RuntimeError(
                "this process was forked by a signal handler during a call, which cannot go on in "
                "it: call again"
            )

    def _stop(self) -> None:
        """Raise KeyboardInterrupt in the thread, and wait until it no longer uses the arrays."""
        while not self._done.is_set():
            try:
                with self._at_work:
                    if self._ident is not None:
                        interrupt(self._ident)
                self._done.wait()
            except KeyboardInterrupt:  # a second one
                continue
