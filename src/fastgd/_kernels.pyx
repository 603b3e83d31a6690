"""A network's forward pass, its cost and the gradient of that cost, as SUMS over examples.

To be read beside the lesson; `_reference.py` says the same in NumPy. The source is built once
for each of float32 and float64 and each instruction set. `_engine/` checks and lays out the
arrays that come here; `cost.py` takes the mean over examples.

For one example x with the target y, and layers l = 1 .. L:

    a_0 = x
    z_l = W_l a_(l-1) + b_l              weighted inputs           forward
    a_l = f(z_l)                         activations
    C = sum_j (a_L,j - y_j)^2            the cost                  cost
    delta_L = 2 (a_L - y) f'(z_L)        delta_l = dC/dz_l         deltas
    delta_(l-1) = W_l^T delta_l f'(z_(l-1))
    dC/dW_l = delta_l a_(l-1)^T          the gradient              add_gradient
    dC/db_l = delta_l

Each function takes a block, up to 256 examples whose activations stay in a cache, through one of
these steps. The rooms in `kernels/` hold the rest, in the order below.
"""

from cython.parallel cimport parallel, threadid
from libc.stdint cimport int64_t
from libc.string cimport memcpy

include "kernels/vectors.pxi"          # the vector type, and the width of panels
include "kernels/activations.pxi"      # f and f'
include "kernels/shape.pxi"            # a network's sizes, laid out
include "kernels/plan.pxi"             # the same for Python
include "kernels/tiles.pxi"            # C = A B + first
include "kernels/layers.pxi"           # products with a layer's weights
include "kernels/examples.pxi"         # X, Y and weights; blocks of examples
include "kernels/nonzeros.pxi"         # products with X where its rows are compressed
include "kernels/first_layer.pxi"      # products with X, whatever its layout
include "kernels/team.pxi"             # threads, and signals meanwhile
include "kernels/panels.pxi"           # theta in and out of its panels
include "kernels/groups.pxi"           # sums over groups of blocks
include "kernels/outputs.pxi"          # outputs for arrays as they stand
include "kernels/descent.pxi"          # mini-batch descent,
include "kernels/batches_in_groups.pxi"    #   its batches in groups,
include "kernels/shared_batches.pxi"       #   or whole
include "kernels/full_batch.pxi"       # descent on all examples
include "kernels/plane.pxi"            # the cost at many points of a plane
include "kernels/products.pxi"         # the Hessian times a vector
include "kernels/accelerations.pxi"    # the outputs' second derivative along a vector
include "kernels/jacobian.pxi"         # the outputs' Jacobian,
include "kernels/normal_equations.pxi"     #   and its product with itself
include "kernels/network_v1.pxi"       # the C interface: networks,
include "kernels/api_v1.pxi"           #   and their functions

# ------------------------------------------------------------------- a block of examples


cdef void forward(const Net* net, const Block* block) noexcept nogil:
    """a_l = f(z_l) for every layer, kept in the block's scratch."""
    first_weighted_inputs(net, block)
    forward_rest(net, block)


cdef void first_weighted_inputs(const Net* net, const Block* block) noexcept nogil:
    """z_1 = W_1 x + b_1."""
    cdef const Layer* layer = &net.layers[0]
    first_forward(net, block, WHOLE, net.params + layer.weights_panel, net.params + layer.bias,
                  a_of(block, layer).first)


cdef void forward_rest(const Net* net, const Block* block) noexcept nogil:
    """`forward` from z_1 on."""
    cdef const Layer* layer = &net.layers[0]
    cdef Py_ssize_t l
    # a_1 = f(z_1), in its place
    activate(block.n, layer, a_of(block, layer).first)
    for l in range(1, net.n_layers):
        layer = &net.layers[l]
        # z_l = W_l a_(l-1) + b_l
        weighted_inputs(layer, net.params, block.n, a_of(block, layer - 1),
                        net.params + layer.bias, a_of(block, layer))
        # a_l = f(z_l)
        activate(block.n, layer, a_of(block, layer).first)


