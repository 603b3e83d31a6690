# fastgd's C interface, version 1: frozen. `include/fastgd_v1.h` says what each function does.
#
#     from fastgd cimport api_v1
#
# Needs nothing at build time but fastgd installed, and at run time fastgd.

from libc.stdint cimport int64_t

cdef enum:
    OK = 0
    BAD_NETWORK = 1
    BAD_ARGUMENT = 2
    NOT_FINITE = 3

cdef enum:
    SIGMOID = 0
    TANH = 1
    RELU = 2
    IDENTITY = 3

cdef void* network_new_float32(
    int64_t n_layers, const int64_t* sizes, const int* activations,
) noexcept nogil
cdef void network_free_float32(void* network) noexcept nogil
cdef int64_t n_parameters_float32(const void* network) noexcept nogil
cdef int64_t forward_work_float32(const void* network, int64_t n) noexcept nogil
cdef int64_t sums_work_float32(const void* network, int64_t n) noexcept nogil
cdef int64_t epoch_work_float32(const void* network, int64_t n, int64_t batch_size) noexcept nogil
cdef int forward_float32(
    const void* network, const float* theta, int64_t n, const float* X, float* outputs,
    void* work,
) noexcept nogil
cdef int sums_float32(
    const void* network, const float* theta, int64_t n, const float* X, const float* Y,
    const float* weight, double* cost, float* gradient, void* work,
) noexcept nogil
cdef int epoch_float32(
    const void* network, float* theta, float* velocity, int64_t n, const float* X,
    const float* Y, const float* weight, int64_t n_order, const int64_t* order,
    int64_t batch_size, double learning_rate, double momentum, double* cost, void* work,
) noexcept nogil


cdef void* network_new_float64(
    int64_t n_layers, const int64_t* sizes, const int* activations,
) noexcept nogil
cdef void network_free_float64(void* network) noexcept nogil
cdef int64_t n_parameters_float64(const void* network) noexcept nogil
cdef int64_t forward_work_float64(const void* network, int64_t n) noexcept nogil
cdef int64_t sums_work_float64(const void* network, int64_t n) noexcept nogil
cdef int64_t epoch_work_float64(const void* network, int64_t n, int64_t batch_size) noexcept nogil
cdef int forward_float64(
    const void* network, const double* theta, int64_t n, const double* X, double* outputs,
    void* work,
) noexcept nogil
cdef int sums_float64(
    const void* network, const double* theta, int64_t n, const double* X, const double* Y,
    const double* weight, double* cost, double* gradient, void* work,
) noexcept nogil
cdef int epoch_float64(
    const void* network, double* theta, double* velocity, int64_t n, const double* X,
    const double* Y, const double* weight, int64_t n_order, const int64_t* order,
    int64_t batch_size, double learning_rate, double momentum, double* cost, void* work,
) noexcept nogil
