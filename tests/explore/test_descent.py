"""`descent.wasm` and `kernel.js`: both descend as fastgd's kernels do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.explore.assembly import MODULE, assembled
from tests.explore.node import Walk, run, with_node

import fastgd

SAMPLE = fastgd.datasets.digits()
N = 1000
MACHINES = {"JavaScript": None, "WebAssembly": MODULE}
every_machine = pytest.mark.parametrize("machine", MACHINES)
pytestmark = with_node


def of_digits(
    sizes: tuple[int, ...], f: str, output: str, rate: float, batch: int = 10, epochs: int = 2
) -> Walk:
    network = fastgd.Network(sizes, activation=f, output_activation=output)
    rng = np.random.default_rng(1)
    order = np.concatenate([rng.permutation(N) for _ in range(epochs)])
    Y = fastgd.datasets.one_hot(SAMPLE.train_labels[:N])
    theta = network.random_theta(rng=2)
    return Walk(network, SAMPLE.train_images[:N], Y, theta, order, batch, rate)


def of_xor(f: str, epochs: int) -> Walk:
    network = fastgd.Network((2, 5, 1), activation=f)
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    order = np.tile(np.arange(4), epochs)
    Y = np.array([[0.0], [1], [1], [0]])
    return Walk(network, X, Y, network.random_theta(rng=3), order, 2, 1.0)


WALKS = {
    "784-16-16-10": of_digits((784, 16, 16, 10), "sigmoid", "sigmoid", 0.5),
    "784-10": of_digits((784, 10), "sigmoid", "sigmoid", 0.5),
    "784-100-50-10": of_digits((784, 100, 50, 10), "sigmoid", "sigmoid", 0.5),
    "relu": of_digits((784, 16, 16, 10), "relu", "identity", 0.01),
    "tanh": of_digits((784, 18, 10), "tanh", "tanh", 0.05),
    "relu output": of_digits((784, 6, 10), "sigmoid", "relu", 0.02),
    "batches of 300": of_digits((784, 16, 16, 10), "sigmoid", "sigmoid", 2.0, 300, 50),
    "one at a time": of_digits((784, 16, 10), "sigmoid", "sigmoid", 0.1, 1, 1),
    "XOR": of_xor("tanh", 300),
    "XOR, relu": of_xor("relu", 300),
}


@every_machine
@pytest.mark.parametrize("name", WALKS)
def test_hundreds_of_steps_end_where_the_kernels_end(
    name: str, machine: str, tmp_path: Path
) -> None:
    walk = WALKS[name]
    theta, told = walk.in_node(tmp_path, wasm=MACHINES[machine])
    expected, costs, cost = walk.in_fastgd()
    assert told["kind"] == machine
    assert len(walk.order) / walk.batch >= 150
    assert np.abs(expected - walk.theta).max() > 0.05
    np.testing.assert_allclose(theta, expected, atol=1e-4, rtol=0)
    assert told["costs"][0] == pytest.approx(costs, rel=1e-4)
    assert told["measured"]["cost"] == pytest.approx(cost(expected), rel=1e-3)
    outputs, Y = walk.network(theta, walk.X), walk.Y
    if Y.shape[1] > 1:
        right = outputs.argmax(1) == Y.argmax(1)
    else:
        right = ((outputs > 0.5) == (Y > 0.5))[:, 0]
    assert told["measured"]["right"] == right.sum()


@every_machine
def test_passes_of_whole_batches_are_one_walk(machine: str, tmp_path: Path) -> None:
    """The trainer looks at the clock between them."""
    walk = of_digits((784, 16, 10), "sigmoid", "sigmoid", 0.5, 30, 1)
    whole, told = walk.in_node(tmp_path, wasm=MACHINES[machine])
    passes = [(0, 30), (30, 300), (300, N)]
    parts, of_parts = walk.in_node(tmp_path, wasm=MACHINES[machine], passes=passes)
    np.testing.assert_array_equal(parts, whole)
    assert sum(of_parts["costs"]) == pytest.approx(told["costs"][0])


@every_machine
@pytest.mark.parametrize(
    ("f", "output"), [("sigmoid", "sigmoid"), ("tanh", "identity"), ("relu", "tanh")]
)
def test_a_step_is_the_gradient_s(f: str, output: str, machine: str, tmp_path: Path) -> None:
    """Against central differences of the cost in float64."""
    network = fastgd.Network((7, 5, 6, 3), activation=f, output_activation=output)
    rng = np.random.default_rng(4)
    X, Y = rng.normal(size=(9, 7)).astype(np.float32), rng.random((9, 3))
    theta = rng.normal(size=network.n_parameters).astype(np.float32)  # no relu at its kink
    walk = Walk(network, X, Y, theta, np.arange(9), 9, 0.125)
    after, _ = walk.in_node(tmp_path, wasm=MACHINES[machine])
    cost = fastgd.Cost(network, X, Y.astype(np.float32), dtype="float64")
    steps = 1e-5 * np.eye(len(theta))
    slopes = [(cost(theta + step) - cost(theta - step)) / 2e-5 for step in steps]
    assert np.abs(slopes).max() > 0.05
    np.testing.assert_allclose((theta - after) / 0.125, slopes, atol=1e-5)


@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_any_small_network(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    sizes = data.draw(st.lists(st.integers(1, 23), min_size=2, max_size=4))
    names = st.sampled_from(["sigmoid", "tanh", "relu", "identity"])
    hidden = data.draw(st.lists(names, min_size=len(sizes) - 2, max_size=len(sizes) - 2))
    network = fastgd.Network(sizes, activation=hidden, output_activation=data.draw(names))
    seed, batch = data.draw(st.integers(0, 99)), data.draw(st.integers(1, 8))
    rng = np.random.default_rng(seed)
    X = rng.random((7, sizes[0]), np.float32) * (rng.random((7, sizes[0])) < 0.7)
    Y, theta = rng.random((7, sizes[-1])), network.random_theta(rng=seed)
    walk = Walk(network, X.astype(np.float32), Y, theta, rng.permutation(7), batch, 0.01)
    expected, _, _ = walk.in_fastgd()
    for wasm in MACHINES.values():
        found, _ = walk.in_node(tmp_path_factory.mktemp("walk"), wasm=wasm)
        np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.skipif(
    not (shutil.which("clang") and shutil.which("wasm-ld")), reason="no clang or wasm-ld"
)
def test_the_module_in_the_repository_is_its_source_s(tmp_path: Path) -> None:
    """Another clang may write other bytes: they take the same steps."""
    built = tmp_path / "descent.wasm"
    built.write_bytes(assembled())
    assert len(MODULE.read_bytes()) < 12_000
    for name in ("784-16-16-10", "relu", "XOR"):
        walk = WALKS[name]
        kept, _ = walk.in_node(tmp_path, wasm=MODULE)
        rebuilt, _ = walk.in_node(tmp_path, wasm=built)
        np.testing.assert_allclose(rebuilt, kept, atol=1e-6)


def test_random_numbers_repeat_and_spread(tmp_path: Path) -> None:
    script = """
    const draw = (seed) => Array.from({ length: 20000 }, Kernel.random(seed));
    const theta = (seed) => Array.from(
      Kernel.randomTheta([50, 40, 30], ["relu", "sigmoid"], Kernel.random(seed)));
    const order = Array.from({ length: 100 }, (_, i) => i);
    Kernel.shuffle(order, Kernel.random(5));
    console.log(JSON.stringify({ a: draw(1), again: draw(1), b: draw(2), theta: theta(1), order }));
    """
    told = json.loads(run(script, tmp_path, "kernel.js"))
    a = np.array(told["a"])
    assert told["a"] == told["again"] != told["b"]
    assert 0 <= a.min() < a.max() < 1
    assert np.histogram(a, 10, (0, 1))[0] == pytest.approx(2000, rel=0.1)
    assert sorted(told["order"]) == list(range(100)) != told["order"]
    network = fastgd.Network((50, 40, 30), activation="relu")
    first, last = network.layers(np.array(told["theta"], np.float32))
    assert first.weights.std() == pytest.approx(np.sqrt(2 / 50), rel=0.05)
    assert last.weights.std() == pytest.approx(np.sqrt(1 / 40), rel=0.05)
    assert not first.biases.any()
