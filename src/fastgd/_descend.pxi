"""Mini-batch descent on padded parameters: the part of `_kernels.pyx` that takes steps.

What a batch is, and whether its threads share it by groups or by halves, is `_batches.py`'s.
"""


def descend(
    Plan plan not None,
    Examples examples not None,
    real[::1] theta not None,             # IN/OUT  unchanged where a cost is not finite
    const int64_t[::1] order not None,    # IN      rows, batch after batch
    Py_ssize_t batch_size,
    double learning_rate,
    double momentum,
    real[::1] velocity,                   # IN/OUT  (plan.velocity_size,), None for no momentum
    real[::1] work not None,              #         zeros, of plan.work_size(n_groups, scratches)
    Py_ssize_t n_groups,                  # of each batch, each a thread's: a scratch a thread
    bint halves,                          # of X's columns, where n_groups is 1: for two threads
    int n_threads,                        # where n_groups is 1, they share one scratch
):
    """Steps of mini-batch descent over `order`: (sum of the batches' costs, steps taken).

    With v the velocity and g the batch's mean gradient: v = momentum v + g and
    theta -= learning_rate v. A cost that is not finite ends the walk.
    """
    cdef Sum s
    cdef Descent walk
    place(&s, plan, examples, &work[0], n_groups)
    s.order = &order[0]
    s.n_order = order.shape[0]
    s.gradient = True
    walk.batch_size = batch_size
    walk.learning_rate = learning_rate
    walk.momentum = momentum
    walk.velocity = NULL if velocity is None else &velocity[0]
    walk.halves = halves
    walk.total = 0
    walk.steps = 0
    with nogil:
        pack(&s.net, &theta[0], s.net.params)
        if n_groups > 1:
            descend_in_groups(&walk, &s, n_threads)
        else:
            with parallel(num_threads=n_threads):
                descend_together(&walk, &s, threadid(), team_size())
        if isfinite(walk.total):
            unpack(&s.net, s.net.params, &theta[0])
    return walk.total, walk.steps


cdef struct Descent:
    Py_ssize_t batch_size
    double learning_rate
    double momentum
    real* velocity             # (slot_size,) or NULL
    bint halves
    double cost                # of the batch so far
    double total               # of the batches' mean costs
    Py_ssize_t steps


cdef bint next_batch(const Descent* walk, Sum* s, Py_ssize_t batch) noexcept nogil:
    """Point s at the examples of a batch, if there is one."""
    s.first = batch * walk.batch_size
    s.n = min(walk.batch_size, s.n_order - s.first)
    return s.n > 0


cdef double weight_of_batch(const Sum* s) noexcept nogil:
    cdef double weight = 0
    cdef Py_ssize_t i
    if not s.rows.weight:
        return s.n
    for i in range(s.n):
        weight += s.rows.weight[s.order[s.first + i]]
    return weight


