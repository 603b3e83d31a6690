"""Mini-batch steps: a walk from batch to batch, epoch after epoch, with pauses.

A team shares each batch in one of two ways. `batches_in_groups.pxi`: every thread takes groups of
examples all the way to a gradient of their own. `shared_batches.pxi`: a thread takes its examples
through the layers, and steps its part of the weights over the examples of all.
"""

from cython.parallel cimport parallel, threadid
from libc.math cimport isfinite
from libc.stdint cimport int64_t


cdef enum:
    WORK_PER_LOOK = 1 << 17    # multiply-adds of each lane between looks at the clock


cdef struct BatchWalk:
    # A walk from batch to batch: what all threads of its team share.
    GroupedSum s
    Lookout lookout
    Py_ssize_t blocks_per_look
    real* theta
    real* velocity        # NULL for no momentum
    bint halves
    Py_ssize_t epoch, batch_size, batches_per_epoch       # rows of an epoch; batches of both
    double learning_rate, momentum, l2
    bint nesterov
    double cost           # sum over the batch so far
    double total          # sum of the batches' mean costs in this walk
    double* totals        # the same, by epoch
    Py_ssize_t first, batch              # of this walk: first of this call, next one
    double pause_at       # when to pause
    bint paused
    bint stop             # written by thread 0 before a team meets, read by all after it
    bint broken           # an interruption left a group unfinished
    Py_ssize_t next_group
    Barrier barrier
    Py_ssize_t steps           # in all walks


cdef class BatchDescent:
    """Steps of mini-batch descent on theta, with v the velocity and g a batch's mean gradient:

        v = momentum v + g,    theta -= learning_rate v

    With a penalty 2 l2 w is added to g, w the weights; Nesterov's steps are along g + momentum v.

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

    cdef BatchWalk walk
    cdef Data data
    cdef tuple _owners                        # memoryviews that keep the pointers alive

    def __cinit__(self, Data data not None, real[::1] theta not None, real[::1] velocity,
                  real[::1] work not None, Py_ssize_t n_groups, bint halves):
        cdef BatchWalk* walk = &self.walk
        set_up(&walk.s, data.plan, &data.inputs, data.n, None, work, n_groups, &walk.lookout)
        walk.theta = &theta[0]
        walk.velocity = &velocity[0] if velocity is not None else NULL
        walk.halves = halves
        self.data = data
        self._owners = (theta, velocity, work)

    @property
    def steps(self):
        """Steps taken in all walks."""
        return self.walk.steps

    @steps.setter
    def steps(self, Py_ssize_t steps):
        self.walk.steps = steps

    def descend(
        self,
        const int64_t[:, ::1] orders not None,    # IN   rows of each epoch, batch after batch
        double[::1] totals not None,          # INOUT (n_epochs,) sums of the batches' mean costs
        Py_ssize_t batch,                     # IN   the first to walk; 0 begins a new walk
        Py_ssize_t batch_size,
        double learning_rate,
        double momentum,
        bint nesterov,
        double l2,
        double limit,                         # IN   seconds after which to pause between batches
        int n_threads,
    ):
        """Steps over `orders`: the batch to go on with, or their number where the walk has ended.

        A cost that is not finite ends the walk and leaves theta as it was; a pause leaves it as
        it was until the walk goes on. So pauses change no bit.
        """
        cdef BatchWalk* walk = &self.walk
        cdef double work = min(batch_size, walk.s.net.block) * self.data.work_per_example
        walk.lookout = lookout_of(NULL)
        walk.pause_at = walk.lookout.looked + limit
        # Waiting for a thread that lost its core may take long: a team looks at every block.
        walk.blocks_per_look = 1 if n_threads > 1 else max(
            1, <Py_ssize_t> (WORK_PER_LOOK * VL / work))
        walk.first = walk.batch = batch
        walk.batch_size = batch_size
        walk.learning_rate = learning_rate
        walk.momentum = momentum
        walk.nesterov = nesterov
        walk.l2 = l2
        walk.totals = &totals[0]
        with nogil:
            walk_over(walk, &orders[0, 0], orders.shape[0], orders.shape[1], n_threads)
        raise_if_interrupted(&walk.lookout)
        return walk.batch if walk.paused else orders.shape[0] * walk.batches_per_epoch

    def take_velocity(self, const real[::1] velocity not None):
        """Go on with a velocity in theta's order, (n_parameters,)."""
        cdef Lookout lookout = lookout_of(NULL)
        pack_forward(&self.walk.s.net, &velocity[0], self.walk.velocity, &lookout)
        raise_if_interrupted(&lookout)

    def give_velocity(self, real[::1] out not None):
        """Write the velocity in theta's order, (n_parameters,)."""
        cdef Lookout lookout = lookout_of(NULL)
        unpack(&self.walk.s.net, self.walk.velocity, &out[0], &lookout)
        raise_if_interrupted(&lookout)

    def settle(self):
        """Write theta where a walk has paused and will not go on."""
        cdef BatchWalk* walk = &self.walk
        walk.lookout = lookout_of(NULL)
        if walk.paused and isfinite(walk.total):
            unpack(&walk.s.net, walk.s.net.params, walk.theta, &walk.lookout)
        walk.paused = False
        raise_if_interrupted(&walk.lookout)


