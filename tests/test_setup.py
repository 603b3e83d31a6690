"""`setup.py`: one build as no release is made, without OpenMP, unoptimised, asked for fast-math."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.common import ROOT

from fastgd._built import processor

CHECK = """
import sys
import numpy as np
import fastgd
from fastgd._engine import threads
from tests.common import distance, problem, twin
assert fastgd.__file__.startswith(sys.argv[1]), fastgd.__file__
for zeros in (0.0, 0.8, 1.0):
    for dtype, tolerance in (("float32", 2e-6), ("float64", 1e-12)):
        p = problem((20, 17, 5), 300, zeros=zeros)
        cost = p.cost(dtype, n_threads=4)
        assert distance(cost.gradient(p.theta), twin(p)[1]) <= tolerance
        rates = {"learning_rate": 0.1, "batch_size": 7, "epochs": 2}
        fastgd.gradient_descent(cost, p.theta, **rates)
        fastgd.gradient_descent(cost, p.theta, **rates, momentum=0.5)
        p.network(p.theta.astype(dtype), p.X[0].astype(dtype))
        p.network(p.theta.astype(dtype), p.X[0].astype(dtype))
print(fastgd.show_config()["openmp"], threads.available(), sys.float_info.min / 2 > 0)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources alone."""
    pytest.importorskip("Cython")
    copy = tmp_path_factory.mktemp("build")
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    kept = ("*.py", "*.pyx", "*.pxi", "*.pyi", "*.h")
    for path in (path for pattern in kept for path in (ROOT / "src/fastgd").glob(pattern)):
        (copy / "src/fastgd").mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy / "src/fastgd")
    shutil.copytree(ROOT / "src/fastgd/data", copy / "src/fastgd/data")
    return copy


@pytest.fixture(scope="module")
def log(folder: Path) -> str:
    """What building says: the oldest instruction set, bounds checks on."""
    level = processor.BUILT[0]
    done = subprocess.run(
        [sys.executable, "setup.py", "build_ext", "--inplace"],
        cwd=folder,
        env={
            **os.environ, "CFLAGS": "-Ofast -ffast-math -Wno-cpp", "FASTGD_OPENMP": "0",
            "FASTGD_DEBUG": "1", "FASTGD_LEVELS": level, "FASTGD_CPU": level,
        },
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_fast_math_is_dropped_loudly(log: str) -> None:
    for option in ("-Ofast", "-ffast-math"):
        assert f"fastgd: dropping {option}: it would flush subnormals to zero" in log


def test_fast_math_reaches_no_command(log: str) -> None:
    commands = [line for line in log.splitlines() if " -c " in line or " -shared " in line]
    assert commands
    assert not [line for line in commands if "-Ofast" in line or "-ffast-math" in line]


def test_a_serial_checked_build_computes_the_same(folder: Path, log: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHECK, str(folder)],
        cwd=ROOT,
        env={
            **os.environ, "PYTHONPATH": f"{folder / 'src'}{os.pathsep}{ROOT}", "FASTGD_CPU": "",
        },
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["False", "1", "True"]


def test_each_extension_has_c_and_object_files_of_its_own(log: str) -> None:
    """Builds that run side by side would write over shared ones."""
    made = re.findall(r" -c (\S+\.c) -o (\S+\.o)", log)
    assert len(made) == 4
    assert [len(set(paths)) for paths in zip(*made, strict=True)] == [4, 4]


def test_each_build_has_its_stub(folder: Path, log: str) -> None:
    stub = (folder / "src/fastgd/_kernels.pyi").read_text()
    for dtype in ("float32", "float64"):
        name = f"_kernels_{dtype}_{processor.BUILT[0]}.pyi"
        assert (folder / "src/fastgd" / name).read_text() == stub