cdef double cost(const Net* net, const Block* block) noexcept nogil:
    """Sum over examples of w sum_j (a_L,j - y_j)^2, after `forward`."""
    cdef const Layer* last = &net.layers[net.n_layers - 1]
    cdef const real* a = a_of(block, last).first
    cdef const real* y
    cdef Py_ssize_t i, v
    cdef vec error, squares, total = splat(0)
    for i in range(block.n):
        y = y_of(block, i)
        squares = splat(0)
        for v in range(last.vecs):
            error = load(a + v * VL) - load(y + v * VL)
            squares = squares + error * error
        total = total + weight_of(block, i) * squares
        a += last.stride
    return hsum(total)


cdef void deltas(const Net* net, const Block* block, real scale) noexcept nogil:
    """delta_l = scale w dC/dz_l for every layer, from the last one down, after `forward`."""
    cdef const Layer* layer = &net.layers[net.n_layers - 1]
    # dC/da_L = 2 (a_L - y)
    errors(block, layer, scale, delta_of(block, layer).first)
    backpropagate(net, block)


cdef void backpropagate(const Net* net, const Block* block) noexcept nogil:
    """delta_l for every layer, where a derivative by a_L stands in the last one's place."""
    cdef const Layer* layer = &net.layers[net.n_layers - 1]
    cdef Py_ssize_t l
    # delta_L = dC/da_L f'(z_L)
    times_derivatives(block.n, layer, a_of(block, layer).first, delta_of(block, layer).first)
    for l in range(net.n_layers - 1, 0, -1):
        # delta_(l-1) = W_l^T delta_l f'(z_(l-1))
        layer = &net.layers[l]
        multiply_back(layer, net.params, block.n, delta_of(block, layer),
                      net.params + net.zeros, delta_of(block, layer - 1))
        layer -= 1
        times_derivatives(block.n, layer, a_of(block, layer).first, delta_of(block, layer).first)


cdef void errors(
    const Block* block, const Layer* last, real scale, real* out,
) noexcept nogil:
    """out (n, row) = scale w dC/da_L = 2 scale w (a_L - y)."""
    cdef const real* a = a_of(block, last).first
    cdef const real* y
    cdef Py_ssize_t i, v
    cdef real slope
    for i in range(block.n):
        y = y_of(block, i)
        slope = 2 * scale * weight_of(block, i)
        for v in range(last.vecs):
            store(out + v * VL, slope * (load(a + v * VL) - load(y + v * VL)))
        a += last.stride
        out += last.stride


cdef void add_gradient(const Net* net, const Block* block, real* gradient) noexcept nogil:
    """gradient += the sum over the block of dC/dW_l and dC/db_l, after `deltas`."""
    cdef const Layer* layer
    cdef Py_ssize_t l
    for l in range(net.n_layers):
        layer = &net.layers[l]
        add_biases(layer, block, gradient + layer.bias)
        add_weights(net, block, l, WHOLE, Span(0, layer.n_in), gradient)


cdef void add_biases(const Layer* layer, const Block* block, real* db) noexcept nogil:
    """db += the sum of delta over the block."""
    cdef Matrix rows = delta_of(block, layer)
    cdef const real* delta
    cdef Py_ssize_t i, v, fours = block.n // 4
    cdef vec sum[4]            # independent sums keep four additions in flight
    cdef int u
    for v in range(layer.vecs):
        delta = rows.first + v * VL
        if in_order():
            sum[0] = load(db + v * VL)
            for i in range(block.n):
                sum[0] = sum[0] + load(delta + i * rows.stride)
            store(db + v * VL, sum[0])
            continue
        for u in range(4):
            sum[u] = splat(0)
        for i in range(fours):
            for u in range(4):
                sum[u] = sum[u] + load(delta + (4 * i + u) * rows.stride)
        for i in range(4 * fours, block.n):
            sum[0] = sum[0] + load(delta + i * rows.stride)
        store(db + v * VL, load(db + v * VL) + ((sum[0] + sum[1]) + (sum[2] + sum[3])))


cdef void add_weights(
    const Net* net, const Block* block, Py_ssize_t l, ColumnHalf half, Span inputs, real* target,
) noexcept nogil:
    """dW_l += sum over the block of delta_l a_(l-1)^T, for some of the layer's inputs.

    `half` says which where X itself is compressed (l = 0), `inputs` everywhere else.
    """
    cdef const Layer* layer = &net.layers[l]
    cdef real* dW = target + layer.weights_panel
    if l == 0:
        first_backward(net, block, half, inputs, dW)
    else:
        add_products(layer, block.n, a_of(block, layer - 1), delta_of(block, layer), inputs, dW)


