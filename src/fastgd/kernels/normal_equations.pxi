"""J^T J and J^T r, as sums over examples: what a step of Gauss and Newton's method is solved from.

r = sqrt(w) (a_L - y), J = dr/dtheta. A block of J's rows is filled in a cache (`jacobian.pxi`);
register tiles add the products of two layers' parts, l <= m, for each output. What two parameters
of one layer have in common is less than it seems. With x = (a_(l-1), 1) and delta_l of output j,
    sum of (delta_o x_k) (delta_p x_q) = sum of (sum_j delta_o delta_p) (x_k x_q),
which is the same for (o, p) and (p, o), for (k, q) and (q, k): the products of all pairs o <= p,
summed over outputs, times those of all pairs k <= q take half or less of a triangle's time. Layers
with too few neurons to gain by it have a triangle: panels of two vectors, of which panel p holds
columns 2 VL p.. of the rows down to the diagonal.

A group of blocks has a slot: J^T r, then a matrix for each l <= m in order. What has its rows and
what its lanes is chosen so that fewer lanes idle.
"""

from cython.parallel cimport prange, threadid
from libc.string cimport memcpy, memset

cdef enum:
    MATRICES_BYTES = 1 << 26   # of all groups' slots, where there are more than two
    BLOCKS_TO_GROUP = 4        # blocks of a group, where there are more than two groups


cdef inline Py_ssize_t panel_rows(Py_ssize_t size, Py_ssize_t p) noexcept nogil:
    """Rows of panel p of a triangle: down to the diagonal."""
    return min(size, (p + 1) * PANEL * VL)


cdef inline Py_ssize_t triangle_panel(Py_ssize_t p) noexcept nogil:
    """Offset of panel p in a triangle."""
    return PANEL * VL * PANEL * VL * n_pairs(p)


cdef inline bint turned(Py_ssize_t a, Py_ssize_t b) noexcept nogil:
    """Whether b rows of a lanes take less than a rows of b lanes."""
    return b * lanes_of(a) < a * lanes_of(b)


cdef inline Py_ssize_t product_size(Py_ssize_t a, Py_ssize_t b) noexcept nogil:
    return min(a * lanes_of(b), b * lanes_of(a))


