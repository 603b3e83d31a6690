"""Mini-batch descent on padded parameters, which stay packed for many steps.

`_engine/mini_batches.py` decides how a team shares a batch: in groups, or together.
"""

from cython.parallel cimport parallel, threadid
from libc.math cimport isfinite
from libc.stdint cimport int64_t
from libc.string cimport memset


cdef enum:
    SMALL_BATCH = 16           # up to so many examples, a step of W costs less than transposing it
    WORK_PER_LOOK = 1 << 17    # multiply-adds of each lane between looks at the clock


cdef class BatchDescent:
    """Steps of mini-batch descent on theta, with v the velocity and g a batch's mean gradient:

        v = momentum v + g,    theta -= learning_rate v

    Parameters
    ----------
    data : Data
    theta : (n_parameters,) array of real
        Written at the end of each walk if the costs were finite.
    velocity : (plan.slot_size,) array of real, or None where there is no momentum
    work : zeros, of plan.work_size(n_groups, threads in groups, else 1)
    n_groups : int
        Groups of each batch. 1: the team shares each batch, in one scratch.
    halves : bool
        Where n_groups is 1: the first layer runs by halves of X's columns, one per thread.
    """

    cdef GroupedSum s
    cdef Lookout lookout
    cdef Py_ssize_t blocks_per_look
    cdef real* theta
    cdef real* velocity        # NULL for no momentum
    cdef bint halves
    cdef Py_ssize_t batch_size
    cdef double learning_rate, momentum
    cdef double cost           # sum over the batch so far
    cdef readonly double total                # sum of the batches' mean costs in this walk
    cdef Py_ssize_t first, batch              # of this walk: first of this call, next one
    cdef double pause_at       # when to pause
    cdef bint paused
    cdef Barrier barrier
    cdef readonly Py_ssize_t steps            # in all walks
    cdef Data data
    cdef tuple _owners                        # memoryviews that keep the pointers alive

    def __cinit__(self, Data data not None, real[::1] theta not None, real[::1] velocity,
                  real[::1] work not None, Py_ssize_t n_groups, bint halves):
        set_up(&self.s, data.plan, &data.inputs, data.n, None, work, n_groups, &self.lookout)
        self.theta = &theta[0]
        self.velocity = &velocity[0] if velocity is not None else NULL
        self.halves = halves
        self.data = data
        self._owners = (theta, velocity, work)

    def descend(
        self,
        const int64_t[::1] order not None,    # IN   rows, batch after batch
        Py_ssize_t batch,                     # IN   the first to walk; 0 begins a new walk
        Py_ssize_t batch_size,
        double learning_rate,
        double momentum,
        double limit,                         # IN   seconds after which to pause between batches
        int n_threads,
    ):
        """Steps over `order`: the batch to go on with, or their number where the walk has ended.

        `total` is then the sum of the batches' mean costs. A cost that is not finite ends the
        walk and leaves theta as it was; a pause leaves it as it was until the walk goes on. So
        pauses change no bit.
        """
        cdef GroupedSum* s = &self.s
        cdef double work = min(batch_size, s.net.block) * self.data.work_per_example
        cdef Py_ssize_t n_batches = (order.shape[0] + batch_size - 1) // batch_size
        self.first = self.batch = batch
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.lookout = lookout_of(NULL)
        self.pause_at = self.lookout.looked + limit
        self.paused = False
        # Waiting for a thread that lost its core may take long: a team looks at every block.
        self.blocks_per_look = 1 if n_threads > 1 else max(
            1, <Py_ssize_t> (WORK_PER_LOOK * VL / work))
        s.order = &order[0]
        s.n_order = order.shape[0]
        s.block = s.net.block
        with nogil:
            if batch == 0:
                self.total = 0
                pack(&s.net, self.theta, s.net.params)
            if s.n_groups > 1:
                descend_in_groups(self, n_threads)
            elif n_threads == 1:
                descend_together(self, 0, 1)
            else:
                with parallel(num_threads=n_threads):
                    descend_together(self, threadid(), team_size())
            if isfinite(self.total) and not self.paused:
                unpack(&s.net, s.net.params, self.theta)
        raise_if_interrupted(&self.lookout)
        return self.batch if self.paused else n_batches

    def settle(self):
        """Write theta where a walk has paused and will not go on."""
        if self.paused and isfinite(self.total):
            unpack(&self.s.net, self.s.net.params, self.theta)
        self.paused = False


cdef bint next_batch(GroupedSum* s, Py_ssize_t batch, Py_ssize_t batch_size) noexcept nogil:
    """Point s at the examples of a batch; False behind the last batch."""
    s.first = batch * batch_size
    s.n = min(batch_size, s.n_order - s.first)
    return s.n > 0


cdef double weight_of_batch(const GroupedSum* s) noexcept nogil:
    cdef double weight = 0
    cdef Py_ssize_t i
    if not s.inputs.weight:
        return s.n
    for i in range(s.n):
        weight += s.inputs.weight[s.order[s.first + i]]
    return weight


