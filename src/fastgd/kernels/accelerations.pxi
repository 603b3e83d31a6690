"""The outputs' second derivative along a vector v, times J^T, as a sum over examples.

R = d/dr at theta + r v, r = 0, as in `products.pxi`, and R twice:

    R z_l = V_l a_(l-1) + W_l R a_(l-1) + c_l         R a_0 = 0       forward_twice_along
    RR z_l = 2 V_l R a_(l-1) + W_l RR a_(l-1)         RR a_0 = 0
    R a_l = f'(z_l) R z_l
    RR a_l = f'(z_l) RR z_l + f''(z_l) (R z_l)^2
    sum over outputs j of w RR a_L,j da_L,j/dtheta                    backpropagate, add_gradient

Three blocks of scratch: `block` holds a_l and delta_l, `once` R a_l, `twice` RR a_l.
"""


def acceleration_work_size(Plan plan not None, Py_ssize_t n_groups, Py_ssize_t n_threads):
    """Reals of working memory of `accelerations`."""
    return plan.shape.padded_size + work_size(&plan.shape, n_groups, 3 * n_threads)


def accelerations(
    Data data not None,
    const real[::1] theta not None,       # IN   (n_parameters,)
    const real[::1] v not None,           # IN   (n_parameters,)
    real[::1] out not None,               # OUT  (n_parameters,)
    real[::1] work not None,              #      zeros at first, of acceleration_work_size(., .)
    int n_threads,
):
    """Sum over examples of J^T w RR a_L, J = da_L/dtheta."""
    cdef GroupedSum s
    cdef Lookout lookout = lookout_of(NULL)
    cdef Plan plan = data.plan
    set_up(&s, plan, &data.inputs, data.n, None, work, groups_of(&plan.shape, data.n), &lookout)
    set_block(&s, block_in_cache(&data.inputs, s.block))
    place_direction(&s, &plan.shape, 3)
    s.twice = True
    with nogil:
        pack_direction(&s, &plan.shape, &v[0])
        sum_all(&s, &theta[0], &out[0], n_threads)
    raise_if_interrupted(&lookout)


cdef void add_acceleration(const GroupedSum* s, const Block* block, real* out) noexcept nogil:
    """out += J^T w RR a_L of a block."""
    cdef const Layer* last = &s.net.layers[s.net.n_layers - 1]
    cdef Block once = block[0], twice = block[0]
    cdef real* slope = delta_of(block, last).first
    cdef const real* RRa
    cdef Py_ssize_t i, v
    once.scratch += s.scratch_size // 3
    twice.scratch += s.scratch_size // 3 * 2
    forward(&s.net, block)
    forward_twice_along(s, block, &once, &twice)
    RRa = a_of(&twice, last).first
    for i in range(block.n):
        for v in range(last.vecs):
            store(slope + v * VL, weight_of(block, i) * load(RRa + v * VL))
        RRa += last.stride
        slope += last.stride
    backpropagate(&s.net, block)
    add_gradient(&s.net, block, out)


cdef void forward_twice_along(
    const GroupedSum* s, const Block* block, const Block* once, const Block* twice,
) noexcept nogil:
    """R a_l and RR a_l for every layer, after `forward`."""
    cdef const Net* net = &s.net
    cdef const Layer* layer
    cdef const real* zeros = net.params + net.zeros
    cdef Matrix Ra, RRa
    cdef Py_ssize_t l
    for l in range(net.n_layers):
        layer = &net.layers[l]
        Ra, RRa = a_of(once, layer), a_of(twice, layer)
        if l == 0:
            first_forward(net, block, WHOLE, s.direction + layer.weights_panel,
                          s.direction + layer.bias, Ra.first)
        else:
            weighted_inputs(layer, s.direction, block.n, a_of(block, layer - 1),
                            s.direction + layer.bias, Ra)
            weighted_inputs(layer, net.params, block.n, a_of(once, layer - 1), NULL, Ra)
            # Each of the two: 2 V_l R a_(l-1).
            weighted_inputs(layer, s.direction, block.n, a_of(once, layer - 1), zeros, RRa)
            weighted_inputs(layer, s.direction, block.n, a_of(once, layer - 1), NULL, RRa)
            weighted_inputs(layer, net.params, block.n, a_of(twice, layer - 1), NULL, RRa)
        bend(layer, block.n, l == 0, a_of(block, layer).first, Ra.first, RRa.first)


cdef void bend(
    const Layer* layer, Py_ssize_t n, bint straight, const real* a, real* Ra, real* RRa,
) noexcept nogil:
    """R z and RR z become R a and RR a; `straight`: RR z is 0, and was not written."""
    cdef Py_ssize_t i, v
    cdef vec Rz, RRz
    for i in range(n):
        for v in range(layer.vecs):
            Rz = load(Ra + v * VL)
            RRz = splat(0) if straight else load(RRa + v * VL)
            store(Ra + v * VL, times_df(layer.activation, Rz, load(a + v * VL)))
            # f'' (R z)^2 = (f''/f') R z R a
            store(RRa + v * VL, times_df(layer.activation, RRz, load(a + v * VL))
                  + ddf_per_df(layer.activation, load(a + v * VL)) * Rz * load(Ra + v * VL))
        a += layer.stride
        Ra += layer.stride
        RRa += layer.stride
