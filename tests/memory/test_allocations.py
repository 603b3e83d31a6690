"""Allocations that fail, in short: `make allocations` takes every call."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest
from tests.common import PATIENCE, ROOT

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not shutil.which("cc"), reason="glibc's malloc and a C compiler"
)


def test_every_allocation_of_a_call_may_fail() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.memory.allocations", "--only", "outputs of"],
        cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    counts = re.findall(
        r"^outputs of \w+: (\d+) allocations failed, (\d+) raised", done.stdout, re.M
    )
    assert len(counts) == 3
    # The kernels' own allocation and NumPy's of the result: each call has some that it needs.
    assert all(int(raised) >= 1 for _, raised in counts)
