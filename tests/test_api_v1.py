"""`api_v1`: the C interface gives fastgd's own bits, and refuses what it cannot take.

That version 1 stays what it is: `test_frozen_v1.py`. Clients in other languages: `test_c_api.py`.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.common import Array, Problem, problem, problems, run_python

from fastgd import Cost, Network, api_v1
from fastgd._built import processor
from fastgd._engine import mini_batches

dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])
CODES = {
    "sigmoid": api_v1.SIGMOID, "tanh": api_v1.TANH, "relu": api_v1.RELU,
    "identity": api_v1.IDENTITY,
}  # fmt: skip
GUARD = 256  # bytes behind working memory that nobody may write


def pointer(a: Array | None) -> int | None:
    return None if a is None else a.ctypes.data


class Client:
    """A caller of version 1: a network, arrays of its dtype, working memory full of NaN."""

    def __init__(self, network: Network, dtype: str) -> None:
        self.dtype = dtype
        self.sizes = np.array(network.layer_sizes)
        codes = np.array([CODES[f] for f in network.layer_activations], np.int32)
        self.network = self.call("network_new", len(codes), self.sizes, codes)

    def call(self, name: str, *arguments: Any) -> Any:
        function = api_v1.function(f"{name}_{self.dtype}")
        return function(*(pointer(a) if isinstance(a, np.ndarray) else a for a in arguments))

    def work(self, size: int) -> Array:
        return np.full(size + GUARD, 255, np.uint8)

    def forward(self, theta: Array, X: Array) -> tuple[int, Array]:
        out = np.empty((len(X), self.sizes[-1]), self.dtype)
        work = self.work(self.call("forward_work", self.network, len(X)))
        status = self.call("forward", self.network, theta, len(X), X, out, work)
        assert (work[-GUARD:] == 255).all()
        return status, out

    def sums(
        self, theta: Array, X: Array, Y: Array, weight: Array | None
    ) -> tuple[int, float, Array]:
        cost, gradient = np.empty(1), np.empty_like(theta)
        work = self.work(self.call("sums_work", self.network, len(X)))
        status = self.call(
            "sums", self.network, theta, len(X), X, Y, weight, cost, gradient, work
        )  # fmt: skip
        assert (work[-GUARD:] == 255).all()
        return status, cost[0], gradient

    def epoch(
        self, theta: Array, velocity: Array | None, X: Array, Y: Array, order: Array,
        batch_size: int, *, weight: Array | None = None, learning_rate: float = 0.02,
        momentum: float = 0.0,
    ) -> tuple[int, float]:  # fmt: skip
        cost = np.empty(1)
        work = self.work(self.call("epoch_work", self.network, len(X), batch_size))
        status = self.call(
            "epoch", self.network, theta, velocity, len(X), X, Y, weight, len(order), order,
            batch_size, learning_rate, momentum, cost, work,
        )  # fmt: skip
        assert (work[-GUARD:] == 255).all()
        return status, cost[0]

    def free(self) -> None:
        self.call("network_free", self.network)


def arrays(p: Problem, dtype: str) -> tuple[Array, Array, Array, Array | None]:
    """theta, X without zeros, so that a cost keeps it dense, Y and weights."""
    X = np.where(p.X == 0, 1, p.X)
    weight = None if p.weight is None else p.weight.astype(dtype)
    return p.theta.astype(dtype), X.astype(dtype), p.Y.astype(dtype), weight


@pytest.fixture(params=["float32", "float64"])
def small(request: pytest.FixtureRequest) -> Iterator[Client]:
    client = Client(Network((5, 4, 3)), request.param)
    yield client
    client.free()


# ------------------------------------------------------------------------------- same bits


@settings(deadline=None, max_examples=60)
@given(p=problems(), dtype=st.sampled_from(["float32", "float64"]))
def test_forward_gives_the_network_s_bits(p: Problem, dtype: str) -> None:
    client = Client(p.network, dtype)
    theta, X, _, _ = arrays(p, dtype)
    status, out = client.forward(theta, X)
    client.free()
    assert status == api_v1.OK
    assert out.tobytes() == p.network(theta, X).tobytes()


@settings(deadline=None, max_examples=60)
@given(p=problems(), dtype=st.sampled_from(["float32", "float64"]))
def test_sums_give_the_cost_s_bits(p: Problem, dtype: str) -> None:
    client = Client(p.network, dtype)
    theta, X, Y, weight = arrays(p, dtype)
    status, cost, gradient = client.sums(theta, X, Y, weight)
    client.free()
    expected = Cost(p.network, X, Y, sample_weight=weight).sums(theta)
    assert (status, cost) == (api_v1.OK, expected[0])
    assert gradient.tobytes() == expected[1].tobytes()


@settings(deadline=None, max_examples=60)
@given(
    p=problems(),
    dtype=st.sampled_from(["float32", "float64"]),
    batch_size=st.integers(1, 400),
    momentum=st.sampled_from([0.0, 0.9]),
)
def test_epochs_give_the_walk_s_bits(
    p: Problem, dtype: str, batch_size: int, momentum: float
) -> None:
    client = Client(p.network, dtype)
    theta, X, Y, weight = arrays(p, dtype)
    walk = Cost(p.network, X, Y, sample_weight=weight, n_threads=1).mini_batches(
        theta, batch_size=batch_size, learning_rate=0.02, momentum=momentum
    )
    velocity = np.zeros_like(theta) if momentum else None
    for seed in range(2):
        order = np.random.default_rng(seed).permutation(len(X))
        status, cost = client.epoch(
            theta, velocity, X, Y, order, batch_size, weight=weight, momentum=momentum
        )
        assert (status, cost) == (api_v1.OK, walk.epoch(order))
        assert theta.tobytes() == walk.theta.tobytes()
    client.free()


@dtypes
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_batches_in_groups_and_long_walks_give_the_same_bits(
    dtype: str, momentum: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One walk here, many there: theta is unpacked between them."""
    monkeypatch.setattr(mini_batches, "WORK_PER_WALK", 1.0)
    p = problem((20, 17, 5), 1000)
    theta, X, Y, _ = arrays(p, dtype)
    walk = Cost(p.network, X, Y, n_threads=1).mini_batches(
        theta, batch_size=300, learning_rate=0.02, momentum=momentum
    )
    order = np.random.default_rng(0).permutation(1000)
    walk.epoch(order)
    client = Client(p.network, dtype)
    velocity = np.zeros_like(theta) if momentum else None
    client.epoch(theta, velocity, X, Y, order, 300, momentum=momentum)
    client.free()
    assert theta.tobytes() == walk.theta.tobytes()


