"""Inputs with many zeros, compressed: by rows for z1 = X W1^T, by columns for dW1 = delta^T X.

A zero input adds nothing to either, so only the others are kept, in lists: one for each
example, one for each column within a block of examples. A list is n values and then their
n indices, in one stretch of bytes that begins at a multiple of 8. An index of one byte is
the step from the index before (the first steps from 0); where that would be too long,
values of 0 stand between as stepping stones. An index of four bytes is the column itself.
n is a multiple of 4, filled up with values of 0, so that the kernels' loops have no
remainder. The list of an example comes in two halves, of columns before and from a
`middle` on, so that two threads can share a mini-batch: each half is a multiple of 4
long, names only columns of its own, and the steps of the first end just before the
middle, from where the second steps on.
Which data are worth compressing is decided in `_examples.py`.
"""

from cython.parallel cimport prange, threadid
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.string cimport memcpy, memset

ctypedef fused value_t:
    uint8_t
    float
    double

ctypedef fused index_t:
    uint8_t
    int32_t

cdef enum:
    LOOK = 8               # inputs that are looked at together
    REACH = 256 - LOOK     # from the last index to a look, for steps of one byte
    MOST_QUADS = 64        # of entries in a column: a block has at most 256 examples

cdef struct List:
    int64_t first          # byte
    int32_t n              # entries
    int32_t half           # of them before the middle

cdef struct Column:
    int64_t value_at       # next place in the block's lists
    int64_t index_at
    int32_t n
    int32_t last           # row of the entry before


cdef inline Py_ssize_t padded(Py_ssize_t n) noexcept nogil:
    return (n + 3) & ~<Py_ssize_t> 3


cdef inline int64_t list_size(
    Py_ssize_t n, Py_ssize_t index_size, Py_ssize_t value_size,
) noexcept nogil:
    return (n * (index_size + value_size) + 7) & ~<int64_t> 7


def stepping_stones(Py_ssize_t n_inputs):
    """At most so many values of 0 bridge the gaps of one example."""
    return n_inputs // (REACH + 1) + 1


def room(const int64_t[::1] count not None, Py_ssize_t stones, Py_ssize_t index_size,
         Py_ssize_t value_size, int64_t[::1] start not None):
    """`start` (n + 1,): first bytes of lists of up to count + stones entries and two ends."""
    cdef Py_ssize_t i
    start[0] = 0
    for i in range(count.shape[0]):
        start[i + 1] = start[i] + list_size(padded(count[i] + stones) + 4, index_size, value_size)


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
    Py_ssize_t middle,                    # IN   column that the second halves begin with
    const int64_t[::1] start not None,    # IN   (n + 1,) room for each list
    List[::1] lists not None,             # OUT  (n,)
    uint8_t[::1] entries not None,        # OUT  values and steps
    uint8_t[:, ::1] work not None,        #      (n_threads, 9 (n_inputs + stones + 16))
    int n_threads,
):
    """The nonzeros of each row of X, in the order of their columns."""
    cdef Py_ssize_t i, n = X.shape[0], n_inputs = X.shape[1]
    with nogil:
        for i in prange(n, schedule="static", num_threads=n_threads):
            lists[i].first = start[i]
            compress_row(&X[i, 0], n_inputs, middle, &work[threadid(), 0], work.shape[1],
                         &lists[i], &entries[0])


cdef inline bint all_zero(const value_t* x) noexcept nogil:
    """Whether LOOK inputs are 0 to the bit."""
    cdef uint64_t words[8]
    cdef uint64_t any_bit = 0
    cdef size_t w
    memcpy(words, x, LOOK * sizeof(value_t))
    for w in range(sizeof(value_t)):
        any_bit |= words[w]
    return any_bit == 0


cdef struct Taken:
    # A list in the making.
    Py_ssize_t n
    Py_ssize_t last        # column of the last entry


cdef inline void take(
    const value_t* x, Py_ssize_t k, Py_ssize_t n, Taken* taken, value_t* values, uint8_t* steps,
) noexcept nogil:
    """Add the nonzeros among inputs k:k + n, at most LOOK."""
    cdef Py_ssize_t j, at, last
    cdef bint lit
    if k - taken.last > REACH:
        stones_to(k, REACH, taken, values, steps)
    at = taken.n
    last = taken.last
    for j in range(k, k + n):
        # Written always, kept only where nonzero: no branch to mispredict.
        lit = x[j] != 0
        values[at] = x[j]
        steps[at] = <uint8_t> (j - last)
        at += lit
        last = j if lit else last
    taken.n = at
    taken.last = last


cdef inline void stones_to(
    Py_ssize_t k, Py_ssize_t reach, Taken* taken, value_t* values, uint8_t* steps,
) noexcept nogil:
    """Stepping stones until column k is within reach."""
    cdef Py_ssize_t step
    while k - taken.last > reach:
        step = min(<Py_ssize_t> 255, k - taken.last)
        values[taken.n] = 0
        steps[taken.n] = <uint8_t> step
        taken.last += step
        taken.n += 1


