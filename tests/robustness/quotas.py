"""A control group with a quota of processor time, where this system lets one be made."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PERIOD = 100_000  # microseconds
ROOT = Path("/sys/fs/cgroup")


@contextmanager
def group(processors: float) -> Iterator[Path | None]:
    """The file into which a process of the new group writes its number; None where none is made.

    Of version 1 where the processor's controller is mounted so, else of version 2.
    """
    first = ROOT / "cpu" if (ROOT / "cpu").is_dir() else ROOT
    folder = first / f"fastgd-{os.getpid()}"
    quota = round(processors * PERIOD)
    try:
        folder.mkdir()
    except OSError:
        yield None
        return
    try:
        try:
            if first == ROOT:
                (folder / "cpu.max").write_text(f"{quota} {PERIOD}")
            else:
                (folder / "cpu.cfs_period_us").write_text(str(PERIOD))
                (folder / "cpu.cfs_quota_us").write_text(str(quota))
        except OSError:
            yield None
        else:
            yield folder / "cgroup.procs"
    finally:
        folder.rmdir()
