"""theta into panels at the start of a call, and out of them at its end.

Thread 0 looks for signals between two large panels. An interruption ends packing, but theta is
always written whole.
"""

from libc.string cimport memcpy

cdef enum:
    MOST_LANES = 16            # of any build's vectors
    REALS_PER_LOOK = 1 << 14   # a look at the clock is little beside so many


cdef inline bint breathe_after(Py_ssize_t n_reals, Lookout* lookout) noexcept nogil:
    """`breathe` in thread 0, where so many reals were walked over: whether to go on."""
    return n_reals < REALS_PER_LOOK or breathe(lookout, 0)


cdef void pack(
    const Net* net, const real* theta, real* params, Lookout* lookout,
) noexcept nogil:
    """theta -> weights panels (W^T) and biases; backward panels (W) from those."""
    pack_forward(net, theta, params, lookout)
    fill_all_backward(net, params, lookout)


cdef void pack_forward(
    const Net* net, const real* theta, real* params, Lookout* lookout,
) noexcept nogil:
    """theta -> weights panels and biases."""
    cdef const Layer* layer
    cdef Py_ssize_t l
    for l in range(net.n_layers):
        layer = &net.layers[l]
        pack_layer(layer, theta + layer.theta_weights, theta + layer.theta_biases, params,
                   lookout)


cdef void unpack(
    const Net* net, const real* params, real* theta, Lookout* lookout,
) noexcept nogil:
    """Weights panels and biases -> theta's order."""
    cdef const Layer* layer
    cdef Py_ssize_t l
    for l in range(net.n_layers):
        layer = &net.layers[l]
        if layer.narrow:
            copy_narrow(layer, <real*> params, theta + layer.theta_weights, False)
        else:
            unpack_wide(layer, params, theta + layer.theta_weights, lookout)
        memcpy(theta + layer.theta_biases, params + layer.bias, layer.n_out * sizeof(real))


cdef void pack_layer(
    const Layer* layer, const real* W, const real* biases, real* params, Lookout* lookout,
) noexcept nogil:
    """One layer's W (n_out, n_in) and biases into its panels."""
    if layer.narrow:
        copy_narrow(layer, params, <real*> W, True)
    else:
        pack_wide(layer, W, params, lookout)
    memcpy(params + layer.bias, biases, layer.n_out * sizeof(real))


cdef void pack_wide(
    const Layer* layer, const real* W, real* params, Lookout* lookout,
) noexcept nogil:
    """W -> panels of W^T over n_out."""
    cdef Py_ssize_t p, j, width
    cdef real* panel = params + layer.weights_panel
    for p in range(n_panels(layer.vecs)):
        width = panel_width(layer.vecs, p)
        j = p * PANEL * VL
        transpose(min(width, layer.n_out - j), layer.n_in, W + j * layer.n_in, layer.n_in,
                  panel, width)
        panel += layer.n_in * width
        if not breathe_after(layer.n_in * width, lookout):
            return


cdef void unpack_wide(
    const Layer* layer, const real* params, real* W, Lookout* lookout,
) noexcept nogil:
    """Panels of W^T over n_out -> W."""
    cdef Py_ssize_t p, j, width
    cdef const real* panel = params + layer.weights_panel
    for p in range(n_panels(layer.vecs)):
        width = panel_width(layer.vecs, p)
        j = p * PANEL * VL
        transpose(layer.n_in, min(width, layer.n_out - j), panel, width,
                  W + j * layer.n_in, layer.n_in)
        panel += layer.n_in * width
        breathe_after(layer.n_in * width, lookout)


cdef void copy_narrow(const Layer* layer, real* params, real* W, bint pack) noexcept nogil:
    """W <-> panels of W over n_in."""
    cdef Py_ssize_t p, j, k, width, size
    cdef real* row
    for p in range(n_panels(layer.vecs_in)):
        width = panel_width(layer.vecs_in, p)
        k = p * PANEL * VL
        size = min(width, layer.n_in - k) * sizeof(real)
        for j in range(layer.n_out):
            row = params + layer.weights_panel + layer.n_out * k + j * width
            if pack:
                memcpy(row, W + j * layer.n_in + k, size)
            else:
                memcpy(W + j * layer.n_in + k, row, size)


cdef void transpose(
    Py_ssize_t n_rows, Py_ssize_t n_columns, const real* A, Py_ssize_t a_row,     # IN
    real* B, Py_ssize_t b_row,                                                    # OUT
) noexcept nogil:
    """B[c, r] = A[r, c]."""
    cdef Py_ssize_t v, r, c, whole = n_rows // VL * VL, squares = n_columns // VL
    for v in range(n_rows // VL):
        for c in range(squares):
            transpose_square(A + v * VL * a_row + c * VL, a_row, B + c * VL * b_row + v * VL, b_row)
        for c in range(squares * VL, n_columns):
            store(B + c * b_row + v * VL, load_column(A + v * VL * a_row + c, a_row))
    for c in range(n_columns):
        for r in range(whole, n_rows):
            B[c * b_row + r] = A[r * a_row + c]


cdef inline void transpose_square(
    const real* A, Py_ssize_t a_row,     # IN   (VL, VL)
    real* B, Py_ssize_t b_row,           # OUT  (VL, VL)
) noexcept nogil:
    """By perfect shuffles: each round interleaves rows r and r + VL / 2, and log2(VL) are all."""
    cdef vec rows[MOST_LANES]
    cdef vec shuffled[MOST_LANES]
    cdef int r, interleaved = 1
    for r in range(VL):
        rows[r] = load(A + r * a_row)
    while interleaved < VL:
        for r in range(VL // 2):
            shuffled[2 * r] = interleave(rows[r], rows[r + VL // 2], 0)
            shuffled[2 * r + 1] = interleave(rows[r], rows[r + VL // 2], VL // 2)
        for r in range(VL):
            rows[r] = shuffled[r]
        interleaved *= 2
    for r in range(VL):
        store(B + r * b_row, rows[r])


cdef void fill_backward(
    const Layer* layer, real* params, Span inputs,
) noexcept nogil:
    """Backward panels, W over n_in, transposed from weights panels, W^T over n_out.

    For a span of the layer's inputs that begins where a backward panel does. A narrow layer has
    backward panels alone.
    """
    cdef Py_ssize_t p, q, j, k, width, width_in
    cdef const real* weights_panel = params + layer.weights_panel
    cdef real* panel
    for p in range(0 if layer.narrow else n_panels(layer.vecs)):
        width = panel_width(layer.vecs, p)
        j = p * PANEL * VL
        for q in range(inputs.lo // (PANEL * VL), (inputs.hi + PANEL * VL - 1) // (PANEL * VL)):
            width_in = panel_width(layer.vecs_in, q)
            k = q * PANEL * VL
            panel = params + layer.backward_panel + layer.n_out * k
            transpose(min(width_in, layer.n_in - k), min(width, layer.n_out - j),
                      weights_panel + k * width, width, panel + j * width_in, width_in)
        weights_panel += layer.n_in * width


cdef void fill_all_backward(const Net* net, real* params, Lookout* lookout) noexcept nogil:
    cdef const Layer* layer
    cdef Py_ssize_t l, p, width = PANEL * VL
    for l in range(1, net.n_layers):
        layer = &net.layers[l]
        for p in range((layer.n_in + width - 1) // width):
            fill_backward(layer, params, Span(p * width, min(layer.n_in, (p + 1) * width)))
            if not breathe_after(layer.n_out * width, lookout):
                return
