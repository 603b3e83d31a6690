"""The network's outputs for arrays as they stand: no data to lay out, no walk but forward.

A few examples are too little work to pay for packing theta into panels: they read weights as
they stand in theta, four neurons and four examples at a time.
"""

from cython.parallel cimport parallel, threadid
from libc.stdint cimport uint8_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

cdef enum:
    FEW_ROWS = 4               # examples that are computed together, theta as it stands
    MOST_UNPACKED = 64         # so many examples do not pay for packing wide rows of weights,
    WIDE = 64                  # of so many inputs


def output_of_one(
    Plan plan not None,
    const real[::1] theta not None,       # IN   (n_parameters,)
    const real[::1] x,                    # IN   (n_inputs,): one of these three
    const double[::1] wide,
    const uint8_t[::1] pixels,
    real[::1] out not None,               # OUT  (n_outputs,)
):
    """The output for one example; False where a length, a number or an address does not fit."""
    cdef Py_ssize_t n = (x.shape[0] if x is not None else
                         wide.shape[0] if wide is not None else pixels.shape[0])
    cdef Inputs inputs
    if theta.shape[0] != plan.shape.n_parameters or n != plan.shape.n_inputs:
        return False
    memset(&inputs, 0, sizeof(Inputs))
    inputs.n_inputs = n
    inputs.dense = &x[0] if x is not None else NULL
    inputs.wide = &wide[0] if wide is not None else NULL
    inputs.pixels = &pixels[0] if pixels is not None else NULL
    if not are_aligned(&theta[0], &inputs):
        return False
    return outputs_of_few(plan, &theta[0], &inputs, 1, &out[0])


cdef inline bint are_aligned(const real* theta, const Inputs* inputs) noexcept nogil:
    """Whether C may read them in place: a memoryview may start anywhere."""
    return (<size_t> theta % sizeof(real) == 0 and <size_t> inputs.dense % sizeof(real) == 0
            and <size_t> inputs.wide % sizeof(double) == 0)