cdef void walk_over(
    BatchWalk* self, const int64_t* orders, Py_ssize_t n_epochs, Py_ssize_t epoch, int n_threads,
) noexcept nogil:
    """Steps over `orders` (n_epochs, epoch) from batch `first` on, to their end or a pause."""
    cdef GroupedSum* s = &self.s
    cdef jmp_buf out
    self.epoch = epoch
    self.batches_per_epoch = (epoch + self.batch_size - 1) // self.batch_size
    self.paused = self.stop = self.broken = False
    self.next_group = 0
    s.order = orders
    s.n_order = n_epochs * epoch
    if self.batch == 0:
        self.total = 0
        pack(&s.net, self.theta, s.net.params, &self.lookout)
        if self.lookout.interrupted:   # theta is as it was
            return
    if n_threads == 1:         # libgomp takes its time to open a region, even for one
        descend(self, 0, 1)
    else:
        self.lookout.out = &out
        if setjmp(out):        # theta is as it was
            self.lookout.out = NULL
            return
        with parallel(num_threads=n_threads):
            descend(self, threadid(), team_size())
        self.lookout.out = NULL
    if isfinite(self.total) and not self.paused:
        unpack(&s.net, s.net.params, self.theta, &self.lookout)


cdef void descend(BatchWalk* self, int thread, int n_threads) noexcept nogil:
    """One thread's part of all steps; every thread of the team calls this."""
    if self.s.n_groups > 1:
        descend_in_groups(self, thread, n_threads)
    else:
        descend_together(self, thread, n_threads)


cdef bint next_batch(BatchWalk* self, GroupedSum* s, Py_ssize_t batch) noexcept nogil:
    """Point s at the examples of a batch of the walk; False behind the last one."""
    cdef Py_ssize_t epoch = batch // self.batches_per_epoch
    cdef Py_ssize_t first = (batch - epoch * self.batches_per_epoch) * self.batch_size
    s.first = epoch * self.epoch + first
    s.n = min(self.batch_size, self.epoch - first)
    return s.first < s.n_order


cdef void end_batch(BatchWalk* self, double cost, double weight) noexcept nogil:
    """Thread 0 counts a batch, with the sum of its costs before its step."""
    if weight > 0:
        self.total += cost / weight
        self.totals[self.batch // self.batches_per_epoch] += cost / weight
    self.steps += 1
    self.batch += 1


cdef double weight_of_batch(const GroupedSum* s) noexcept nogil:
    cdef double weight = 0
    cdef Py_ssize_t i
    if not s.inputs.weight:
        return s.n
    for i in range(s.n):
        weight += s.inputs.weight[s.order[s.first + i]]
    return weight


cdef void step_span(BatchWalk* self, double weight, double l2, Span span) noexcept nogil:
    """The step of a span of the padded parameters, in whole vectors, on the sum of the slots."""
    cdef Py_ssize_t i, g
    cdef const GroupedSum* s = &self.s
    cdef real* params = s.net.params
    cdef real* velocity = self.velocity
    cdef real mean = <real> (1 / weight)
    cdef real rate = <real> self.learning_rate, momentum = <real> self.momentum
    cdef vec v
    if l2 > 0 or self.nesterov:        # a loop of its own: the one below stays as short as it is
        step_span_by_rule(self, mean, <real> (2 * l2), span)
        return
    for i in range(span.lo // VL, span.hi // VL):
        v = load(s.slots + i * VL)
        for g in range(1, s.n_groups):
            v = v + load(s.slots + g * s.slot_size + i * VL)
        v = mean * v                                                    # g
        if velocity:
            v = v + momentum * load(velocity + i * VL)
            store(velocity + i * VL, v)
        store(params + i * VL, load(params + i * VL) - rate * v)


cdef void step_span_by_rule(BatchWalk* self, real mean, real decay, Span span) noexcept nogil:
    """`step_span` with a penalty, or Nesterov's."""
    cdef Py_ssize_t i, g
    cdef const GroupedSum* s = &self.s
    cdef real* params = s.net.params
    cdef real* velocity = self.velocity
    cdef real rate = <real> self.learning_rate, momentum = <real> self.momentum
    cdef vec gradient, v
    for i in range(span.lo // VL, span.hi // VL):
        v = load(s.slots + i * VL)
        for g in range(1, s.n_groups):
            v = v + load(s.slots + g * s.slot_size + i * VL)
        v = gradient = mean * v + decay * load(params + i * VL)
        if velocity:
            v = v + momentum * load(velocity + i * VL)
            store(velocity + i * VL, v)
            if self.nesterov:
                v = gradient + momentum * v
        store(params + i * VL, load(params + i * VL) - rate * v)


cdef Span inputs_of(
    BatchWalk* self, const GroupedSum* s, Py_ssize_t l, int part, int n_parts,
) noexcept nogil:
    """The inputs of layer l whose weights one thread steps: its half, or whole panels of them."""
    cdef Py_ssize_t n_in = s.net.layers[l].n_in
    cdef Py_ssize_t panels = (n_in + PANEL * VL - 1) // (PANEL * VL)
    if l == 0 and self.halves and n_parts > 1:
        return Span(s.inputs.middle, n_in) if part else Span(0, s.inputs.middle)
    return Span(min(n_in, panels * part // n_parts * PANEL * VL),
                min(n_in, panels * (part + 1) // n_parts * PANEL * VL))


cdef void step_layer(
    BatchWalk* self, const Layer* layer, double weight, Span inputs, bint biases,
) noexcept nogil:
    """The step of the weights of a span of a layer's inputs, and of its biases."""
    cdef Py_ssize_t p
    if biases:
        step_span(self, weight, 0, Span(layer.bias, layer.bias + layer.vecs * VL))
    for p in range(n_spans(layer)):
        step_span(self, weight, self.l2, weights_span(layer, p, inputs))
