"""`setup.py`: two builds as no release is made, in a copy of the sources.

One without OpenMP, unoptimised and checked, asked for fast-math; one without vector types.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.common import PATIENCE, ROOT

from fastgd._built import processor

CHECK = """
import sys
import numpy as np
import fastgd
from fastgd._built import processor
from fastgd._engine import threads
from tests.common import distance, problem, twin
assert fastgd.__file__.startswith(sys.argv[1]), fastgd.__file__
# 3,000 inputs of which 3 are nonzero: compressed with int32 columns.
for sizes, zeros in (((20, 17, 5), 0.0), ((20, 17, 5), 0.8), ((20, 17, 5), 1.0),
                     ((3000, 17, 5), 0.999)):
    for dtype, tolerance in (("float32", 2e-6), ("float64", 1e-12)):
        p = problem(sizes, 300, zeros=zeros)
        cost = p.cost(dtype, n_threads=4)
        assert distance(cost.gradient(p.theta), twin(p)[1]) <= tolerance
        rates = {"learning_rate": 0.1, "batch_size": 7, "epochs": 2}
        fastgd.gradient_descent(cost, p.theta, **rates)
        fastgd.gradient_descent(cost, p.theta, **rates, momentum=0.5)
        p.network(p.theta.astype(dtype), p.X[0].astype(dtype))
        p.network(p.theta.astype(dtype), p.X[0].astype(dtype))
lanes, openmp = processor.kernels("float32").LANES, fastgd.show_config()["openmp"]
print(lanes, openmp, threads.available(), sys.float_info.min / 2 > 0)
"""


def build(folder: Path, **environment: str) -> str:
    """Copy the sources to `folder` and build the oldest instruction set: what it said."""
    pytest.importorskip("Cython")
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    built = shutil.ignore_patterns("*.so", "kernels_*.pyi", "__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", folder / "src", ignore=built)
    level = processor.BUILT[0]
    done = subprocess.run(
        [sys.executable, "setup.py", "build_ext", "--inplace"],
        cwd=folder,
        env={**os.environ, "FASTGD_LEVELS": level, "FASTGD_CPU": level, **environment},
        capture_output=True, text=True, timeout=3600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def check(folder: Path) -> list[str]:
    """Whether what was built there computes what the twin does, and what it is."""
    done = subprocess.run(
        [sys.executable, "-c", CHECK, str(folder)],
        cwd=ROOT,
        env={
            **os.environ, "PYTHONPATH": f"{folder / 'src'}{os.pathsep}{ROOT}", "FASTGD_CPU": "",
        },
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("checked")


@pytest.fixture(scope="module")
def log(folder: Path) -> str:
    """What building said: bounds checks on, fast-math asked for."""
    flags = "-Ofast -ffast-math -Wno-cpp"
    return build(folder, CFLAGS=flags, FASTGD_OPENMP="0", FASTGD_DEBUG="1")


def test_fast_math_is_dropped_loudly(log: str) -> None:
    for option in ("-Ofast", "-ffast-math"):
        assert f"fastgd: dropping {option}: it would flush subnormals to zero" in log


def test_fast_math_reaches_no_command(log: str) -> None:
    commands = [line for line in log.splitlines() if " -c " in line or " -shared " in line]
    assert commands
    assert not [line for line in commands if "-Ofast" in line or "-ffast-math" in line]


def test_a_serial_checked_build_computes_the_same(folder: Path, log: str) -> None:
    assert check(folder)[1:] == ["False", "1", "True"]


def test_a_build_without_vector_types_computes_the_same(tmp_path: Path) -> None:
    """What a compiler without GCC's vector extensions gets: one lane."""
    build(tmp_path, CFLAGS="-DFASTGD_ONE_LANE")
    assert check(tmp_path)[0] == "1"


def test_each_extension_has_c_and_object_files_of_its_own(log: str) -> None:
    """Builds that run side by side would write over shared ones."""
    made = re.findall(r" -c (\S+\.c) -o (\S+\.o)", log)
    assert len(made) == 5
    assert [len(set(paths)) for paths in zip(*made, strict=True)] == [5, 5]


def test_each_build_has_its_stub(folder: Path, log: str) -> None:
    stub = (folder / "src/fastgd/_kernels.pyi").read_text()
    for dtype in ("float32", "float64"):
        name = f"kernels_{dtype}_{processor.BUILT[0]}.pyi"
        assert (folder / "src/fastgd/_built" / name).read_text() == stub
