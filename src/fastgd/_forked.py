"""Whether this process may have inherited a pool of OpenMP's threads, which died in its fork.

It is looked at before the first built module is loaded, and libgomp with it: afterwards nobody can
tell whether another library had it already. What follows from it is left to `_engine/regions.py`.
"""

from __future__ import annotations

FORKED = 0x40  # Linux: PF_FORKNOEXEC of a process's flags, forked without exec


def forked_beside_libgomp() -> bool:
    """Whether this process is a fork that has libgomp loaded already."""
    try:
        with open("/proc/self/stat") as stat:
            flags = int(stat.read().rpartition(")")[2].split()[6])
        if not flags & FORKED:
            return False
        with open("/proc/self/maps") as maps:
            return "libgomp" in maps.read()
    except (OSError, ValueError, IndexError):
        return False


MAY_INHERIT_A_POOL = forked_beside_libgomp()
