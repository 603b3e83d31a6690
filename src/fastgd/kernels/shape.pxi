"""A network's sizes laid out for this build: where weights, activations and deltas lie.

Padded parameters. SIMD runs across the neurons of a layer, so a layer's weights are kept
transposed in panels of two vectors: panel p holds, for each input k, the weights of the 2 VL
neurons from 2 VL p on, and zeros where there is no neuron. If a layer has an odd number of
vectors, its last panel is one vector wide. Layers behind the first have a second copy, the other
way round, for W^T delta; narrow ones have that copy alone. The activations of padding neurons and
the padding of Y are exactly 0, so errors, deltas and steps of the padding are exactly 0 too.
"""

from libc.stdlib cimport calloc, free
from libc.string cimport memset

cdef enum:
    MAX_BLOCK = 256        # examples in a block: a step between two of them fits into a byte
    MAX_GROUPS = 32        # groups of blocks, each with a gradient of its own
    BLOCK_BYTES = 1 << 21  # at most, of a block's activations and deltas
    SLOTS_BYTES = 1 << 24  # at most, of all groups' gradients, where there are more than 8 groups
    MOST_NARROW = 4        # neurons of a narrow layer
    FEWEST_PAIRED = 4      # neurons of a layer whose pairs are multiplied
    DOT = 12               # multiply-adds that adding up the lanes of a dot product costs
    BATCH_GROUPS = 8           # groups of a batch of dense examples, at most,
    EXAMPLES_TO_GROUP = 100    # for each of them so many examples. They pay where the gradients
    PARAMETERS_PER_EXAMPLE = 128   # are less to read than the activations of all examples.

cdef struct Layer:
    Py_ssize_t n_in
    Py_ssize_t n_out
    Py_ssize_t vecs            # vectors that hold n_out neurons
    Py_ssize_t vecs_in         # vectors that hold n_in neurons, behind the first layer
    bint narrow                # W is kept over n_in alone
    Py_ssize_t stride          # reals from one example's activations to the next's
    Activation activation
    real* lane_mask                # (VL,) 1 for the neurons of the last vector, 0 for its padding
    Py_ssize_t theta_weights   # offsets in theta: weights (n_out, n_in)
    Py_ssize_t theta_biases    #                   biases (n_out,)
    Py_ssize_t weights_panel   # offsets in the padded parameters: W^T, panels over n_out, or W
    Py_ssize_t bias            #                                   (vecs * VL,)
    Py_ssize_t backward_panel  #   W, panels over n_in: for W^T delta
    Py_ssize_t a               # offsets in a thread's scratch: activations (block, row)
    Py_ssize_t delta           #                                dC/dz (block, row)
    bint paired                # of J^T J: by products of pairs, `normal_equations.pxi`
    Py_ssize_t J               # offsets in an example's row there: da_L,j/dW and /db,
    Py_ssize_t pairs_out       #   products of two deltas, of two activations below
    Py_ssize_t pairs_in


cdef struct Shape:
    # What the kernels read of a network without the GIL.
    Layer* layers
    real* lane_mask
    Py_ssize_t n_layers, n_inputs, n_outputs, n_parameters
    Py_ssize_t block           # examples that walk through the layers together: rows of scratch
    Py_ssize_t row_outputs     # n_outputs padded to whole vectors
    Py_ssize_t slot_size       # weights panels and biases: what a gradient fills
    Py_ssize_t padded_size     # slot_size + backward panels + zeros
    Py_ssize_t zeros           # offset in the padded parameters: for the lanes of the widest layer
    Py_ssize_t x, x_stride     # dense inputs copied to scratch: offset, stride
    Py_ssize_t scratch_size
    Py_ssize_t row_J, row_size     # lanes of a row of J, of all that an example has of J^T J
    Py_ssize_t one_size        # reals that the output of one example needs: input, activations


cdef bint make_room(Shape* shape, Py_ssize_t n_layers) noexcept nogil:
    """Layers for `lay_out`, all zero; False where memory is short. `free_room` frees them."""
    memset(shape, 0, sizeof(Shape))
    shape.n_layers = n_layers
    shape.layers = <Layer*> calloc(n_layers, sizeof(Layer))
    shape.lane_mask = <real*> calloc(n_layers * VL, sizeof(real))
    return shape.layers is not NULL and shape.lane_mask is not NULL


cdef void free_room(Shape* shape) noexcept nogil:
    free(shape.layers)
    free(shape.lane_mask)


cdef void lay_out(Shape* shape) noexcept nogil:
    """All offsets and paddings, from each layer's n_in, n_out, activation and place in theta."""
    cdef Layer* layer
    cdef Py_ssize_t l, i
    for l in range(shape.n_layers):
        layer = &shape.layers[l]
        layer.vecs = (layer.n_out + VL - 1) // VL
        if l > 0:
            layer.vecs_in = shape.layers[l - 1].vecs
            layer.narrow = (not in_order() and layer.n_out <= min(VL, MOST_NARROW)
                            and layer.n_out * (layer.vecs_in + DOT) < layer.n_in)
        layer.stride = padded_stride(layer.vecs * VL)
        layer.lane_mask = shape.lane_mask + l * VL
        for i in range(layer.n_out - (layer.vecs - 1) * VL):
            layer.lane_mask[i] = 1
    layer = &shape.layers[shape.n_layers - 1]
    shape.n_inputs = shape.layers[0].n_in
    shape.n_outputs = layer.n_out
    shape.n_parameters = layer.theta_biases + layer.n_out
    shape.row_outputs = layer.vecs * VL
    place_parameters(shape)
    place_scratch(shape)
    place_rows(shape)
    shape.one_size = shape.n_inputs + VL
    for l in range(shape.n_layers):
        shape.one_size += shape.layers[l].vecs * VL