cdef inline void fill_up(Taken* taken, value_t* values, index_t* index) noexcept nogil:
    """Values of 0, where the list is, up to a multiple of 4."""
    while taken.n % 4:
        values[taken.n] = 0
        index[taken.n] = 0 if index_t is uint8_t else <int32_t> taken.last
        taken.n += 1


cdef inline void take_between(
    const value_t* x, Py_ssize_t k, Py_ssize_t stop, Taken* taken, value_t* values, uint8_t* steps,
) noexcept nogil:
    while k + LOOK <= stop:
        if not all_zero(x + k):
            take(x, k, LOOK, taken, values, steps)
        k += LOOK
    if k < stop:
        take(x, k, stop - k, taken, values, steps)


cdef void compress_row(
    const value_t* x, Py_ssize_t n, Py_ssize_t middle, uint8_t* work, Py_ssize_t work_size,
    List* list_, uint8_t* entries,
) noexcept nogil:
    cdef value_t* values = <value_t*> work
    cdef uint8_t* steps = work + work_size // 9 * 8
    cdef Taken taken = Taken(0, 0)
    take_between(x, 0, middle, &taken, values, steps)
    stones_to(middle - 1, 0, &taken, values, steps)
    fill_up(&taken, values, steps)
    list_.half = <int32_t> taken.n
    take_between(x, middle, n, &taken, values, steps)
    put(&taken, values, steps, list_, entries)


cdef inline void put(
    Taken* taken, value_t* values, index_t* index, List* list_, uint8_t* entries,
) noexcept nogil:
    """The list, filled up, to its place among the entries."""
    fill_up(taken, values, index)
    list_.n = <int32_t> taken.n
    entries += list_.first
    memcpy(entries, values, taken.n * sizeof(value_t))
    memcpy(entries + taken.n * sizeof(value_t), index, taken.n * sizeof(index_t))


def compress_sparse(
    const int64_t[::1] starts not None,   # IN   (n + 1,) rows of a sparse matrix
    const int32_t[::1] columns not None,  # IN   rising in each row
    const value_t[::1] values not None,   # IN
    Py_ssize_t middle,                    # IN
    const int64_t[::1] start not None,    # IN   (n + 1,) room for each list
    List[::1] lists not None,             # OUT  (n,)
    uint8_t[::1] entries not None,        # OUT  values and steps, or columns
    uint8_t[::1] work not None,           #      room for the longest list, values apart
    bint steps,
):
    """The rows of a sparse matrix as lists."""
    cdef Py_ssize_t i, n
    cdef value_t* value = <value_t*> &work[0]
    cdef uint8_t* index = &work[0] + work.shape[0] // 12 * 8
    # A row without entries may stand behind the last of them all.
    cdef const int32_t* column = &columns[0] if columns.shape[0] else NULL
    cdef const value_t* x = &values[0] if values.shape[0] else NULL
    for i in range(starts.shape[0] - 1):
        n = starts[i + 1] - starts[i]
        lists[i].first = start[i]
        if steps:
            compress_sparse_row(column + starts[i], x + starts[i], n, middle,
                                value, index, &lists[i], &entries[0])
        else:
            compress_sparse_row(column + starts[i], x + starts[i], n, middle,
                                value, <int32_t*> index, &lists[i], &entries[0])


cdef void compress_sparse_row(
    const int32_t* column, const value_t* x, Py_ssize_t n, Py_ssize_t middle,
    value_t* values, index_t* index, List* list_, uint8_t* entries,
) noexcept nogil:
    cdef Taken taken = Taken(0, 0)
    cdef Py_ssize_t t = 0
    while t < n and column[t] < middle:
        take_one(column[t], x[t], &taken, values, index)
        t += 1
    if index_t is uint8_t:
        stones_to(middle - 1, 0, &taken, values, index)
    fill_up(&taken, values, index)
    list_.half = <int32_t> taken.n
    while t < n:
        take_one(column[t], x[t], &taken, values, index)
        t += 1
    put(&taken, values, index, list_, entries)


cdef inline void take_one(
    Py_ssize_t k, value_t x, Taken* taken, value_t* values, index_t* index,
) noexcept nogil:
    if index_t is uint8_t:
        stones_to(k, 255, taken, values, index)
    index[taken.n] = <index_t> (k - taken.last if index_t is uint8_t else k)
    values[taken.n] = x
    taken.last = k
    taken.n += 1


