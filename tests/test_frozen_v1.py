"""`api_v1` is frozen: compiled clients depend on every word of this.

Where a test here fails, version 1 has changed. Leave it as it was, and make a version 2 beside it.
"""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

import pytest

import fastgd
from fastgd import api_v1
from fastgd._engine import interface

HEADER = Path(fastgd.get_include(), "fastgd_v1.h").read_text()
DECLARATIONS = Path(fastgd.__file__).with_name("api_v1.pxd").read_text()
SIGNATURES = {
    "network_new": "void *(int64_t, int64_t const *, int const *)",
    "network_free": "void (void *)",
    "n_parameters": "int64_t (void const *)",
    "forward_work": "int64_t (void const *, int64_t)",
    "sums_work": "int64_t (void const *, int64_t)",
    "epoch_work": "int64_t (void const *, int64_t, int64_t)",
    "forward": "int (void const *, REAL const *, int64_t, REAL const *, REAL *, void *)",
    "sums": "int (void const *, REAL const *, int64_t, REAL const *, REAL const *, REAL const *, "
    "double *, REAL *, void *)",
    "epoch": "int (void const *, REAL *, REAL *, int64_t, REAL const *, REAL const *, "
    "REAL const *, int64_t, int64_t const *, int64_t, double, double, double *, void *)",
}
REALS = {"float32": "float", "float64": "double"}
FUNCTIONS = {
    f"{name}_{dtype}": signature.replace("REAL", real)
    for dtype, real in REALS.items()
    for name, signature in SIGNATURES.items()
}
ENUM = {
    "OK": 0, "BAD_NETWORK": 1, "BAD_ARGUMENT": 2, "NOT_FINITE": 3,
    "SIGMOID": 0, "TANH": 1, "RELU": 2, "IDENTITY": 3,
}  # fmt: skip
HEADER_CODE = """
#ifndef FASTGD_V1_H
#define FASTGD_V1_H
#include <stdint.h>
enum { FASTGD_V1_OK = 0, FASTGD_V1_BAD_NETWORK = 1, FASTGD_V1_BAD_ARGUMENT = 2,
FASTGD_V1_NOT_FINITE = 3 };
enum { FASTGD_V1_SIGMOID = 0, FASTGD_V1_TANH = 1, FASTGD_V1_RELU = 2, FASTGD_V1_IDENTITY = 3 };
#define FASTGD_V1_FUNCTIONS(real)
void *(*network_new)(int64_t n_layers, const int64_t *sizes, const int *activations);
void (*network_free)(void *network);
int64_t (*n_parameters)(const void *network);
int64_t (*forward_work)(const void *network, int64_t n);
int64_t (*sums_work)(const void *network, int64_t n);
int64_t (*epoch_work)(const void *network, int64_t n, int64_t batch_size);
int (*forward)(const void *network, const real *theta, int64_t n, const real *X,
real *outputs, void *work);
int (*sums)(const void *network, const real *theta, int64_t n, const real *X, const real *Y,
const real *weight, double *cost, real *gradient, void *work);
int (*epoch)(const void *network, real *theta, real *velocity, int64_t n, const real *X,
const real *Y, const real *weight, int64_t n_order, const int64_t *order,
int64_t batch_size, double learning_rate, double momentum, double *cost, void *work);
typedef struct { FASTGD_V1_FUNCTIONS(float) } fastgd_v1_float32;
typedef struct { FASTGD_V1_FUNCTIONS(double) } fastgd_v1_float64;
#ifdef Py_PYTHON_H
#define fastgd_v1_import_float32()
((const fastgd_v1_float32 *)PyCapsule_Import("fastgd.api_v1.float32", 0))
#define fastgd_v1_import_float64()
((const fastgd_v1_float64 *)PyCapsule_Import("fastgd.api_v1.float64", 0))
#endif
#endif
"""


def test_the_capsules() -> None:
    assert api_v1.names() == list(FUNCTIONS)
    assert {name: api_v1.signature(name) for name in api_v1.names()} == FUNCTIONS


def test_the_header() -> None:
    """Its code; the comments may be put better."""
    code = re.sub(r"/\*.*?\*/", " ", HEADER, flags=re.DOTALL).replace("\\\n", " ")
    assert code.split() == HEADER_CODE.split()


@pytest.mark.parametrize("dtype", REALS)
def test_the_table_holds_the_functions_in_the_header_s_order(dtype: str) -> None:
    table = getattr(api_v1, dtype)
    assert interface.signature_v1(table) == f"fastgd.api_v1.{dtype}"
    addresses = (ctypes.c_void_p * len(SIGNATURES)).from_address(interface.address_v1(table))
    assert list(addresses) == [api_v1.address(f"{name}_{dtype}") for name in SIGNATURES]


def test_the_declarations_for_cython() -> None:
    """Each has the type that its capsule is named by: `const float* X` is `float const *`."""
    found = {}
    declared = re.findall(
        r"^cdef (\w+\*?) (\w+)\(([^)]*)\) noexcept nogil$", DECLARATIONS, re.MULTILINE
    )
    for result, name, arguments in declared:
        types = [c_type(argument.strip()) for argument in arguments.split(",") if argument.strip()]
        found[name] = f"{result.replace('*', ' *')} ({', '.join(types)})".replace("* (", "*(")
    assert found == FUNCTIONS


def c_type(argument: str) -> str:
    constant, base, star = re.fullmatch(r"(const )?(\w+)(\*?) \w+", argument).groups()  # type: ignore[union-attr]
    return base + (" const" if constant else "") + (" *" if star else "")


def test_the_numbers_of_states_and_activations() -> None:
    assert {name: getattr(api_v1, name) for name in ENUM} == ENUM
    for text in (DECLARATIONS, HEADER.replace("FASTGD_V1_", "")):
        numbers = dict(re.findall(r"^ +([A-Z_]+) = (\d+)", text, re.MULTILINE))
        assert {name: int(number) for name, number in numbers.items()} == ENUM
