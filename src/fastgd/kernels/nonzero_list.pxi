"""Where a compressed row lies among the entries: written by `layouts.pyx`, read by the kernels."""

from libc.stdint cimport int32_t, int64_t


cdef struct NonzeroList:
    # n values, then their n indices, one after the other in the bytes of the entries.
    int64_t first              # byte where the values begin, a multiple of 8
    int32_t n                  # entries, a multiple of 4
    int32_t half               # those before the middle column, a multiple of 4 too
