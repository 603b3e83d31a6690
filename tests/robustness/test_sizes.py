"""Sizes beyond what an integer, a pointer or a memory holds: refused, or computed right."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from tests.common import run_python

from fastgd import Cost, Network, gradient_descent


@pytest.mark.parametrize(
    "sizes",
    [[2**32, 2**32], [10**6] * 50, [2**63, 1], [1, 2**63], [10**30, 1], [2**20, 2**20, 2]],
    ids=str,
)
def test_networks_beyond_any_memory_are_refused(sizes: Any) -> None:
    with pytest.raises(ValueError, match="layer_sizes"):
        Network(sizes)


@pytest.mark.parametrize("sizes", [(2**33, 4), (2**20, 2**19)], ids=str)
def test_a_network_that_is_too_large_for_this_machine_is_a_memory_error(sizes: Any) -> None:
    """It may be made, since it holds no parameters; they may not."""
    code = f"""
import resource
resource.setrlimit(resource.RLIMIT_AS, (1 << 32, 1 << 32))
import numpy as np
import fastgd
net = fastgd.Network({sizes})
for ask in (
    lambda: net.random_theta(0),
    lambda: net(np.broadcast_to(np.float32(0), net.n_parameters), np.zeros((3, {sizes[0]}))),
):
    try:
        ask()
    except MemoryError:
        print("refused")
"""
    assert run_python(code) == "refused\nrefused"


@pytest.mark.parametrize("batch_size", [2**31, 2**62, 2**63 - 1, 10**30])
def test_a_batch_larger_than_the_data_is_all_of_it(batch_size: int) -> None:
    cost = Cost(Network((2, 1)), [[1.0, 0.0], [0.0, 1.0]], [[0.0], [1.0]])
    found = gradient_descent(cost, np.zeros(3), learning_rate=1.0, batch_size=batch_size, epochs=2)
    assert found.steps == 2


@pytest.mark.parametrize(
    "options", [{"epochs": 10**30}, {"record": 10**30}, {"epochs": 2**64, "record": 2**63}], ids=str
)
def test_numbers_of_epochs_have_no_end(options: Any) -> None:
    cost = Cost(Network((2, 1)), [[1.0, 0.0], [0.0, 1.0]], [[0.0], [1.0]])
    for batch_size in (None, 1):
        found = gradient_descent(
            cost, np.zeros(3), learning_rate=1.0, batch_size=batch_size,
            callback=lambda epoch: epoch.epoch == 3, **options,
        )  # fmt: skip
        assert len(found.costs) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="limits as on Linux")
def test_one_row_two_billion_times_is_a_memory_error() -> None:
    """More rows than 32 bits count, in no memory; what they ask for is refused at once."""
    code = """
import resource
import numpy as np
import fastgd
net = fastgd.Network((1, 1))
theta = net.random_theta(0)
X = np.broadcast_to(np.float32(0.5), (2**31 + 5, 1))
Y = np.broadcast_to(np.float32(0.5), (2**31 + 5, 1))
resource.setrlimit(resource.RLIMIT_AS, (1 << 31, 1 << 31))
for ask in (lambda: net(theta, X), lambda: fastgd.Cost(net, X, Y)):
    try:
        ask()
    except MemoryError:
        print("refused")
print(net(theta, X[:3]).shape)
"""
    assert run_python(code) == "refused\nrefused\n(3, 1)"


@pytest.mark.skipif(sys.maxsize < 2**40, reason="addresses of 64 bits")
def test_inputs_beyond_two_gibibytes() -> None:
    """Pixels behind byte 2^31: their row has its own cost, gradient, step and output."""
    n = 2**31 // 784 + 100
    X: Any = np.zeros((n, 784), np.uint8)
    X[-1] = np.arange(784) % 256
    labels = np.arange(n) % 2
    net = Network((784, 2))
    theta = net.random_theta(0)
    last = Cost(net, X[-1:], labels[-1:]).sums(theta)
    found = Cost(net, X, labels).sums(theta, [n - 1])
    assert np.allclose(found[0], last[0], rtol=1e-5)
    assert np.allclose(found[1], last[1], rtol=1e-5, atol=1e-7)
    assert np.allclose(net(theta, X)[-1], net(theta, X[-1]), rtol=1e-5)
