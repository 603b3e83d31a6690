"""The C interface, version 1: plain C functions over the same sums, outputs and walks.

`include/fastgd_v1.h` says what each does. One thread, the caller's, which never looks for signals.
"""

from cpython.pycapsule cimport PyCapsule_GetName, PyCapsule_GetPointer, PyCapsule_New
from libc.math cimport INFINITY, isfinite
from libc.stdint cimport int64_t
from libc.string cimport memset

cdef extern from *:
    """
    #include "fastgd_v1.h"
    #if REAL_IS_FLOAT
    typedef fastgd_v1_float32 FunctionsV1;
    #else
    typedef fastgd_v1_float64 FunctionsV1;
    #endif
    """
    int FASTGD_V1_OK
    int FASTGD_V1_BAD_NETWORK
    int FASTGD_V1_BAD_ARGUMENT
    int FASTGD_V1_NOT_FINITE
    ctypedef struct FunctionsV1:
        void* (*network_new)(int64_t, const int64_t*, const int*) noexcept nogil
        void (*network_free)(void*) noexcept nogil
        int64_t (*n_parameters)(const void*) noexcept nogil
        int64_t (*forward_work)(const void*, int64_t) noexcept nogil
        int64_t (*sums_work)(const void*, int64_t) noexcept nogil
        int64_t (*epoch_work)(const void*, int64_t, int64_t) noexcept nogil
        int (*forward)(const void*, const real*, int64_t, const real*, real*, void*) noexcept nogil
        int (*sums)(const void*, const real*, int64_t, const real*, const real*, const real*,
                    double*, real*, void*) noexcept nogil
        int (*epoch)(const void*, real*, real*, int64_t, const real*, const real*, const real*,
                     int64_t, const int64_t*, int64_t, double, double, double*,
                     void*) noexcept nogil

cdef const Py_ssize_t NEVER = 1 << 62      # more blocks than any walk has


cdef Lookout deaf_lookout() noexcept nogil:
    """A lookout whose time to look never comes."""
    return Lookout(INFINITY, NULL, 0, 0, 0, NULL)


cdef void place_sum_v1(
    GroupedSum* s, const Shape* shape, const Inputs* inputs, int64_t n, void* work,
    Py_ssize_t n_groups, Lookout* lookout,
) noexcept nogil:
    """`place_sum` in memory that may hold anything."""
    place_sum(s, shape, inputs, n, <real*> work, n_groups, lookout)
    memset(s.net.params, 0, shape.padded_size * sizeof(real))


cdef int forward_v1(
    const void* network, const real* theta, int64_t n, const real* X, real* outputs, void* work,
) noexcept nogil:
    cdef const Shape* shape = shape_v1(network)
    cdef Inputs inputs
    cdef GroupedSum s
    cdef Lookout lookout = deaf_lookout()
    cdef bint finite
    if shape is NULL:
        return FASTGD_V1_BAD_NETWORK
    if n <= 0:
        return FASTGD_V1_BAD_ARGUMENT if n < 0 else FASTGD_V1_OK
    if not (theta and X and outputs and work):
        return FASTGD_V1_BAD_ARGUMENT
    inputs = inputs_v1(shape, n, X, NULL, NULL, NULL)
    if few_rows(n, shape.n_inputs):
        finite = unpacked_outputs(shape, theta, &inputs, n, <real*> work, outputs, &lookout)
    else:
        place_sum_v1(&s, shape, &inputs, n, work, 0, &lookout)
        finite = packed_outputs(&s, theta, shape.n_parameters, outputs, 1)
    return FASTGD_V1_OK if finite else FASTGD_V1_NOT_FINITE


cdef int sums_v1(
    const void* network, const real* theta, int64_t n, const real* X, const real* Y,
    const real* weight, double* cost, real* gradient, void* work,
) noexcept nogil:
    cdef const Shape* shape = shape_v1(network)
    cdef Inputs inputs
    cdef GroupedSum s
    cdef Lookout lookout = deaf_lookout()
    if shape is NULL:
        return FASTGD_V1_BAD_NETWORK
    if n < 0 or not (theta and cost and work) or n > 0 and not (X and Y):
        return FASTGD_V1_BAD_ARGUMENT
    if not are_finite(theta, shape.n_parameters):
        return FASTGD_V1_NOT_FINITE
    place_sum_v1(&s, shape, &inputs, n, work, groups_of(shape, n), &lookout)
    inputs = inputs_v1(shape, n, X, Y, weight, s.scratch + s.scratch_size)
    set_block(&s, block_in_cache(&inputs, s.block))
    s.gradient = gradient is not NULL
    sum_all(&s, theta, gradient, 1)
    cost[0] = total_cost(&s)
    return FASTGD_V1_OK if isfinite(cost[0]) else FASTGD_V1_NOT_FINITE