cdef Py_ssize_t matrix_size(const Layer* l, const Layer* m) noexcept nogil:
    """Reals of the matrix of two layers."""
    cdef Py_ssize_t size = size_of(l), last = n_panels(lanes_of(size) // VL) - 1
    if l != m:
        return product_size(size, size_of(m))
    if l.paired:
        return product_size(n_pairs(l.n_out), n_pairs(l.n_in + 1))
    return triangle_panel(last) + panel_rows(size, last) * panel_width(lanes_of(size) // VL, last)


cdef Py_ssize_t normal_slot_size(const Shape* shape) noexcept nogil:
    cdef Py_ssize_t l, m, size = shape.row_J
    for l in range(shape.n_layers):
        for m in range(l, shape.n_layers):
            size += matrix_size(&shape.layers[l], &shape.layers[m])
    return size


cdef Py_ssize_t normal_groups_of(const Shape* shape, Py_ssize_t n_examples) noexcept nogil:
    """Groups for a sum over `n_examples`: independent of the threads."""
    cdef Py_ssize_t block = rows_of(shape).block, n_blocks = (n_examples + block - 1) // block
    cdef Py_ssize_t fit = MATRICES_BYTES // (normal_slot_size(shape) * <Py_ssize_t> sizeof(real))
    cdef Py_ssize_t wanted = max(2, min(fit, n_blocks // BLOCKS_TO_GROUP))
    return max(1, min(n_blocks, min(<Py_ssize_t> MAX_GROUPS, wanted)))


def normal_groups(Plan plan not None, Py_ssize_t n_examples):
    """Groups for `normal_equations` over `n_examples`."""
    return normal_groups_of(&plan.shape, n_examples)


def normal_work_size(Plan plan not None, Py_ssize_t n_examples, Py_ssize_t n_threads):
    """Reals of working memory of `normal_equations`."""
    cdef Rows rows = rows_of(&plan.shape)
    return (work_size(&plan.shape, 0, n_threads) + n_threads * rows.size
            + normal_groups_of(&plan.shape, n_examples) * normal_slot_size(&plan.shape))


def normal_equations(
    Data data not None,
    const real[::1] theta not None,       # IN   (n_parameters,)
    real[::1] gradient not None,          # OUT  (n_parameters,) J^T r
    real[:, ::1] gauss_newton not None,   # OUT  (n_parameters, n_parameters) J^T J
    real[::1] work not None,              #      zeros at first, of normal_work_size(plan, n, .)
    int n_threads,
):
    """r^T r, the sum of costs, returned; J^T r and J^T J."""
    cdef GroupedSum s
    cdef Lookout lookout = lookout_of(NULL)
    cdef const Shape* shape = &data.plan.shape
    cdef Rows rows = rows_of(shape)
    cdef Py_ssize_t n_groups = normal_groups_of(shape, data.n), per_group, l
    set_up(&s, data.plan, &data.inputs, data.n, None, work, n_groups, &lookout)
    s.rows = &rows
    s.slot_size = normal_slot_size(shape)
    s.scratch = s.slots + n_groups * s.slot_size
    s.scratch_size += rows.size
    # Blocks of one size, as many in each group.
    per_group = (data.n + n_groups * rows.block - 1) // (n_groups * rows.block)
    set_block(&s, (data.n + n_groups * per_group - 1) // (n_groups * per_group))
    with nogil:
        pack(&s.net, &theta[0], s.net.params, &lookout)
        add_groups(&s, n_threads)
        if not lookout.interrupted:
            add_slots(&s, n_threads)
            for l in range(shape.n_layers):
                memcpy(&gradient[0] + shape.layers[l].theta_weights, s.slots + shape.layers[l].J,
                       size_of(&shape.layers[l]) * sizeof(real))
            write_matrices(&s, &gauss_newton[0, 0], n_threads)
    raise_if_interrupted(&lookout)
    return total_cost(&s)


# ------------------------------------------------------------------- a block of examples


cdef double add_squares(const GroupedSum* s, const Block* block, real* slot) noexcept nogil:
    """A block's sum of costs; its J^T r and J^T J are added to the slot."""
    cdef const Net* net = &s.net
    cdef Matrix J = Matrix(block.scratch + s.rows.at, s.rows.stride)
    cdef real* r = J.first + s.rows.residuals
    cdef Py_ssize_t j
    cdef Matrix x
    forward(net, block)
    x = inputs_in_scratch(net, block)
    fill_pairs_in(net, block, x, J, J.first + s.rows.buffer)
    for j in range(net.layers[net.n_layers - 1].n_out):
        fill_rows(net, block, x, j, J)
        fill_pairs_out(net, block, j, J, J.first + s.rows.buffer)
        residuals(net, block, j, r)
        matmul(1, block.n, s.rows.lanes // VL, Matrix(r, 0), 1, J, NULL,
               Matrix(slot, s.rows.stride), NULL)
        add_matrices(net, block.n, J, slot + s.rows.lanes, False)
    add_matrices(net, block.n, J, slot + s.rows.lanes, True)
    return cost(net, block)


cdef void residuals(
    const Net* net, const Block* block, Py_ssize_t j, real* r,
) noexcept nogil:
    """r (n,) = sqrt(w) (a_L,j - y_j)."""
    cdef Matrix a = a_of(block, &net.layers[net.n_layers - 1])
    cdef Py_ssize_t i
    for i in range(block.n):
        r[i] = <real> sqrt(weight_of(block, i)) * (a.first[i * a.stride + j] - y_of(block, i)[j])


cdef void fill_pairs_in(
    const Net* net, const Block* block, Matrix x, Matrix J, real* buffer,
) noexcept nogil:
    """Products of all pairs of (a_(l-1), 1)."""
    cdef const Layer* layer
    cdef Matrix a
    cdef Py_ssize_t l, i
    for l in range(net.n_layers):
        layer = &net.layers[l]
        a = x if l == 0 else a_of(block, layer - 1)
        for i in range(block.n if layer.paired else 0):
            memcpy(buffer, a.first + i * a.stride, layer.n_in * sizeof(real))
            buffer[layer.n_in] = 1
            put_pairs(layer.n_in + 1, buffer, J.first + i * J.stride + layer.pairs_in, False)


cdef void fill_pairs_out(
    const Net* net, const Block* block, Py_ssize_t j, Matrix J, real* buffer,
) noexcept nogil:
    """Products of all pairs of delta_l, summed over the outputs up to j."""
    cdef const Layer* layer
    cdef Matrix delta
    cdef Py_ssize_t l, i
    for l in range(net.n_layers):
        layer = &net.layers[l]
        delta = delta_of(block, layer)
        memset(buffer, 0, (lanes_of(layer.n_out) + VL) * sizeof(real))
        for i in range(block.n if layer.paired else 0):
            memcpy(buffer, delta.first + i * delta.stride, layer.n_out * sizeof(real))
            put_pairs(layer.n_out, buffer, J.first + i * J.stride + layer.pairs_out, j > 0)


cdef inline void put_pairs(
    Py_ssize_t n, const real* x, real* out, bint add,
) noexcept nogil:
    """out = x_o x_p for all o <= p, or added; lines overflow into the next ones.

    To add, x must be 0 behind its end.
    """
    cdef Py_ssize_t o, v
    cdef vec product
    for o in range(n):
        for v in range((n - o + VL - 1) // VL):
            product = splat(x[o]) * load(x + o + v * VL)
            store(out + v * VL, load(out + v * VL) + product if add else product)
        out += n - o


cdef void add_matrices(
    const Net* net, Py_ssize_t n, Matrix J, real* matrix, bint paired,
) noexcept nogil:
    """Products of n rows: of pairs, or of all else for one output."""
    cdef const Layer* a
    cdef const Layer* b
    cdef Py_ssize_t l, m
    for l in range(net.n_layers):
        a = &net.layers[l]
        for m in range(l, net.n_layers):
            b = &net.layers[m]
            if l == m and a.paired:
                if paired:
                    multiply_rows(n_pairs(a.n_out), n_pairs(a.n_in + 1), n,
                                  J.first + a.pairs_out, J.first + a.pairs_in, J.stride, matrix)
            elif not paired:
                if l == m:
                    add_triangle(size_of(a), n, J.first + a.J, J.stride, matrix)
                else:
                    multiply_rows(size_of(a), size_of(b), n, J.first + a.J, J.first + b.J,
                                  J.stride, matrix)
            matrix += matrix_size(a, b)


cdef void multiply_rows(
    Py_ssize_t a, Py_ssize_t b, Py_ssize_t n, real* A, real* B, Py_ssize_t stride, real* C,
) noexcept nogil:
    """C (a, lanes of b) += A^T B of n rows; turned, C (b, lanes of a) += B^T A."""
    if turned(a, b):
        A, B = B, A
        a, b = b, a
    matmul(a, n, lanes_of(b) // VL, Matrix(A, 1), stride, Matrix(B, stride), NULL,
           Matrix(C, lanes_of(b)), NULL)


cdef void add_triangle(
    Py_ssize_t size, Py_ssize_t n, real* A, Py_ssize_t stride, real* triangle,
) noexcept nogil:
    """triangle += A^T A of n rows."""
    cdef Py_ssize_t p, width, vecs = lanes_of(size) // VL
    for p in range(n_panels(vecs)):
        width = panel_width(vecs, p)
        matmul(panel_rows(size, p), n, width // VL, Matrix(A, 1), stride,
               Matrix(A + p * PANEL * VL, stride), NULL,
               Matrix(triangle + triangle_panel(p), width), NULL)


# --------------------------------------------------------------- the matrix as it is read


cdef void write_matrices(GroupedSum* s, real* out, int n_threads) noexcept nogil:
    """The first slot's matrices as one symmetric one."""
    cdef const Layer* a
    cdef const Layer* b
    cdef const real* matrix = s.slots + s.rows.lanes
    cdef Py_ssize_t l, m, o, n = s.rows.n_parameters
    for l in range(s.net.n_layers):
        a = &s.net.layers[l]
        for m in range(l, s.net.n_layers):
            b = &s.net.layers[m]
            if l != m and turned(size_of(a), size_of(b)):
                write_block(size_of(b), size_of(a), matrix, lanes_of(size_of(a)),
                            b.theta_weights, a.theta_weights, out, n)
            elif l != m:
                write_block(size_of(a), size_of(b), matrix, lanes_of(size_of(b)),
                            a.theta_weights, b.theta_weights, out, n)
            elif not a.paired:
                write_triangle(size_of(a), matrix, a.theta_weights, out, n)
            elif n_threads == 1:
                for o in range(a.n_out):
                    write_pairs(a, o, matrix, out, n)
            else:
                for o in prange(a.n_out, schedule="static", chunksize=1, num_threads=n_threads):
                    write_pairs(a, o, matrix, out, n)
            if not breathe(s.lookout, 0):
                return
            matrix += matrix_size(a, b)


cdef void write_block(
    Py_ssize_t n_rows, Py_ssize_t n_columns, const real* block, Py_ssize_t stride,
    Py_ssize_t row, Py_ssize_t column, real* out, Py_ssize_t n,
) noexcept nogil:
    """A block of out (n, n) at (row, column), and its mirror image."""
    cdef Py_ssize_t r
    for r in range(n_rows):
        memcpy(out + (row + r) * n + column, block + r * stride, n_columns * sizeof(real))
    transpose(n_rows, n_columns, block, stride, out + column * n + row, n)


cdef void write_triangle(
    Py_ssize_t size, const real* triangle, Py_ssize_t first, real* out, Py_ssize_t n,
) noexcept nogil:
    cdef Py_ssize_t p, vecs = lanes_of(size) // VL
    for p in range(n_panels(vecs)):
        write_block(panel_rows(size, p), min(panel_width(vecs, p), size - p * PANEL * VL),
                    triangle + triangle_panel(p), panel_width(vecs, p), first,
                    first + p * PANEL * VL, out, n)


cdef void write_pairs(
    const Layer* layer, Py_ssize_t o, const real* matrix, real* out, Py_ssize_t n,
) noexcept nogil:
    """The blocks of neuron o with each neuron p from o on: symmetric in k and q."""
    cdef Py_ssize_t d = layer.n_in + 1, p, k, q
    cdef Py_ssize_t of_out = n_pairs(layer.n_out), of_in = n_pairs(d)
    cdef bint is_turned = turned(of_out, of_in)
    cdef Py_ssize_t pair = 1 if is_turned else lanes_of(of_in)     # from a pair of outputs,
    cdef Py_ssize_t step = lanes_of(of_out) if is_turned else 1    # of inputs, to the next one
    cdef const real* value
    cdef const real* first = matrix + (o * layer.n_out - n_pairs(o) + o) * pair     # (o, o)
    cdef real x
    for p in range(o, layer.n_out):
        value = first + (p - o) * pair
        for k in range(d):
            for q in range(k, d):
                x = value[0]
                value += step
                put_number(layer, o, p, k, q, x, out, n)
                if k != q:
                    put_number(layer, o, p, q, k, x, out, n)


cdef inline void put_number(
    const Layer* layer, Py_ssize_t o, Py_ssize_t p, Py_ssize_t k, Py_ssize_t q, real x,
    real* out, Py_ssize_t n,
) noexcept nogil:
    """x at (parameter k of neuron o, parameter q of neuron p), and mirrored."""
    cdef Py_ssize_t a = parameter_of(layer, o, k), b = parameter_of(layer, p, q)
    out[a * n + b] = x
    out[b * n + a] = x


cdef inline Py_ssize_t parameter_of(
    const Layer* layer, Py_ssize_t o, Py_ssize_t k,
) noexcept nogil:
    """Place in theta of neuron o's weight k, or of its bias."""
    return (layer.theta_weights + o * layer.n_in + k if k < layer.n_in
            else layer.theta_biases + o)
