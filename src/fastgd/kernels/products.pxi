"""The Hessian of the cost, or its Gauss-Newton part, times a vector v, as sums over examples.

R = d/dr at theta + r v, r = 0, of each line of the gradient (Pearlmutter, "Fast exact
multiplication by the Hessian", 1994); V_l and c_l are v's weights and biases, e_l = dC/da_l:

    R z_l = V_l a_(l-1) + W_l R a_(l-1) + c_l         R a_0 = 0       forward_along
    R a_l = f'(z_l) R z_l
    e_L = 2 (a_L - y)      R e_L = 2 R a_L                            deltas_along
    delta_l = f'(z_l) e_l  R delta_l = f'(z_l) R e_l + f''(z_l) R z_l e_l
    e_(l-1) = W_l^T delta_l
    R e_(l-1) = W_l^T R delta_l + V_l^T delta_l
    R dC/dW_l = R delta_l a_(l-1)^T + delta_l R a_(l-1)^T             add_product
    R dC/db_l = R delta_l

The Gauss-Newton part is the same with e = 0: 2 sum of J^T w J v, where J = da_L/dtheta.

Two blocks of scratch: `block` holds a_l and R delta_l, `other` R a_l and delta_l, so that the
sums over both are delta_of(.) a_of(.)^T, which is what the gradient's own functions add up.
"""


def products(
    Data data not None,
    const real[::1] theta not None,       # IN   (n_parameters,)
    const real[::1] v not None,           # IN   (n_parameters,)
    bint gauss_newton,
    real[::1] product not None,           # OUT  (n_parameters,)
    real[::1] work not None,              #      zeros at first, plan.product_work_size(n_groups, .)
    int n_threads,
):
    """Sum over examples of the Hessian of the cost, or its Gauss-Newton part, times v."""
    cdef GroupedSum s
    cdef Lookout lookout = lookout_of(NULL)
    cdef Plan plan = data.plan
    set_up(&s, plan, &data.inputs, data.n, None, work, groups_of(&plan.shape, data.n), &lookout)
    set_block(&s, block_in_cache(&data.inputs, s.block))
    place_direction(&s, &plan.shape, 2)
    s.gauss_newton = gauss_newton
    with nogil:
        pack_direction(&s, &plan.shape, &v[0])
        sum_all(&s, &theta[0], &product[0], n_threads)
    raise_if_interrupted(&lookout)


cdef void place_direction(GroupedSum* s, const Shape* shape, int n_blocks) noexcept nogil:
    """Room for v before the slots, and for so many blocks of scratch a thread."""
    s.direction = s.slots
    s.slots += shape.padded_size
    s.scratch += shape.padded_size
    s.scratch_size *= n_blocks


cdef void pack_direction(GroupedSum* s, const Shape* shape, const real* v) noexcept nogil:
    # Where v stands a sum had its slots, and left numbers in what is padding now.
    memset(s.direction, 0, shape.padded_size * sizeof(real))
    pack(&s.net, v, s.direction, s.lookout)


cdef void add_product(const GroupedSum* s, const Block* block, real* product) noexcept nogil:
    """product += the sum over the block of R dC/dW_l and R dC/db_l."""
    cdef Block other = block[0]
    cdef const Layer* layer
    cdef Py_ssize_t l
    other.scratch += s.scratch_size // 2
    forward(&s.net, block)
    forward_along(s, block, &other)
    deltas_along(s, block, &other)
    add_gradient(&s.net, block, product)
    if not s.gauss_newton:
        for l in range(1, s.net.n_layers):
            layer = &s.net.layers[l]
            add_weights(&s.net, &other, l, WHOLE, Span(0, layer.n_in), product)


cdef void forward_along(
    const GroupedSum* s, const Block* block, const Block* other,
) noexcept nogil:
    """R a_l for every layer, after `forward`."""
    cdef const Net* net = &s.net
    cdef const Layer* layer
    cdef Matrix Ra
    cdef Py_ssize_t l
    for l in range(net.n_layers):
        layer = &net.layers[l]
        Ra = a_of(other, layer)
        if l == 0:
            first_forward(net, block, WHOLE, s.direction + layer.weights_panel,
                          s.direction + layer.bias, Ra.first)
        else:
            weighted_inputs(layer, s.direction, block.n, a_of(block, layer - 1),
                            s.direction + layer.bias, Ra)
            weighted_inputs(layer, net.params, block.n, a_of(other, layer - 1), NULL, Ra)
        times_derivatives(block.n, layer, a_of(block, layer).first, Ra.first)


cdef void deltas_along(
    const GroupedSum* s, const Block* block, const Block* other,
) noexcept nogil:
    """delta_l and R delta_l for every layer, from the last one down, after `forward_along`."""
    cdef const Net* net = &s.net
    cdef const Layer* layer = &net.layers[net.n_layers - 1]
    cdef Py_ssize_t l
    twice_weighted(block, layer, a_of(other, layer).first, delta_of(block, layer).first)
    if not s.gauss_newton:
        errors(block, layer, 1, delta_of(other, layer).first)
    finish_deltas(s, layer, block, other)
    for l in range(net.n_layers - 1, 0, -1):
        layer = &net.layers[l]
        # R e_(l-1) = W_l^T R delta_l + V_l^T delta_l, e_(l-1) = W_l^T delta_l
        multiply_back(layer, net.params, block.n, delta_of(block, layer),
                      net.params + net.zeros, delta_of(block, layer - 1))
        if not s.gauss_newton:
            multiply_back(layer, s.direction, block.n, delta_of(other, layer),
                          NULL, delta_of(block, layer - 1))
            multiply_back(layer, net.params, block.n, delta_of(other, layer),
                          net.params + net.zeros, delta_of(other, layer - 1))
        finish_deltas(s, layer - 1, block, other)


cdef void twice_weighted(
    const Block* block, const Layer* layer, const real* Ra, real* Re,
) noexcept nogil:
    """R e_L = 2 w R a_L."""
    cdef Py_ssize_t i, v
    cdef real twice
    for i in range(block.n):
        twice = 2 * weight_of(block, i)
        for v in range(layer.vecs):
            store(Re + v * VL, twice * load(Ra + v * VL))
        Ra += layer.stride
        Re += layer.stride


cdef void finish_deltas(
    const GroupedSum* s, const Layer* layer, const Block* block, const Block* other,
) noexcept nogil:
    """R e_l becomes R delta_l, e_l becomes delta_l."""
    cdef Py_ssize_t n_vecs = block.n * layer.stride // VL      # gaps between rows are never read
    cdef const real* a = a_of(block, layer).first
    cdef const real* Ra = a_of(other, layer).first
    cdef real* R_delta = delta_of(block, layer).first
    cdef real* delta = delta_of(other, layer).first
    times_derivatives(block.n, layer, a, R_delta)
    if s.gauss_newton:
        return
    if layer.activation == SIGMOID:
        add_bends(SIGMOID, n_vecs, a, Ra, delta, R_delta)
    elif layer.activation == TANH:
        add_bends(TANH, n_vecs, a, Ra, delta, R_delta)
    times_derivatives(block.n, layer, a, delta)


cdef inline void add_bends(
    Activation activation, Py_ssize_t n_vecs, const real* a, const real* Ra, const real* e,
    real* R_delta,
) noexcept nogil:
    """R_delta += f''(z) R z e = (f''/f')(z) R a e."""
    cdef Py_ssize_t v
    for v in range(n_vecs):
        store(R_delta + v * VL, load(R_delta + v * VL)
              + ddf_per_df(activation, load(a + v * VL)) * load(Ra + v * VL) * load(e + v * VL))
