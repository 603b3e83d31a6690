/* fastgd's C interface, version 1, for float32 and float64.
 *
 * Frozen: what is declared here does not change. docs/c-api.md has an example for each language.
 *
 * A table of functions for each dtype, to be taken with the GIL held, once:
 *
 *     #include <Python.h>
 *     #include <fastgd_v1.h>
 *     const fastgd_v1_float32 *gd = fastgd_v1_import_float32();    NULL with an exception set
 *
 * The functions themselves need no GIL, use no Python object, take one thread, allocate nothing
 * (but network_new), print nothing and look for no signals. A network is read by any number of
 * threads at once; each brings working memory of its own.
 *
 * Arrays are C-contiguous and the caller's. theta holds W1, b1, W2, b2, ..., each W (n_out, n_in):
 * what a fastgd.Network of the same sizes and activations takes. X is (n, n_inputs), Y and
 * outputs are (n, n_outputs), weight is (n,) or NULL for 1. `work` is so many bytes as the
 * function's *_work says, aligned as malloc does, whatever they hold before and after.
 */
#ifndef FASTGD_V1_H
#define FASTGD_V1_H

#include <stdint.h>

/* What forward, sums and epoch return. */
enum {
    FASTGD_V1_OK = 0,
    FASTGD_V1_BAD_NETWORK = 1,  /* NULL, or a network of the other dtype */
    FASTGD_V1_BAD_ARGUMENT = 2, /* NULL that must not be, a negative count, a row that is not there */
    FASTGD_V1_NOT_FINITE = 3    /* NaN or infinity came in, or out of the arithmetic */
};

/* A layer's activation. */
enum {
    FASTGD_V1_SIGMOID = 0,
    FASTGD_V1_TANH = 1,
    FASTGD_V1_RELU = 2,
    FASTGD_V1_IDENTITY = 3
};

/* network_new   A network of n_layers layers of neurons: sizes (n_layers + 1,) from the inputs to
 *               the outputs, activations (n_layers,). NULL where one of these does not fit or
 *               memory is short.
 * network_free  Its end; NULL is left alone.
 * n_parameters  The length of theta; -1 where `network` is none.
 * *_work        Bytes of `work` for n rows; -1 where an argument does not fit.
 * forward       The outputs for n rows: the bits of network(theta, X).
 * sums          Sum over n rows of weight times cost, and of its gradient (n_parameters,), unless
 *               that is NULL: what Cost.sums gives for X kept dense.
 * epoch         A step for every batch_size rows of `order` (n_order,), a batch's mean gradient g:
 *                   velocity = momentum velocity + g,    theta -= learning_rate velocity.
 *               velocity (n_parameters,) is zeros at first, or NULL for momentum 0. `cost` becomes
 *               the mean of the batches' costs, each before its step. theta and velocity get the
 *               bits of MiniBatches.epoch for X kept dense. Where a cost is not finite both stay
 *               as they were.
 */
#define FASTGD_V1_FUNCTIONS(real)                                                                  \
    void *(*network_new)(int64_t n_layers, const int64_t *sizes, const int *activations);          \
    void (*network_free)(void *network);                                                           \
    int64_t (*n_parameters)(const void *network);                                                  \
    int64_t (*forward_work)(const void *network, int64_t n);                                       \
    int64_t (*sums_work)(const void *network, int64_t n);                                          \
    int64_t (*epoch_work)(const void *network, int64_t n, int64_t batch_size);                     \
    int (*forward)(const void *network, const real *theta, int64_t n, const real *X,               \
                   real *outputs, void *work);                                                     \
    int (*sums)(const void *network, const real *theta, int64_t n, const real *X, const real *Y,   \
                const real *weight, double *cost, real *gradient, void *work);                     \
    int (*epoch)(const void *network, real *theta, real *velocity, int64_t n, const real *X,       \
                 const real *Y, const real *weight, int64_t n_order, const int64_t *order,         \
                 int64_t batch_size, double learning_rate, double momentum, double *cost,          \
                 void *work);

typedef struct {
    FASTGD_V1_FUNCTIONS(float)
} fastgd_v1_float32;

typedef struct {
    FASTGD_V1_FUNCTIONS(double)
} fastgd_v1_float64;

#ifdef Py_PYTHON_H
#define fastgd_v1_import_float32() \
    ((const fastgd_v1_float32 *)PyCapsule_Import("fastgd.api_v1.float32", 0))
#define fastgd_v1_import_float64() \
    ((const fastgd_v1_float64 *)PyCapsule_Import("fastgd.api_v1.float64", 0))
#endif

#endif
