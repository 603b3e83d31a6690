"""Teams chosen by the clock: one thread or as many as could pay, whichever is faster now.

Results have the same bits for any number of threads, so a stopwatch may choose it. What it
learned belongs to the data it was measured on; `threads.py` says how many could pay at all.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from fastgd._engine.regions import run

# A look at the other team: two calls, of so many seconds where they can be cut. The first wakes
# threads that sleep, so the faster counts.
LOOKS = 2
LOOK = 0.001
# Seconds of a call between two decisions, where it can be cut.
SLICE = 0.004
# Seconds of work until the slower team is looked at again: twice as long after each look that
# changed nothing, up to the most.
AGAIN = 0.05
MOST = 2.0
# What a look costs is at most this share of the work from it to the next one.
SHARE = 0.03
# The team in use is doubted where its last calls took so many times what they took before.
DOUBT = 1.3
KEPT = 3

RULE = (
    "n_threads=None: one thread where the work is too small to share, else one or all, "
    "whichever the clock finds faster on the same data; looked at again every 0.05 to 2 s of work"
)


class Team:
    """Which of two numbers of threads is faster for one kind of work.

    Parameters
    ----------
    most : int
        The alternative to 1; 1 leaves no choice.
    fixed : bool
        `most` was asked for and is obeyed.
    cut : bool
        Calls can be cut short: they begin alone, which is never slow. Others begin with `most`:
        a call may be the only one.
    """

    def __init__(self, most: int, *, fixed: bool = False, cut: bool = False) -> None:
        self._alone = fixed or most == 1
        self._best, self._other = (1, most) if cut and not fixed else (most, 1)
        # Seconds for a unit of work in the last calls of each, the latest last.
        self._paces: dict[int, list[float]] = {most: [], 1: []}
        self._worked = 0.0  # seconds, so far
        self._look_at = 0.0
        self._looks_left = LOOKS
        self._lost = 0.0  # seconds, by the look that runs
        self._wait = AGAIN

    def choose(self) -> tuple[int, float]:
        """(number of threads, seconds for which to trust that choice)."""
        if self._alone:
            return self._best, math.inf
        if len(self._paces[self._best]) < LOOKS:
            return self._best, LOOK
        if self._worked >= self._look_at:
            return self._other, LOOK
        until = self._look_at - self._worked
        return self._best, until if self._best == 1 else min(until, SLICE)

    def tell(self, n_threads: int, work: float, seconds: float) -> None:
        """What `work` took."""
        if self._alone:
            return
        self._worked += seconds
        paces = self._paces[n_threads]
        before = min(paces, default=math.inf)
        paces.append(seconds / work)
        del paces[:-KEPT]
        if n_threads == self._other:
            self._looked(seconds - work * min(self._paces[self._best]))
        elif min(paces) > DOUBT * before:  # the machine is busy now, or no longer
            self._look_at = min(self._look_at, self._worked + self._lost / SHARE)

    def _looked(self, lost: float) -> None:
        """One call of a look is over; the last one decides."""
        self._looks_left -= 1
        self._lost += max(0.0, lost)
        if self._looks_left > 0:
            return
        if min(self._paces[self._other][-LOOKS:]) < min(self._paces[self._best]):
            self._best, self._other = self._other, self._best
            self._wait = AGAIN
        else:
            self._wait = min(2 * self._wait, MOST)
        self._look_at = self._worked + max(self._wait, self._lost / SHARE)
        self._looks_left, self._lost = LOOKS, 0.0


class Teams:
    """The teams of one data set, a kind and size of work each."""

    def __init__(self) -> None:
        self._teams: dict[tuple[str, int, int, bool], Team] = {}

    def of(self, kind: str, work: float, most: int, *, fixed: bool, cut: bool = False) -> Team:
        """The team for about so many multiply-adds, made where it is first asked for."""
        if most == 1:
            return ALONE
        key = kind, int(math.log2(max(1.0, work))), most, fixed
        return self._teams.setdefault(key, Team(most, fixed=fixed, cut=cut))


ALONE = Team(1)


def timed(team: Team, work: float, function: Callable[..., Any], *args: Any) -> Any:
    """`function(*args, n_threads)` by the team that is the fastest now."""
    n_threads, _ = team.choose()
    began = time.perf_counter()
    result = run(n_threads, function, *args)
    team.tell(n_threads, work, time.perf_counter() - began)
    return result