cdef void place_parameters(Shape* shape) noexcept nogil:
    cdef Layer* layer
    cdef Py_ssize_t l, at = 0
    for l in range(shape.n_layers):
        layer = &shape.layers[l]
        layer.weights_panel = at
        layer.backward_panel = at
        layer.bias = at + VL * (layer.n_out * layer.vecs_in if layer.narrow
                                else layer.n_in * layer.vecs)
        at = layer.bias + layer.vecs * VL
    shape.slot_size = at
    for l in range(1, shape.n_layers):
        if not shape.layers[l].narrow:
            shape.layers[l].backward_panel = at
            at += shape.layers[l].n_out * shape.layers[l].vecs_in * VL
    shape.zeros = at
    for l in range(shape.n_layers):
        shape.padded_size = max(shape.padded_size, at + shape.layers[l].vecs * VL)


cdef void place_scratch(Shape* shape) noexcept nogil:
    cdef Py_ssize_t width = 0, l, at = 0
    for l in range(shape.n_layers):
        width += 2 * shape.layers[l].stride
    shape.block = MAX_BLOCK
    while shape.block > 32 and shape.block * width * <Py_ssize_t> sizeof(real) > BLOCK_BYTES:
        shape.block //= 2
    for l in range(shape.n_layers):
        shape.layers[l].a = at
        shape.layers[l].delta = at + shape.block * shape.layers[l].stride
        at += 2 * shape.block * shape.layers[l].stride
    shape.x = at
    shape.x_stride = padded_stride((shape.n_inputs + VL - 1) // VL * VL)
    # Compressed inputs are not copied: two halves of X W1^T stand there instead.
    shape.scratch_size = at + shape.block * max(shape.x_stride, 2 * shape.layers[0].stride)


cdef inline Py_ssize_t n_pairs(Py_ssize_t n) noexcept nogil:
    return n * (n + 1) // 2


cdef inline Py_ssize_t lanes_of(Py_ssize_t n) noexcept nogil:
    """Whole vectors that hold n reals, in reals."""
    return (n + VL - 1) // VL * VL


cdef inline Py_ssize_t size_of(const Layer* layer) noexcept nogil:
    """Parameters of a layer."""
    return layer.n_out * (layer.n_in + 1)


cdef void place_rows(Shape* shape) noexcept nogil:
    """Each part of a row may overflow by less than a vector: `jacobian.pxi`."""
    cdef Layer* layer
    cdef Py_ssize_t l, at = 0
    for l in range(shape.n_layers):
        layer = &shape.layers[l]
        layer.J = at
        at += lanes_of(size_of(layer)) + VL
    shape.row_J = at
    for l in range(shape.n_layers):
        layer = &shape.layers[l]
        # Elsewhere there are more pairs than parameters.
        layer.paired = (layer.n_out >= FEWEST_PAIRED and layer.n_out < 2 * (layer.n_in + 1)
                        and layer.n_in + 1 < 2 * layer.n_out)
        if layer.paired:
            layer.pairs_out = at
            at += lanes_of(n_pairs(layer.n_out)) + VL
            layer.pairs_in = at
            at += lanes_of(n_pairs(layer.n_in + 1)) + VL
    shape.row_size = padded_stride(at)


cdef Py_ssize_t groups_of(const Shape* shape, Py_ssize_t n_examples) noexcept nogil:
    """Groups for a sum over `n_examples`: independent of the threads."""
    cdef Py_ssize_t n_blocks = (n_examples + shape.block - 1) // shape.block
    cdef Py_ssize_t fit = SLOTS_BYTES // (shape.slot_size * <Py_ssize_t> sizeof(real))
    return max(1, min(n_blocks, max(8, min(MAX_GROUPS, fit))))


cdef Py_ssize_t groups_of_batch(const Shape* shape, Py_ssize_t batch_size) noexcept nogil:
    """Groups of a batch of dense examples, each with a gradient of its own; 1 for none."""
    if shape.n_parameters > PARAMETERS_PER_EXAMPLE * batch_size:
        return 1
    return max(1, min(BATCH_GROUPS, batch_size // EXAMPLES_TO_GROUP))


cdef Py_ssize_t work_size(
    const Shape* shape, Py_ssize_t n_groups, Py_ssize_t n_threads,
) noexcept nogil:
    """Reals of working memory: padded parameters, a slot per group, scratch per thread."""
    return shape.padded_size + n_groups * shape.slot_size + n_threads * shape.scratch_size + VL


cdef struct Net:
    # A shape and its padded parameters.
    const Layer* layers
    Py_ssize_t n_layers
    Py_ssize_t block           # rows of scratch
    Py_ssize_t x, x_stride        # dense inputs copied to scratch: offset, stride
    real* params               # padded parameters
    Py_ssize_t zeros           # offset in params: zeros for the lanes of the widest layer


cdef Net net_of(const Shape* shape, real* params) noexcept nogil:
    return Net(shape.layers, shape.n_layers, shape.block, shape.x, shape.x_stride, params,
               shape.zeros)
