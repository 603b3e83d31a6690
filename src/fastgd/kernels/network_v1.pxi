"""Networks of the C interface, version 1: made, freed, and what memory their functions work in."""

from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

cdef extern from "fastgd_v1.h" nogil:
    int FASTGD_V1_SIGMOID
    int FASTGD_V1_TANH
    int FASTGD_V1_RELU
    int FASTGD_V1_IDENTITY

cdef extern from *:
    const int REAL_IS_FLOAT

cdef const int64_t MOST_PARAMETERS_V1 = 1 << 40        # of a network
cdef const int64_t MOST_BYTES_V1 = 1 << 62             # of working memory


cdef struct NetworkV1:
    uint64_t tag               # of networks of this dtype
    Shape shape


cdef inline uint64_t tag_v1() noexcept nogil:
    return 0xFA579D01 if REAL_IS_FLOAT else 0xFA579D02


cdef inline const Shape* shape_v1(const void* network) noexcept nogil:
    """A network's shape; NULL where it is none of this dtype."""
    if network is NULL or (<const NetworkV1*> network).tag != tag_v1():
        return NULL
    return &(<const NetworkV1*> network).shape


cdef int activation_v1(int code) noexcept nogil:
    """An activation by its code in version 1, or -1."""
    if code == FASTGD_V1_SIGMOID:
        return SIGMOID
    if code == FASTGD_V1_TANH:
        return TANH
    if code == FASTGD_V1_RELU:
        return RELU
    return IDENTITY if code == FASTGD_V1_IDENTITY else -1


cdef bint take_sizes_v1(Shape* shape, const int64_t* sizes, const int* activations) noexcept nogil:
    """Each layer's sizes, activation and place in theta: W1, b1, W2, b2, ...; whether all fit."""
    cdef int64_t at = 0
    cdef Py_ssize_t l
    cdef int activation
    cdef Layer* layer
    for l in range(shape.n_layers):
        activation = activation_v1(activations[l])
        if activation < 0 or sizes[l] < 1 or sizes[l + 1] < 1:
            return False
        if sizes[l] >= MOST_PARAMETERS_V1 or sizes[l + 1] > MOST_PARAMETERS_V1 // (sizes[l] + 1):
            return False
        layer = &shape.layers[l]
        layer.n_in = sizes[l]
        layer.n_out = sizes[l + 1]
        layer.activation = <Activation> activation
        layer.theta_weights = at
        layer.theta_biases = at + sizes[l] * sizes[l + 1]
        at = layer.theta_biases + sizes[l + 1]
        if at > MOST_PARAMETERS_V1:
            return False
    return True


cdef void* network_new_v1(
    int64_t n_layers, const int64_t* sizes, const int* activations,
) noexcept nogil:
    cdef NetworkV1* network
    if n_layers < 1 or n_layers > MOST_PARAMETERS_V1 or sizes is NULL or activations is NULL:
        return NULL
    network = <NetworkV1*> calloc(1, sizeof(NetworkV1))
    if network is NULL:
        return NULL
    if not (make_room(&network.shape, n_layers)
            and take_sizes_v1(&network.shape, sizes, activations)):
        free_room(&network.shape)
        free(network)
        return NULL
    lay_out(&network.shape)
    network.tag = tag_v1()
    return network


cdef void network_free_v1(void* network) noexcept nogil:
    if shape_v1(network):
        free_room(&(<NetworkV1*> network).shape)
        free(network)


cdef int64_t n_parameters_v1(const void* network) noexcept nogil:
    cdef const Shape* shape = shape_v1(network)
    return shape.n_parameters if shape else -1


cdef int64_t bytes_v1(int64_t reals, int64_t n, int64_t reals_per_row) noexcept nogil:
    """reals + n reals_per_row in bytes, or -1 where no memory is so large."""
    cdef int64_t most = MOST_BYTES_V1 // <int64_t> sizeof(real)
    if n > (most - reals) // max(<int64_t> 1, reals_per_row):
        return -1
    return (reals + n * reals_per_row) * <int64_t> sizeof(real)


cdef inline int64_t y_reals_v1(const Shape* shape) noexcept nogil:
    """Reals of a padded row of Y; 0 where Y is read as it stands."""
    return 0 if shape.row_outputs == shape.n_outputs else shape.row_outputs


cdef int64_t forward_work_v1(const void* network, int64_t n) noexcept nogil:
    cdef const Shape* shape = shape_v1(network)
    if shape is NULL or n < 0:
        return -1
    if few_rows(n, shape.n_inputs):
        return bytes_v1(FEW_ROWS * shape.one_size, 0, 0)
    return bytes_v1(work_size(shape, 0, 1), 0, 0)


cdef int64_t sums_work_v1(const void* network, int64_t n) noexcept nogil:
    cdef const Shape* shape = shape_v1(network)
    if shape is NULL or n < 0:
        return -1
    return bytes_v1(work_size(shape, groups_of(shape, n), 1), n, y_reals_v1(shape))


cdef int64_t epoch_work_v1(const void* network, int64_t n, int64_t batch_size) noexcept nogil:
    cdef const Shape* shape = shape_v1(network)
    cdef int64_t groups
    if shape is NULL or n < 0 or batch_size < 1:
        return -1
    groups = groups_of_batch(shape, min(batch_size, n))
    return bytes_v1(work_size(shape, groups, 1) + shape.slot_size, n, y_reals_v1(shape))


cdef Inputs inputs_v1(
    const Shape* shape, int64_t n, const real* X, const real* Y, const real* weight, real* padded,
) noexcept nogil:
    """Dense examples; Y is padded in `padded` (n, row_outputs), unless its rows are whole vectors.
    """
    cdef Inputs inputs
    cdef int64_t i
    memset(&inputs, 0, sizeof(Inputs))
    inputs.n_inputs = shape.n_inputs
    inputs.dense = X
    inputs.weight = weight
    inputs.row_outputs = shape.row_outputs
    inputs.Y = Y
    if Y and y_reals_v1(shape):
        inputs.Y = padded
        memset(padded, 0, n * shape.row_outputs * sizeof(real))
        for i in range(n):
            memcpy(padded + i * shape.row_outputs, Y + i * shape.n_outputs,
                   shape.n_outputs * sizeof(real))
    return inputs
