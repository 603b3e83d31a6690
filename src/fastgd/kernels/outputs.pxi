"""The network's outputs for arrays as they stand: no data to lay out, no walk but forward.

A few examples are too little work to pay for packing theta into panels: their weights are
read as they stand in theta.
"""

from cython.parallel cimport parallel, threadid
from libc.stdint cimport uint8_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

cdef enum:
    FEW_ROWS = 4               # examples that read theta as it stands


def output_of_one(
    Plan plan not None,
    const real[::1] theta not None,       # IN   (n_parameters,)
    const real[::1] x,                    # IN   (n_inputs,): one of these three
    const double[::1] wide,
    const uint8_t[::1] pixels,
    real[::1] out not None,               # OUT  (n_outputs,)
):
    """The output for one example; False where a length or a number does not fit."""
    cdef Py_ssize_t n = (x.shape[0] if x is not None else
                         wide.shape[0] if wide is not None else pixels.shape[0])
    cdef Inputs inputs
    cdef bint finite
    cdef real* buffer
    if theta.shape[0] != plan.n_parameters or n != plan.n_inputs:
        return False
    buffer = <real*> malloc(plan.one_size * sizeof(real))
    if buffer is NULL:
        raise MemoryError
    memset(&inputs, 0, sizeof(Inputs))
    inputs.n_inputs = n
    inputs.dense = &x[0] if x is not None else NULL
    inputs.wide = &wide[0] if wide is not None else NULL
    inputs.pixels = &pixels[0] if pixels is not None else NULL
    with nogil:
        finite = run_one(plan.layers, plan.n_layers, &theta[0], &inputs, 0, buffer, &out[0])
        free(buffer)
    return finite


def outputs(
    Plan plan not None,
    const real[::1] theta not None,       # IN   (n_parameters,)
    const real[:, ::1] x,                 # IN   (n, n_inputs): one of these three
    const double[:, ::1] wide,
    const uint8_t[:, ::1] pixels,
    real[:, ::1] out not None,            # OUT  (n, n_outputs)
    real[::1] work not None,              #      zeros at first, of plan.work_size(0, n_threads)
    int n_threads,
):
    """The outputs for some examples; False where a length or a number does not fit."""
    cdef Py_ssize_t i, n = out.shape[0], n_inputs = (
        x.shape[1] if x is not None else wide.shape[1] if wide is not None else pixels.shape[1])
    cdef Inputs inputs
    cdef GroupedSum s
    cdef WorkQueue blocks
    cdef Lookout lookout = lookout_of(NULL)
    cdef bint finite = True
    cdef real* buffer
    if theta.shape[0] != plan.n_parameters or n_inputs != plan.n_inputs or n == 0:
        return False
    memset(&inputs, 0, sizeof(Inputs))
    inputs.n_inputs = n_inputs
    inputs.dense = &x[0, 0] if x is not None else NULL
    inputs.wide = &wide[0, 0] if wide is not None else NULL
    inputs.pixels = &pixels[0, 0] if pixels is not None else NULL
    if n <= FEW_ROWS:
        buffer = <real*> malloc(plan.one_size * sizeof(real))
        if buffer is NULL:
            raise MemoryError
        with nogil:
            for i in range(n):
                finite &= run_one(plan.layers, plan.n_layers, &theta[0], &inputs, i, buffer,
                                  &out[i, 0])
            free(buffer)
        return finite
    set_up(&s, plan, &inputs, n, None, work, 0, &lookout)
    blocks = queue_of(&lookout, s.n_blocks)
    with nogil:
        # theta's later layers; the first one's numbers, like those of X, show in z_1.
        finite = are_finite(&theta[0], plan.n_parameters)
        if finite:
            pack(&s.net, &theta[0], s.net.params)
            with parallel(num_threads=n_threads):
                take_rows(&s, &blocks, &out[0, 0], threadid())
    raise_if_interrupted(&lookout)
    return finite and s.finite


cdef void take_rows(GroupedSum* s, WorkQueue* blocks, real* out, int thread) noexcept nogil:
    """Forward, block by block."""
    cdef const Layer* last = &s.net.layers[s.net.n_layers - 1]
    cdef Py_ssize_t b, i
    cdef Block block
    join(blocks, thread)
    b = take(blocks)
    while b < s.n_blocks and breathe(s.lookout, thread):
        block = block_of(s, b, thread)
        first_weighted_inputs(&s.net, &block)
        if not are_finite(a_of(&block, &s.net.layers[0]).first, block.n * s.net.layers[0].stride):
            s.finite = False
        forward_rest(&s.net, &block)
        for i in range(block.n):
            memcpy(out + (block.first + i) * last.n_out,
                   a_of(&block, last).first + i * last.stride, last.n_out * sizeof(real))
        b = take(blocks)
    leave(blocks, thread)


cdef bint run_one(
    const Layer* layers, Py_ssize_t n_layers, const real* theta, const Inputs* inputs,
    Py_ssize_t i, real* z, real* out,
) noexcept nogil:
    """The output for example i; whether every weighted input is finite, as theta and x then are."""
    cdef Py_ssize_t l, j, n = inputs.n_inputs
    cdef const Layer* layer = layers
    cdef const real* a = inputs.dense + i * n
    cdef real finite = 0
    if not inputs.dense:
        to_reals(inputs, i, z)
        a = z
        z += n
    for l in range(n_layers):
        layer = &layers[l]
        memset(z + layer.n_out // VL * VL, 0, VL * sizeof(real))
        dot_rows(layer.n_out, layer.n_in, theta + layer.theta_weights,
                 theta + layer.theta_biases, a, z)
        for j in range(layer.n_out):
            finite += z[j] - z[j]                         # 0, or NaN
        activate(1, layer, z)
        a = z
        z += layer.vecs * VL
    memcpy(out, a, layer.n_out * sizeof(real))
    return finite == 0


cdef void dot_rows(
    Py_ssize_t n_out, Py_ssize_t n_in, const real* W, const real* b, const real* x, real* z,
) noexcept nogil:
    """z = W x + b for one x, SIMD along the rows of W."""
    cdef Py_ssize_t j, k, tile_, n_vecs = n_in // VL
    cdef int r
    cdef vec acc[4]
    cdef vec xk
    cdef const real* row
    cdef real sum
    for tile_ in range((n_out + 3) // 4):
        j = min(4 * tile_, max(0, n_out - 4))      # the last tile overlaps the one before
        row = W + j * n_in
        for r in range(4):
            acc[r] = splat(0)
        if n_out >= 4:
            for k in range(n_vecs):
                xk = load(x + k * VL)
                for r in range(4):
                    acc[r] = acc[r] + xk * load(row + r * n_in + k * VL)
        else:
            for r in range(n_out):
                for k in range(n_vecs):
                    acc[r] = acc[r] + load(x + k * VL) * load(row + r * n_in + k * VL)
        for r in range(min(4, n_out)):
            sum = b[j + r] + hsum(acc[r])
            for k in range(n_vecs * VL, n_in):
                sum = sum + x[k] * row[r * n_in + k]
            z[j + r] = sum
