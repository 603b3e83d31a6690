"""Teams chosen by the clock: one thread or as many as could pay, whichever is faster now.

Results have the same bits for any number of threads, so a stopwatch may choose it. What it
learned belongs to the data it was measured on; `threads.py` says how many could pay at all.
"""

from __future__ import annotations

import math
import time

# Seconds of a first look at another team, and of a walk between two decisions.
LOOK = 0.002
SLICE = 0.004
# Seconds until the slower team is looked at again: twice as long after each look, up to the most.
AGAIN = 0.05
MOST = 2.0
# A look may cost this share of the time that follows.
SHARE = 0.03
# The team in use is doubted where it takes so many times what it took before.
DOUBT = 1.3

RULE = (
    "n_threads=None: one thread where the work is too small to share, else one or all, "
    "whichever the clock finds faster on the same data; looked at again every 0.05 to 2 s"
)


class Team:
    """Which of two numbers of threads is faster for one kind of work.

    Parameters
    ----------
    most : int
        The alternative to 1; 1 leaves no choice.
    fixed : bool
        `most` was asked for and is obeyed.
    """

    def __init__(self, most: int, fixed: bool = False) -> None:
        self._choices = (most,) if fixed or most == 1 else (most, 1)
        self._pace: dict[int, float] = {}  # seconds for a unit of work
        self._best = most
        self._look_at = 0.0
        self._wait = AGAIN

    def choose(self) -> tuple[int, float]:
        """(number of threads, seconds for which to trust that choice)."""
        if len(self._choices) == 1:
            return self._best, math.inf
        now = time.perf_counter()
        for n_threads in self._choices:
            if n_threads not in self._pace:
                return n_threads, LOOK
        if now >= self._look_at:
            return self._other(), LOOK
        until = self._look_at - now
        return self._best, until if self._best == 1 else min(until, SLICE)

    def tell(self, n_threads: int, work: float, seconds: float) -> None:
        """What `work` took."""
        if len(self._choices) == 1:
            return
        pace = seconds / work
        before = self._pace.get(n_threads)
        self._pace[n_threads] = pace
        if len(self._pace) < len(self._choices):
            return
        now = time.perf_counter()
        best = min(self._choices, key=lambda n: self._pace[n])
        if best != self._best:
            self._best, self._wait = best, AGAIN
            self._look_at = now + self._wait
        elif n_threads != best:  # a look that changed nothing
            self._wait = min(2 * self._wait, MOST)
            lost = seconds - work * self._pace[best]
            self._look_at = now + max(self._wait, lost / SHARE)
        elif before is not None and pace > DOUBT * before:
            self._look_at = now

    def _other(self) -> int:
        return next(n for n in self._choices if n != self._best)


class Teams:
    """The teams of one data set, a kind and size of work each."""

    def __init__(self) -> None:
        self._teams: dict[tuple[str, int, int, bool], Team] = {}

    def of(self, kind: str, work: float, most: int, fixed: bool) -> Team:
        """The team for about so many multiply-adds, made where it is first asked for."""
        key = kind, int(math.log2(max(1.0, work))), most, fixed
        return self._teams.setdefault(key, Team(most, fixed))
