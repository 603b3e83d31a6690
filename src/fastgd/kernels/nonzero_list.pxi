"""How a compressed row is found: what `layouts.pyx` writes and the kernels walk."""

from libc.stdint cimport int32_t, int64_t


cdef struct NonzeroList:
    # n values, and then their n indices, in one stretch of bytes among the entries.
    int64_t first              # byte it begins at, a multiple of 8
    int32_t n                  # entries, a multiple of 4
    int32_t half               # of them before the middle column, a multiple of 4 too
