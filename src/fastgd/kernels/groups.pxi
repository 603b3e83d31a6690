"""Sums over examples, gathered group by group: the same bits for any number of threads.

The number of an example alone says to which block and group it belongs. A group adds up its
blocks, one after another, in its slot, a gradient of its own; then the slots are added in the
order of their index. Which thread took which group changes nothing.
"""

from cython.parallel cimport parallel, prange, threadid
from libc.stdint cimport int64_t
from libc.string cimport memset


cdef enum:
    SLICE = 1024               # reals of each slot that a thread adds up at a time
    SLICES_PER_LOOK = 32       # slices between looks at the clock
    LARGE_SLOT = 1 << 20       # reals: a look at the clock is little beside their pages
    CACHED_X = 1 << 18         # bytes of a block's dense inputs


cdef struct Rows:
    # How a block of rows of J, and of pairs, lies in memory: `jacobian.pxi`.
    Py_ssize_t n_parameters
    Py_ssize_t lanes           # of J
    Py_ssize_t stride          # reals from one row to the next
    Py_ssize_t block           # examples whose rows stand in a cache
    Py_ssize_t at              # offset in a thread's scratch
    Py_ssize_t residuals       # offsets behind `at`: (block,)
    Py_ssize_t buffer          #                      one layer's neurons, and then zeros
    Py_ssize_t size            # reals of scratch, behind what `forward` needs


cdef struct GroupedSum:
    Net net
    const Inputs* inputs
    const int64_t* order       # (n_order,) or NULL, as in Block
    Py_ssize_t n_order
    Py_ssize_t first, n        # the sum is over first:first + n of order
    Py_ssize_t block, n_blocks, n_groups       # examples in a block; blocks, groups of the sum
    real* slots                # (n_groups, slot_size)
    Py_ssize_t slot_size
    real* scratch              # (n_threads, scratch_size)
    Py_ssize_t scratch_size
    bint gradient              # whether to sum the gradient too
    real* direction            # padded v, where the sum is of products with v, or NULL
    bint gauss_newton          # of the Gauss-Newton part, or of the whole Hessian
    bint twice                 # of the second derivative along v, times J^T
    const Rows* rows           # of the Jacobian, where the sum is of their products, or NULL
    Py_ssize_t not_finite      # examples with a weighted input that is not; counted atomically
    double cost[MAX_GROUPS]
    Lookout* lookout


cdef void set_up(
    GroupedSum* s, Plan plan, const Inputs* inputs, Py_ssize_t n, const int64_t[::1] order,
    real[::1] work, Py_ssize_t n_groups, Lookout* lookout,
) noexcept:
    """A sum over all examples, or those of order; `work` is parameters, slots, then scratch."""
    place_sum(s, &plan.shape, inputs, n, &work[0], n_groups, lookout)
    if order is not None:
        s.order = &order[0]
        s.n = s.n_order = order.shape[0]
        set_block(s, s.block)


cdef void place_sum(
    GroupedSum* s, const Shape* shape, const Inputs* inputs, Py_ssize_t n, real* work,
    Py_ssize_t n_groups, Lookout* lookout,
) noexcept nogil:
    """A sum over all n examples."""
    s.net = net_of(shape, aligned(work))
    s.inputs = inputs
    s.order = NULL
    s.first = 0
    s.n = s.n_order = n
    s.n_groups = n_groups
    s.slots = s.net.params + shape.padded_size
    s.slot_size = shape.slot_size
    s.scratch = s.slots + n_groups * s.slot_size
    s.scratch_size = shape.scratch_size
    s.gradient = True
    s.direction = NULL
    s.gauss_newton = False
    s.twice = False
    s.rows = NULL
    s.not_finite = 0
    s.lookout = lookout
    set_block(s, shape.block)


cdef inline void set_block(GroupedSum* s, Py_ssize_t block) noexcept nogil:
    """Blocks of `block` examples."""
    s.block = block
    s.n_blocks = (s.n + block - 1) // block


