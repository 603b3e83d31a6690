"""The nonzeros of each block of compressed rows, column by column, for dW1 of a full batch.

A column's list is like a row's; its indices are always steps of one byte, between examples.
"""

from cython.parallel cimport prange, threadid
from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.string cimport memset


cdef enum:
    MOST_QUADS = 64        # fours of entries in a column: a block has at most 256 examples

cdef struct Column:
    # A list in the making.
    int64_t value_at       # bytes in the block's lists where the next entry goes
    int64_t index_at
    int32_t n              # nonzeros
    int32_t last           # example of the entry before, counted in the block

cdef struct Rows:
    const NonzeroList* lists
    Py_ssize_t first, stop


def by_column(
    const NonzeroList[::1] lists not None,    # IN   compressed rows
    const value_t[::1] values not None,       # IN   their entries, as values
    const index_t[::1] indices not None,      # IN   the same bytes, as steps or columns
    Py_ssize_t block,                         # IN   examples to a block, at most 256
    int64_t[:, ::1] block_span not None,      # IN   (n_blocks, 3) first list, OUT their number,
    #                                                IN   first byte
    int32_t[:, ::1] columns not None,         # OUT  (n_lists, 2) column, number of entries
    uint8_t[::1] sorted_entries not None,     # OUT  their values and steps, one after the other
    int64_t[:, ::1] work not None,            #      (n_threads, 3 n_inputs) zeros: 24-byte Columns
    int n_threads,
):
    """Sort the nonzeros of each block of rows by column."""
    cdef Py_ssize_t b, n = lists.shape[0], n_inputs = work.shape[1] // 3
    with nogil:
        for b in prange(block_span.shape[0], schedule="dynamic", num_threads=n_threads):
            sort_block(Rows(&lists[0], b * block, min((b + 1) * block, n)), &values[0], &indices[0],
                       <Column*> &work[threadid(), 0], n_inputs, &block_span[b, 0],
                       &columns[0, 0] + 2 * block_span[b, 0],
                       &sorted_entries[0] + block_span[b, 2])


cdef inline void visit(
    bint placing, Rows rows, const value_t* values, const index_t* indices,
    Column* columns, uint8_t* out,
) noexcept nogil:
    """Count the nonzeros of each column, or place them; `placing` is a constant."""
    cdef Py_ssize_t i, t, k, n, first
    cdef Column* column
    cdef const value_t* value
    cdef const index_t* index
    for i in range(rows.first, rows.stop):
        n = rows.lists[i].n
        value = values + rows.lists[i].first // <Py_ssize_t> sizeof(value_t)
        first = rows.lists[i].first + n * <Py_ssize_t> sizeof(value_t)
        index = indices + first // <Py_ssize_t> sizeof(index_t)
        k = 0
        for t in range(n):
            k = index[t] + (k if index_t is uint8_t else 0)
            column = &columns[k]
            if not placing:
                column.n += value[t] != 0
            elif value[t] != 0:
                (<value_t*> (out + column.value_at))[0] = value[t]
                out[column.index_at] = <uint8_t> (i - rows.first - column.last)
                column.value_at += sizeof(value_t)
                column.index_at += 1
                column.last = <int32_t> (i - rows.first)


cdef void sort_block(
    Rows rows, const value_t* values, const index_t* indices, Column* columns,
    Py_ssize_t n_inputs, int64_t* block_span, int32_t* lists, uint8_t* out,
) noexcept nogil:
    """A counting sort by column, the longest lists first. Leaves `columns` all zero.

    Lists of equal length stand together: the branch predictor foresees where each ends.
    """
    cdef Py_ssize_t k, n, quads
    cdef int32_t n_lists[MOST_QUADS + 1]        # lists of so many quads
    cdef int32_t next_list[MOST_QUADS + 1]
    cdef int64_t next_byte[MOST_QUADS + 1]
    cdef int32_t c = 0
    cdef int64_t at = 0
    cdef Column* column
    for quads in range(MOST_QUADS + 1):
        n_lists[quads] = 0
    visit(False, rows, values, indices, columns, out)
    for k in range(n_inputs):
        n_lists[padded(columns[k].n) // 4] += 1
    for quads in range(MOST_QUADS, 0, -1):
        next_list[quads] = c
        next_byte[quads] = at
        c += n_lists[quads]
        at += n_lists[quads] * list_size(4 * quads, 1, sizeof(value_t))
    block_span[1] = c
    for k in range(n_inputs):
        column = &columns[k]
        n = padded(column.n)
        quads = n // 4
        if quads:
            lists[2 * next_list[quads]] = <int32_t> k
            lists[2 * next_list[quads] + 1] = <int32_t> n
            column.value_at = next_byte[quads]
            column.index_at = next_byte[quads] + n * <int64_t> sizeof(value_t)
            # Zeros where the last four entries go: those that no nonzero overwrites fill it up.
            memset(out + column.index_at - 4 * <int64_t> sizeof(value_t), 0, 4 * sizeof(value_t))
            memset(out + column.index_at + n - 4, 0, 4)
            next_list[quads] += 1
            next_byte[quads] += list_size(n, 1, sizeof(value_t))
    visit(True, rows, values, indices, columns, out)
    memset(columns, 0, n_inputs * sizeof(Column))
