"""docs/many-machines.md and the README's commands: they run as printed, and end alike."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.common import PATIENCE, ROOT, python_blocks
from tests.parts.many import ENVIRONMENT, needs_mpi, run_ranks, workers, write_shards

import fastgd

PAGE = ROOT / "docs" / "many-machines.md"
if not PAGE.exists():
    pytest.skip("docs/ is not part of this copy", allow_module_level=True)
SHARDS, MPI, TORCH, DASK, RAY = python_blocks(PAGE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("page")
    run([sys.executable, "-c", SHARDS], made)
    return made


@pytest.fixture(scope="module")
def said(folder: Path) -> str:
    """What each program says: the bits of one process, to six digits."""
    net = fastgd.Network((784, 16, 16, 10))
    digits = fastgd.datasets.digits()
    cost = fastgd.Cost(net, digits.train_images, digits.train_labels)
    descent = fastgd.gradient_descent(cost, net.random_theta(rng=0), learning_rate=1.0, epochs=20)
    return f"cost {descent.cost:.6f} on 10,000 examples\n"


def run(command: list[str], cwd: Path, timeout: float = PATIENCE) -> str:
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **ENVIRONMENT}, capture_output=True, text=True,
        timeout=timeout, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@needs_mpi
def test_mpi(folder: Path, said: str) -> None:
    assert run_ranks(2, "-c", MPI, cwd=folder)[:2] == (0, said)


@pytest.mark.skipif(find_spec("torch") is None, reason="needs PyTorch")
def test_torch(folder: Path, said: str) -> None:
    (folder / "by_torch.py").write_text(TORCH)
    words = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2", "by_torch.py"]
    assert run([sys.executable, "-m", *words], folder) == said


@pytest.mark.skipif(find_spec("distributed") is None, reason="needs Dask")
def test_dask(folder: Path, said: str) -> None:
    (folder / "by_dask.py").write_text(DASK)
    assert run([sys.executable, "by_dask.py"], folder) == said


@pytest.mark.skipif(find_spec("ray") is None, reason="needs Ray")
def test_ray(folder: Path, said: str) -> None:
    assert run([sys.executable, "-c", RAY], folder, timeout=PATIENCE) == said


def test_ray_s_recipe_is_30_lines_at_most() -> None:
    assert len(RAY.splitlines()) <= 30


# ----------------------------------------------------------------------------- the commands

README = (ROOT / "README.md").read_text()
COMMANDS = re.findall(r"^    (.*--(?:engine|scheduler) .*)$", README, re.M)


def test_the_page_has_the_readme_s_commands() -> None:
    assert [command for command in COMMANDS if f"    {command}\n" in PAGE.read_text()] == COMMANDS
    assert len(COMMANDS) == 2


@needs_mpi
@pytest.mark.skipif(find_spec("distributed") is None, reason="needs Dask")
def test_the_commands_end_with_the_same_network(tmp_path: Path) -> None:
    """The scheduler's address is that of a cluster of this test's."""
    pytest.importorskip("safetensors")
    distributed = pytest.importorskip("dask.distributed")
    write_shards(tmp_path / "shards")
    models = []
    mpi, on_dask = (f"{command} --epochs 3 --quiet" for command in COMMANDS)
    with workers(distributed, 2) as cluster:
        here = on_dask.replace("tcp://127.0.0.1:8786", cluster.scheduler_address)
        for command in (mpi, here):
            assert run(["sh", "-c", command], tmp_path) == ""
            models.append(fastgd.load(tmp_path / "model.safetensors"))
    assert (models[0].theta == models[1].theta).all()
    assert models[0].metadata == models[1].metadata
    assert models[0].metadata["epochs"] == "3"
