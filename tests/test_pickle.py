"""`Cost` and `Network`: pickled and copied, here, by joblib, and to processes that are spawned."""

from __future__ import annotations

import concurrent.futures
import copy
import io
import multiprocessing
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.common import Problem, distance, problem, run_python

from fastgd import Cost, Network
from fastgd._built import processor

DTYPES = ("float32", "float64")
SPARSE = 0.8


def by_joblib(cost: Cost) -> Cost:
    joblib: Any = pytest.importorskip("joblib")
    file = io.BytesIO()
    joblib.dump(cost, file)
    file.seek(0)
    again: Cost = joblib.load(file)
    return again


WAYS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda cost: pickle.loads(pickle.dumps(cost)),
    "the oldest pickle": lambda cost: pickle.loads(pickle.dumps(cost, protocol=0)),
    "joblib": by_joblib,
}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
LAYOUTS = ("dense reals", "dense uint8", "compressed reals", "compressed uint8")


def cost_of(p: Problem, layout: str, dtype: str = "float32", **options: Any) -> Cost:
    X = (200 * abs(p.X) % 255 + 1 * (p.X != 0)).astype(np.uint8) if "uint8" in layout else p.X
    cost = Cost(p.network, X, p.Y, sample_weight=p.weight, dtype=dtype, **options)
    assert cost.layout == layout
    return cost


def everything(cost: Cost, p: Problem) -> list[Any]:
    """What the kernels say of a cost, by each of their doors."""
    walk = cost.mini_batches(p.theta, batch_size=7, learning_rate=0.1, momentum=0.9)
    walk.epoch(np.arange(cost.n_examples)[::-1].copy())
    return [
        cost(p.theta), cost.gradient(p.theta), cost.sums(p.theta, [2, 0, 2])[1],
        cost.hessian_vector_product(p.theta, p.theta), walk.theta,
    ]  # fmt: skip


@ways
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_a_cost_comes_back_with_the_same_bits(
    way: Callable[[Cost], Cost], layout: str, dtype: str, weighted: bool
) -> None:
    zeros = SPARSE if "compressed" in layout else 0.0
    p = problem((40, 9, 3), 600, zeros=zeros, weighted=weighted)
    cost = cost_of(p, layout, dtype)
    other = way(cost)
    assert repr(other) == repr(cost)
    assert (other.dtype, other.network) == (cost.dtype, cost.network)
    for got, expected in zip(everything(other, p), everything(cost, p), strict=True):
        assert np.array_equal(got, expected)


@ways
@pytest.mark.parametrize("n_threads", [None, 2])
def test_the_number_of_threads_is_kept(way: Callable[[Cost], Cost], n_threads: int | None) -> None:
    assert way(problem().cost(n_threads=n_threads)).n_threads == n_threads


@ways
def test_what_a_user_hung_on_a_cost_is_kept(way: Callable[[Cost], Cost]) -> None:
    cost: Any = problem().cost()
    cost.note = "mine"
    other: Any = way(cost)
    assert other.note == "mine"


def test_a_copy_shares_the_examples_and_a_deep_copy_does_not() -> None:
    p = problem((40, 3), 600)
    X = p.X.copy()
    cost = Cost(p.network, X, p.Y)
    shared, own = copy.copy(cost), copy.deepcopy(cost)
    before = cost(p.theta)
    X[:] = 0
    assert shared(p.theta) == cost(p.theta) != before == own(p.theta)


def test_a_pickle_is_as_small_as_the_layout() -> None:
    """Of 100,000 pixels 4 % are kept; one-hot targets are 2,000 singles."""
    X = np.zeros((200, 500), np.uint8)
    X[:, ::25] = 9
    cost = Cost(Network((500, 10)), X, np.arange(200) % 10)
    assert len(pickle.dumps(cost)) < 2.2 * (X != 0).sum() + 4 * 2000 + 24 * 200 + 3000


@pytest.mark.parametrize("level", processor.supported())
def test_every_build_reads_the_pickle_of_another(level: str, tmp_path: Path) -> None:
    p = problem((40, 9, 3), 600, zeros=SPARSE, weighted=True)
    cost = p.cost("float32")
    (tmp_path / "cost").write_bytes(pickle.dumps((cost, p.theta)))
    code = f"""
import pickle
cost, theta = pickle.loads(open({str(tmp_path / "cost")!r}, "rb").read())
print(cost.gradient(theta).tolist())
"""
    got = eval(run_python(code, FASTGD_CPU=level))
    assert distance(got, cost.gradient(p.theta)) <= 2e-6


@pytest.mark.parametrize("layout", ["dense reals", "compressed uint8"])
def test_spawned_processes_give_the_same_bits(layout: str) -> None:
    p = problem((40, 9, 3), 600, zeros=SPARSE if "compressed" in layout else 0.0)
    cost = cost_of(p, layout)
    thetas = [p.theta * scale for scale in (0.5, 1.0, 2.0)]
    spawn = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=spawn) as pool:
        costs = list(pool.map(cost, thetas))
        gradients = list(pool.map(cost.gradient, thetas))
    assert costs == [cost(theta) for theta in thetas]
    assert np.array_equal(gradients, [cost.gradient(theta) for theta in thetas])


def test_a_memory_mapped_x_is_pickled_as_its_numbers(tmp_path: Path) -> None:
    p = problem((40, 3), 600)
    np.save(tmp_path / "X.npy", p.X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    again = pickle.loads(pickle.dumps(Cost(p.network, mapped, p.Y)))
    (tmp_path / "X.npy").unlink()
    assert again(p.theta) == p.cost()(p.theta)


def test_joblib_s_workers_map_what_was_mapped(tmp_path: Path) -> None:
    """And large arrays that were not: joblib's own doing, which a pickled Cost does not undo."""
    pytest.importorskip("joblib")
    code = f"""
import numpy as np
from joblib import Parallel, delayed
from fastgd import Cost, Network
X = np.random.default_rng(0).normal(size=(4000, 40))
np.save({str(tmp_path / "X.npy")!r}, X)
mapped = np.load({str(tmp_path / "X.npy")!r}, mmap_mode="r")
net = Network((40, 3))
theta = net.random_theta(0)
def ask(cost):
    a = cost.__getstate__()["_engine"][0].X.dense
    while a is not None and not isinstance(a, np.memmap):
        a = a.base
    return a is not None, cost(theta)
if __name__ == "__main__":
    costs = [Cost(net, x, np.zeros(4000, int)) for x in (mapped, X)]
    answers = Parallel(n_jobs=2)(delayed(ask)(cost) for cost in costs)
    print([is_mapped for is_mapped, _ in answers], {{c for _, c in answers}} == {{costs[0](theta)}})
"""
    assert run_python(code) == "[True, True] True"


def test_a_network_comes_back_with_its_builds_to_make() -> None:
    network = problem(activation="tanh").network
    for other in (way(network) for way in WAYS.values()):
        assert other == network
        assert repr(other) == repr(network)
        x, theta = np.ones(5), network.random_theta(0)
        assert np.array_equal(other(theta, x), network(theta, x))