def outputs(
    Plan plan not None,
    const real[::1] theta not None,       # IN   (n_parameters,)
    const real[:, ::1] x,                 # IN   (n, n_inputs): one of these three
    const double[:, ::1] wide,
    const uint8_t[:, ::1] pixels,
    real[:, ::1] out not None,            # OUT  (n, n_outputs)
    real[::1] work,                       #      zeros at first, of plan.work_size(0, n_threads);
    #                                            None where plan.few(n)
    int n_threads,
):
    """The outputs for some examples; False where a length, a number or an address does not fit."""
    cdef Py_ssize_t n = out.shape[0], n_inputs = (
        x.shape[1] if x is not None else wide.shape[1] if wide is not None else pixels.shape[1])
    cdef Inputs inputs
    cdef GroupedSum s
    cdef Lookout lookout
    cdef bint finite
    if theta.shape[0] != plan.shape.n_parameters or n_inputs != plan.shape.n_inputs or n == 0:
        return False
    memset(&inputs, 0, sizeof(Inputs))
    inputs.n_inputs = n_inputs
    inputs.dense = &x[0, 0] if x is not None else NULL
    inputs.wide = &wide[0, 0] if wide is not None else NULL
    inputs.pixels = &pixels[0, 0] if pixels is not None else NULL
    if not are_aligned(&theta[0], &inputs):
        return False
    if few_rows(n, n_inputs):
        return outputs_of_few(plan, &theta[0], &inputs, n, &out[0, 0])
    lookout = lookout_of(NULL)
    set_up(&s, plan, &inputs, n, None, work, 0, &lookout)
    set_block(&s, min(s.block, max(16, (n + n_threads - 1) // n_threads)))
    with nogil:
        finite = packed_outputs(&s, &theta[0], plan.shape.n_parameters, &out[0, 0], n_threads)
    raise_if_interrupted(&lookout)
    return finite


cdef bint packed_outputs(
    GroupedSum* s, const real* theta, Py_ssize_t n_parameters, real* out, int n_threads,
) noexcept nogil:
    """The outputs for all examples of a sum; whether all weighted inputs are finite."""
    cdef WorkQueue blocks = queue_of(s.lookout, s.n_blocks)
    # theta's later layers; the first one's numbers, like those of X, show in z_1.
    if not are_finite(theta, n_parameters):
        return False
    pack_forward(&s.net, theta, s.net.params)
    if n_threads == 1:
        take_rows(s, &blocks, out, 0)
    else:
        with parallel(num_threads=n_threads):
            take_rows(s, &blocks, out, threadid())
    return s.not_finite == 0


cdef inline bint few_rows(Py_ssize_t n, Py_ssize_t n_inputs) noexcept nogil:
    return n <= FEW_ROWS or (n <= MOST_UNPACKED and n_inputs >= WIDE)


cdef void take_rows(GroupedSum* s, WorkQueue* blocks, real* out, int thread) noexcept nogil:
    """Forward, block by block."""
    cdef const Layer* first = &s.net.layers[0]
    cdef const Layer* last = &s.net.layers[s.net.n_layers - 1]
    cdef Py_ssize_t b, i
    cdef Block block
    join(blocks, thread)
    b = take(blocks)
    while b < s.n_blocks and breathe(s.lookout, thread):
        block = block_of(s, b, thread)
        first_weighted_inputs(&s.net, &block)
        for i in range(block.n):
            if not are_finite(a_of(&block, first).first + i * first.stride, first.vecs * VL):
                add_to(&s.not_finite, 1)
        forward_rest(&s.net, &block)
        for i in range(block.n):
            memcpy(out + (block.first + i) * last.n_out,
                   a_of(&block, last).first + i * last.stride, last.n_out * sizeof(real))
        b = take(blocks)
    leave(blocks, thread)


# ------------------------------------------------------------- theta as it stands


cdef bint outputs_of_few(
    Plan plan, const real* theta, const Inputs* inputs, Py_ssize_t n, real* out,
) except -1:
    """`unpacked_outputs` with memory of its own."""
    cdef bint finite
    cdef real* buffer = <real*> malloc(FEW_ROWS * plan.shape.one_size * sizeof(real))
    if buffer is NULL:
        raise MemoryError
    with nogil:
        finite = unpacked_outputs(&plan.shape, theta, inputs, n, buffer, out)
        free(buffer)
    return finite


cdef bint unpacked_outputs(
    const Shape* shape, const real* theta, const Inputs* inputs, Py_ssize_t n,
    real* buffer,              #      (FEW_ROWS, one_size)
    real* out,
) noexcept nogil:
    """The outputs for n examples; whether all weighted inputs are finite, so theta and X too."""
    cdef Py_ssize_t c, i
    cdef bint finite = True
    for c in range((n + FEW_ROWS - 1) // FEW_ROWS):
        i = FEW_ROWS * c
        finite &= few_outputs(shape.layers, shape.n_layers, theta, inputs, i,
                              min(<Py_ssize_t> FEW_ROWS, n - i), buffer,
                              out + i * shape.n_outputs)
    return finite


cdef bint few_outputs(
    const Layer* layers, Py_ssize_t n_layers, const real* theta, const Inputs* inputs,
    Py_ssize_t first, Py_ssize_t n, real* buffer, real* out,
) noexcept nogil:
    """Forward for examples first:first + n, at most FEW_ROWS."""
    cdef Py_ssize_t l, i, j
    cdef const Layer* layer = layers
    cdef Matrix a = Matrix(<real*> inputs.dense + first * inputs.n_inputs, inputs.n_inputs)
    cdef Matrix z = Matrix(buffer, 0)
    cdef real finite = 0
    if not inputs.dense:
        a.first = buffer
        for i in range(n):
            to_reals(inputs, first + i, a.first + i * a.stride)
        z.first += n * a.stride
    for l in range(n_layers):
        layer = &layers[l]
        z.stride = layer.vecs * VL
        for i in range(n):
            memset(z.first + i * z.stride + layer.n_out // VL * VL, 0,
                   (z.stride - layer.n_out // VL * VL) * sizeof(real))
        dot_rows(n, layer, theta, a, z)
        for i in range(n):
            for j in range(layer.n_out):
                finite += z.first[i * z.stride + j] - z.first[i * z.stride + j]     # 0, or NaN
            activate(1, layer, z.first + i * z.stride)
        a = z
        z.first += n * z.stride
    for i in range(n):
        memcpy(out + i * layer.n_out, a.first + i * a.stride, layer.n_out * sizeof(real))
    return finite == 0


cdef void dot_rows(
    Py_ssize_t n, const Layer* layer, const real* theta, Matrix x, Matrix z,
) noexcept nogil:
    """z = x W^T + b for n rows of x, SIMD along the rows of W."""
    cdef Py_ssize_t tile_, j, n_out = layer.n_out
    cdef const real* W = theta + layer.theta_weights
    cdef const real* b = theta + layer.theta_biases
    if n_out < 4:
        for j in range(n_out):
            dot_tiles(n, 1, layer.n_in, W + j * layer.n_in, b + j, x, Matrix(z.first + j, z.stride))
        return
    for tile_ in range((n_out + 3) // 4):
        j = min(4 * tile_, n_out - 4)              # the last tile overlaps the one before
        dot_tiles(n, 4, layer.n_in, W + j * layer.n_in, b + j, x, Matrix(z.first + j, z.stride))


cdef inline void dot_tiles(
    Py_ssize_t n, int J, Py_ssize_t n_in, const real* W, const real* b, Matrix x, Matrix z,
) noexcept nogil:
    # Each case makes R a constant.
    if n == 4:
        dot_tile(4, J, n_in, W, b, x, z)
    elif n == 3:
        dot_tile(3, J, n_in, W, b, x, z)
    elif n == 2:
        dot_tile(2, J, n_in, W, b, x, z)
    else:
        dot_tile(1, J, n_in, W, b, x, z)


cdef inline void dot_tile(
    int R, int J, Py_ssize_t n_in, const real* W, const real* b, Matrix x, Matrix z,
) noexcept nogil:
    """z[i, j] = b[j] + x[i, :] W[j, :] for R rows and J neurons, sums in registers."""
    cdef vec acc[16]
    cdef vec xk[4]
    cdef vec w
    cdef Py_ssize_t k, n_vecs = n_in // VL
    cdef int i, j
    cdef real sum
    for i in range(R * J):
        acc[i] = splat(0)
    for k in range(n_vecs):
        for i in range(R):
            xk[i] = load(x.first + i * x.stride + k * VL)
        for j in range(J):
            w = load(W + j * n_in + k * VL)
            for i in range(R):
                acc[j * R + i] = acc[j * R + i] + xk[i] * w
    for j in range(J):
        for i in range(R):
            sum = b[j] + hsum(acc[j * R + i])
            for k in range(n_vecs * VL, n_in):
                sum = sum + x.first[i * x.stride + k] * W[j * n_in + k]
            z.first[i * z.stride + j] = sum
