"""This machine's own limits: float32 multiply-adds a second and bytes read a second.

What the benches' figures are stated as shares of. Needs a C compiler; without one there is none.
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

STEPS = 2_000_000
N_READ = 2**26  # floats: 256 MiB, more than any cache


@lru_cache(maxsize=1)
def library() -> ctypes.CDLL | None:
    """roofline.c, compiled for this processor."""
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
    """Floating-point operations of one run of `multiply_adds`."""
    loaded = library()
    assert loaded is not None
    return 2.0 * 12 * loaded.vector_length() * STEPS * n_threads


def runs(n_threads: int) -> dict[str, Callable[[], Any]]:
    """What to time; nothing where there is no compiler."""
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