def by_column(
    const List[::1] lists not None,           # IN   compressed rows
    const uint8_t[::1] entries not None,      # IN
    Py_ssize_t index_size,                    # IN   1: steps, 4: columns
    Py_ssize_t value_size,                    # IN   1: uint8, 4: float, 8: double
    Py_ssize_t block,                         # IN   examples to a block, at most 256
    int64_t[:, ::1] block_span not None,      # IN   (n_blocks, 3) first list, OUT their number,
    #                                                IN   first byte
    int32_t[:, ::1] columns not None,         # OUT  (., 2) column and entries of each list
    uint8_t[::1] sorted_entries not None,     # OUT  their values and steps, one after the other
    int64_t[:, ::1] work not None,            #      (n_threads, 3 n_inputs) of zeros
    int n_threads,
):
    """The nonzeros of each block of rows, column by column, an index a step between rows."""
    cdef Py_ssize_t b, n = lists.shape[0], n_blocks = block_span.shape[0]
    with nogil:
        for b in prange(n_blocks, schedule="static", num_threads=n_threads):
            sort_some(&lists[0], &entries[0], index_size, value_size, b * block,
                      min((b + 1) * block, n), <Column*> &work[threadid(), 0],
                      work.shape[1] // 3, &block_span[b, 0],
                      &columns[0, 0] + 2 * block_span[b, 0],
                      &sorted_entries[0] + block_span[b, 2])


cdef void sort_some(
    const List* rows, const uint8_t* entries, Py_ssize_t index_size, Py_ssize_t value_size,
    Py_ssize_t first, Py_ssize_t stop, Column* columns, Py_ssize_t n_inputs,
    int64_t* block_span, int32_t* lists, uint8_t* out,
) noexcept nogil:
    if value_size == 1:
        sort_block(rows, entries, <const uint8_t*> entries, <const uint8_t*> entries,
                   first, stop, columns, n_inputs, block_span, lists, out)
    elif value_size == 4 and index_size == 1:
        sort_block(rows, entries, <const uint8_t*> entries, <const float*> entries,
                   first, stop, columns, n_inputs, block_span, lists, out)
    elif value_size == 4:
        sort_block(rows, entries, <const int32_t*> entries, <const float*> entries,
                   first, stop, columns, n_inputs, block_span, lists, out)
    elif index_size == 1:
        sort_block(rows, entries, <const uint8_t*> entries, <const double*> entries,
                   first, stop, columns, n_inputs, block_span, lists, out)
    else:
        sort_block(rows, entries, <const int32_t*> entries, <const double*> entries,
                   first, stop, columns, n_inputs, block_span, lists, out)


cdef inline void visit(
    bint placing, const List* rows, const uint8_t* entries, const index_t* index,
    const value_t* value, Py_ssize_t first, Py_ssize_t stop, Column* columns, uint8_t* out,
) noexcept nogil:
    """Count the nonzeros of each column, or place them; `placing` is a constant."""
    cdef Py_ssize_t i, t, k, n
    cdef Column* column
    for i in range(first, stop):
        n = rows[i].n
        value = <const value_t*> (entries + rows[i].first)
        index = <const index_t*> (value + n)
        k = 0
        for t in range(n):
            k = index[t] + (k if index_t is uint8_t else 0)
            column = &columns[k]
            if not placing:
                column.n += value[t] != 0
            elif value[t] != 0:
                (<value_t*> (out + column.value_at))[0] = value[t]
                out[column.index_at] = <uint8_t> (i - first - column.last)
                column.value_at += sizeof(value_t)
                column.index_at += 1
                column.last = <int32_t> (i - first)


cdef void sort_block(
    const List* rows, const uint8_t* entries, const index_t* index, const value_t* value,
    Py_ssize_t first, Py_ssize_t stop, Column* columns, Py_ssize_t n_inputs,
    int64_t* block_span, int32_t* lists, uint8_t* out,
) noexcept nogil:
    """A counting sort by column, the longest columns first. Leaves `columns` all zero.

    Lists of one length stand together, so that the processor foresees where each ends.
    """
    cdef Py_ssize_t k, n, quads
    cdef int32_t n_lists[MOST_QUADS + 1]        # lists of so many quads of entries
    cdef int32_t next_list[MOST_QUADS + 1]
    cdef int64_t next_byte[MOST_QUADS + 1]
    cdef int32_t c = 0
    cdef int64_t at = 0
    cdef Column* column
    for quads in range(MOST_QUADS + 1):
        n_lists[quads] = 0
    visit(False, rows, entries, index, value, first, stop, columns, out)
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
            # Over the last 4, of which the sort below leaves what fills up.
            memset(out + column.index_at - 4 * <int64_t> sizeof(value_t), 0, 4 * sizeof(value_t))
            memset(out + column.index_at + n - 4, 0, 4)
            next_list[quads] += 1
            next_byte[quads] += list_size(n, 1, sizeof(value_t))
    visit(True, rows, entries, index, value, first, stop, columns, out)
    memset(columns, 0, n_inputs * sizeof(Column))
