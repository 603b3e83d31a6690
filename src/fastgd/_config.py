"""What was built, what runs and where: the facts a bug report or a build needs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any


def show_config() -> dict[str, Any]:
    """Build, processor, threads and layout rules, as a dictionary.

    Returns
    -------
    dict
        ``version``, ``cpu`` (build of the kernels that runs), ``deterministic`` ("everywhere"
        where all processors give its bits, else None), ``builds`` and ``supported`` (those
        installed and those this processor runs), ``compiler``, ``flags``,
        ``openmp``, ``openmp_runtime`` (path of the library loaded, or None), ``threads``
        (as many as ``n_threads=None`` may use now), ``teams`` (how many of them it uses),
        ``layout`` (how X is kept), ``subnormals`` (False where some library made this process
        flush them to zero), ``numpy``.

    Examples
    --------
    >>> import fastgd
    >>> fastgd.show_config()["cpu"] in fastgd.show_config()["builds"]
    True
    """
    import numpy as np

    import fastgd
    from fastgd._built import processor
    from fastgd._engine import layouts, team, threads

    return {
        "version": fastgd.__version__,
        "cpu": processor.LEVEL,
        "deterministic": "everywhere" if processor.EVERYWHERE else None,
        "builds": list(processor.BUILT),
        "supported": list(processor.supported()),
        "compiler": processor.COMPILER_VERSION,
        "flags": processor.COMPILER_FLAGS,
        "openmp": processor.openmp_threads() > 0,
        "openmp_runtime": _openmp_runtime(),
        "threads": threads.available(),
        "teams": team.RULE,
        "layout": layouts.rules(),
        "subnormals": sys.float_info.min / 2 > 0,
        "numpy": np.__version__,
    }


def get_include() -> str:
    """The folder of `fastgd_v1.h`, for the `include_dirs` of a C extension that calls fastgd.

    Examples
    --------
    >>> import os, fastgd
    >>> os.listdir(fastgd.get_include())
    ['fastgd_v1.h']
    """
    return str(Path(__file__).parent / "include")


def _openmp_runtime() -> str | None:
    """The OpenMP library this process has loaded (Linux)."""
    try:
        with open("/proc/self/maps") as maps:
            paths = [line.split()[-1] for line in maps if "libgomp" in line or "libomp" in line]
        # A wheel has one of its own; another library may have loaded another.
        own = [path for path in paths if "/fastgd.libs/" in path]
        return next(iter(own + paths), None)
    except OSError:
        return None
