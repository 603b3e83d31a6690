"""The clients of fastgd's C interface beside fastgd itself: the same bits.

Run it where fastgd and the clients are installed. docs/c-api.md says how.
"""

import importlib

import numpy as np

import fastgd

CLIENTS = ("c_client", "cython_client", "numba_client")

digits = fastgd.datasets.digits()
net = fastgd.Network((784, 16, 16, 10))
sizes = np.array(net.layer_sizes)
theta = net.random_theta(rng=0)
# Dark ink on white paper has few zeros: a Cost keeps such rows dense, as the C interface does.
paper = 1 - digits.train_images / np.float32(255)
Y = np.eye(10, dtype=np.float32)[digits.train_labels]
order = np.random.default_rng(0).permutation(len(Y))
cost = fastgd.Cost(net, paper, Y, n_threads=1)


def check(name):
    client = importlib.import_module(name)
    for images in (digits.test_images, digits.test_images[:1]):
        read = client.outputs(sizes, theta, images / np.float32(255))
        assert bytes(read) == net(theta, images).tobytes()
    walk = cost.mini_batches(theta, batch_size=10, learning_rate=0.1)
    walked = theta.copy()
    for _ in range(2):
        mean = client.epoch(sizes, walked, paper, Y, order, 10, 0.1)
        assert mean == walk.epoch(order)
        assert walked.tobytes() == walk.theta.tobytes()
    print(f"{name}: {len(digits.test_images)} digits read and 2 epochs walked with fastgd's bits")


for name in CLIENTS:
    check(name)
# The shortest of many short runs: on a busy machine a long one is interrupted.
small = fastgd.Network((4, 32, 16, 4))
arguments = np.array(small.layer_sizes), small.random_theta(rng=0), np.ones(4, np.float32), 1000
time_calls = importlib.import_module("c_client").seconds_per_call
seconds = min(time_calls(*arguments) for _ in range(1000))
print(f"forward for one row of 4-32-16-4, called from C: {1e6 * seconds:.2f} us")
