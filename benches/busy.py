"""One core kept busy by another process, as on a machine that does other work too.

The child turns on the spot. It ends with the `with` block, and by itself soon after its parent has
died, in whatever way.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SPIN = """
import os, sys
while os.getppid() == int(sys.argv[1]):
    for _ in range(100_000):
        pass
"""
CHILDREN: list[int] = []  # process ids of those that turn now


@contextmanager
def one_core(wanted: bool = True) -> Iterator[int | None]:
    """Inside a `with` block another process, whose id it gives, uses a core where `wanted`.

    It is bound to no core: the system may move it, and fastgd's threads.
    """
    if not wanted:
        yield None
        return
    command = [sys.executable, "-I", "-S", "-c", SPIN, str(os.getpid())]
    child = subprocess.Popen(command)
    CHILDREN.append(child.pid)
    try:
        yield child.pid
    finally:
        CHILDREN.remove(child.pid)
        child.kill()
        child.wait()


def seconds() -> float:
    """Processor seconds used so far by the processes that turn now; 0 where unknown."""
    ticks = 0
    for pid in CHILDREN:
        try:
            with open(f"/proc/{pid}/stat") as stat:
                words = stat.read().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(words[11]) + int(words[12])  # in user code and in the system
    return ticks / float(os.sysconf("SC_CLK_TCK")) if ticks else 0.0