def test_the_gradient_may_be_left_out(small: Client) -> None:
    p = problem()
    theta, X, Y, _ = arrays(p, small.dtype)
    cost, work = np.empty(1), small.work(small.call("sums_work", small.network, len(X)))
    small.call("sums", small.network, theta, len(X), X, Y, None, cost, None, work)
    assert cost[0] == small.sums(theta, X, Y, None)[1]


def test_threads_share_a_network(small: Client) -> None:
    theta, X, _, _ = arrays(problem(n=500), small.dtype)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: small.forward(theta, X)[1].tobytes(), range(40)))
    assert set(found) == {small.forward(theta, X)[1].tobytes()}


def test_no_rows_are_no_work(small: Client) -> None:
    theta, X, Y, _ = arrays(problem(), small.dtype)
    status, cost, gradient = small.sums(theta, X[:0], Y[:0], None)
    assert (status, cost, gradient.any()) == (api_v1.OK, 0, False)
    assert small.forward(theta, X[:0])[0] == api_v1.OK
    assert small.epoch(theta, None, X, Y, np.arange(0), 2) == (api_v1.OK, 0)


def test_signals_wait_for_the_end_of_a_call() -> None:
    """The interface runs no handler: an epoch ends as if none had been asked for."""
    p = problem((300, 40, 10), 5000)
    theta, X, Y, _ = arrays(p, "float32")
    client = Client(p.network, "float32")
    interrupted, order = theta.copy(), np.tile(np.arange(5000), 20)

    def press_once_it_walks() -> None:
        for _ in range(100_000):
            if (interrupted != theta).any():
                break
            time.sleep(1e-4)
        signal.pthread_kill(main, signal.SIGALRM)

    def walk_until_the_alarm() -> None:
        thread.start()
        client.epoch(interrupted, None, X, Y, order, 10)
        thread.join()

    main, thread = threading.get_ident(), threading.Thread(target=press_once_it_walks)
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            walk_until_the_alarm()
        thread.join()
    finally:
        signal.signal(signal.SIGALRM, before)
    client.epoch(theta, None, X, Y, order, 10)
    client.free()
    assert interrupted.tobytes() == theta.tobytes()


# --------------------------------------------------------------------------------- refusals


@dtypes
@pytest.mark.parametrize(
    ("n_layers", "sizes", "codes"),
    [(0, [3], []), (-1, [3], []), (1, [3, 0], [0]), (1, [-3, 2], [0]), (1, [3, 2], [4]),
     (1, [3, 2], [-1]), (1, [1 << 20, 1 << 20], [0]), (1, [1 << 62, 1 << 62], [0])],
)  # fmt: skip
def test_no_network_of_such_sizes(
    dtype: str, n_layers: int, sizes: list[int], codes: list[int]
) -> None:
    new = api_v1.function(f"network_new_{dtype}")
    s, c = np.array(sizes), np.array(codes, np.int32)
    assert new(n_layers, s.ctypes.data, c.ctypes.data) is None
    assert new(1, None, None) is None


