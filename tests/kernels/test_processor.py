"""`kernels/processor`: which build is chosen, and what the choice leaves alone."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.common import PATIENCE, distance, problem, run_python

from fastgd._built import processor

GRADIENT = """
import json
from tests.common import problem
p = problem((37, 33, 5), 300, zeros=0.8)
from fastgd._built import processor
for dtype in ("float32", "float64"):
    print(json.dumps([processor.LEVEL, p.cost(dtype).gradient(p.theta).tolist()]))
"""


def test_the_newest_supported_build_runs() -> None:
    code = (
        "from fastgd._built import processor; print(processor.LEVEL == processor.supported()[-1])"
    )
    assert run_python(code, FASTGD_CPU="") == "True"


@pytest.mark.parametrize("level", processor.supported())
def test_the_build_asked_for_runs(level: str) -> None:
    p = problem((37, 33, 5), 300, zeros=0.8)
    single, double = map(json.loads, run_python(GRADIENT, FASTGD_CPU=level).splitlines())
    assert single[0] == level
    assert distance(single[1], p.cost("float32").gradient(p.theta)) < 2e-6
    assert distance(double[1], p.cost("float64").gradient(p.theta)) < 1e-12


def failure(**environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", "import fastgd"], env={**os.environ, **environment},
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    return done.stderr.splitlines()[-1]


@pytest.mark.parametrize("level", ["v9", "V3", "native", " "])
def test_a_build_that_does_not_exist_is_refused(level: str) -> None:
    expected = f"ImportError: FASTGD_CPU={level}: expected one of {', '.join(processor.BUILT)}"
    assert failure(FASTGD_CPU=level) == expected


def test_a_build_the_processor_lacks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """`_choose` reads what is supported at the call, so an older processor can be played."""
    newest = processor.BUILT[-1]
    monkeypatch.setattr(processor, "supported", lambda: processor.BUILT[:1])
    if newest == processor.BUILT[0]:
        pytest.skip("one build only")
    with pytest.raises(ImportError, match=f"FASTGD_CPU={newest}: this processor runs"):
        processor._choose(newest)  # type: ignore[attr-defined]


def test_a_processor_older_than_all_builds_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processor, "supported", lambda: ())
    with pytest.raises(ImportError, match="this processor runs none of the builds"):
        processor._choose(None)


def test_every_supported_build_is_installed() -> None:
    assert set(processor.supported()) <= set(processor.BUILT)
    assert processor.LEVEL in processor.supported()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_kernels_are_those_of_the_dtype(dtype: str) -> None:
    assert processor.kernels(dtype).__name__ == f"fastgd._built.kernels_{dtype}_{processor.LEVEL}"


def baseline() -> list[Path]:
    """Modules that every processor runs, whatever is chosen."""
    names = ["processor", "layouts", "fastgd_shared"]
    names += [f"kernels_{dtype}_v2" for dtype in ("float32", "float64")]
    folder = Path(processor.__file__).parent
    return [path for name in names for path in sorted(folder.glob(f"{name}.*so"))]


@pytest.mark.skipif(platform.machine() != "x86_64", reason="instructions of x86-64")
@pytest.mark.skipif(shutil.which("objdump") is None, reason="no objdump")
@pytest.mark.parametrize("module", baseline(), ids=lambda path: path.name.partition(".")[0])
def test_the_oldest_build_has_no_instruction_of_a_newer_one(module: Path) -> None:
    """Not where it begins either: a module built for AVX has AVX in its initialisation."""
    code = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", str(module)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "<PyInit_" in code or "%xmm" in code or "ret" in code
    assert re.findall(r"%[yz]mm\d+|\bvfmadd\w+|%k[0-7]\b", code)[:5] == []


def test_subnormals_survive_the_import() -> None:
    code = "import sys, fastgd; import numpy as np; print(sys.float_info.min / 2 > 0)"
    assert run_python(code) == "True"


def test_subnormals_survive_the_kernels() -> None:
    code = """
from tests.common import problem
import sys
p = problem((37, 33, 5), 3000)
p.cost("float32", n_threads=2).gradient(p.theta)
print(sys.float_info.min / 2 > 0)
"""
    assert run_python(code) == "True"
