"""A fastgd network called from numba's compiled code: float32, sigmoid layers."""

import numpy as np
from numba import njit

from fastgd import api_v1

network_new = api_v1.function("network_new_float32")
network_free = api_v1.function("network_free_float32")
forward_work = api_v1.function("forward_work_float32")
forward = api_v1.function("forward_float32")
epoch_work = api_v1.function("epoch_work_float32")
epoch_ = api_v1.function("epoch_float32")
NULL = 0


@njit
def new(sizes):
    activations = np.full(len(sizes) - 1, api_v1.SIGMOID, np.int32)
    network = network_new(len(activations), sizes.ctypes.data, activations.ctypes.data)
    if not network:
        raise ValueError("no such network")
    return network


@njit
def outputs(sizes, theta, X):
    """The network's outputs for the rows of X."""
    network = new(sizes)
    out = np.empty((len(X), sizes[-1]), np.float32)
    work = np.empty(forward_work(network, len(X)), np.uint8)
    status = forward(
        network, theta.ctypes.data, len(X), X.ctypes.data, out.ctypes.data, work.ctypes.data
    )
    network_free(network)
    if status != api_v1.OK:
        raise ValueError("fastgd refused")
    return out


@njit
def epoch(sizes, theta, X, Y, order, batch_size, learning_rate):
    """One epoch of mini-batch descent, in theta: the mean of the batches' costs."""
    network = new(sizes)
    cost = np.empty(1)
    work = np.empty(epoch_work(network, len(X), batch_size), np.uint8)
    status = epoch_(
        network, theta.ctypes.data, NULL, len(X), X.ctypes.data, Y.ctypes.data, NULL, len(order),
        order.ctypes.data, batch_size, learning_rate, 0.0, cost.ctypes.data, work.ctypes.data,
    )  # fmt: skip
    network_free(network)
    if status != api_v1.OK:
        raise ValueError("fastgd refused")
    return cost[0]
