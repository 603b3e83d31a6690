"""Which build of the kernels this processor runs, and how they were compiled.

This module is compiled for the baseline and imported before any kernel. The kernels are
built for x86-64-v2, v3 (AVX2, FMA) and v4 (AVX-512), or once elsewhere; `LEVEL` is the
newest that the processor and the system support, or the one that the environment variable
FASTGD_CPU asks for.

FASTGD_DETERMINISTIC=everywhere asks for the same bits on all processors, whichever of them runs:
for the build with 16-byte vectors and without fused multiply-adds, adding up in a fixed order. It
is a matter of the process, as the kernels are: one call that forgot an argument would spoil it.
"""

import importlib
import os

cdef extern from *:
    """
    #ifdef _OPENMP
    #include <omp.h>
    #else
    #define omp_get_max_threads() 0
    #endif

    #if defined(__x86_64__) && defined(__GNUC__)
    #define HAS(feature) (__builtin_cpu_supports(feature) != 0)
    static int runs_v2(void)
    {
        __builtin_cpu_init();
        return HAS("sse4.2") && HAS("popcnt");
    }
    static int runs_v3(void)
    {
        return runs_v2() && HAS("avx2") && HAS("fma") && HAS("bmi") && HAS("bmi2");
    }
    static int runs_v4(void)
    {
        return runs_v3() && HAS("avx512f") && HAS("avx512bw") && HAS("avx512cd")
            && HAS("avx512dq") && HAS("avx512vl");
    }
    #else
    static int runs_v2(void) { return 0; }
    static int runs_v3(void) { return 0; }
    static int runs_v4(void) { return 0; }
    #endif

    #ifdef __VERSION__
    #define COMPILER __VERSION__
    #else
    #define COMPILER "unknown"
    #endif
    """
    int omp_get_max_threads() nogil
    int runs_v2()
    int runs_v3()
    int runs_v4()
    const char* COMPILER
    const char* FASTGD_LEVELS       # as setup.py built them, oldest first
    const char* FASTGD_BASELINE_BUILD   # what FASTGD_DETERMINISTIC=everywhere runs
    const char* FASTGD_APART
    const char* FASTGD_FLAGS

cdef extern from "Python.h":
    ctypedef struct PyInterpreterState:
        pass
    PyInterpreterState* PyInterpreterState_Get()
    long long PyInterpreterState_GetID(PyInterpreterState* interpreter)

# Elsewhere the kernels would give the lock of one interpreter back to another: that ends the
# process.
if PyInterpreterState_GetID(PyInterpreterState_Get()) != 0:
    raise ImportError("fastgd runs in the main interpreter of a process, not in a subinterpreter")

BUILT = tuple(FASTGD_LEVELS.decode().split())
APART = tuple(FASTGD_APART.decode().split())  # builds that no processor runs by default
COMPILER_VERSION = COMPILER.decode()
COMPILER_FLAGS = FASTGD_FLAGS.decode()


def supported():
    """The builds that this processor runs, oldest first."""
    runs = {"v2": runs_v2(), "v3": runs_v3(), "v4": runs_v4()}
    return tuple(level for level in BUILT if runs.get(level, True))


def _choose(asked):
    if not supported():
        raise ImportError(f"this processor runs none of the builds: {', '.join(BUILT)}")
    if not asked:
        return list(supported()).pop()  # the build turns negative indices off: no [-1]
    if asked not in BUILT:
        raise ImportError(f"FASTGD_CPU={asked}: expected one of {', '.join(BUILT)}")
    if asked not in supported():
        raise ImportError(
            f"FASTGD_CPU={asked}: this processor runs {', '.join(supported())} only"
        )
    return asked


def _asks_everywhere(asked):
    if asked not in (None, "", "everywhere"):
        raise ImportError(f"FASTGD_DETERMINISTIC={asked}: expected everywhere, or nothing")
    if asked and _BASELINE not in BUILT + APART:
        raise ImportError(
            f"FASTGD_DETERMINISTIC=everywhere runs the {_BASELINE} build; "
            f"this fastgd has {', '.join(BUILT)} only"
        )
    return bool(asked)


_BASELINE = FASTGD_BASELINE_BUILD.decode()
EVERYWHERE = _asks_everywhere(os.environ.get("FASTGD_DETERMINISTIC"))
_CHOSEN = _choose(os.environ.get("FASTGD_CPU"))
LEVEL = _BASELINE if EVERYWHERE else _CHOSEN


def kernels(str dtype):
    """The module of kernels for "float32" or "float64"."""
    return importlib.import_module(f"fastgd._built.kernels_{dtype}_{LEVEL}")


def openmp_threads():
    """Threads OpenMP would use for this caller now; 0 where built without OpenMP."""
    return omp_get_max_threads()
