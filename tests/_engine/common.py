"""A problem, its numbers in every form, and what is no number or not finite."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from tests.common import problem

P = problem((6, 5, 4), 40)
NET, THETA, X, Y = P.network, P.theta, P.X, P.Y


class HasArray:
    """Offers ``__array__`` and nothing else."""

    def __init__(self, a: Any) -> None:
        self._a = a

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self._a, dtype=dtype)


class HasDLPack:
    """Offers DLPack and nothing else."""

    def __init__(self, a: Any) -> None:
        self._a = a

    def __dlpack__(self, **options: Any) -> Any:
        return self._a.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._a.__dlpack_device__()  # type: ignore[no-any-return]


class OnAnotherDevice(HasDLPack):
    def __dlpack_device__(self) -> tuple[int, int]:
        return (2, 0)  # CUDA

    def __dlpack__(self, **options: Any) -> Any:
        raise BufferError("on a GPU")


def misaligned(a: Any) -> Any:
    room = np.zeros(a.nbytes + 1, np.uint8)
    out = room[1:].view(a.dtype).reshape(a.shape)
    out[:] = a
    assert not out.flags.aligned
    return out


def read_only(a: Any) -> Any:
    out = a.copy()
    out.flags.writeable = False
    return out


def spread(a: Any) -> Any:
    """Every other column of something twice as wide."""
    wide = np.full((*a.shape[:-1], 2 * a.shape[-1]), np.nan)
    wide[..., ::2] = a
    return wide[..., ::2]


# The same numbers in other forms.
FORMS: dict[str, Any] = {
    "list": lambda a: a.tolist(),
    "strided": spread,
    "reversed": lambda a: np.ascontiguousarray(a[::-1])[::-1],
    "reversed columns": lambda a: np.ascontiguousarray(a[..., ::-1])[..., ::-1],
    "Fortran": np.asfortranarray,
    "big-endian": lambda a: a.astype(">f8"),
    "big-endian float32": lambda a: a.astype(">f4"),
    "float32": lambda a: a.astype(np.float32),
    "misaligned": misaligned,
    "read-only": read_only,
    "masked without a mask": np.ma.masked_array,
    "subclass": lambda a: a.view(np.recarray),
    "__array__": HasArray,
    "DLPack": HasDLPack,
}
forms = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())


def same(got: Any, expected: Any) -> None:
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-6)


NO_NUMBERS: dict[str, Any] = {
    "None": lambda a: None,
    "object": lambda a: a.astype(object),
    "complex": lambda a: a.astype(complex),
    "string": lambda a: a.astype(str),
    "bytes": lambda a: a.astype("S"),
    "dates": lambda a: a.astype("M8[s]"),
    "longdouble": lambda a: a.astype(np.longdouble),
    "structured": lambda a: np.zeros(a.shape, [("a", float)]),
    "masked": lambda a: np.ma.masked_array(a, mask=a > 0.5),
    "ragged": lambda a: [[1.0], [2.0, 3.0]],
    "function": lambda a: len,
    "on a GPU": OnAnotherDevice,
}
no_numbers = pytest.mark.parametrize("form", NO_NUMBERS.values(), ids=NO_NUMBERS.keys())


def spoiled(a: Any, value: float) -> Any:
    out = a.copy()
    out.reshape(-1)[-2] = value
    return out


bad_values = pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf], ids=str)
dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])
