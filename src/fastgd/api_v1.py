"""The C interface, version 1: fastgd's functions for Cython, C, numba and ctypes. Frozen.

`include/fastgd_v1.h` (in `fastgd.get_include()`) says what each function does, docs/c-api.md
shows them in each language. `api_v1.pxd` declares them for Cython; C takes the capsules `float32`
and `float64`, a table of functions each; numba and ctypes take `function`, anything else
`address`. They are those of the build that this processor runs.

The arithmetic is in `kernels/api_v1.pxi`.
"""

from __future__ import annotations

import ctypes
from typing import Any, Final

from fastgd._engine import interface

__all__ = [
    "BAD_ARGUMENT",
    "BAD_NETWORK",
    "IDENTITY",
    "NOT_FINITE",
    "OK",
    "RELU",
    "SIGMOID",
    "TANH",
    "address",
    "float32",
    "float64",
    "function",
    "names",
    "signature",
]

# What functions return: the enum of the header.
OK: Final = 0
"""Returned: all went well."""
BAD_NETWORK: Final = 1
"""Returned: the network is NULL, or of the other dtype."""
BAD_ARGUMENT: Final = 2
"""Returned: NULL that must not be, a negative count, or a row that is not there."""
NOT_FINITE: Final = 3
"""Returned: NaN or infinity came in, or out of the arithmetic."""
# A layer's activation.
SIGMOID: Final = 0
"""Activation: 1 / (1 + exp(-z))."""
TANH: Final = 1
"""Activation: tanh(z)."""
RELU: Final = 2
"""Activation: max(z, 0)."""
IDENTITY: Final = 3
"""Activation: z."""

# Cython's import looks for a capsule here, PyCapsule_Import for the two below.
__pyx_capi__: Final[dict[str, Any]] = interface.functions_v1()
float32: Final = interface.table_v1("float32", f"{__name__}.float32")
"""Capsule of the table of functions in float32, for ``fastgd_v1_import_float32()``."""
float64: Final = interface.table_v1("float64", f"{__name__}.float64")
"""Capsule of the table of functions in float64."""


def names() -> list[str]:
    """The functions' names, the dtype's name at the end of each.

    Examples
    --------
    >>> [name for name in names() if name.startswith("forward")]
    ['forward_work_float32', 'forward_float32', 'forward_work_float64', 'forward_float64']
    """
    return list(__pyx_capi__)


def signature(name: str) -> str:
    """A function's C signature, as Cython writes it: its capsule's name.

    Parameters
    ----------
    name : str
        One of `names`.

    Raises
    ------
    ValueError
        Where there is no such function.

    Examples
    --------
    >>> signature("forward_work_float32")
    'int64_t (void const *, int64_t)'
    """
    return interface.signature_v1(_capsule(name))


def address(name: str) -> int:
    """A function's address. Parameters and errors as for `signature`.

    Examples
    --------
    >>> address("forward_float32") > 0
    True
    """
    return interface.address_v1(_capsule(name))


def function(name: str) -> Any:
    """A function for ctypes, which numba's compiled code calls too.

    Every pointer is a ``c_void_p``: an array's is ``a.ctypes.data``, NULL is None in Python and
    0 in numba. Parameters and errors as for `signature`.

    Examples
    --------
    >>> import numpy as np
    >>> sizes, activations = np.array([4, 32, 16, 4]), np.full(3, TANH, np.int32)
    >>> net = function("network_new_float32")(3, sizes.ctypes.data, activations.ctypes.data)
    >>> function("n_parameters_float32")(net)
    756
    >>> function("network_free_float32")(net)
    """
    result, _, arguments = signature(name).partition("(")
    types = [_ctype(argument) for argument in arguments.rstrip(")").split(", ")]
    return ctypes.CFUNCTYPE(_ctype(result.strip()), *types)(address(name))


def _capsule(name: str) -> Any:
    if name not in __pyx_capi__:
        raise ValueError(f"name: expected one of {', '.join(names())}, got {name!r}")
    return __pyx_capi__[name]


def _ctype(c: str) -> Any:
    """The type of ctypes for one of C in a signature."""
    if c.endswith("*"):
        return ctypes.c_void_p
    by_name = {"int": ctypes.c_int, "int64_t": ctypes.c_int64, "double": ctypes.c_double}
    return by_name.get(c)  # None is void
