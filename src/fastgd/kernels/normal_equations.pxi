"""J^T J and J^T r, as sums over examples: what a step of Gauss and Newton's method is solved from.

r = sqrt(w) (a_L - y), J = dr/dtheta. A block of J's rows is filled in a cache (`jacobian.pxi`);
register tiles add their products to the upper triangle of J^T J. The triangle is kept in panels of
two vectors: panel p holds columns 2 VL p.. of the rows down to the diagonal, and nothing below.
Groups of blocks have a triangle each, as they have for the gradient.
"""

from cython.parallel cimport prange, threadid
from libc.string cimport memcpy

cdef enum:
    TRIANGLES_BYTES = 1 << 26  # of all groups' triangles, where there are more than two
    BLOCKS_TO_GROUP = 4        # blocks of a group, where there are more than two groups


cdef inline Py_ssize_t panel_rows(const Rows* rows, Py_ssize_t p) noexcept nogil:
    """Rows of panel p: down to the diagonal."""
    return min(rows.n_parameters, (p + 1) * PANEL * VL)


cdef inline Py_ssize_t triangle_panel(Py_ssize_t p) noexcept nogil:
    """Offset of panel p in a triangle."""
    return PANEL * VL * PANEL * VL * (p * (p + 1) // 2)


cdef inline Py_ssize_t normal_slot_size(const Rows* rows) noexcept nogil:
    """Reals of J^T r, in whole vectors, and of the triangle behind it."""
    cdef Py_ssize_t last = n_panels(rows.vecs) - 1
    return (rows.vecs * VL + triangle_panel(last)
            + panel_rows(rows, last) * panel_width(rows.vecs, last))


cdef Py_ssize_t normal_groups_of(const Rows* rows, Py_ssize_t n_examples) noexcept nogil:
    """Groups for a sum over `n_examples`: independent of the threads."""
    cdef Py_ssize_t n_blocks = (n_examples + rows.block - 1) // rows.block
    cdef Py_ssize_t fit = TRIANGLES_BYTES // (normal_slot_size(rows) * <Py_ssize_t> sizeof(real))
    cdef Py_ssize_t wanted = max(2, min(fit, n_blocks // BLOCKS_TO_GROUP))
    return max(1, min(n_blocks, min(<Py_ssize_t> MAX_GROUPS, wanted)))


def normal_groups(Plan plan not None, Py_ssize_t n_examples):
    """Groups for `normal_equations` over `n_examples`."""
    cdef Rows rows = rows_of(&plan.shape)
    return normal_groups_of(&rows, n_examples)


def normal_work_size(Plan plan not None, Py_ssize_t n_examples, Py_ssize_t n_threads):
    """Reals of working memory of `normal_equations`."""
    cdef Rows rows = rows_of(&plan.shape)
    return (work_size(&plan.shape, 0, n_threads) + n_threads * rows.size
            + normal_groups_of(&rows, n_examples) * normal_slot_size(&rows))


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
    cdef Rows rows = rows_of(&data.plan.shape)
    cdef Py_ssize_t n_groups = normal_groups_of(&rows, data.n), per_group
    set_up(&s, data.plan, &data.inputs, data.n, None, work, n_groups, &lookout)
    s.rows = &rows
    s.slot_size = normal_slot_size(&rows)
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
            memcpy(&gradient[0], s.slots, rows.n_parameters * sizeof(real))
            write_panels(&s, &gauss_newton[0, 0], n_threads)
    raise_if_interrupted(&lookout)
    return total_cost(&s)


cdef double add_squares(const GroupedSum* s, const Block* block, real* slot) noexcept nogil:
    """A block's sum of costs; its J^T r and J^T J are added to the slot."""
    cdef const Net* net = &s.net
    cdef const Rows* rows = s.rows
    cdef Matrix J = Matrix(block.scratch + rows.at, rows.stride)
    cdef real* r = J.first + rows.block * J.stride + VL
    cdef Matrix x
    cdef Py_ssize_t j
    forward(net, block)
    x = inputs_in_scratch(net, block)
    for j in range(net.layers[net.n_layers - 1].n_out):
        fill_rows(net, rows, block, x, j, J)
        residuals(net, block, j, r)
        matmul(1, block.n, rows.vecs, Matrix(r, 0), 1, J, NULL, Matrix(slot, rows.stride), NULL)
        add_triangle(rows, block.n, J, slot + rows.vecs * VL)
    return cost(net, block)


cdef void residuals(
    const Net* net, const Block* block, Py_ssize_t j, real* r,
) noexcept nogil:
    """r (n,) = sqrt(w) (a_L,j - y_j)."""
    cdef Matrix a = a_of(block, &net.layers[net.n_layers - 1])
    cdef Py_ssize_t i
    for i in range(block.n):
        r[i] = <real> sqrt(weight_of(block, i)) * (a.first[i * a.stride + j] - y_of(block, i)[j])


cdef void add_triangle(const Rows* rows, Py_ssize_t n, Matrix J, real* triangle) noexcept nogil:
    """triangle += J^T J of n rows."""
    cdef Py_ssize_t p, width
    for p in range(n_panels(rows.vecs)):
        width = panel_width(rows.vecs, p)
        matmul(panel_rows(rows, p), n, width // VL, Matrix(J.first, 1), J.stride,
               Matrix(J.first + p * PANEL * VL, J.stride), NULL,
               Matrix(triangle + triangle_panel(p), width), NULL)


cdef void write_panels(GroupedSum* s, real* gauss_newton, int n_threads) noexcept nogil:
    """The triangle in the first slot as a whole symmetric matrix."""
    cdef Py_ssize_t p
    if n_threads == 1:
        for p in range(n_panels(s.rows.vecs)):
            write_panel(s, p, gauss_newton, 0)
        return
    for p in prange(n_panels(s.rows.vecs), schedule="static", chunksize=1,
                    num_threads=n_threads):
        write_panel(s, p, gauss_newton, threadid())


cdef void write_panel(GroupedSum* s, Py_ssize_t p, real* gauss_newton, int thread) noexcept nogil:
    """Both places of each number of panel p."""
    cdef const Rows* rows = s.rows
    cdef Py_ssize_t n = rows.n_parameters, width = panel_width(rows.vecs, p), r
    cdef Py_ssize_t n_rows = panel_rows(rows, p), first = p * PANEL * VL
    cdef Py_ssize_t n_columns = min(width, n - first)
    cdef const real* panel = s.slots + rows.vecs * VL + triangle_panel(p)
    if not breathe(s.lookout, thread):
        return
    for r in range(n_rows):
        memcpy(gauss_newton + r * n + first, panel + r * width, n_columns * sizeof(real))
    transpose(n_rows, n_columns, panel, width, gauss_newton + first * n, n)
