"""`on_dask` and `holder`: shards on workers, and what becomes of them when one dies."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.parts.engines import each_part, given, problem
from tests.parts.many import cluster, write_regression

import fastgd
from fastgd.cli import main
from fastgd.parts import DaskCost, PartError, RankCost, SumCost

dask = pytest.importorskip("dask")
array = pytest.importorskip("dask.array")
pytest.importorskip("distributed")
# A cluster that is shut down complains of what it interrupts.
pytestmark = pytest.mark.filterwarnings("ignore")
CUTS = [10, 30, 60, 60, 100, 130, 190]


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with cluster() as found:
        yield found


@pytest.fixture
def doomed() -> Iterator[Any]:
    """A client of workers that no other test needs."""
    with cluster() as found:
        yield found


def delayed_shards() -> list[Any]:
    p = problem("dense", weighted=True)
    return [dask.delayed(shard) for shard in given(p.shards(CUTS))]


def test_the_command_standardises_columns_as_one_process_does(
    client: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("safetensors")
    write_regression(tmp_path / "shards")
    words = ["train", "--data", str(tmp_path / "shards"), "--epochs", "2", "--quiet", "--save"]
    found = []
    for more in (["--scheduler", client.scheduler.address], ["--validation", "0"]):
        model = tmp_path / f"{len(found)}.safetensors"
        assert main([*words, str(model), *more]) == 0
        found.append(fastgd.load(model))
    many, one = found
    assert many.metadata["scales"] == one.metadata["scales"]
    # Without its descent a file is gone on from where its network is, in the same units.
    bare = tmp_path / "bare.safetensors"
    fastgd.save(bare, many.network, many.theta, {
        k: v for k, v in many.metadata.items() if k != "descent"
    })  # fmt: skip
    further = ["--from", str(bare), "--learning-rate", "1e-12"]
    assert main([*words, str(bare), *further, "--scheduler", client.scheduler.address]) == 0
    assert np.allclose(fastgd.load(bare).theta, many.theta, rtol=1e-3)
    assert capsys.readouterr().out == ""


def test_delayed_shards_have_the_bits_of_parts_in_one_process(client: Any) -> None:
    p = problem("dense", weighted=True)
    parts = each_part(p.network, p.shards(CUTS), "float64")
    cost, whole = DaskCost(p.network, delayed_shards()), SumCost(parts)
    assert (cost.n_examples, cost.dtype) == (200, np.float64)
    assert repr(cost).endswith("8 shards on 2 workers>")
    found, expected = cost.value_and_gradient(p.theta), whole.value_and_gradient(p.theta)
    assert found[0] == expected[0] == cost(p.theta)
    assert (found[1] == expected[1]).all()
    v = p.theta[::-1].copy()
    product = cost.hessian_vector_product(p.theta, v)
    assert (product == whole.hessian_vector_product(p.theta, v)).all()


def test_arrays_are_cut_as_x_is(client: Any) -> None:
    p = problem("uint8", weighted=True)
    X = array.from_array(p.X, chunks=(70, 9))
    Y = array.from_array(p.Y, chunks=200)
    cost = DaskCost(p.network, X, Y, sample_weight=array.from_array(p.weight, chunks=50))
    expected = p.cost("float32").value_and_gradient(p.theta)
    found = cost.value_and_gradient(p.theta)
    assert found[0] == pytest.approx(expected[0], rel=1e-6)
    assert np.allclose(found[1], expected[1], rtol=0, atol=1e-6)


def test_shards_that_walk_apart_are_those_of_ranks(client: Any) -> None:
    p = problem("dense", weighted=True)
    options = {"learning_rate": 0.2, "momentum": 0.5, "batch_size": 5, "epochs": 2, "rng": 3}
    found = fastgd.gradient_descent(
        DaskCost(p.network, delayed_shards(), local_steps=2), p.theta, **options
    )
    each = SumCost(each_part(p.network, p.shards(CUTS), "float64"))
    expected = fastgd.gradient_descent(
        RankCost(each, lambda buffer: None, local_steps=2), p.theta, **options
    )
    assert (found.theta == expected.theta).all()
    assert (found.costs == expected.costs).all()


def test_a_shard_that_does_not_fit_is_named(client: Any) -> None:
    p = problem("dense")
    shards = given(p.shards([50, 100]))
    shards[1][0][3, 2] = np.nan
    with pytest.raises(PartError, match=r"shard 2 of 3: X\[3, 2\] is nan"):
        DaskCost(p.network, shards)
    shards[1] = (p.X[:5].astype(np.float32), p.Y[:5])
    with pytest.raises(ValueError, match="shard 2 of 3: its dtype is float32; that of shard 1"):
        DaskCost(p.network, shards)

    def lost() -> None:
        raise FileNotFoundError("X-1.npy is gone")

    with pytest.raises(PartError, match=r"shard 1 of 1: X-1\.npy is gone"):
        DaskCost(p.network, [dask.delayed(lost)()])
    with pytest.raises(PartError, match=r"shard 1 of 1: expected \(X, Y\) or"):
        DaskCost(p.network, [dask.delayed(3)])


def test_arguments_that_do_not_fit_are_refused(client: Any) -> None:
    p = problem("dense")
    X = array.from_array(p.X, chunks=(70, -1))
    with pytest.raises(TypeError, match="Y: expected a dask array, got None"):
        DaskCost(p.network, X)
    with pytest.raises(TypeError, match="Y: expected a dask array, got ndarray"):
        DaskCost(p.network, X, p.Y)
    with pytest.raises(ValueError, match="Y has 10 rows; X has 200"):
        DaskCost(p.network, X, array.from_array(p.Y[:10]))
    with pytest.raises(TypeError, match="X: expected a dask array beside Y, got ndarray"):
        DaskCost(p.network, p.X, p.Y)
    with pytest.raises(ValueError, match="number of shards"):
        DaskCost(p.network, [])


@pytest.mark.promise("ranks", 1)
def test_a_worker_that_dies_in_a_step_changes_no_bit(doomed: Any) -> None:
    """It is killed while it computes."""
    digits = fastgd.datasets.digits()
    net = fastgd.Network((784, 64, 10))
    theta = net.random_theta(rng=0)
    X = array.from_array(digits.train_images[:4000], chunks=(1000, 784))
    Y = array.from_array(digits.train_labels[:4000], chunks=1000)
    cost = DaskCost(net, X, Y)
    expected = fastgd.gradient_descent(cost, theta, learning_rate=0.1, epochs=30)
    pid = next(iter(doomed.run(os.getpid).values()))
    killer = threading.Timer(0.05, os.kill, (pid, signal.SIGKILL))
    killer.start()
    found = fastgd.gradient_descent(cost, theta, learning_rate=0.1, epochs=30)
    while killer.is_alive():
        cost(theta)
    assert (found.theta == expected.theta).all()
    assert cost(found.theta) == expected.cost
    assert (cost.gradient(theta) == SumCost(
        [fastgd.Cost(net, digits.train_images[i : i + 1000], digits.train_labels[i : i + 1000])
         for i in range(0, 4000, 1000)]
    ).gradient(theta)).all()  # fmt: skip


def test_without_a_client_or_dask_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    p = problem("dense")
    distributed = sys.modules["dask.distributed"]

    def none() -> None:
        raise ValueError

    with monkeypatch.context() as patch:
        patch.setattr(distributed, "get_client", none)
        with pytest.raises(ValueError, match=r"client: there is none; make one by dask\."):
            DaskCost(p.network, delayed_shards())
    monkeypatch.setitem(sys.modules, "dask", None)
    with pytest.raises(ImportError, match=r'DaskCost needs Dask: pip install "fastgd\[dask\]"'):
        DaskCost(p.network, [])
