"""Examples as the kernels walk them: X in one of its layouts, Y, weights; blocks of examples."""

from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.string cimport memset


include "kernels/nonzero_list.pxi"

cdef enum:
    AHEAD = 8              # examples between the prefetch of a list and the walk over it
    MOST_LINES = 16        # cache lines of one list that are prefetched, at most

cdef enum Encoding:
    # A list's values, and its indices: steps from the column before, or columns.
    PIXEL_STEPS            # uint8 pixels, uint8 steps
    REAL_STEPS             # reals, uint8 steps
    REAL_COLUMNS           # reals, int32 columns


cdef struct Inputs:
    Py_ssize_t n_inputs
    # Exactly one of dense, wide, pixels and entries is not NULL.
    const real* dense          # (n, n_inputs)
    const double* wide         # (n, n_inputs), for outputs alone
    const uint8_t* pixels      # (n, n_inputs)
    # Compressed rows: `layouts.pyx` describes the lists.
    const NonzeroList* lists   # (n,)
    const uint8_t* entries
    Encoding encoding
    Py_ssize_t middle          # first column of the second halves of lists
    Py_ssize_t lines           # cache lines of an average list, at most MOST_LINES
    # The same nonzeros by column within blocks of `block` examples, for dW1 of a full batch.
    Py_ssize_t block
    const int64_t* block_span  # (n_blocks, 3) first list, number of lists, first byte
    const int32_t* columns     # (n_lists, 2) column, number of entries
    const uint8_t* by_column   # values and steps of the lists
    const real* Y              # (n, row_outputs), padding 0
    Py_ssize_t row_outputs
    const real* weight         # (n,) or NULL


cdef class Data:
    """X in one of its layouts, with Y and weights: what the kernels walk over.

    Parameters
    ----------
    plan : Plan
    dense, pixels : (n, n_inputs) array of real or uint8, or None
    compressed : (lists, entries, index_size, value_size, middle) or None
        The rows as `layouts.compress` makes them; uint8 values always come with steps.
    Y : (n, plan.row_outputs) array of real, or None where only activations are asked for
    weight : (n,) array of real or None
    """

    cdef Inputs inputs
    cdef readonly Plan plan
    cdef readonly Py_ssize_t n
    cdef readonly double work_per_example     # multiply-adds of one example's cost and gradient
    cdef tuple _owners, _columns              # what keeps the pointers alive

    def __cinit__(self, Plan plan not None, *, const real[:, ::1] dense=None,
                  const uint8_t[:, ::1] pixels=None, compressed=None,
                  const real[:, ::1] Y=None, const real[::1] weight=None):
        cdef double inputs_per_example = plan.shape.n_inputs
        cdef Inputs* inputs = &self.inputs
        memset(inputs, 0, sizeof(Inputs))
        self.plan = plan
        inputs.n_inputs = plan.shape.n_inputs
        if dense is not None:
            inputs.dense = &dense[0, 0]
            self.n = dense.shape[0]
        elif pixels is not None:
            inputs.pixels = &pixels[0, 0]
            self.n = pixels.shape[0]
        else:
            inputs_per_example = self._take_rows(compressed)
        if Y is not None:
            inputs.Y = &Y[0, 0]
            inputs.row_outputs = Y.shape[1]
        if weight is not None:
            inputs.weight = &weight[0]
        self._owners = (dense, pixels, compressed, Y, weight)
        # At least 1: all inputs may be zero, and others divide by this.
        self.work_per_example = max(1.0, plan.work_per_example(inputs_per_example))

    cdef double _take_rows(self, compressed):
        """Keep the compressed rows: the number of entries of an average list."""
        cdef const NonzeroList[::1] lists
        cdef const uint8_t[::1] entries
        cdef Py_ssize_t index_size, value_size, i, total = 0
        cdef Inputs* inputs = &self.inputs
        lists, entries, index_size, value_size, inputs.middle = compressed
        self.n = lists.shape[0]
        inputs.lists = &lists[0]
        inputs.entries = &entries[0]
        inputs.encoding = (PIXEL_STEPS if value_size == 1 else
                           REAL_STEPS if index_size == 1 else REAL_COLUMNS)
        for i in range(self.n):
            total += lists[i].n
        inputs.lines = min(MOST_LINES, 1 + total * (index_size + value_size) // (64 * self.n))
        return total / <double> self.n

    def take_columns(self, columns):
        """The same nonzeros as `layouts.by_column` makes them: what full-batch gradients walk."""
        cdef const int64_t[:, ::1] block_span
        cdef const int32_t[:, ::1] lists
        cdef const uint8_t[::1] entries
        cdef Inputs* inputs = &self.inputs
        inputs.block, block_span, lists, entries = columns
        inputs.block_span = &block_span[0, 0]
        inputs.columns = &lists[0, 0]
        inputs.by_column = &entries[0]
        self._columns = columns

    @property
    def compressed(self):
        return self.inputs.entries is not NULL

    @property
    def wants_columns(self):
        """Whether a full-batch gradient has to wait for `take_columns`."""
        return self.inputs.entries is not NULL and self.inputs.by_column is NULL


cdef struct Block:
    # Up to plan.block examples that go through the layers together.
    const Inputs* inputs
    const int64_t* order       # (n_order,) row of each example; NULL: the rows in order
    Py_ssize_t n_order
    Py_ssize_t first           # example i of the block is order[first + i], or row first + i
    Py_ssize_t n
    Py_ssize_t to_next         # examples from one of the block to one of the next block
    real* scratch              # activations, deltas and copied inputs of a whole block
    Py_ssize_t at              # row of scratch where the first example stands


cdef inline Block slice_of(const Block* block, Py_ssize_t lo, Py_ssize_t hi) noexcept nogil:
    """Examples lo:hi of a block, each in the row of scratch that it has in the block."""
    cdef Block some = block[0]
    some.first += lo
    some.at += lo
    some.n = hi - lo
    return some


cdef inline Matrix a_of(const Block* block, const Layer* layer) noexcept nogil:
    """A layer's activations (n, row)."""
    return Matrix(block.scratch + layer.a + block.at * layer.stride, layer.stride)


cdef inline Matrix delta_of(const Block* block, const Layer* layer) noexcept nogil:
    """A layer's dC/dz (n, row)."""
    return Matrix(block.scratch + layer.delta + block.at * layer.stride, layer.stride)


cdef inline Py_ssize_t example(const Block* block, Py_ssize_t i) noexcept nogil:
    return block.order[block.first + i] if block.order else block.first + i


cdef inline const real* y_of(const Block* block, Py_ssize_t i) noexcept nogil:
    """The target of example i, (row_outputs,)."""
    return block.inputs.Y + example(block, i) * block.inputs.row_outputs


cdef inline real weight_of(const Block* block, Py_ssize_t i) noexcept nogil:
    return block.inputs.weight[example(block, i)] if block.inputs.weight else 1
