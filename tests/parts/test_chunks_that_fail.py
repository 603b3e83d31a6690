"""Chunks that fail or do not fit, limits and signals: what is said, and that nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from tests.common import run_python
from tests.parts.engines import given, problem
from tests.parts.test_chunked import CUTS, OPTIONS, Failing, chunked, largest

import fastgd
from fastgd import callbacks, parts

STEPS: dict[str, dict[str, Any]] = {
    "full batch": {"learning_rate": 0.1, "epochs": 3},
    "mini-batches": OPTIONS,
}


@pytest.mark.parametrize("options", STEPS.values(), ids=list(STEPS))
def test_a_chunk_that_fails_to_read_is_named_and_nothing_is_lost(options: dict[str, Any]) -> None:
    """In the second epoch: the first one's theta is there, to go on from."""
    p = problem("dense")
    chunks = given(p.shards(CUTS))
    tight = 4 * largest(p)
    failing = Failing(chunks, 4, OSError(5, "Input/output error"), times=1)
    failing.n_examples = 200
    cost = parts.ChunkedCost(p.network, failing, memory_budget=tight)
    with pytest.raises(parts.PartError, match=r"chunk 5 of 6 \(shard-4.npy\): .*Input/output") as e:
        fastgd.gradient_descent(cost, p.theta, **options)
    assert isinstance(e.value.__cause__, OSError)
    descent = e.value.descent  # type: ignore[attr-defined]
    assert len(descent.state.costs) == 1
    mended = parts.ChunkedCost(p.network, chunks, memory_budget=tight)
    gone_on = fastgd.gradient_descent(mended, p.theta, **options, resume=descent)
    assert (gone_on.theta == fastgd.gradient_descent(mended, p.theta, **options).theta).all()


def wrong(change: Callable[[Any, Any], Any]) -> list[Any]:
    p = problem("dense")
    chunks = given(p.shards(CUTS))
    chunks[4] = change(chunks[4][0].copy(), chunks[4][1].copy())
    return chunks


def with_nan(X: Any, Y: Any) -> Any:
    X[3, 2] = np.nan
    return X, Y


@pytest.mark.parametrize(
    ("chunks", "complaint"),
    [
        (wrong(with_nan), r"X\[3, 2\] is nan"),
        (wrong(lambda X, Y: (X[:, :39], Y)), r"X has shape \(60, 39\); expected .*40 inputs"),
        (wrong(lambda X, Y: (X, Y[:-1])), "Y has 59 labels; X has 60 examples"),
        (wrong(lambda X, Y: (X, Y + 1)), "Y has the label 3"),
        (wrong(lambda X, Y: (X.astype(np.uint8), Y)), "X is uint8; the first chunk has numbers"),
        (wrong(lambda X, Y: X), "expected .X, Y. or"),
        (wrong(lambda X, Y: (X[:0, :39], Y[:0])), r"X has shape \(0, 39\)"),
    ],
)
def test_a_chunk_that_is_not_like_the_others_is_named(chunks: list[Any], complaint: str) -> None:
    cost = parts.ChunkedCost(problem().network, chunks)
    with pytest.raises(parts.PartError, match=f"^chunk 5 of 6: {complaint}"):
        cost(problem().theta)
    assert len(cost._kept) == 4  # those before it are as they were


def test_what_are_no_chunks_is_refused() -> None:
    net = problem().network
    with pytest.raises(TypeError, match=r"chunks: expected a sequence of \(X, Y\), got generator"):
        parts.ChunkedCost(net, (pair for pair in []))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="chunks: expected at least one"):
        parts.ChunkedCost(net, [])
    with pytest.raises(TypeError, match="memory_budget: expected an integer"):
        chunked(problem(), memory_budget=1e9)


def test_where_no_thread_can_be_made_chunks_are_read_by_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    p = problem("dense")
    expected = chunked(p).gradient(p.theta)

    def refuse(*args: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(ThreadPoolExecutor, "submit", refuse)
    assert (chunked(p).gradient(p.theta) == expected).all()


def test_it_may_stand_in_a_callback() -> None:
    """One pass within another's descent."""
    p = problem("dense")
    cost, held_out = chunked(p), chunked(p)
    stopping = callbacks.EarlyStopping(held_out, patience=2)
    found = fastgd.gradient_descent(cost, p.theta, **OPTIONS, callback=stopping)
    assert len(stopping.costs) == len(found.costs)


@pytest.mark.skipif("sys.platform == 'win32'", reason="limits as on Unix")
def test_a_full_disk_under_the_cache_names_the_chunk_and_nothing_is_lost() -> None:
    code = """
import resource, tempfile
from tests.parts.test_chunked import OPTIONS, CUTS, Failing, given, problem
from fastgd import parts
import fastgd
p = problem("dense")
chunks = Failing(given(p.shards(CUTS)), -1, OSError())
chunks.n_examples = 200
folder = tempfile.mkdtemp()
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
try:
    cost = parts.ChunkedCost(p.network, chunks, cache=folder)
    fastgd.gradient_descent(cost, p.theta, **OPTIONS)
except parts.PartError as error:
    print(error)
    print(len(error.descent.theta), fastgd.gradient_descent(
        parts.ChunkedCost(p.network, chunks), p.theta, **OPTIONS, resume=error.descent).steps)
"""
    told, lost = run_python(code).splitlines()
    assert told.startswith("chunk 5 of 6 (shard-4.npy): ")
    assert "cannot be kept in cache=" in told
    assert told.endswith("; give another folder, or none")
    assert lost == "223 150"


LARGE = """
import os, sys, tempfile
import numpy as np
import fastgd
from fastgd import parts
rng = np.random.default_rng(0)
MIB = 1 << 20
def resident(name):
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))
net = fastgd.Network((512, 8, 3))
theta = net.random_theta(rng=0)
folder = tempfile.mkdtemp()
pixels = np.random.default_rng(0).bytes(512 * N)
with open(folder + "/X", "wb") as file:
    file.write(pixels)
del pixels
X = np.memmap(folder + "/X", np.uint8, "r", shape=(N, 512))
Y = np.zeros(len(X), np.int64)
"""


@pytest.mark.skipif("sys.platform != 'linux'", reason="memory as Linux tells it")
def test_the_budget_is_kept_to_within_64_mib() -> None:
    code = f"""N = 200_000  # 102 MB
{LARGE}
cost = parts.ChunkedCost(net, parts.chunks_of(X, Y, rows=4000), memory_budget=16 * MIB)
before = resident("VmRSS")
open("/proc/self/clear_refs", "w").write("5")
cost.gradient(theta)
cost.mini_batches(theta, batch_size=64, learning_rate=0.1).epoch(0)
cost.hessian_vector_product(theta, theta)
print((resident("VmHWM") - before) // MIB)
"""
    assert int(run_python(code)) <= 16 + 64


@pytest.mark.skipif("sys.platform == 'win32'", reason="signals as on Unix")
@pytest.mark.parametrize("what", ["cost.gradient(theta)", "batches.epoch(0)"])
def test_ctrl_c_ends_a_pass_and_the_next_one_is_right(what: str) -> None:
    code = f"""
import signal, threading, time, os
N = 40_000
{LARGE}
cost = parts.ChunkedCost(net, parts.chunks_of(X, Y, rows=2000), memory_budget=8 * MIB)
expected = cost.gradient(theta)
batches = cost.mini_batches(theta, batch_size=64, learning_rate=0.1)
try:
    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
    while True:
        {what}
except KeyboardInterrupt:
    pass
print((cost.gradient(theta) == expected).all())
"""
    assert run_python(code) == "True"
