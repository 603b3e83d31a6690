"""The C interface of the chosen build: what `api_v1.py` hands on.

The kernels make the capsules, a function in each of two modules by its dtype.
"""

from __future__ import annotations

from typing import Any

from fastgd._built import processor
from fastgd._engine.reals import FLOATS

_DTYPES = tuple(dtype.name for dtype in FLOATS)


def functions_v1() -> dict[str, Any]:
    """The capsules of all functions by their name, which ends in their dtype's."""
    return {
        f"{name}_{dtype}": capsule
        for dtype in _DTYPES
        for name, capsule in processor.kernels(dtype).functions_v1().items()
    }


def table_v1(dtype: str, name: str) -> Any:
    """All functions of a dtype in one C struct, in a capsule of that name."""
    return processor.kernels(dtype).table_v1(name)


def signature_v1(capsule: Any) -> str:
    """The name of a capsule."""
    return str(processor.kernels(_DTYPES[0]).signature_v1(capsule))


def address_v1(capsule: Any) -> int:
    """What a capsule points to."""
    return int(processor.kernels(_DTYPES[0]).address_v1(capsule))
