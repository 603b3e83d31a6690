# cython: boundscheck=False
"""A fastgd network called from Cython: float32, sigmoid layers."""

from libc.stdint cimport int64_t
from libc.stdlib cimport calloc, free, malloc

import numpy as np

from fastgd cimport api_v1


cdef class Network:
    """A network that lives as long as this object."""

    cdef void* network
    cdef readonly Py_ssize_t n_outputs

    def __cinit__(self, const int64_t[::1] sizes not None):
        cdef Py_ssize_t n_layers = sizes.shape[0] - 1
        cdef int* sigmoids = <int*> calloc(n_layers, sizeof(int))      # zeros: api_v1.SIGMOID
        self.network = api_v1.network_new_float32(n_layers, &sizes[0], sigmoids)
        free(sigmoids)
        if self.network is NULL:
            raise ValueError("no such network")
        self.n_outputs = sizes[n_layers]

    def __dealloc__(self):
        api_v1.network_free_float32(self.network)

    def outputs(self, const float[::1] theta, const float[:, ::1] X):
        """The network's outputs for the rows of X."""
        cdef int64_t n = X.shape[0]
        out = np.empty((n, self.n_outputs), np.float32)
        cdef float[:, ::1] rows = out
        cdef int status
        cdef void* work = malloc(api_v1.forward_work_float32(self.network, n))
        with nogil:
            status = api_v1.forward_float32(self.network, &theta[0], n, &X[0, 0], &rows[0, 0], work)
            free(work)
        raise_unless_ok(status)
        return out

    def epoch(self, float[::1] theta, const float[:, ::1] X, const float[:, ::1] Y,
              const int64_t[::1] order, int64_t batch_size, double learning_rate):
        """One epoch of mini-batch descent, in theta: the mean of the batches' costs."""
        cdef int64_t n = X.shape[0]
        cdef double cost
        cdef int status
        cdef void* work = malloc(api_v1.epoch_work_float32(self.network, n, batch_size))
        with nogil:
            status = api_v1.epoch_float32(
                self.network, &theta[0], NULL, n, &X[0, 0], &Y[0, 0], NULL, order.shape[0],
                &order[0], batch_size, learning_rate, 0, &cost, work)
            free(work)
        raise_unless_ok(status)
        return cost


cdef int raise_unless_ok(int status) except -1:
    if status != api_v1.OK:
        raise ValueError(f"fastgd returned {status}")
    return 0


def outputs(sizes, theta, X):
    return Network(sizes).outputs(theta, X)


def epoch(sizes, theta, X, Y, order, batch_size, learning_rate):
    return Network(sizes).epoch(theta, X, Y, order, batch_size, learning_rate)
