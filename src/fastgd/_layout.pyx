"""Inputs with many zeros, compressed: by rows for z1 = X W1^T, by columns for dW1 = delta^T X.

A zero input adds nothing to either, so only the others are kept, each with the index of
its column (or, by columns, of its row within a block of examples). Lists are padded to
a multiple of 4 with zeros at index 0, so that the kernels' loops have no remainder.
Which data are worth compressing is decided in `cost.py`.
"""

from cython.parallel cimport prange, threadid
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t

ctypedef fused value_t:
    uint8_t
    float
    double

ctypedef fused index_t:
    uint16_t
    int32_t


cdef inline Py_ssize_t padded(Py_ssize_t n) noexcept nogil:
    return (n + 3) & ~<Py_ssize_t> 3


def count_nonzeros(
    const value_t[:, ::1] X not None,     # IN   (n, n_inputs)
    int64_t[::1] count not None,          # OUT  (n,)
    int n_threads,
):
    """Nonzero inputs of each example."""
    cdef Py_ssize_t i, n = X.shape[0], n_inputs = X.shape[1]
    with nogil:
        for i in prange(n, schedule="static", num_threads=n_threads):
            count[i] = count_row(&X[i, 0], n_inputs)


cdef int64_t count_row(const value_t* x, Py_ssize_t n) noexcept nogil:
    cdef int32_t total = 0
    cdef Py_ssize_t k
    for k in range(n):
        total += x[k] != 0
    return total


def compress(
    const value_t[:, ::1] X not None,     # IN   (n, n_inputs)
    const int64_t[::1] start not None,    # IN   (n + 1,) multiples of 4
    index_t[::1] index not None,          # OUT  (start[n],)
    value_t[::1] value not None,          # OUT  (start[n],)
    int n_threads,
):
    """The nonzeros of each row of X, in the order of their columns."""
    cdef Py_ssize_t i, n = X.shape[0], n_inputs = X.shape[1]
    with nogil:
        for i in prange(n, schedule="static", num_threads=n_threads):
            compress_row(&X[i, 0], n_inputs, &index[0] + start[i], &value[0] + start[i],
                         start[i + 1] - start[i])


cdef void compress_row(
    const value_t* x, Py_ssize_t n, index_t* index, value_t* value, Py_ssize_t room,
) noexcept nogil:
    cdef Py_ssize_t k, at = 0
    for k in range(n):
        if at == room:
            return
        # Written always, kept only where nonzero: no branch to mispredict.
        index[at] = <index_t> k
        value[at] = x[k]
        at += x[k] != 0
    for k in range(at, room):
        index[k] = 0
        value[k] = 0


def count_columns(
    const int64_t[::1] start not None,    # IN   compressed rows
    const index_t[::1] index not None,    # IN
    const value_t[::1] value not None,    # IN
    Py_ssize_t block,                     # IN   examples to a block
    int32_t[:, ::1] count not None,       #      (n_threads, n_inputs) of zeros
    int64_t[::1] lit not None,            # OUT  (n_blocks,) columns with a nonzero
    int64_t[::1] entries not None,        # OUT  (n_blocks,) their padded nonzeros
    int n_threads,
):
    """Sizes of the column lists of each block."""
    cdef Py_ssize_t b, n_blocks = lit.shape[0]
    with nogil:
        for b in prange(n_blocks, schedule="static", num_threads=n_threads):
            count_block(&start[0], &index[0], &value[0], b * block,
                        min((b + 1) * block, start.shape[0] - 1),
                        &count[threadid(), 0], count.shape[1], &lit[b], &entries[b])


cdef void count_block(
    const int64_t* start, const index_t* index, const value_t* value,
    Py_ssize_t first, Py_ssize_t stop, int32_t* count, Py_ssize_t n_inputs,
    int64_t* lit, int64_t* entries,
) noexcept nogil:
    """Leaves count all zero, as it found it."""
    cdef Py_ssize_t t, k
    lit[0] = 0
    entries[0] = 0
    for t in range(start[first], start[stop]):
        count[index[t]] += value[t] != 0
    for k in range(n_inputs):
        lit[0] += count[k] != 0
        entries[0] += padded(count[k])
        count[k] = 0


def by_column(
    const int64_t[::1] start not None,        # IN   compressed rows
    const index_t[::1] index not None,        # IN
    const value_t[::1] value not None,        # IN
    Py_ssize_t block,                         # IN   examples to a block, at most 256
    int32_t[:, ::1] count not None,           #      (n_threads, n_inputs) of zeros
    const int64_t[::1] block_lit not None,    # IN   (n_blocks + 1,) ends of `lit`, summed up
    const int64_t[::1] block_entry not None,  # IN   (n_blocks + 1,) ends of `entries`, summed up
    int32_t[::1] lit_column not None,         # OUT  (block_lit[-1],) which column
    int64_t[::1] lit_start not None,          # OUT  (block_lit[-1] + 1,) its first entry
    uint8_t[::1] local_row not None,          # OUT  (block_entry[-1],) row within the block, zeros
    value_t[::1] local not None,              # OUT  (block_entry[-1],) value, zeros
    int n_threads,
):
    """The nonzeros of each block of rows, column by column."""
    cdef Py_ssize_t b, n_blocks = block_lit.shape[0] - 1
    lit_start[block_lit[n_blocks]] = block_entry[n_blocks]
    with nogil:
        for b in prange(n_blocks, schedule="static", num_threads=n_threads):
            sort_block(&start[0], &index[0], &value[0], b * block,
                       min((b + 1) * block, start.shape[0] - 1),
                       &count[threadid(), 0], count.shape[1], block_entry[b],
                       &lit_column[0] + block_lit[b], &lit_start[0] + block_lit[b],
                       &local_row[0], &local[0])


cdef void sort_block(
    const int64_t* start, const index_t* index, const value_t* value,
    Py_ssize_t first, Py_ssize_t stop, int32_t* count, Py_ssize_t n_inputs, int64_t base,
    int32_t* lit_column, int64_t* lit_start, uint8_t* local_row, value_t* local,
) noexcept nogil:
    """A counting sort by column, the longest columns first. Leaves count all zero.

    Lists of one length stand together, so that the processor foresees where each ends.
    """
    cdef Py_ssize_t i, t, k, quads
    cdef int32_t n_lists[65]        # lists of so many quads of entries; a block has 256 rows
    cdef int32_t next_list[65]
    cdef int32_t next_entry[65]
    cdef int32_t c = 0, at = 0
    for quads in range(65):
        n_lists[quads] = 0
    for t in range(start[first], start[stop]):
        count[index[t]] += value[t] != 0
    for k in range(n_inputs):
        n_lists[padded(count[k]) // 4] += 1
    for quads in range(64, 0, -1):
        next_list[quads] = c
        next_entry[quads] = at
        c += n_lists[quads]
        at += n_lists[quads] * 4 * <int32_t> quads
    for k in range(n_inputs):
        quads = padded(count[k]) // 4
        if quads:
            lit_column[next_list[quads]] = <int32_t> k
            lit_start[next_list[quads]] = base + next_entry[quads]
            count[k] = next_entry[quads]
            next_list[quads] += 1
            next_entry[quads] += 4 * <int32_t> quads
    for i in range(first, stop):
        for t in range(start[i], start[i + 1]):
            if value[t] != 0:
                k = index[t]
                local_row[base + count[k]] = <uint8_t> (i - first)
                local[base + count[k]] = value[t]
                count[k] += 1
    for t in range(start[first], start[stop]):
        count[index[t]] = 0
