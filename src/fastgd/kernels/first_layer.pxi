"""The first layer, whatever the layout of X: z1 = X W1^T + b1, and dW1 += delta1^T X.

Dense inputs are a product of register tiles. Compressed ones are walked in `nonzeros.pxi`.
"""

from libc.string cimport memcpy


# ------------------------------------------------------------------------ dense inputs


cdef inline bint as_it_stands(const Block* block) noexcept nogil:
    """Whether tiles can read X in place: reals, in order, rows spread over the cache sets."""
    cdef const Inputs* inputs = block.inputs
    return (inputs.dense and not block.order
            and inputs.n_inputs * <Py_ssize_t> sizeof(real) % 1024 != 0)


cdef inline Matrix dense_x(const Net* net, const Block* block) noexcept nogil:
    """Dense inputs (n, row): X in place, or the copy that `lay_out_dense` makes in scratch."""
    if as_it_stands(block):
        return Matrix(<real*> block.inputs.dense + block.first * block.inputs.n_inputs,
                      block.inputs.n_inputs)
    return Matrix(block.scratch + net.x + block.at * net.x_stride, net.x_stride)


cdef void lay_out_dense(const Net* net, const Block* block) noexcept nogil:
    """Copy a block's dense inputs to scratch, as reals, unless tiles can read X in place."""
    cdef const Inputs* inputs = block.inputs
    cdef Py_ssize_t i, n_in = inputs.n_inputs
    cdef real* x = dense_x(net, block).first
    if as_it_stands(block):
        return
    for i in range(block.n):
        if inputs.dense:
            memcpy(x, inputs.dense + example(block, i) * n_in, n_in * sizeof(real))
        else:
            to_reals(inputs, example(block, i), x)
        x += net.x_stride


cdef const real** rows_ahead(const Block* block, const real** rows) noexcept nogil:
    """The rows of the next block, which this one's forward pass prefetches; NULL for none.

    The targets of the next block are prefetched here.
    """
    cdef const Inputs* inputs = block.inputs
    cdef Py_ssize_t i, at
    if not inputs.dense or as_it_stands(block) or block.to_next == 0:
        return NULL
    for i in range(block.n):
        at = example(block, min(i + block.to_next, block.n_order - 1 - block.first))
        rows[i] = inputs.dense + at * inputs.n_inputs
        if inputs.Y:
            prefetch(inputs.Y + at * inputs.row_outputs)
    return rows


cdef void to_reals(const Inputs* inputs, Py_ssize_t i, real* x) noexcept nogil:
    """Example i of pixels or doubles, converted."""
    cdef Py_ssize_t k, n_in = inputs.n_inputs
    if inputs.pixels:
        pixels_to_reals(inputs.pixels + i * n_in, x, n_in)
    else:
        for k in range(n_in):
            x[k] = <real> inputs.wide[i * n_in + k]


# ----------------------------------------------------------------------- any inputs


cdef Matrix inputs_in_scratch(const Net* net, const Block* block) noexcept nogil:
    """A block's inputs (n, row) as reals in scratch, whatever their layout, after `forward`."""
    cdef const Inputs* inputs = block.inputs
    cdef Matrix x = Matrix(block.scratch + net.x + block.at * net.x_stride, net.x_stride)
    cdef Py_ssize_t i
    for i in range(block.n):
        if inputs.entries:
            entries_to_reals(inputs, example(block, i), x.first + i * x.stride)
        elif as_it_stands(block):
            memcpy(x.first + i * x.stride, inputs.dense + (block.first + i) * inputs.n_inputs,
                   inputs.n_inputs * sizeof(real))
    return x


cdef void first_forward(
    const Net* net, const Block* block, ColumnHalf half, const real* W, const real* bias, real* z,
) noexcept nogil:
    """z (n, row) = X W1^T + b1, of a half of the columns where X is compressed."""
    cdef const Layer* layer = &net.layers[0]
    cdef Matrix rows = Matrix(z, layer.stride)
    cdef const real* ahead[MAX_BLOCK]
    if block.inputs.entries:
        pass_over_nonzeros(FORWARD, block, half, layer, rows, <real*> W, bias)
    else:
        lay_out_dense(net, block)
        matmul(block.n, layer.n_in, layer.vecs, dense_x(net, block), 1,
               Matrix(<real*> W, 0), bias, rows, rows_ahead(block, ahead))


cdef void first_backward(
    const Net* net, const Block* block, ColumnHalf half, Span inputs, real* dW,
) noexcept nogil:
    """dW1 += delta1^T X, for a half of the columns if compressed, for a span of them if dense."""
    cdef const Layer* layer = &net.layers[0]
    cdef Matrix delta = delta_of(block, layer)
    if block.inputs.by_column and not block.order:
        pass_over_nonzeros(BACKWARD_BY_COLUMN, block, half, layer, delta, dW, NULL)
    elif block.inputs.entries:
        pass_over_nonzeros(BACKWARD, block, half, layer, delta, dW, NULL)
    else:
        add_panels(layer, block.n, dense_x(net, block), delta, inputs, dW)
