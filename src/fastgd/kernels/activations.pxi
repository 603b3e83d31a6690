"""The activations f and their derivatives f', f'', each a function of a = f(z) alone.

    f            f'                         f''
    sigmoid      a (1 - a)                  f' (1 - 2 a)
    tanh         1 - a^2                    f' (-2 a)
    relu         1 where a > 0, else 0      0, at the kink too
    identity     1                          0
"""

cdef enum Activation:
    SIGMOID
    TANH
    RELU
    IDENTITY

ACTIVATIONS = {"sigmoid": SIGMOID, "tanh": TANH, "relu": RELU, "identity": IDENTITY}


cdef inline vec f(Activation activation, vec z) noexcept nogil:
    if activation == SIGMOID:
        return sigmoid_vec(z)
    if activation == TANH:
        return tanh_vec(z)
    if activation == RELU:
        return relu_vec(z)
    return z


cdef inline vec times_df(Activation activation, vec d, vec a) noexcept nogil:
    """d f'(z), with a = f(z)."""
    if activation == SIGMOID:
        return d * (a * (splat(1) - a))
    if activation == TANH:
        return d * (splat(1) - a * a)
    if activation == RELU:
        return d * step_vec(a)
    return d


cdef inline vec ddf_per_df(Activation activation, vec a) noexcept nogil:
    """f''(z) / f'(z), with a = f(z)."""
    if activation == SIGMOID:
        return splat(1) - splat(2) * a
    if activation == TANH:
        return splat(-2) * a
    return splat(0)


# f is chosen once per layer, not once per vector: it is a constant in each loop below.


cdef void activate(Py_ssize_t n, const Layer* layer, real* z) noexcept nogil:
    """z (n, row) becomes a = f(z), 0 in the lanes of padding."""
    cdef Py_ssize_t n_vecs = (n - 1) * layer.stride // VL + layer.vecs      # gaps are never read
    cdef Py_ssize_t i, v
    cdef real* at
    cdef vec lane_mask = load(layer.lane_mask)
    if layer.activation == SIGMOID:
        for i in range(n):
            at = z + i * layer.stride
            for v in range(layer.vecs - 1):
                store(at + v * VL, f(SIGMOID, load(at + v * VL)))
            at += (layer.vecs - 1) * VL
            store(at, lane_mask * f(SIGMOID, load(at)))        # sigmoid(0) is not 0
    elif layer.activation == TANH:
        activate_each(TANH, n_vecs, z)
    elif layer.activation == RELU:
        activate_each(RELU, n_vecs, z)


cdef inline void activate_each(
    Activation activation, Py_ssize_t n_vecs, real* z,
) noexcept nogil:
    cdef Py_ssize_t v
    for v in range(n_vecs):
        store(z + v * VL, f(activation, load(z + v * VL)))


cdef void times_derivatives(
    Py_ssize_t n, const Layer* layer, const real* a, real* delta,
) noexcept nogil:
    """delta (n, row), which holds dC/da, becomes dC/dz = dC/da f'(z)."""
    cdef Py_ssize_t n_vecs = n * layer.stride // VL      # gaps between rows are never read
    if layer.activation == SIGMOID:
        times_each(SIGMOID, n_vecs, a, delta)
    elif layer.activation == TANH:
        times_each(TANH, n_vecs, a, delta)
    elif layer.activation == RELU:
        times_each(RELU, n_vecs, a, delta)


cdef inline void times_each(
    Activation activation, Py_ssize_t n_vecs, const real* a, real* delta,
) noexcept nogil:
    cdef Py_ssize_t v
    for v in range(n_vecs):
        store(delta + v * VL, times_df(activation, load(delta + v * VL), load(a + v * VL)))
