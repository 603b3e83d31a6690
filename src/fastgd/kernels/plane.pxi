"""The cost at many points of a plane of thetas, for surfaces.

On theta0 + a u + b v the first layer's weighted input is affine in (a, b):
    z1 = (X W1^T + b1) + a (X U1^T + u1) + b (X V1^T + v1),
with (W1, b1), (U1, u1), (V1, v1) the first layers of theta0, u, v. Three products of a
block of examples serve every point; the sigmoids are what is left. SIMD runs across
examples here: a neuron's activations for STRIP examples are one row, so that no layer
needs padding and weights are read in theta's order.
"""

from cpython.object cimport PyObject
from cython.parallel cimport parallel, threadid
from libc.string cimport memset


cdef enum:
    STRIP = 64             # examples whose activations stay in the first cache for all points


cdef struct PlaneSum:
    Net net
    const Inputs* inputs
    Py_ssize_t n, n_blocks, n_strips               # examples, their blocks, strips to a block
    const real* first[3]                           # packed first layers of theta0, u, v
    Py_ssize_t first_size
    Py_ssize_t n_points, points_per_look
    const real* a                                  # (n_points,)
    const real* b                                  # (n_points,)
    const real* rest                               # (n_points, n_rest) theta after W1, b1
    Py_ssize_t n_rest
    Py_ssize_t widest                              # neurons of the widest layer
    # Offsets in a thread's scratch: the products, Y and weights in strips; zeros; activations.
    Py_ssize_t z, y, weight, zeros, rows_a
    real* scratch
    Py_ssize_t scratch_size
    double* slots                                  # (n_slots, n_points)
    Py_ssize_t n_slots
    Lookout lookout


cdef class Plane:
    """The plane theta0 + a u + b v of a network's parameters, and the examples to sum over.

    Parameters
    ----------
    data : Data
    first : (3, n_first) array of real
        W1 and b1, as in theta, of theta0, u and v.
    work : zeros, of plane_work_size(data.plan, n_threads)
    """

    cdef PlaneSum p
    cdef tuple _owners         # what keeps the pointers alive

    def __cinit__(self, Data data not None, const real[:, ::1] first not None,
                  real[::1] work not None):
        cdef const Layer* layer = &data.plan.shape.layers[0]
        cdef real* params = aligned(&work[0])
        cdef Py_ssize_t d
        self.p.lookout = lookout_of(NULL)
        place_plane(&self.p, data.plan)
        self.p.inputs = &data.inputs
        self.p.n = data.n
        self.p.n_blocks = (data.n + self.p.net.block - 1) // self.p.net.block
        for d in range(3):
            pack_layer(layer, &first[d, 0], &first[d, layer.theta_biases], params,
                       &self.p.lookout)
            self.p.first[d] = params
            params += self.p.first_size
        self.p.scratch = params
        self._owners = (data, work)
        raise_if_interrupted(&self.p.lookout)

    def add(
        self,
        const real[::1] a not None,           # IN      (n_points,)
        const real[::1] b not None,           # IN      (n_points,)
        const real[:, :] rest not None,       # IN      (n_points, n_rest) theta after W1, b1
        double[:, ::1] slots not None,        # IN/OUT  (n_slots, n_points) += sums of costs
        report,                               #         called with the blocks done, or None
        int n_threads,
    ):
        """Add each block's sums of costs at the points: block k to slot k % n_slots."""
        cdef PlaneSum* p = &self.p
        cdef WorkQueue queue
        p.n_points = a.shape[0]
        p.a = &a[0]
        p.b = &b[0]
        p.n_rest = rest.shape[1]
        p.rest = &rest[0, 0] if p.n_rest else NULL
        p.slots = &slots[0, 0]
        p.n_slots = slots.shape[0]
        p.lookout = lookout_of(<PyObject*> report if report is not None else NULL)
        queue = queue_of(&p.lookout, p.n_slots)
        with nogil:
            add_blocks(p, &queue, n_threads)
        raise_if_interrupted(&p.lookout)


