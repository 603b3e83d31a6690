"""The output for one example, with weights read in theta's order.

One example is too little work to pay for packing theta into panels.
"""

from libc.stdint cimport uint8_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset


def output_of_one(
    Plan plan not None,
    const real[::1] theta not None,       # IN   (n_parameters,)
    const real[::1] x,                    # IN   (n_inputs,), or None
    const uint8_t[::1] pixels,            # IN   (n_inputs,), where x is None
    real[::1] out not None,               # OUT  (n_outputs,)
):
    """Write the output for one example; False where a length is wrong or a number not finite.

    A NaN or infinity in theta or x makes a weighted input NaN or infinite: those are checked.
    """
    cdef Py_ssize_t n_inputs = x.shape[0] if x is not None else pixels.shape[0]
    if theta.shape[0] != plan.n_parameters or n_inputs != plan.n_inputs:
        return False
    cdef Py_ssize_t l, j
    cdef const Layer* layer
    cdef const real* a
    cdef real finite = 0
    cdef real* z = <real*> malloc(plan.one_size * sizeof(real))
    cdef real* buffer = z
    if z is NULL:
        raise MemoryError
    with nogil:
        if x is not None:
            a = &x[0]
        else:
            pixels_to_reals(&pixels[0], z, plan.n_inputs)
            a = z
            z += plan.n_inputs
        for l in range(plan.n_layers):
            layer = &plan.layers[l]
            memset(z + layer.n_out // VL * VL, 0, VL * sizeof(real))      # `activate` reads these
            dot_rows(layer.n_out, layer.n_in, &theta[layer.theta_weights],
                     &theta[layer.theta_biases], a, z)
            for j in range(layer.n_out):
                finite += z[j] - z[j]                         # 0, or NaN
            activate(1, layer, z)
            a = z
            z += layer.vecs * VL
        memcpy(&out[0], a, plan.n_outputs * sizeof(real))
        free(buffer)
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
