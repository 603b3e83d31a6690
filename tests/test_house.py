"""The house: which module may know which, how light the import is, stubs."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.common import ROOT, run_python

import fastgd
from fastgd import _cpu

SOURCE = Path(fastgd.__file__).parent
MODULES = {path.stem: path for path in sorted(SOURCE.glob("*.py"))}
# Each may import those before it. What is not named here is an edge, and may import any.
CORE = [
    "_cpu", "_layout", "_reference", "_checks", "_walks", "_threads", "_arrays", "_examples",
    "_forward", "network", "_batches", "cost", "descent",
]  # fmt: skip


def imports(name: str) -> set[str]:
    """Modules of fastgd that one imports when it runs, wherever in it (types apart)."""
    tree = ast.parse(MODULES[name].read_text())
    typing_only = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    parts = [full.split(".") for full in found if full.startswith("fastgd.")]
    known = {*MODULES, "_cpu", "_layout"}
    return {part[1] for part in parts if part[1] in known or part[1].startswith("_kernels")}


# ------------------------------------------------------------------------------- directions


@pytest.mark.parametrize("name", [name for name in CORE if name in MODULES])
def test_imports_only_go_down(name: str) -> None:
    assert imports(name) <= set(CORE[: CORE.index(name)])


def test_descent_knows_no_network() -> None:
    assert not (imports("descent") | imports("_walks")) & {"network", "cost", "_batches"}


def test_kernels_are_fetched_by_network_and_the_finite_check_alone() -> None:
    """`cost.py` has them from its network."""
    fetching = {name for name, path in MODULES.items() if "_cpu.kernels(" in path.read_text()}
    assert fetching == {"network", "_arrays"}


@pytest.mark.parametrize("name", MODULES)
def test_kernels_are_imported_by_nobody(name: str) -> None:
    assert not [other for other in imports(name) if other.startswith("_kernels")]


@pytest.mark.parametrize("name", MODULES)
def test_the_twin_is_imported_by_nobody(name: str) -> None:
    assert "_reference" not in imports(name)


# ------------------------------------------------------------------------------------ size


@pytest.mark.parametrize("name", MODULES)
def test_a_file_is_a_unit_of_understanding(name: str) -> None:
    assert len(MODULES[name].read_text().splitlines()) <= 300


def test_there_is_no_junk_drawer() -> None:
    assert not {"utils", "_utils", "helpers", "_helpers", "misc", "common"} & set(MODULES)


# ----------------------------------------------------------------------------------- manners


@pytest.mark.parametrize("name", [name for name in CORE if name in MODULES])
def test_the_core_prints_nothing(name: str) -> None:
    calls = [
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(MODULES[name].read_text()))
        if isinstance(node, ast.Call)
    ]
    assert not {"print", "sys.stdout.write", "sys.stderr.write", "np.random.seed"} & set(calls)


def test_the_import_loads_numpy_and_nothing_else() -> None:
    code = """
import sys
before = set(sys.modules)
import fastgd
names = {name.partition(".")[0] for name in set(sys.modules) - before}
names = {name for name in names if not name.startswith(("_cython_", "cython_runtime"))}
print(*sorted(names - sys.stdlib_module_names))
"""
    assert run_python(code) == "fastgd numpy"


@pytest.mark.parametrize(
    "first", ["fastgd", "numpy", "fastgd.cost", "fastgd._walks", "fastgd._cpu"]
)
def test_any_module_may_be_imported_first(first: str) -> None:
    code = f"import {first}, fastgd; print(fastgd.Network((3, 2)))"
    assert run_python(code) == "3-2"


def test_the_import_leaves_the_environment_alone() -> None:
    code = """
import os
before = dict(os.environ)
import fastgd
print(dict(os.environ) == before)
"""
    assert run_python(code) == "True"


def test_the_import_leaves_numpy_s_random_state_alone() -> None:
    code = """
import numpy as np
np.random.seed(5)
before = np.random.get_state()[1].tolist()
import fastgd
print(np.random.get_state()[1].tolist() == before)
"""
    assert run_python(code) == "True"


def test_the_import_leaves_numpy_s_error_handling_alone() -> None:
    code = "import numpy as np; a = np.geterr(); import fastgd; print(np.geterr() == a)"
    assert run_python(code) == "True"


# -------------------------------------------------------------------------------- public face


def test_public_names_are_the_contract_s() -> None:
    promised = {"Network", "Layer", "Cost", "gradient_descent", "Descent", "DivergenceError"}
    assert promised <= set(fastgd.__all__)
    assert sorted(fastgd.__all__) == fastgd.__all__


@pytest.mark.parametrize("name", fastgd.__all__)
def test_public_names_are_documented(name: str) -> None:
    assert getattr(fastgd, name).__doc__


def test_the_version_is_told_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project.get("version", fastgd.__version__) == fastgd.__version__


def test_the_package_is_typed() -> None:
    assert (SOURCE / "py.typed").exists()


def test_stubs_tell_the_truth(tmp_path: Path) -> None:
    """What Cython adds of its own apart."""
    pytest.importorskip("mypy")
    builds = [f"fastgd._kernels_{d}_{level}" for d in ("float32", "float64")
              for level in _cpu.supported()]  # fmt: skip
    allowed = tmp_path / "allowed"
    allowed.write_text(r".*__(reduce|setstate)_cython__" + "\n" + r".*\.__test__" + "\n")
    command = [sys.executable, "-m", "mypy.stubtest", "--allowlist", str(allowed)]
    done = subprocess.run(
        [*command, "fastgd._cpu", "fastgd._layout", *builds],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