def test_a_network_of_the_other_dtype_is_none(small: Client) -> None:
    other = {"float32": "float64", "float64": "float32"}[small.dtype]

    def call(name: str, *arguments: Any) -> Any:
        return api_v1.function(f"{name}_{other}")(*arguments)

    for network in (small.network, None):
        assert call("n_parameters", network) == -1
        assert call("forward_work", network, 1) == -1
        assert call("sums_work", network, 1) == -1
        assert call("epoch_work", network, 1, 1) == -1
        assert call("forward", network, None, 1, *[None] * 3) == api_v1.BAD_NETWORK
        assert call("sums", network, None, 1, *[None] * 6) == api_v1.BAD_NETWORK
        nothing = (None, 1, None, 1, 0.1, 0.0, None, None)
        assert call("epoch", network, None, None, 1, None, None, *nothing) == api_v1.BAD_NETWORK
        call("network_free", network)  # neither freed nor a crash
    assert small.call("n_parameters", small.network) == 39


def test_working_memory_of_nonsense_is_none(small: Client) -> None:
    for n in (-1, 1 << 62):
        assert small.call("sums_work", small.network, n) == -1
        assert small.call("epoch_work", small.network, n, 1) == -1
    assert small.call("forward_work", small.network, -1) == -1
    assert small.call("epoch_work", small.network, 1, 0) == -1


@pytest.mark.parametrize("missing", range(4))
def test_forward_refuses_null(small: Client, missing: int) -> None:
    a = np.zeros(99999, small.dtype)
    theta, X, out, work = (None if i == missing else a for i in range(4))
    status = small.call("forward", small.network, theta, 1, X, out, work)
    assert status == api_v1.BAD_ARGUMENT


@pytest.mark.parametrize(
    ("order", "batch_size", "momentum"),
    [([0, 7], 2, 0.0), ([-1, 0], 2, 0.0), ([0], 0, 0.0), ([0], 1, 0.9)],
    ids=["row behind the last", "row before the first", "no batch", "momentum without velocity"],
)
def test_epochs_refuse(small: Client, order: list[int], batch_size: int, momentum: float) -> None:
    theta, X, Y, _ = arrays(problem(), small.dtype)
    before = theta.copy()
    cost, work = np.empty(1), small.work(1 << 22)
    status = small.call(
        "epoch", small.network, theta, None, len(X), X, Y, None, len(order), np.array(order),
        batch_size, 0.1, momentum, cost, work,
    )  # fmt: skip
    assert status == api_v1.BAD_ARGUMENT
    assert theta.tobytes() == before.tobytes()


@pytest.mark.parametrize("n", [1, 500], ids=["few", "many"])
@pytest.mark.parametrize("where", ["theta", "X"])
def test_what_is_not_finite_is_told(small: Client, n: int, where: str) -> None:
    theta, X, Y, _ = arrays(problem(n=n), small.dtype)
    (theta if where == "theta" else X).flat[0] = np.nan
    assert small.forward(theta, X)[0] == api_v1.NOT_FINITE
    assert small.sums(theta, X, Y, None)[0] == api_v1.NOT_FINITE


def test_a_walk_that_diverges_leaves_theta_and_velocity(small: Client) -> None:
    p = problem((5, 4, 3), 50, "relu", "identity")
    client = Client(p.network, small.dtype)
    theta, X, Y, _ = arrays(p, small.dtype)
    velocity = np.zeros_like(theta)
    before = theta.copy()
    status, cost = client.epoch(
        theta, velocity, X, Y, np.arange(50), 5, learning_rate=1e30, momentum=0.9
    )
    client.free()
    assert status == api_v1.NOT_FINITE
    assert not np.isfinite(cost)
    assert theta.tobytes() == before.tobytes()
    assert not velocity.any()


# ------------------------------------------------------------------------------- the doors


@pytest.mark.parametrize("level", processor.supported())
def test_functions_are_those_of_the_build_that_was_asked_for(level: str) -> None:
    code = """
import fastgd
for name in fastgd.api_v1.names():
    for line in open("/proc/self/maps"):
        lo, hi = (int(end, 16) for end in line.split()[0].split("-"))
        if lo <= fastgd.api_v1.address(name) < hi:
            print(line.split()[-1].rpartition("/")[2].partition(".")[0])
"""
    expected = [f"kernels_{name.rpartition('_')[2]}_{level}" for name in api_v1.names()]
    assert run_python(code, FASTGD_CPU=level).split() == expected


@pytest.mark.parametrize("door", [api_v1.address, api_v1.signature, api_v1.function])
def test_a_name_that_is_none_is_refused(door: Any) -> None:
    with pytest.raises(ValueError, match=r"^name: expected one of network_new_float32, .*'hop'$"):
        door("hop")
