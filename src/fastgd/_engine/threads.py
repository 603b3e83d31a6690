"""How many threads a call gets. `regions.py` runs it on them."""

from __future__ import annotations

import operator
import os
import time

import numpy as np

from fastgd._built import processor

# A thread may pay for its waking above this many multiply-adds, about 10 us of them. To wake
# one takes 43 us where threads sleep between parallel regions, 1 us where they spin: `team.py`
# measures whether it does.
WORK_PER_THREAD = 3e5
# Seconds until the quota is read again, which takes some 80 us: the usual period of a quota.
QUOTA_LASTS = 0.1
# More threads per processor are a mistake, and libgomp ends the process on absurd counts.
MOST_PER_PROCESSOR = 4


def check_n_threads(n_threads: int | None) -> int | None:
    """`n_threads` as None or an int that is safe to hand to OpenMP.

    Raises
    ------
    TypeError
        Where it is not None or an integer (True and "2" are not).
    ValueError
        Where it is below 1, or above 16 and `MOST_PER_PROCESSOR` times the processors.
    """
    if n_threads is None:
        return None
    try:
        if isinstance(n_threads, bool | np.bool_):
            raise TypeError
        n = operator.index(n_threads)
    except TypeError:
        raise TypeError(
            f"n_threads: expected an integer of at least 1 or None, got {n_threads!r}"
        ) from None
    most = max(16, MOST_PER_PROCESSOR * (os.cpu_count() or 1))
    if not 1 <= n <= most:
        raise ValueError(f"n_threads: expected 1 to {most} on this machine, got {n}")
    return n


def available() -> int:
    """Threads that may run now: OpenMP's limit, this process's affinity and cgroup quota."""
    n = processor.openmp_threads()
    if n > 1:
        if hasattr(os, "sched_getaffinity"):
            n = min(n, len(os.sched_getaffinity(0)))
        if n > 1:
            n = min(n, _lasting_quota() or n)
    return max(1, n)


def threads_for(n_threads: int | None, work: float) -> int:
    """Threads for `work` multiply-adds: `n_threads` where given, else as many as pay."""
    if processor.openmp_threads() == 0:
        return 1
    if n_threads is not None:
        return n_threads
    pay = int(work / WORK_PER_THREAD)
    return min(pay, available()) if pay > 1 else 1


# When the quota was last read, and what it was.
_quota_read: tuple[float, int | None] = (float("-inf"), None)


def _lasting_quota() -> int | None:
    """`_cgroup_quota`, read again once `QUOTA_LASTS` has passed."""
    global _quota_read
    now = time.monotonic()
    if now >= _quota_read[0] + QUOTA_LASTS:
        _quota_read = now, _cgroup_quota()
    return _quota_read[1]


def _cgroup_quota() -> int | None:
    """Whole processors that the tightest of our control groups grants, or None."""
    grants = []
    for paths in _quota_files():
        try:
            limit, period = " ".join(_text(path) for path in paths).split()
            if limit not in ("max", "-1"):
                # Rounded down: threads meet, so if one is throttled all of them wait.
                grants.append(max(1, int(limit) // int(period)))
        except (OSError, ValueError, ZeroDivisionError):
            continue
    return min(grants, default=None)


def _text(path: str) -> str:
    with open(path) as file:
        return file.read()


def _quota_files(
    groups: str = "/proc/self/cgroup", root: str = "/sys/fs/cgroup"
) -> tuple[tuple[str, ...], ...]:
    """Files that hold (limit, period) for our control group and for each above it.

    A line of `groups` is "number:controllers:path"; version 2 names no controllers.
    """
    found = []
    lines = _text(groups).splitlines() if os.path.exists(groups) else []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            mount, names = root, ["cpu.max"]
        elif "cpu" in controllers.split(","):
            mount, names = f"{root}/cpu", ["cpu.cfs_quota_us", "cpu.cfs_period_us"]
        else:
            continue
        folders = [part for part in path.split("/") if part not in ("", "..")]
        for depth in range(len(folders) + 1):
            paths = tuple(os.path.join(mount, *folders[:depth], name) for name in names)
            if all(map(os.path.exists, paths)):
                found.append(paths)
    return tuple(found)
