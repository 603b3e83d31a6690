"""`Plan`: a network's shape, as Python makes and reads it."""


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

    cdef Shape shape
    cdef readonly tuple layer_sizes
    cdef readonly Py_ssize_t n_first        # parameters of the first layer

    def __cinit__(self, tuple layer_sizes not None, offsets, activations):
        cdef Py_ssize_t n = len(layer_sizes) - 1, l
        cdef Layer* layer
        self.layer_sizes = layer_sizes
        self.n_first = offsets[0][2]
        if not make_room(&self.shape, n):
            raise MemoryError
        for l in range(n):
            layer = &self.shape.layers[l]
            layer.n_in = layer_sizes[l]
            layer.n_out = layer_sizes[l + 1]
            layer.theta_weights, layer.theta_biases, _ = offsets[l]
            layer.activation = ACTIVATIONS[activations[l]]
        lay_out(&self.shape)

    def __dealloc__(self):
        free_room(&self.shape)

    @property
    def n_layers(self):
        return self.shape.n_layers

    @property
    def n_inputs(self):
        return self.shape.n_inputs

    @property
    def n_outputs(self):
        return self.shape.n_outputs

    @property
    def n_parameters(self):
        return self.shape.n_parameters

    @property
    def block(self):
        """Examples that walk through the layers together."""
        return self.shape.block

    @property
    def row_outputs(self):
        """n_outputs padded to whole vectors."""
        return self.shape.row_outputs

    @property
    def slot_size(self):
        """Reals of weights panels and biases: what a gradient fills."""
        return self.shape.slot_size

    def n_groups(self, Py_ssize_t n_examples):
        """Groups for a sum over `n_examples`: independent of the threads."""
        return groups_of(&self.shape, n_examples)

    def groups_of_batch(self, Py_ssize_t batch_size):
        """Groups of a batch of dense examples, each with a gradient of its own; 1 for none."""
        return groups_of_batch(&self.shape, batch_size)

    def work_size(self, Py_ssize_t n_groups, Py_ssize_t n_threads):
        """Reals of working memory: padded parameters, a slot per group, scratch per thread."""
        return work_size(&self.shape, n_groups, n_threads)

    def product_work_size(self, Py_ssize_t n_groups, Py_ssize_t n_threads):
        """Reals of working memory of `products`: the vector too, padded, and twice the scratch."""
        return self.shape.padded_size + work_size(&self.shape, n_groups, 2 * n_threads)

    def few(self, Py_ssize_t n):
        """Whether the outputs for n examples need no working memory."""
        return few_rows(n, self.shape.n_inputs)

    def work_per_example(self, double inputs_per_example):
        """Multiply-adds of one example's cost and gradient, in whole vectors."""
        cdef double work = 2 * inputs_per_example * self.shape.layers[0].vecs * VL
        cdef Py_ssize_t l
        for l in range(1, self.shape.n_layers):
            work += 3.0 * self.shape.layers[l].n_in * self.shape.layers[l].vecs * VL
        return work