cdef int epoch_v1(
    const void* network, real* theta, real* velocity, int64_t n, const real* X, const real* Y,
    const real* weight, int64_t n_order, const int64_t* order, int64_t batch_size,
    double learning_rate, double momentum, double* cost, void* work,
) noexcept nogil:
    cdef const Shape* shape = shape_v1(network)
    cdef Inputs inputs
    cdef BatchWalk walk
    cdef double total = 0
    cdef int64_t i
    if shape is NULL:
        return FASTGD_V1_BAD_NETWORK
    if (n < 0 or n_order < 0 or batch_size < 1 or not (theta and cost and work)
            or n_order > 0 and not (X and Y and order) or momentum != 0 and not velocity):
        return FASTGD_V1_BAD_ARGUMENT
    for i in range(n_order):
        if order[i] < 0 or order[i] >= n:
            return FASTGD_V1_BAD_ARGUMENT
    cost[0] = 0
    if n_order == 0:
        return FASTGD_V1_OK
    batch_size = min(batch_size, n)
    memset(&walk, 0, sizeof(BatchWalk))
    walk.lookout = deaf_lookout()
    walk.pause_at = INFINITY
    walk.blocks_per_look = NEVER
    place_sum_v1(&walk.s, shape, &inputs, n, work, groups_of_batch(shape, batch_size),
                 &walk.lookout)
    walk.theta = theta
    if velocity:
        # In panels, as the weights are; the walk keeps the zeros of their padding.
        walk.velocity = walk.s.scratch + shape.scratch_size
        memset(walk.velocity, 0, shape.slot_size * sizeof(real))
        pack_forward(&walk.s.net, velocity, walk.velocity, &walk.lookout)
    inputs = inputs_v1(shape, n, X, Y, weight,
                       walk.s.scratch + shape.scratch_size + shape.slot_size)
    walk.batch_size = batch_size
    walk.learning_rate = learning_rate
    walk.momentum = momentum
    walk.totals = &total
    walk_over(&walk, order, 1, n_order, 1)
    cost[0] = walk.total / walk.steps
    if not isfinite(cost[0]):
        return FASTGD_V1_NOT_FINITE
    if velocity:
        unpack(&walk.s.net, walk.velocity, velocity, &walk.lookout)
    return FASTGD_V1_OK


# ------------------------------------------------------------------------------ the doors

cdef FunctionsV1 TABLE_V1 = FunctionsV1(
    network_new_v1, network_free_v1, n_parameters_v1, forward_work_v1, sums_work_v1,
    epoch_work_v1, forward_v1, sums_v1, epoch_v1,
)
cdef list CAPSULE_NAMES = []   # a capsule does not own its name


cdef capsule_v1(const void* pointer, str name):
    name = name.replace("real", "float" if REAL_IS_FLOAT else "double")
    CAPSULE_NAMES.append(name.encode())
    return PyCapsule_New(<void*> pointer, CAPSULE_NAMES[len(CAPSULE_NAMES) - 1], NULL)


def table_v1(str name not None):
    """All functions of version 1 in one struct, in a capsule of that name."""
    return capsule_v1(&TABLE_V1, name)


def functions_v1():
    """Each function of version 1: its name, its signature, its address, all as a capsule knows it.

    The signatures are those that Cython asks for where a client names the function.
    """
    made = {}
    for name, pointer, signature in (
        ("network_new", <size_t> <void*> network_new_v1,
         "void *(int64_t, int64_t const *, int const *)"),
        ("network_free", <size_t> <void*> network_free_v1, "void (void *)"),
        ("n_parameters", <size_t> <void*> n_parameters_v1, "int64_t (void const *)"),
        ("forward_work", <size_t> <void*> forward_work_v1, "int64_t (void const *, int64_t)"),
        ("sums_work", <size_t> <void*> sums_work_v1, "int64_t (void const *, int64_t)"),
        ("epoch_work", <size_t> <void*> epoch_work_v1, "int64_t (void const *, int64_t, int64_t)"),
        ("forward", <size_t> <void*> forward_v1,
         "int (void const *, real const *, int64_t, real const *, real *, void *)"),
        ("sums", <size_t> <void*> sums_v1,
         "int (void const *, real const *, int64_t, real const *, real const *, "
         "real const *, double *, real *, void *)"),
        ("epoch", <size_t> <void*> epoch_v1,
         "int (void const *, real *, real *, int64_t, real const *, real const *, "
         "real const *, int64_t, int64_t const *, int64_t, double, double, double *, void *)"),
    ):
        made[name] = capsule_v1(<const void*> <size_t> pointer, signature)
    return made


def signature_v1(capsule):
    """The name of a capsule."""
    return PyCapsule_GetName(capsule).decode()


def address_v1(capsule):
    """What a capsule points to."""
    return <size_t> PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule))
