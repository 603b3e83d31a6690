"""What costs over ranks and clusters need beside them: commands, a cluster, the engines."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.common import PATIENCE, ROOT

import fastgd

MPIEXEC = shutil.which("mpiexec", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
needs_mpi = pytest.mark.skipif(
    MPIEXEC is None or find_spec("mpi4py") is None, reason="needs mpi4py and an MPI"
)
# Open MPI asks for a word from root, and where there are more ranks than cores.
ENVIRONMENT = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    "PYTHONPATH": os.pathsep.join([str(Path(fastgd.__file__).parents[1]), str(ROOT)]),
    "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
}


def start_ranks(n: int, *words: str, cwd: Path) -> subprocess.Popen[str]:
    """``mpiexec -n N python WORDS``."""
    assert MPIEXEC is not None
    return subprocess.Popen(
        [MPIEXEC, "-n", str(n), sys.executable, *words], cwd=cwd, text=True,
        env={**os.environ, **ENVIRONMENT}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def run_ranks(n: int, *words: str, cwd: Path, timeout: float = PATIENCE) -> tuple[int, str, str]:
    """(status, stdout, stderr) of `start_ranks`; killed where it hangs.

    Open MPI ends some of its own messages of an abort with a null byte; that is left out.
    """
    running = start_ranks(n, *words, cwd=cwd)
    try:
        out, err = running.communicate(timeout=timeout)
    finally:
        running.kill()
    return running.returncode, out, err.replace("\0", "")


def write_shards(folder: Path, n: int = 4, rows: int = 400) -> None:
    """Some of the digits as n shards."""
    digits = fastgd.datasets.digits()
    folder.mkdir()
    for i, part in enumerate(np.array_split(np.arange(rows), n)):
        np.save(folder / f"X-{i}.npy", digits.train_images[part])
        np.save(folder / f"y-{i}.npy", digits.train_labels[part])


def write_regression(folder: Path) -> None:
    """Four uneven shards, one of them empty, of two columns far from 0 and a constant one."""
    rng = np.random.default_rng(4)
    folder.mkdir()
    for i, n in enumerate((30, 0, 50, 7)):
        X = np.column_stack([rng.normal(2000, 30, n), rng.normal(-5, 0.1, n), np.full(n, 3.0)])
        np.save(folder / f"X-{i}.npy", X)
        np.save(folder / f"y-{i}.npy", 10 * np.sin(X[:, 1]) + X[:, 0])


@contextmanager
def workers(distributed: Any, n: int) -> Iterator[Any]:
    """Dask's workers in processes of their own.

    Dask sets OMP_NUM_THREADS and the like for them in this process, and leaves it so.
    """
    before = dict(os.environ)
    try:
        with distributed.LocalCluster(
            n_workers=n, threads_per_worker=1, dashboard_address=":0", memory_limit=0,
            silence_logs=50,
        ) as local:  # fmt: skip
            yield local
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def cluster(n_workers: int = 2) -> Iterator[Any]:
    """A client of Dask's workers in processes of their own."""
    distributed = pytest.importorskip("dask.distributed")
    with (
        workers(distributed, n_workers) as local,
        distributed.Client(local, direct_to_workers=True) as client,
    ):
        yield client
