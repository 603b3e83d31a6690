"""Batches whose examples are split into groups, each with a gradient of its own.

A thread writes a group's gradient where no other writes, so threads meet twice a batch and read
little of what others wrote: the other groups' gradients and the stepped weights.
"""


cdef void descend_in_groups(BatchWalk* self, int thread, int n_threads) noexcept nogil:
    """One thread's part of all steps; every thread of the team calls this.

    One queue of groups runs through all batches of a call: number t is group t % n_groups of the
    t / n_groups-th batch. So a thread may hold a group of the next batch while it steps this one.
    """
    cdef GroupedSum s = self.s             # each thread moves a copy of its own along the batches
    cdef Py_ssize_t batch = self.first, n = s.n_groups, l, group = add_to(&self.next_group, 1)
    cdef Py_ssize_t block = block_in_cache(s.inputs, s.net.block)
    cdef double weight
    while next_batch(self, &s, batch):
        if thread == 0:
            breathe(&self.lookout, thread)
            self.paused = batch > self.first and seconds() > self.pause_at
            self.stop = self.paused or self.lookout.interrupted or not isfinite(self.total)
        meet(&self.barrier, &self.lookout, thread, n_threads)
        if self.stop:
            return
        batch += 1
        weight = weight_of_batch(&s)
        set_block(&s, min(block, (s.n + n - 1) // n))
        while group < (batch - self.first) * n:
            if weight > 0 and not value_of(&self.lookout.interrupted):
                add_group(&s, group % n, thread)
                self.s.cost[group % n] = s.cost[group % n]
            if value_of(&self.lookout.interrupted):
                self.broken = True
            group = add_to(&self.next_group, 1)
        meet(&self.barrier, &self.lookout, thread, n_threads)
        if self.broken:
            return
        if weight > 0:
            for l in range(s.net.n_layers):
                step_after_groups(self, &s, l, weight, (thread + l) % n_threads, n_threads)
        if thread == 0:
            end_batch(self, total_cost(&self.s), weight)


cdef void step_after_groups(
    BatchWalk* self, const GroupedSum* s, Py_ssize_t l, double weight, int part, int n_parts,
) noexcept nogil:
    """A part of the step of layer l on the sum of the groups' gradients."""
    cdef const Layer* layer = &s.net.layers[l]
    cdef Span inputs = inputs_of(self, s, l, part, n_parts)
    step_layer(self, layer, weight, inputs, part == 0)
    if l > 0:
        fill_backward(layer, s.net.params, inputs)
