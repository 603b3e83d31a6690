"""Batches that a team shares, in one scratch, with one gradient or none.

A thread takes its part of a block's examples through the layers. Then it steps the weights of its
part of each layer's inputs, over all examples of the block. So each number is one sum in one order,
whichever thread adds it up.
"""

from libc.math cimport isfinite
from libc.string cimport memset


cdef enum:
    SMALL_BATCH = 16           # up to so many examples, a step of W costs less than transposing it


cdef void descend_together(BatchWalk* self, int thread, int n_threads) noexcept nogil:
    """One thread's part of all steps; every thread of the team calls this.

    With `halves` each half of X's columns gives a part of z1: each half of W1, nearly all the
    weights, then stays in one core's caches.
    """
    cdef GroupedSum s = self.s             # each thread moves a copy of its own along the batches
    cdef Block block, mine
    cdef Py_ssize_t batch = self.first, b
    cdef Py_ssize_t n_walked = 0, looked = 0       # blocks walked, and at the last look
    cdef double weight
    cdef bint direct, pause = False
    while next_batch(self, &s, batch):
        batch += 1
        weight = weight_of_batch(&s)
        set_block(&s, s.block)
        if weight == 0:
            s.n_blocks = 0
        # Plain descent needs no gradient: scaled deltas step straight into the weights.
        direct = self.velocity is NULL and self.l2 == 0 and s.n_blocks == 1
        for b in range(s.n_blocks):
            block = block_of(&s, b, 0)
            if self.halves:
                first_halves(&s.net, &block, thread, n_threads)
            if thread == 0 and n_walked >= looked + self.blocks_per_look:
                looked = n_walked
                breathe(&self.lookout, thread)
                pause = seconds() > self.pause_at
            if thread == 0:
                self.paused = pause and b == 0 and batch > self.first + 1
                self.stop = self.paused or self.lookout.interrupted or not isfinite(self.total)
            n_walked += 1
            meet(&self.barrier, &self.lookout, thread, n_threads)
            if self.stop:
                return
            mine = slice_of(&block, block.n * thread // n_threads,
                            block.n * (thread + 1) // n_threads)
            if self.halves:
                add_halves(&s.net, &mine)
                forward_rest(&s.net, &mine)
            else:
                forward(&s.net, &mine)
            deltas(&s.net, &mine, <real> (-self.learning_rate / weight) if direct else 1)
            meet(&self.barrier, &self.lookout, thread, n_threads)
            if thread == 0:
                self.cost = cost(&s.net, &block) + (self.cost if b > 0 else 0)
            step_part(self, &s, &block, weight, direct, b, thread, n_threads)
        if thread == 0:
            end_batch(self, self.cost, weight)


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


cdef void step_part(
    BatchWalk* self, const GroupedSum* s, const Block* block, double weight, bint direct,
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
            for p in range(n_spans(layer)):
                weights = weights_span(layer, p, inputs)
                memset(target + weights.lo, 0, (weights.hi - weights.lo) * sizeof(real))
        if biases:
            add_biases(layer, block, target + layer.bias)
        if l == 0 and self.halves:
            for h in range(halves.lo, halves.hi):
                add_weights(&s.net, block, l, column_half(h), inputs, target)
        else:
            add_weights(&s.net, block, l, WHOLE, inputs, target)
        if last and not direct:
            step_layer(self, layer, weight, inputs, biases > 0)
        if last and l > 0:
            update_backward(&s.net, block, l, inputs, direct)


cdef void update_backward(
    const Net* net, const Block* block, Py_ssize_t l, Span inputs, bint direct,
) noexcept nogil:
    """Bring the backward panels up to the weights panels, for a span of the layer's inputs."""
    cdef const Layer* layer = &net.layers[l]
    if direct and block.n <= SMALL_BATCH and not layer.narrow:
        # The same step once more, of W (n_out, n_in): fewer multiply-adds than transposing takes.
        add_backward(layer, block.n, a_of(block, layer - 1), delta_of(block, layer), inputs,
                     net.params + layer.backward_panel)
    else:
        fill_backward(layer, net.params, inputs)
