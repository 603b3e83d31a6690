"""A network's sizes laid out for this build: where weights, activations and deltas lie.

Padded parameters. SIMD runs across the neurons of a layer, so a layer's weights are kept
transposed in panels of two vectors: panel p holds, for each input k, the weights of the 2 VL
neurons from 2 VL p on, and zeros where there is no neuron. If a layer has an odd number of
vectors, its last panel is one vector wide. Layers behind the first have a second copy, the other
way round, for W^T delta; narrow ones have that copy alone. The activations of padding neurons and
the padding of Y are exactly 0, so errors, deltas and steps of the padding are exactly 0 too.
"""

from libc.stdlib cimport calloc, free

cdef enum:
    MAX_BLOCK = 256        # examples in a block: a step between two of them fits into a byte
    MAX_GROUPS = 32        # groups of blocks, each with a gradient of its own
    BLOCK_BYTES = 1 << 21  # at most, of a block's activations and deltas
    SLOTS_BYTES = 1 << 24  # at most, of all groups' gradients, where there are more than 8 groups
    MOST_NARROW = 4        # neurons of a narrow layer
    DOT = 12               # multiply-adds that adding up the lanes of a dot product costs

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


cdef class Plan:
    """A network's sizes laid out for this build: offsets, paddings, block of examples.

    Parameters
    ----------
    layer_sizes : tuple of int
    offsets : sequence of (weights, biases, end)
        Where each layer lies in theta.
    activations : sequence of str
        One name for each layer.
    """

    cdef Layer* layers
    cdef real* lane_mask
    cdef readonly tuple layer_sizes
    cdef readonly Py_ssize_t n_layers, n_inputs, n_outputs, n_parameters
    cdef readonly Py_ssize_t n_first        # parameters of the first layer
    cdef readonly Py_ssize_t block          # examples that walk through the layers together
    cdef readonly Py_ssize_t row_outputs    # n_outputs padded to whole vectors
    cdef readonly Py_ssize_t slot_size      # weights panels and biases: what a gradient fills
    cdef Py_ssize_t padded_size             # slot_size + backward panels + zeros
    cdef Py_ssize_t zeros                   # offset in the padded parameters
    cdef Py_ssize_t x, x_stride                # dense inputs copied to scratch: offset, stride
    cdef Py_ssize_t scratch_size
    cdef Py_ssize_t one_size                # reals that `output_of_one` needs: input, activations

    def __cinit__(self, tuple layer_sizes not None, offsets, activations):
        cdef Py_ssize_t n = len(layer_sizes) - 1, l, i
        cdef Layer* layer
        self.layer_sizes = layer_sizes
        self.n_first = offsets[0][2]
        self.n_layers = n
        self.layers = <Layer*> calloc(n, sizeof(Layer))
        self.lane_mask = <real*> calloc(n * VL, sizeof(real))
        if self.layers is NULL or self.lane_mask is NULL:
            raise MemoryError
        for l in range(n):
            layer = &self.layers[l]
            layer.n_in = layer_sizes[l]
            layer.n_out = layer_sizes[l + 1]
            layer.theta_weights, layer.theta_biases, self.n_parameters = offsets[l]
            layer.activation = ACTIVATIONS[activations[l]]
            layer.vecs = (layer.n_out + VL - 1) // VL
            if l > 0:
                layer.vecs_in = self.layers[l - 1].vecs
                layer.narrow = (layer.n_out <= min(VL, MOST_NARROW)
                                and layer.n_out * (layer.vecs_in + DOT) < layer.n_in)
            layer.stride = padded_stride(layer.vecs * VL)
            layer.lane_mask = self.lane_mask + l * VL
            for i in range(layer.n_out - (layer.vecs - 1) * VL):
                layer.lane_mask[i] = 1
        self.n_inputs = self.layers[0].n_in
        self.n_outputs = self.layers[n - 1].n_out
        self.row_outputs = self.layers[n - 1].vecs * VL
        self._place_parameters()
        self._place_scratch()
        self.one_size = self.n_inputs + VL
        for l in range(n):
            self.one_size += self.layers[l].vecs * VL

    cdef _place_parameters(self):
        cdef Layer* layer
        cdef Py_ssize_t l, at = 0
        for l in range(self.n_layers):
            layer = &self.layers[l]
            layer.weights_panel = at
            layer.backward_panel = at
            layer.bias = at + VL * (layer.n_out * layer.vecs_in if layer.narrow
                                    else layer.n_in * layer.vecs)
            at = layer.bias + layer.vecs * VL
        self.slot_size = at
        for l in range(1, self.n_layers):
            if not self.layers[l].narrow:
                self.layers[l].backward_panel = at
                at += self.layers[l].n_out * self.layers[l].vecs_in * VL
        self.zeros = at
        for l in range(self.n_layers):
            self.padded_size = max(self.padded_size, at + self.layers[l].vecs * VL)

    cdef _place_scratch(self):
        cdef Py_ssize_t width = 0, l, at = 0
        for l in range(self.n_layers):
            width += 2 * self.layers[l].stride
        self.block = MAX_BLOCK
        while self.block > 32 and self.block * width * <Py_ssize_t> sizeof(real) > BLOCK_BYTES:
            self.block //= 2
        for l in range(self.n_layers):
            self.layers[l].a = at
            self.layers[l].delta = at + self.block * self.layers[l].stride
            at += 2 * self.block * self.layers[l].stride
        self.x = at
        self.x_stride = padded_stride((self.n_inputs + VL - 1) // VL * VL)
        # Compressed inputs are not copied: two halves of X W1^T stand there instead.
        self.scratch_size = at + self.block * max(self.x_stride, 2 * self.layers[0].stride)

    def __dealloc__(self):
        free(self.layers)
        free(self.lane_mask)

    def n_groups(self, Py_ssize_t n_examples):
        """Groups for a sum over `n_examples`: independent of the threads."""
        cdef Py_ssize_t n_blocks = (n_examples + self.block - 1) // self.block
        cdef Py_ssize_t fit = SLOTS_BYTES // (self.slot_size * <Py_ssize_t> sizeof(real))
        return max(1, min(n_blocks, max(8, min(MAX_GROUPS, fit))))

    def work_size(self, Py_ssize_t n_groups, Py_ssize_t n_threads):
        """Reals of working memory: padded parameters, a slot per group, scratch per thread."""
        return self.padded_size + n_groups * self.slot_size + n_threads * self.scratch_size + VL

    def product_work_size(self, Py_ssize_t n_groups, Py_ssize_t n_threads):
        """Reals of working memory of `products`: the vector too, padded, and twice the scratch."""
        return self.padded_size + self.work_size(n_groups, 2 * n_threads)

    def few(self, Py_ssize_t n):
        """Whether the outputs for n examples need no working memory."""
        return few_rows(n, self.n_inputs)

    def work_per_example(self, double inputs_per_example):
        """Multiply-adds of one example's cost and gradient, in whole vectors."""
        cdef double work = 2 * inputs_per_example * self.layers[0].vecs * VL
        cdef Py_ssize_t l
        for l in range(1, self.n_layers):
            work += 3.0 * self.layers[l].n_in * self.layers[l].vecs * VL
        return work


cdef struct Net:
    # What the kernels read of a Plan without the GIL, and the padded parameters.
    const Layer* layers
    Py_ssize_t n_layers
    Py_ssize_t block           # rows of scratch
    Py_ssize_t x, x_stride        # dense inputs copied to scratch: offset, stride
    real* params               # padded parameters
    Py_ssize_t zeros           # offset in params: zeros for the lanes of the widest layer


cdef Net net_of(Plan plan, real* params) noexcept:
    return Net(plan.layers, plan.n_layers, plan.block, plan.x, plan.x_stride, params, plan.zeros)
