"""The limits of this machine: float32 operations per second, and bytes read per second.

The report states speeds as shares of them. Without a C compiler the limits stay unknown.
"""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

STEPS = 1_000_000
N_READ = 2**26  # floats: 256 MiB, more than any cache holds


@lru_cache(maxsize=1)
def library() -> ctypes.CDLL | None:
    """roofline.c compiled for this processor; None without a compiler."""
    source = Path(__file__).with_suffix(".c")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "roofline.so")
        flags = ["-O3", "-march=native", "-fopenmp", "-shared", "-fPIC"]
        try:
            subprocess.run(
                ["cc", *flags, str(source), "-o", str(target)], check=True, capture_output=True
            )
        except (OSError, subprocess.CalledProcessError):
            return None
        loaded = ctypes.CDLL(str(target))
    loaded.multiply_add.restype = loaded.read_memory.restype = ctypes.c_float
    return loaded


def flops(n_threads: int) -> float:
    """Floating-point operations of one call of "multiply-add"."""
    loaded = library()
    assert loaded is not None
    return 2.0 * 12 * loaded.vector_length() * STEPS * n_threads


def runs(n_threads: int) -> dict[str, Callable[[], Any]]:
    """The calls to time; none without a compiler."""
    loaded = library()
    if loaded is None:
        return {}
    room = np.ones(N_READ + 16, np.float32)
    at = -room.ctypes.data % 64 // 4
    memory = room[at : at + N_READ]
    return {
        "multiply-add": lambda: loaded.multiply_add(ctypes.c_long(STEPS), n_threads),
        "read": lambda: loaded.read_memory(
            memory.ctypes.data_as(ctypes.c_void_p), ctypes.c_long(N_READ), n_threads
        ),
    }