cdef double run_block(const Net* net, const Block* block, real* gradient) noexcept nogil:
    """A block's sum of costs; its gradient is added to `gradient`, unless that is NULL."""
    forward(net, block)
    if gradient:
        deltas(net, block, 1)
        add_gradient(net, block, gradient)
    return cost(net, block)


# ------------------------------------------------------------------------------ the doors

def sums(
    Data data not None,
    const real[::1] theta not None,       # IN   (n_parameters,)
    const int64_t[::1] order,             # IN   rows to sum over, or None for all
    real[::1] gradient,                   # OUT  (n_parameters,), or None for the cost alone
    real[::1] work not None,              #      zeros at first, plan.work_size(n_groups, .)
    int n_threads,
):
    """Sum over examples of the cost, returned, and of its gradient, in `gradient`."""
    cdef GroupedSum s
    cdef Lookout lookout = lookout_of(NULL)
    cdef Plan plan = data.plan
    cdef Py_ssize_t n = data.n if order is None else order.shape[0]
    set_up(&s, plan, &data.inputs, data.n, order, work, plan.n_groups(n), &lookout)
    set_block(&s, block_in_cache(&data.inputs, s.block))
    s.gradient = gradient is not None
    with nogil:
        sum_all(&s, &theta[0], &gradient[0] if s.gradient else NULL, n_threads)
    raise_if_interrupted(&lookout)
    return total_cost(&s)


cdef void sum_all(
    GroupedSum* s, const real* theta, real* gradient, int n_threads,
) noexcept nogil:
    """Each group's sum of costs, and the gradient's sum unless `gradient` is NULL."""
    pack(&s.net, theta, s.net.params, s.lookout)
    add_groups(s, n_threads)
    if gradient and not s.lookout.interrupted:
        add_slots(s, n_threads)
    if gradient and not s.lookout.interrupted:
        unpack(&s.net, s.slots, gradient, s.lookout)


def activations(
    Data data not None,
    const real[::1] theta not None,       # IN   (n_parameters,)
    const int64_t[::1] order,             # IN   rows, or None for all
    Py_ssize_t first_layer,               # IN   layers first_layer.. are written
    real[::1] out not None,               # OUT  each layer's (n, n_out), one after the other
    real[::1] work not None,              #      zeros, of plan.work_size(0, n_threads)
    int n_threads,
):
    """Activations of layers first_layer.. for all examples, or those of order."""
    cdef GroupedSum s
    cdef Lookout lookout = lookout_of(NULL)
    cdef WorkQueue blocks
    set_up(&s, data.plan, &data.inputs, data.n, order, work, 0, &lookout)
    blocks = queue_of(&lookout, s.n_blocks)
    with nogil:
        pack(&s.net, &theta[0], s.net.params, &lookout)
        activate_blocks(&s, &blocks, first_layer, &out[0], n_threads)
    raise_if_interrupted(&lookout)


cdef void activate_blocks(
    GroupedSum* s, WorkQueue* blocks, Py_ssize_t first_layer, real* out, int n_threads,
) noexcept nogil:
    """All blocks, by whichever thread is free."""
    cdef jmp_buf way_out
    s.lookout.out = &way_out
    if not setjmp(way_out):
        with parallel(num_threads=n_threads):
            take_blocks(s, blocks, first_layer, out, threadid())
    s.lookout.out = NULL


cdef void take_blocks(
    const GroupedSum* s, WorkQueue* blocks, Py_ssize_t first_layer, real* out, int thread,
) noexcept nogil:
    cdef Py_ssize_t b
    join(blocks, thread)
    b = take(blocks)
    while b < s.n_blocks and breathe(s.lookout, thread):
        write_activations(s, b, first_layer, out, thread)
        b = take(blocks)
    leave(blocks, thread)


cdef void write_activations(
    const GroupedSum* s, Py_ssize_t b, Py_ssize_t first_layer, real* out, int thread,
) noexcept nogil:
    cdef Block block = block_of(s, b, thread)
    cdef const Layer* layer
    cdef Py_ssize_t l, i
    forward(&s.net, &block)
    for l in range(first_layer, s.net.n_layers):
        layer = &s.net.layers[l]
        for i in range(block.n):
            memcpy(out + (block.first + i) * layer.n_out,
                   a_of(&block, layer).first + i * layer.stride, layer.n_out * sizeof(real))
        out += s.n * layer.n_out