def plane_work_size(Plan plan not None, Py_ssize_t n_threads):
    """Reals of working memory of a `Plane`: three packed layers, scratch per thread."""
    cdef PlaneSum p
    place_plane(&p, plan)
    return 3 * p.first_size + n_threads * p.scratch_size + VL


cdef void place_plane(PlaneSum* p, Plan plan) noexcept:
    """Sizes and offsets."""
    cdef Py_ssize_t l, examples, work = plan.shape.layers[0].n_out
    p.net = net_of(&plan.shape, NULL)
    p.first_size = plan.shape.layers[0].bias + plan.shape.layers[0].vecs * VL
    p.n_strips = (plan.shape.block + STRIP - 1) // STRIP
    p.widest = 0
    for l in range(plan.shape.n_layers):
        p.widest = max(p.widest, plan.shape.layers[l].n_out)
        if l > 0:
            work += plan.shape.layers[l].n_in * plan.shape.layers[l].n_out
    p.points_per_look = max(1, WORK_PER_LOOK * VL // (STRIP * work))
    examples = p.n_strips * STRIP
    p.z = (plan.shape.scratch_size + VL - 1) // VL * VL
    p.y = p.z + 3 * plan.shape.layers[0].n_out * examples
    p.weight = p.y + plan.shape.n_outputs * examples
    p.zeros = p.weight + examples
    p.rows_a = p.zeros + max(<Py_ssize_t> STRIP, plan.shape.n_outputs)
    p.scratch_size = p.rows_a + 2 * p.widest * STRIP


cdef void add_blocks(PlaneSum* p, WorkQueue* queue, int n_threads) noexcept nogil:
    """All slots, by whichever thread is free."""
    cdef jmp_buf out
    p.lookout.out = &out
    if not setjmp(out):
        with parallel(num_threads=n_threads):
            take_slots(p, queue, threadid())
    p.lookout.out = NULL


cdef void take_slots(PlaneSum* p, WorkQueue* queue, int thread) noexcept nogil:
    """Slot by slot: a thread adds the blocks of a slot in the order of their number."""
    cdef Py_ssize_t slot, k
    join(queue, thread)
    slot = take(queue)
    while slot < p.n_slots:
        k = slot
        while k < p.n_blocks and breathe(&p.lookout, thread):
            plane_block(p, k, p.slots + slot * p.n_points, thread)
            add_to(&p.lookout.done, 1)
            k += p.n_slots
        slot = take(queue)
    leave(queue, thread)


cdef void plane_block(PlaneSum* p, Py_ssize_t k, double* slot, int thread) noexcept nogil:
    """Block k's sums of costs at every point, added to its slot."""
    cdef Py_ssize_t first = k * p.net.block, s, point
    cdef Block block = Block(p.inputs, NULL, p.n, first, min(p.net.block, p.n - first), 0,
                             p.scratch + thread * p.scratch_size, 0)
    lay_out_strips(p, &block)
    for s in range((block.n + STRIP - 1) // STRIP):
        for point in range(p.n_points):
            slot[point] += strip_cost(p, &block, s, point)
            if point % p.points_per_look == 0 and not breathe(&p.lookout, thread):
                return


cdef void lay_out_strips(const PlaneSum* p, const Block* block) noexcept nogil:
    """The three products, Y and the weights of a block, each transposed to (neurons, STRIP)."""
    cdef const Layer* layer = &p.net.layers[0]
    cdef const Layer* last = &p.net.layers[p.net.n_layers - 1]
    cdef Py_ssize_t d, i, j
    cdef real* z = block.scratch + layer.a
    cdef real* to
    for d in range(3):
        first_forward(&p.net, block, WHOLE, p.first[d] + layer.weights_panel,
                      p.first[d] + layer.bias, z)
        to = block.scratch + p.z + d * layer.n_out * STRIP
        for i in range(block.n):
            for j in range(layer.n_out):
                to[(i // STRIP * 3 * layer.n_out + j) * STRIP + i % STRIP] = z[i * layer.stride + j]
    to = block.scratch + p.y
    for i in range(block.n):
        for j in range(last.n_out):
            to[(i // STRIP * last.n_out + j) * STRIP + i % STRIP] = (
                p.inputs.Y[(block.first + i) * last.vecs * VL + j])
    memset(block.scratch + p.zeros, 0, (p.rows_a - p.zeros) * sizeof(real))
    to = block.scratch + p.weight
    for i in range(p.n_strips * STRIP):
        to[i] = 0 if i >= block.n else p.inputs.weight[block.first + i] if p.inputs.weight else 1


cdef double strip_cost(
    const PlaneSum* p, const Block* block, Py_ssize_t s, Py_ssize_t point,
) noexcept nogil:
    """Sum of w (y - a)^2 over strip s at one point."""
    cdef const Layer* layer = &p.net.layers[0]
    cdef Py_ssize_t n_vecs = (min(STRIP, block.n - s * STRIP) + VL - 1) // VL
    cdef Py_ssize_t l, behind = layer.theta_biases + layer.n_out
    cdef const real* z = block.scratch + p.z + 3 * s * layer.n_out * STRIP
    cdef const real* y = block.scratch + p.y + s * p.net.layers[p.net.n_layers - 1].n_out * STRIP
    cdef const real* zeros = block.scratch + p.zeros
    cdef const real* bias = zeros                      # z has the first layer's biases in it
    cdef const real* theta = p.rest + point * p.n_rest
    cdef real* now = block.scratch + p.rows_a
    cdef real* before = now + p.widest * STRIP
    cdef Matrix W
    first_strip(IDENTITY if p.net.n_layers == 1 else layer.activation,
                layer.n_out, n_vecs, z, p.a[point], p.b[point], now)
    for l in range(1, p.net.n_layers):
        layer = &p.net.layers[l]
        now, before = before, now
        bias = theta + layer.theta_biases - behind
        W = Matrix(<real*> theta + layer.theta_weights - behind, layer.n_in)
        matmul(layer.n_out, layer.n_in, n_vecs, W, 1, Matrix(before, STRIP), zeros,
               Matrix(now, STRIP), NULL)
        if l < p.net.n_layers - 1:
            activate_strip(layer.activation, layer.n_out, n_vecs, bias, now)
    return last_strip(layer.activation, layer.n_out, n_vecs, bias, now, y,
                      block.scratch + p.weight + s * STRIP)


cdef void first_strip(
    Activation activation, Py_ssize_t n_rows, Py_ssize_t n_vecs, const real* z, real a, real b,
    real* out,
) noexcept nogil:
    """f(z0 + a zu + b zv); z holds z0, zu, zv, each (n_rows, STRIP)."""
    cdef Py_ssize_t j, v, at, next_z = n_rows * STRIP
    for j in range(n_rows):
        for v in range(n_vecs):
            at = j * STRIP + v * VL
            store(out + at, f(activation, load(z + at) + a * load(z + next_z + at)
                              + b * load(z + 2 * next_z + at)))


cdef void activate_strip(
    Activation activation, Py_ssize_t n_rows, Py_ssize_t n_vecs, const real* bias, real* z,
) noexcept nogil:
    """z (n_rows, STRIP), without biases so far, becomes a = f(z + bias)."""
    cdef Py_ssize_t j, v, at
    for j in range(n_rows):
        for v in range(n_vecs):
            at = j * STRIP + v * VL
            store(z + at, f(activation, load(z + at) + bias[j]))


cdef double last_strip(
    Activation activation, Py_ssize_t n_rows, Py_ssize_t n_vecs, const real* bias,
    const real* z, const real* y, const real* weight,
) noexcept nogil:
    """Sum of w (y - f(z + bias))^2, z and y (n_rows, STRIP)."""
    cdef Py_ssize_t j, v, at
    cdef vec error, squares, total = splat(0)
    for v in range(n_vecs):
        squares = splat(0)
        for j in range(n_rows):
            at = j * STRIP + v * VL
            error = f(activation, load(z + at) + bias[j]) - load(y + at)
            squares = squares + error * error
        total = total + load(weight + v * VL) * squares
    return hsum(total)