cdef void move(
    const Descent* walk, const Sum* s, double weight, Span where,
) noexcept nogil:
    """A span of padded parameters, in whole vectors, takes the step that slot 0 asks for."""
    cdef Py_ssize_t i
    cdef real* params = s.net.params
    cdef real* velocity = walk.velocity
    cdef real mean = <real> (1 / weight), rate = <real> walk.learning_rate
    cdef vec v
    for i in range(where.lo // VL, where.hi // VL):
        v = mean * load(s.slots + i * VL)
        if velocity:
            v = v + <real> walk.momentum * load(velocity + i * VL)
            store(velocity + i * VL, v)
        store(params + i * VL, load(params + i * VL) - rate * v)


# Large batches of compressed rows: each group of blocks fills a gradient of its own.


cdef void descend_in_groups(Descent* walk, Sum* s, int n_threads) noexcept nogil:
    cdef double weight
    while next_batch(walk, s, walk.steps) and isfinite(walk.total):
        walk.steps += 1
        weight = weight_of_batch(s)
        if weight > 0:
            s.block = min(s.block, (s.n + s.n_groups - 1) // s.n_groups)
            s.n_blocks = (s.n + s.block - 1) // s.block
            add_groups(s, False, n_threads)
            add_slots(s, n_threads)
            move(walk, s, weight, span(0, s.slot_size))
            fill_all_backward(&s.net, s.net.params)
            walk.total += total_cost(s) / weight


# All others: the team walks a batch together, in one scratch, with one gradient or none.


cdef void descend_together(
    Descent* walk, const Sum* shared, int thread, int n_threads,
) noexcept nogil:
    """Steps that each thread of the team takes its part of.

    A part of the walk through the layers is some of the examples; a part of the step is
    some of each layer's inputs, over all examples. So each number is one sum in one
    order, whoever adds it up. Where `halves`, X W1^T is two sums, over halves of the columns:
    W1, which is nearly all there is to move, then never moves between two cores.
    """
    cdef Sum s = shared[0]
    cdef Block block, mine
    cdef Py_ssize_t batch = 0, b, n_blocks
    cdef double weight
    cdef bint direct
    while next_batch(walk, &s, batch):
        batch += 1
        weight = weight_of_batch(&s)
        n_blocks = (s.n + s.block - 1) // s.block if weight > 0 else 0
        # Plain descent needs no gradient: scaled deltas step straight into the weights.
        direct = walk.velocity is NULL and n_blocks == 1
        for b in range(n_blocks):
            block = block_of(s.rows, s.order, s.n_order, s.scratch,
                             s.first + b * s.block, min(s.block, s.n - b * s.block))
            if walk.halves:
                first_halves(&s.net, &block, thread, n_threads)
            meet(n_threads)
            if not isfinite(walk.total):
                return
            mine = slice_of(&block, block.n * thread // n_threads,
                            block.n * (thread + 1) // n_threads)
            if walk.halves:
                add_halves(&s.net, &mine)
                forward_rest(&s.net, &mine)
            else:
                forward(&s.net, &mine)
            deltas(&s.net, &mine, <real> (-walk.learning_rate / weight) if direct else 1)
            meet(n_threads)
            if thread == 0:
                walk.cost = cost_of(&s.net, &block) + (walk.cost if b > 0 else 0)
            take_part(walk, &s, &block, weight, direct, b == 0, b == n_blocks - 1,
                      thread, n_threads)
        if thread == 0:
            walk.steps += 1
            if weight > 0:
                walk.total += walk.cost / weight


cdef inline real* half_of(const Net* net, const Block* block, Py_ssize_t h) noexcept nogil:
    """A half's share of z1 (n, row), where dense inputs would be."""
    return block.scratch + net.x + (h * net.block + block.at) * net.layers[0].row


cdef inline Part part_of(Py_ssize_t h) noexcept nogil:
    return SECOND_HALF if h else FIRST_HALF


cdef void first_halves(
    const Net* net, const Block* block, int thread, int n_threads,
) noexcept nogil:
    """X W1^T over each half of the columns, by its thread."""
    cdef const Layer* layer = &net.layers[0]
    cdef Py_ssize_t h
    for h in range(2 * thread // n_threads, 2 * (thread + 1) // n_threads):
        first_forward(net, block, part_of(h), net.params + layer.forward,
                      net.params + net.zeros, half_of(net, block, h))


cdef void add_halves(const Net* net, const Block* block) noexcept nogil:
    """z1 = b1 + the halves of X W1^T."""
    cdef const Layer* layer = &net.layers[0]
    cdef const real* bias = net.params + layer.bias
    cdef Py_ssize_t i, v, at
    for i in range(block.n):
        for v in range(layer.vecs):
            at = i * layer.row + v * VL
            store(a_of(block, layer) + at, load(bias + v * VL) + (
                load(half_of(net, block, 0) + at) + load(half_of(net, block, 1) + at)))


cdef Span inputs_of(
    const Sum* s, const Descent* walk, Py_ssize_t l, int turn, int n_turns,
) noexcept nogil:
    """A layer's inputs whose weights are one thread's: whole panels of the layer before."""
    cdef Py_ssize_t n_in = s.net.layers[l].n_in
    cdef Py_ssize_t panels = (n_in + PANEL * VL - 1) // (PANEL * VL)
    if l == 0 and walk.halves and n_turns > 1:
        return span(s.rows.middle, n_in) if turn else span(0, s.rows.middle)
    return span(min(n_in, panels * turn // n_turns * PANEL * VL),
                min(n_in, panels * (turn + 1) // n_turns * PANEL * VL))


cdef inline Span in_panel(const Layer* layer, Py_ssize_t p, Span inputs) noexcept nogil:
    """Where panel p holds the weights of a span of inputs, in the padded parameters."""
    cdef Py_ssize_t start = layer.forward + p * PANEL * VL * layer.n_in
    cdef Py_ssize_t width = panel_width(layer.vecs, p)
    return span(start + inputs.lo * width, start + inputs.hi * width)


cdef void take_part(
    const Descent* walk, const Sum* s, const Block* block, double weight, bint direct,
    bint first, bint last, int thread, int n_threads,
) noexcept nogil:
    """A thread's part of the step: into the weights where `direct`, or by way of slot 0.

    `first` and `last` say which of a batch's blocks this is.
    """
    cdef real* target = s.net.params if direct else s.slots
    cdef const Layer* layer
    cdef Py_ssize_t l, h, p, biases
    cdef Span inputs, weights
    cdef int turn
    for l in range(s.net.n_layers):
        layer = &s.net.layers[l]
        turn = (thread + l) % n_threads        # small layers, which one thread takes, go round
        inputs = inputs_of(s, walk, l, turn, n_threads)
        biases = layer.vecs * VL if turn == 0 else 0
        if first and not direct:
            memset(target + layer.bias, 0, biases * sizeof(real))
            for p in range(n_panels(layer.vecs)):
                weights = in_panel(layer, p, inputs)
                memset(target + weights.lo, 0, (weights.hi - weights.lo) * sizeof(real))
        if biases:
            add_biases(layer, block, target + layer.bias)
        if l == 0 and walk.halves:
            for h in range(2 * thread // n_threads, 2 * (thread + 1) // n_threads):
                add_weights(&s.net, block, l, part_of(h), inputs, target)
        else:
            add_weights(&s.net, block, l, WHOLE, inputs, target)
        if last and not direct:
            move(walk, s, weight, span(layer.bias, layer.bias + biases))
            for p in range(n_panels(layer.vecs)):
                move(walk, s, weight, in_panel(layer, p, inputs))
        if last and l > 0:
            follow_backward(&s.net, block, l, inputs, direct)


cdef void follow_backward(
    const Net* net, const Block* block, Py_ssize_t l, Span inputs, bint direct,
) noexcept nogil:
    """The backward panels follow the forward ones, for a span of the layer's inputs."""
    cdef const Layer* layer = &net.layers[l]
    cdef const Layer* before = layer - 1
    if direct and block.n <= FEW:
        # Fewer multiply-adds than it takes to turn the panels round.
        matmul(layer.n_out, block.n, min(before.vecs, (inputs.hi + VL - 1) // VL) - inputs.lo // VL,
               delta_of(block, layer), 1, layer.row, a_of(block, before) + inputs.lo, before.row,
               NULL, net.params + layer.backward + layer.n_out * inputs.lo, 0)
    else:
        fill_backward(layer, before, net.params, inputs)
