"""Products of rows of examples with a layer's weights, in the two ways that these are kept.

    wide      W^T in panels over n_out, which forward and dW walk, and W in panels over n_in
    narrow    W in panels over n_in alone: in W^T most lanes of one or a few outputs would idle
"""


cdef void weighted_inputs(
    const Layer* layer, const real* params, Py_ssize_t n, Matrix a,
    const real* first,         # IN   (vecs VL,), the biases, or NULL: add to z
    Matrix z,
) noexcept nogil:
    """z (n, n_out) = a (n, n_in) W^T + first, behind the first layer."""
    if layer.narrow:
        dot_products(layer, params, n, a, first, z)
    else:
        matmul(n, layer.n_in, layer.vecs, a, 1, Matrix(<real*> params + layer.weights_panel, 0),
               first, z, NULL)


cdef void dot_products(
    const Layer* layer, const real* params, Py_ssize_t n, Matrix a, const real* first, Matrix z,
) noexcept nogil:
    """`weighted_inputs` of a narrow layer: z[i, j] = first_j + a_i . W_j."""
    cdef Py_ssize_t i, j, p
    cdef const real* W
    cdef const real* x
    cdef vec row, even, odd
    for i in range(n):
        row = load(first if first else z.first)
        for j in range(layer.n_out):
            even = odd = splat(0)
            x = a.first
            W = params + layer.weights_panel + j * PANEL * VL
            for p in range(layer.vecs_in // PANEL):
                even = even + load(x) * load(W)
                odd = odd + load(x + VL) * load(W + VL)
                x += PANEL * VL
                W += layer.n_out * PANEL * VL
            if layer.vecs_in % PANEL:
                even = even + load(x) * load(W - j * VL)         # the last panel's rows have VL
            row = row + hsum(even + odd) * one_in_lane(j)
        store(z.first, row)
        a.first += a.stride
        z.first += z.stride


cdef void multiply_back(
    const Layer* layer, const real* params, Py_ssize_t n, Matrix delta, const real* first,
    Matrix out,
) noexcept nogil:
    """out (n, n_in) = delta (n, n_out) W + first, or added to out; behind the first layer."""
    matmul(n, layer.n_out, layer.vecs_in, delta, 1,
           Matrix(<real*> params + layer.backward_panel, 0), first, out, NULL)


cdef void add_products(const Layer* layer, Py_ssize_t n, Matrix a, Matrix delta, Span inputs,
                       real* dW) noexcept nogil:
    """dW += delta^T a over n examples, for a span of the layer's inputs."""
    if layer.narrow:
        add_backward(layer, n, a, delta, inputs, dW)
    else:
        add_panels(layer, n, a, delta, inputs, dW)


cdef void add_panels(const Layer* layer, Py_ssize_t n, Matrix a, Matrix delta, Span inputs,
                     real* dW) noexcept nogil:
    """`add_products` to W^T, in panels over n_out."""
    cdef Py_ssize_t p, width
    for p in range(n_panels(layer.vecs)):
        width = panel_width(layer.vecs, p)
        matmul(inputs.hi - inputs.lo, n, width // VL, Matrix(a.first + inputs.lo, 1), a.stride,
               Matrix(delta.first + p * PANEL * VL, delta.stride), NULL,
               Matrix(dW + inputs.lo * width, 0), NULL)
        dW += layer.n_in * width


cdef void add_backward(const Layer* layer, Py_ssize_t n, Matrix a, Matrix delta, Span inputs,
                       real* dW) noexcept nogil:
    """`add_products` to W, in panels over n_in; the span begins where a panel does."""
    cdef Span vecs = vecs_of(layer, inputs)
    matmul(layer.n_out, n, vecs.hi - vecs.lo, Matrix(delta.first, 1), delta.stride,
           Matrix(a.first + inputs.lo, a.stride), NULL,
           Matrix(dW + layer.n_out * inputs.lo, 0), NULL)


cdef inline Span vecs_of(const Layer* layer, Span inputs) noexcept nogil:
    """The vectors that hold a span of a layer's inputs."""
    return Span(inputs.lo // VL, min(layer.vecs_in, (inputs.hi + VL - 1) // VL))


cdef inline Py_ssize_t n_spans(const Layer* layer) noexcept nogil:
    """Into how many spans of the padded parameters a layer's weights fall."""
    return 1 if layer.narrow else n_panels(layer.vecs)


cdef inline Span weights_span(const Layer* layer, Py_ssize_t p, Span inputs) noexcept nogil:
    """The p-th of them, of the weights of a span of inputs."""
    cdef Py_ssize_t width = panel_width(layer.vecs, p), start = layer.weights_panel
    cdef Span vecs = vecs_of(layer, inputs)
    if layer.narrow:
        return Span(start + layer.n_out * vecs.lo * VL, start + layer.n_out * vecs.hi * VL)
    start += p * PANEL * VL * layer.n_in
    return Span(start + inputs.lo * width, start + inputs.hi * width)
