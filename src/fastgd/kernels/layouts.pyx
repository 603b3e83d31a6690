"""Inputs with many zeros, compressed: by rows for z1 = X W1^T, by columns for dW1 = delta^T X.

A zero input adds nothing to either, so only the nonzeros are kept, in lists: one for each
example, one for each column within a block of examples (`columns.pxi`).

- A list is n values and then their n indices, in one stretch of bytes that begins at a
  multiple of 8. n is a multiple of 4: values of 0 fill it up, so that loops need no remainder.
- An index of one byte is the step from the column before; the first steps from column 0. Where a
  step would not fit into a byte, entries of value 0, stepping stones, bridge the gap. An index of
  four bytes is the column itself.
- An example's list has two halves, so that two threads can share a mini-batch: columns before
  the `middle`, and from it on. Each half is a multiple of 4 long and names only columns of its
  own. The steps of the first half end at the column before the middle; the second half steps
  on from there.

`_engine/layouts.py` decides which data are worth compressing.
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

cdef extern from "nonzeros.h" nogil:
    void fill_keep()
    int n_bits(int mask)
    int n_bits_of_64(uint64_t mask)
    int highest_bit(int mask)
    int lowest_byte(uint64_t mask)
    uint64_t mask_64_uint8_t(const uint8_t* x)
    uint64_t mask_64_float(const float* x)
    uint64_t mask_64_double(const double* x)
    int mask_uint8_t(const uint8_t* x)
    int mask_float(const float* x)
    int mask_double(const double* x)
    void keep_uint8_t(const uint8_t* x, int mask, uint8_t* values)
    void keep_float(const float* x, int mask, float* values)
    void keep_double(const double* x, int mask, double* values)
    void keep_steps(int mask, Py_ssize_t before, uint8_t* steps)

fill_keep()

cdef enum:
    ROWS = 256             # rows that a thread takes at a time
    WIDE = 64              # inputs tested for zero together, as far as there are so many
    LOOK = 8               # inputs packed together
    REACH = 256 - LOOK     # longest step to the first of LOOK inputs: one byte then reaches all

include "kernels/nonzero_list.pxi"
include "kernels/columns.pxi"

cdef NonzeroList SAMPLE[1]
# An array of one list: NumPy reads the dtype of `lists` from it.
LIST_SAMPLE = <NonzeroList[:1]> SAMPLE


cdef inline Py_ssize_t padded(Py_ssize_t n) noexcept nogil:
    """n up to a multiple of 4: the length of a list."""
    return (n + 3) & ~<Py_ssize_t> 3


cdef inline int64_t list_size(
    Py_ssize_t n, Py_ssize_t index_size, Py_ssize_t value_size,
) noexcept nogil:
    """Bytes of a list of n entries, up to a multiple of 8."""
    return (n * (index_size + value_size) + 7) & ~<int64_t> 7


def stepping_stones(Py_ssize_t n_inputs):
    """The most stepping stones that one example can need."""
    return n_inputs // (REACH + 1) + 1


def list_room(Py_ssize_t n_inputs, Py_ssize_t index_size):
    """Bytes of a buffer for the longest list: values of up to 8 bytes, then the indices."""
    cdef Py_ssize_t longest = (n_inputs + stepping_stones(n_inputs) + 16) // 8 * 8
    return longest * (8 + index_size)


cdef inline uint8_t* indices_in(
    uint8_t* room, Py_ssize_t size, Py_ssize_t index_size,
) noexcept nogil:
    """Where the indices begin in a buffer of `list_room` bytes."""
    return room + size // (8 + index_size) * 8


def list_starts(
    const int64_t[::1] count not None,    # IN   (n,) nonzeros of each row
    Py_ssize_t stones,                    # IN   that each may need
    Py_ssize_t index_size,
    Py_ssize_t value_size,
    int64_t[::1] start not None,          # OUT  (n + 1,)
):
    """`start` (n + 1,): where lists of count + stones entries may begin, each half filled up."""
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
        for i in prange(n, schedule="dynamic", chunksize=ROWS, num_threads=n_threads):
            count[i] = count_row(&X[i, 0], n_inputs)


cdef int64_t count_row(const value_t* x, Py_ssize_t n) noexcept nogil:
    cdef int64_t total = 0
    cdef Py_ssize_t k
    for k in range(n // WIDE):
        total += n_bits_of_64(wide_mask_of(x + WIDE * k))
    for k in range(n // WIDE * WIDE, n):
        total += x[k] != 0
    return total


def compress(
    const value_t[:, ::1] X not None,     # IN   (n, n_inputs)
    Py_ssize_t middle,                    # IN   first column of the second halves
    const int64_t[::1] start not None,    # IN   (n + 1,) as `list_starts` fills it
    NonzeroList[::1] lists not None,             # OUT  (n,)
    uint8_t[::1] entries not None,        # OUT  values and steps of all lists
    uint8_t[:, ::1] work not None,        #      (n_threads, list_room(n_inputs, 1))
    int n_threads,
):
    """The nonzeros of each row of X, in the order of their columns."""
    cdef Py_ssize_t i, n = X.shape[0], n_inputs = X.shape[1]
    with nogil:
        for i in prange(n, schedule="dynamic", chunksize=ROWS, num_threads=n_threads):
            lists[i].first = start[i]
            compress_row(&X[i, 0], n_inputs, middle, &work[threadid(), 0], work.shape[1],
                         &lists[i], &entries[0])


cdef inline int mask_of(const value_t* x) noexcept nogil:
    """A bit for each of LOOK inputs that is not 0."""
    if value_t is uint8_t:
        return mask_uint8_t(x)
    elif value_t is float:
        return mask_float(x)
    else:
        return mask_double(x)


cdef inline uint64_t wide_mask_of(const value_t* x) noexcept nogil:
    """A bit for each of WIDE inputs that is not 0."""
    if value_t is uint8_t:
        return mask_64_uint8_t(x)
    elif value_t is float:
        return mask_64_float(x)
    else:
        return mask_64_double(x)


cdef inline void keep(const value_t* x, int mask, value_t* values) noexcept nogil:
    """The inputs whose bits are set, packed together."""
    if value_t is uint8_t:
        keep_uint8_t(x, mask, values)
    elif value_t is float:
        keep_float(x, mask, values)
    else:
        keep_double(x, mask, values)


cdef struct ListSoFar:
    # A list in the making.
    Py_ssize_t n
    Py_ssize_t last        # column of the last entry


cdef inline void add_nonzeros(
    const value_t* x, int mask, Py_ssize_t k, ListSoFar* so_far, value_t* values, uint8_t* steps,
) noexcept nogil:
    """Add those of inputs k:k + LOOK that are not 0: the bits of mask, which is not 0."""
    if k - so_far.last > REACH:
        stones_to(k, REACH, so_far, values, steps)
    keep(x, mask, values + so_far.n)
    keep_steps(mask, so_far.last - k, steps + so_far.n)
    so_far.n += n_bits(mask)
    so_far.last = k + highest_bit(mask)


cdef inline void stones_to(
    Py_ssize_t k, Py_ssize_t reach, ListSoFar* so_far, value_t* values, uint8_t* steps,
) noexcept nogil:
    """Add stepping stones until column k is at most `reach` columns away."""
    cdef Py_ssize_t step
    while k - so_far.last > reach:
        step = min(<Py_ssize_t> 255, k - so_far.last)
        values[so_far.n] = 0
        steps[so_far.n] = <uint8_t> step
        so_far.last += step
        so_far.n += 1


cdef inline void fill_up(ListSoFar* so_far, value_t* values, index_t* index) noexcept nogil:
    """Entries of value 0 at the last column, up to a multiple of 4."""
    while so_far.n % 4:
        values[so_far.n] = 0
        index[so_far.n] = 0 if index_t is uint8_t else <int32_t> so_far.last
        so_far.n += 1


cdef inline void add_between(
    const value_t* x, Py_ssize_t k, Py_ssize_t stop, ListSoFar* so_far, value_t* values,
    uint8_t* steps,
) noexcept nogil:
    """Add the nonzeros among inputs k:stop."""
    cdef int mask, at
    cdef uint64_t wide
    cdef value_t rest[LOOK]
    while k + WIDE <= stop:
        wide = wide_mask_of(x + k)
        while wide:
            at = lowest_byte(wide)
            mask = <int> (wide >> at & 0xff)
            add_nonzeros(x + k + at, mask, k + at, so_far, values, steps)
            wide &= ~(<uint64_t> 0xff << at)
        k += WIDE
    while k + LOOK <= stop:
        mask = mask_of(x + k)
        if mask:
            add_nonzeros(x + k, mask, k, so_far, values, steps)
        k += LOOK
    if k < stop:
        memset(rest, 0, sizeof(rest))
        memcpy(rest, x + k, (stop - k) * sizeof(value_t))
        mask = mask_of(rest)
        if mask:
            add_nonzeros(rest, mask, k, so_far, values, steps)


cdef void compress_row(
    const value_t* x, Py_ssize_t n, Py_ssize_t middle, uint8_t* work, Py_ssize_t work_size,
    NonzeroList* list_, uint8_t* entries,
) noexcept nogil:
    cdef value_t* values = <value_t*> work
    cdef uint8_t* steps = indices_in(work, work_size, 1)
    cdef ListSoFar so_far = ListSoFar(0, 0)
    add_between(x, 0, middle, &so_far, values, steps)
    stones_to(middle - 1, 0, &so_far, values, steps)
    fill_up(&so_far, values, steps)
    list_.half = <int32_t> so_far.n
    add_between(x, middle, n, &so_far, values, steps)
    put(&so_far, values, steps, list_, entries)


cdef inline void put(
    ListSoFar* so_far, value_t* values, index_t* index, NonzeroList* list_, uint8_t* entries,
) noexcept nogil:
    """Fill the list up and copy it to its place among the entries."""
    fill_up(so_far, values, index)
    list_.n = <int32_t> so_far.n
    entries += list_.first
    memcpy(entries, values, so_far.n * sizeof(value_t))
    memcpy(entries + so_far.n * sizeof(value_t), index, so_far.n * sizeof(index_t))


def compress_sparse(
    const int64_t[::1] starts not None,   # IN   (n + 1,) rows of a sparse matrix
    const int32_t[::1] columns not None,  # IN   rising in each row
    const value_t[::1] values not None,   # IN
    Py_ssize_t middle,                    # IN   first column of the second halves
    const int64_t[::1] start not None,    # IN   (n + 1,) as `list_starts` fills it
    NonzeroList[::1] lists not None,             # OUT  (n,)
    uint8_t[::1] entries not None,        # OUT  values and steps, or columns
    uint8_t[::1] work not None,           #      (list_room(n_inputs, 4),)
    bint steps,
):
    """The rows of a sparse matrix as lists, with indices of one byte where `steps`."""
    cdef Py_ssize_t i, n
    cdef value_t* value = <value_t*> &work[0]
    cdef uint8_t* index = indices_in(&work[0], work.shape[0], 4)
    # Without any entry there is no first one to point at.
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
    value_t* values, index_t* index, NonzeroList* list_, uint8_t* entries,
) noexcept nogil:
    cdef ListSoFar so_far = ListSoFar(0, 0)
    cdef Py_ssize_t t = 0
    while t < n and column[t] < middle:
        add_one(column[t], x[t], &so_far, values, index)
        t += 1
    if index_t is uint8_t:
        stones_to(middle - 1, 0, &so_far, values, index)
    fill_up(&so_far, values, index)
    list_.half = <int32_t> so_far.n
    while t < n:
        add_one(column[t], x[t], &so_far, values, index)
        t += 1
    put(&so_far, values, index, list_, entries)


cdef inline void add_one(
    Py_ssize_t k, value_t x, ListSoFar* so_far, value_t* values, index_t* index,
) noexcept nogil:
    if index_t is uint8_t:
        stones_to(k, 255, so_far, values, index)
    index[so_far.n] = <index_t> (k - so_far.last if index_t is uint8_t else k)
    values[so_far.n] = x
    so_far.last = k
    so_far.n += 1
