"""Rows of the Jacobian of the outputs: sqrt(w) da_L,j/dtheta for an example and an output j.

Backpropagation from 1 at output j, instead of from its error, makes delta_l = da_L,j/dz_l, and
    da_L,j/dW_l = delta_l a_(l-1)^T,  da_L,j/db_l = delta_l.
A layer's part of a row is in theta's order and begins a vector. Each line of dW_l is written in
whole vectors, of which the next line overwrites what was too much. `normal_equations.pxi`
multiplies the rows.
"""

from cython.parallel cimport parallel, threadid
from libc.math cimport sqrt
from libc.stdint cimport int64_t
from libc.string cimport memcpy

cdef enum:
    ROWS = 128                 # of the Jacobian in a block, at most,
    FEWEST_ROWS = 16           # at least,
    ROWS_BYTES = 1 << 19       # else as many as so many bytes hold: the second cache


cdef Rows rows_of(const Shape* shape) noexcept nogil:
    cdef Rows rows
    cdef Py_ssize_t fit, l, widest = 0
    for l in range(shape.n_layers):
        widest = max(widest, lanes_of(max(shape.layers[l].n_in + 1, shape.layers[l].n_out)))
    rows.n_parameters = shape.n_parameters
    rows.lanes = shape.row_J
    rows.stride = shape.row_size
    fit = ROWS_BYTES // (rows.stride * <Py_ssize_t> sizeof(real)) // 8 * 8
    rows.block = min(shape.block, min(<Py_ssize_t> ROWS, max(<Py_ssize_t> FEWEST_ROWS, fit)))
    rows.at = shape.scratch_size
    rows.residuals = rows.block * rows.stride
    rows.buffer = rows.residuals + lanes_of(rows.block)
    rows.size = rows.buffer + widest + VL
    return rows


cdef void fill_rows(
    const Net* net, const Block* block, Matrix x, Py_ssize_t j, Matrix J,
) noexcept nogil:
    """J (n, row) = sqrt(w) da_L,j/dtheta of a block, after `forward`; x are its inputs."""
    cdef const Layer* last = &net.layers[net.n_layers - 1]
    cdef Matrix slope = delta_of(block, last)
    cdef Py_ssize_t i, v
    for i in range(block.n):
        for v in range(last.vecs):
            store(slope.first + i * slope.stride + v * VL, splat(0))
        slope.first[i * slope.stride + j] = <real> sqrt(weight_of(block, i))
    backpropagate(net, block)
    for i in range(block.n):
        fill_row(net, block, x.first + i * x.stride, i, J.first + i * J.stride)


cdef inline void fill_row(
    const Net* net, const Block* block, const real* a, Py_ssize_t i, real* row,
) noexcept nogil:
    """One row, of example i, whose inputs are `a`."""
    cdef const Layer* layer
    cdef const real* delta
    cdef real* dW
    cdef vec d
    cdef Py_ssize_t l, j, v, n_vecs
    for l in range(net.n_layers):
        layer = &net.layers[l]
        delta = delta_of(block, layer).first + i * layer.stride
        n_vecs = (layer.n_in + VL - 1) // VL
        dW = row + layer.J
        # What is behind the layer's last parameter: 0, but where the biases' vectors end.
        store(dW + lanes_of(size_of(layer)) - VL, splat(0))
        for j in range(layer.n_out):
            d = splat(delta[j])
            for v in range(n_vecs):
                store(dW + v * VL, d * load(a + v * VL))
            dW += layer.n_in
        for v in range(layer.vecs):
            store(dW + v * VL, load(delta + v * VL))
        a = a_of(block, layer).first + i * layer.stride


def jacobian_work_size(Plan plan not None, Py_ssize_t n_threads):
    """Reals of working memory of `jacobian`."""
    cdef Rows rows = rows_of(&plan.shape)
    return work_size(&plan.shape, 0, n_threads) + n_threads * rows.size


def jacobian(
    Data data not None,
    const real[::1] theta not None,       # IN   (n_parameters,)
    const int64_t[::1] order,             # IN   rows of X, or None for all
    real[:, ::1] out not None,            # OUT  (n * n_outputs, n_parameters)
    real[::1] work not None,              #      zeros at first, of jacobian_work_size(plan, .)
    int n_threads,
):
    """sqrt(w) da_L,j/dtheta: a row for each example and output j, the outputs of one together."""
    cdef GroupedSum s
    cdef Lookout lookout = lookout_of(NULL)
    cdef Rows rows = rows_of(&data.plan.shape)
    cdef WorkQueue blocks
    set_up(&s, data.plan, &data.inputs, data.n, order, work, 0, &lookout)
    set_block(&s, rows.block)
    s.rows = &rows
    s.scratch_size += rows.size
    blocks = queue_of(&lookout, s.n_blocks)
    with nogil:
        pack(&s.net, &theta[0], s.net.params, &lookout)
        with parallel(num_threads=n_threads):
            take_jacobian_blocks(&s, &blocks, &out[0, 0], threadid())
    raise_if_interrupted(&lookout)


cdef void take_jacobian_blocks(
    const GroupedSum* s, WorkQueue* blocks, real* out, int thread,
) noexcept nogil:
    cdef Py_ssize_t b
    join(blocks, thread)
    b = take(blocks)
    while b < s.n_blocks and breathe(s.lookout, thread):
        write_jacobian(s, b, out, thread)
        b = take(blocks)
    leave(blocks, thread)


cdef void write_jacobian(
    const GroupedSum* s, Py_ssize_t b, real* out, int thread,
) noexcept nogil:
    cdef Block block = block_of(s, b, thread)
    cdef Matrix J = Matrix(block.scratch + s.rows.at, s.rows.stride)
    cdef const Layer* layer
    cdef Matrix x
    cdef real* row
    cdef Py_ssize_t i, j, l, n_outputs = s.net.layers[s.net.n_layers - 1].n_out
    forward(&s.net, &block)
    x = inputs_in_scratch(&s.net, &block)
    for j in range(n_outputs):
        fill_rows(&s.net, &block, x, j, J)
        for i in range(block.n):
            row = out + ((block.first + i) * n_outputs + j) * s.rows.n_parameters
            for l in range(s.net.n_layers):
                layer = &s.net.layers[l]
                memcpy(row + layer.theta_weights, J.first + i * J.stride + layer.J,
                       size_of(layer) * sizeof(real))