cdef void step_span(BatchDescent self, double weight, Span span) noexcept nogil:
    """The step of a span of the padded parameters, in whole vectors, on the sum in slot 0."""
    cdef Py_ssize_t i
    cdef real* params = self.s.net.params
    cdef real* velocity = self.velocity
    cdef const real* slot = self.s.slots
    cdef real mean = <real> (1 / weight)
    cdef real rate = <real> self.learning_rate, momentum = <real> self.momentum
    cdef vec v
    for i in range(span.lo // VL, span.hi // VL):
        v = mean * load(slot + i * VL)                                  # g
        if velocity:
            v = v + momentum * load(velocity + i * VL)
            store(velocity + i * VL, v)
        store(params + i * VL, load(params + i * VL) - rate * v)


# Large batches of compressed rows: each group of blocks has a gradient of its own.


cdef void descend_in_groups(BatchDescent self, int n_threads) noexcept nogil:
    cdef GroupedSum* s = &self.s
    cdef double weight
    while isfinite(self.total) and next_batch(s, self.batch, self.batch_size):
        if self.batch > self.first and seconds() > self.pause_at:
            self.paused = True
            return
        weight = weight_of_batch(s)
        if weight > 0:
            set_block(s, min(s.block, (s.n + s.n_groups - 1) // s.n_groups))
            add_groups(s, n_threads)
            if self.lookout.interrupted:
                return
            add_slots(s, n_threads)
            step_span(self, weight, Span(0, s.slot_size))
            fill_all_backward(&s.net, s.net.params)
            self.total += total_cost(s) / weight
        self.batch += 1
        self.steps += 1


# All others: the team shares a batch, in one scratch, with one gradient or none.


cdef void descend_together(BatchDescent self, int thread, int n_threads) noexcept nogil:
    """One thread's part of all steps; every thread of the team calls this.

    A thread takes its part of a block's examples through the layers. Then it steps the weights
    of its part of each layer's inputs, over all examples of the block. So each number is one
    sum in one order, whichever thread adds it up. With `halves` each half of X's columns gives
    a part of z1: each half of W1, nearly all the weights, then stays in one core's caches.
    """
    cdef GroupedSum s = self.s             # each thread moves a copy of its own along the batches
    cdef Block block, mine
    cdef Py_ssize_t batch = self.first, b
    cdef Py_ssize_t n_walked = 0, looked = 0       # blocks walked, and at the last look
    cdef double weight
    cdef bint direct, pause = False
    while next_batch(&s, batch, self.batch_size):
        batch += 1
        weight = weight_of_batch(&s)
        set_block(&s, s.block)
        if weight == 0:
            s.n_blocks = 0
        # Plain descent needs no gradient: scaled deltas step straight into the weights.
        direct = self.velocity is NULL and s.n_blocks == 1
        for b in range(s.n_blocks):
            block = block_of(&s, b, 0)
            if self.halves:
                first_halves(&s.net, &block, thread, n_threads)
            if thread == 0 and n_walked >= looked + self.blocks_per_look:
                looked = n_walked
                breathe(&self.lookout, thread)
                pause = seconds() > self.pause_at
            if thread == 0 and b == 0:
                self.paused = pause and batch > self.first + 1
            n_walked += 1
            wait_for_all(&self.barrier, n_threads)
            # All threads see the same: thread 0 writes these only when no other reads them.
            if not isfinite(self.total) or self.lookout.interrupted or self.paused:
                return
            mine = slice_of(&block, block.n * thread // n_threads,
                            block.n * (thread + 1) // n_threads)
            if self.halves:
                add_halves(&s.net, &mine)
                forward_rest(&s.net, &mine)
            else:
                forward(&s.net, &mine)
            deltas(&s.net, &mine, <real> (-self.learning_rate / weight) if direct else 1)
            wait_for_all(&self.barrier, n_threads)
            if thread == 0:
                self.cost = cost(&s.net, &block) + (self.cost if b > 0 else 0)
            step_part(self, &s, &block, weight, direct, b, thread, n_threads)
        if thread == 0:
            self.steps += 1
            self.batch += 1
            if weight > 0:
                self.total += self.cost / weight


cdef inline real* half_of(const Net* net, const Block* block, Py_ssize_t h) noexcept nogil:
    """X W1^T over half h of the columns (n, row), in the scratch of dense inputs."""
    return block.scratch + net.x + (h * net.block + block.at) * net.layers[0].stride


cdef inline ColumnHalf column_half(Py_ssize_t h) noexcept nogil:
    return SECOND_HALF if h else FIRST_HALF


cdef inline Span halves_of(int thread, int n_threads) noexcept nogil:
    """The halves of the columns that one thread takes: both, one or none."""
    return Span(2 * thread // n_threads, 2 * (thread + 1) // n_threads)


cdef void first_halves(
    const Net* net, const Block* block, int thread, int n_threads,
) noexcept nogil:
    """X W1^T over the thread's halves of the columns, for all examples of the block."""
    cdef const Layer* layer = &net.layers[0]
    cdef Span halves = halves_of(thread, n_threads)
    cdef Py_ssize_t h
    for h in range(halves.lo, halves.hi):
        first_forward(net, block, column_half(h), net.params + layer.weights_panel,
                      net.params + net.zeros, half_of(net, block, h))


cdef void add_halves(const Net* net, const Block* block) noexcept nogil:
    """z1 = b1 + the two halves of X W1^T."""
    cdef const Layer* layer = &net.layers[0]
    cdef const real* bias = net.params + layer.bias
    cdef const real* first = half_of(net, block, 0)
    cdef const real* second = half_of(net, block, 1)
    cdef real* z = a_of(block, layer).first
    cdef Py_ssize_t i, v, at
    for i in range(block.n):
        for v in range(layer.vecs):
            at = i * layer.stride + v * VL
            store(z + at, load(bias + v * VL) + (load(first + at) + load(second + at)))


cdef Span inputs_of(
    BatchDescent self, const GroupedSum* s, Py_ssize_t l, int part, int n_parts,
) noexcept nogil:
    """The inputs of layer l whose weights one thread steps: its half, or whole panels of them."""
    cdef Py_ssize_t n_in = s.net.layers[l].n_in
    cdef Py_ssize_t panels = (n_in + PANEL * VL - 1) // (PANEL * VL)
    if l == 0 and self.halves and n_parts > 1:
        return Span(s.inputs.middle, n_in) if part else Span(0, s.inputs.middle)
    return Span(min(n_in, panels * part // n_parts * PANEL * VL),
                min(n_in, panels * (part + 1) // n_parts * PANEL * VL))


cdef inline Span in_panel(const Layer* layer, Py_ssize_t p, Span inputs) noexcept nogil:
    """The weights of a span of inputs in panel p, as a span of the padded parameters."""
    cdef Py_ssize_t start = layer.weights_panel + p * PANEL * VL * layer.n_in
    cdef Py_ssize_t width = panel_width(layer.vecs, p)
    return Span(start + inputs.lo * width, start + inputs.hi * width)


cdef void step_part(
    BatchDescent self, const GroupedSum* s, const Block* block, double weight, bint direct,
    Py_ssize_t b, int thread, int n_threads,
) noexcept nogil:
    """A thread's part of the step on block b of the batch.

    Where `direct` it is added to the weights; else slot 0 sums the blocks, and the last one steps.
    """
    cdef real* target = s.net.params if direct else s.slots
    cdef bint last = b == s.n_blocks - 1
    cdef const Layer* layer
    cdef Py_ssize_t l, h, p, biases
    cdef Span inputs, weights, halves = halves_of(thread, n_threads)
    cdef int part
    for l in range(s.net.n_layers):
        layer = &s.net.layers[l]
        part = (thread + l) % n_threads        # layers of one panel go to the threads in part
        inputs = inputs_of(self, s, l, part, n_threads)
        biases = layer.vecs * VL if part == 0 else 0
        if b == 0 and not direct:
            memset(target + layer.bias, 0, biases * sizeof(real))
            for p in range(n_panels(layer.vecs)):
                weights = in_panel(layer, p, inputs)
                memset(target + weights.lo, 0, (weights.hi - weights.lo) * sizeof(real))
        if biases:
            add_biases(layer, block, target + layer.bias)
        if l == 0 and self.halves:
            for h in range(halves.lo, halves.hi):
                add_weights(&s.net, block, l, column_half(h), inputs, target)
        else:
            add_weights(&s.net, block, l, WHOLE, inputs, target)
        if last and not direct:
            step_span(self, weight, Span(layer.bias, layer.bias + biases))
            for p in range(n_panels(layer.vecs)):
                step_span(self, weight, in_panel(layer, p, inputs))
        if last and l > 0:
            update_backward(&s.net, block, l, inputs, direct)


cdef void update_backward(
    const Net* net, const Block* block, Py_ssize_t l, Span inputs, bint direct,
) noexcept nogil:
    """Bring the backward panels up to the weights panels, for a span of the layer's inputs."""
    cdef const Layer* layer = &net.layers[l]
    cdef Matrix a = a_of(block, layer - 1), delta = delta_of(block, layer)
    cdef Py_ssize_t n_vecs = min((layer - 1).vecs, (inputs.hi + VL - 1) // VL) - inputs.lo // VL
    if direct and block.n <= SMALL_BATCH:
        # The same step once more, of W (n_out, n_in): fewer multiply-adds than transposing takes.
        matmul(layer.n_out, block.n, n_vecs, Matrix(delta.first, 1), delta.stride,
               Matrix(a.first + inputs.lo, a.stride), NULL,
               Matrix(net.params + layer.backward_panel + layer.n_out * inputs.lo, 0))
    else:
        fill_backward(layer, layer - 1, net.params, inputs)