cdef inline Py_ssize_t block_in_cache(const Inputs* inputs, Py_ssize_t block) noexcept nogil:
    """Examples in a block, at most `block`: dW1 reads dense rows once more.

    Lists by column are made for whole blocks; in order, every layout has the same blocks.
    """
    cdef Py_ssize_t bytes_of_row = inputs.n_inputs * <Py_ssize_t> sizeof(real)
    if inputs.entries or in_order():
        return block
    return min(block, max(32, CACHED_X // bytes_of_row // 16 * 16))


cdef inline Block block_of(const GroupedSum* s, Py_ssize_t b, int thread) noexcept nogil:
    """Block b of the sum, in a thread's scratch."""
    cdef Py_ssize_t first = b * s.block
    return Block(s.inputs, s.order, s.n_order, s.first + first, min(s.block, s.n - first),
                 min(s.block, s.n), s.scratch + thread * s.scratch_size, 0)


cdef void add_groups(GroupedSum* s, int n_threads) noexcept nogil:
    """Sum every group into its slot, by whichever thread is free."""
    cdef WorkQueue groups = queue_of(s.lookout, s.n_groups)
    cdef jmp_buf out
    if n_threads == 1:         # libgomp takes its time to open a region, even for one
        take_groups(s, &groups, 0)
        return
    s.lookout.out = &out
    if not setjmp(out):
        with parallel(num_threads=n_threads):
            take_groups(s, &groups, threadid())
    s.lookout.out = NULL


cdef void take_groups(GroupedSum* s, WorkQueue* groups, int thread) noexcept nogil:
    cdef Py_ssize_t g
    join(groups, thread)
    g = take(groups)
    while g < s.n_groups:
        add_group(s, g, thread)
        g = take(groups)
    leave(groups, thread)


cdef void add_group(GroupedSum* s, Py_ssize_t g, int thread) noexcept nogil:
    """Sum the blocks of group g into its slot, which stays in a cache meanwhile."""
    cdef Py_ssize_t b
    cdef real* slot = s.slots + g * s.slot_size
    cdef Block block
    s.cost[g] = 0
    if s.gradient:
        memset(slot, 0, s.slot_size * sizeof(real))
        if s.slot_size >= LARGE_SLOT and not breathe(s.lookout, thread):
            return
    for b in range(s.n_blocks * g // s.n_groups, s.n_blocks * (g + 1) // s.n_groups):
        block = block_of(s, b, thread)
        if s.twice:
            add_acceleration(s, &block, slot)
        elif s.direction:
            add_product(s, &block, slot)
        elif s.rows:
            s.cost[g] += add_squares(s, &block, slot)
        else:
            s.cost[g] += run_block(&s.net, &block, slot if s.gradient else NULL)
        if not breathe(s.lookout, thread):
            break


cdef void add_slots(GroupedSum* s, int n_threads) noexcept nogil:
    """Slot 0 += the others, in index order."""
    cdef Py_ssize_t c, n = (s.slot_size + SLICE - 1) // SLICE
    cdef jmp_buf out
    if n_threads == 1:
        for c in range(n):
            add_slice(s, c, 0)
        return
    s.lookout.out = &out
    if not setjmp(out):
        for c in prange(n, schedule="static", num_threads=n_threads):
            add_slice(s, c, threadid())
    s.lookout.out = NULL


cdef void add_slice(GroupedSum* s, Py_ssize_t c, int thread) noexcept nogil:
    # Slots, and so slices, are whole vectors.
    cdef Py_ssize_t lo = SLICE * c, hi = min(SLICE * (c + 1), s.slot_size)
    cdef Py_ssize_t g, i
    cdef real* total = s.slots + lo
    cdef const real* slot
    if value_of(&s.lookout.interrupted):
        return
    for g in range(1, s.n_groups):
        slot = total + g * s.slot_size
        for i in range((hi - lo) // VL):
            store(total + i * VL, load(total + i * VL) + load(slot + i * VL))
    if (c + 1) % SLICES_PER_LOOK == 0:
        breathe(s.lookout, thread)


cdef double total_cost(const GroupedSum* s) noexcept nogil:
    cdef double cost = 0
    cdef Py_ssize_t g
    for g in range(s.n_groups):
        cost += s.cost[g]
    return cost
