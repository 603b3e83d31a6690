"""Memory after many fits, in short: `make leaks` takes 2,000."""

from __future__ import annotations

import sys

import pytest
from tests.common import run_python
from tests.memory.leaks import MOST_HEAP, MOST_TRACED


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's count of what malloc gave out")
def test_fits_leave_no_memory_behind() -> None:
    """A leak of a kilobyte a fit would show."""
    heap, traced, _ = map(
        int, run_python("from tests.memory.leaks import grown; print(*grown(160))").split()
    )
    assert heap <= MOST_HEAP
    assert traced <= MOST_TRACED
