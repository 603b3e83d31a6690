"""The house: which room may know which, what stands where, how light the import is, stubs."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.common import PATIENCE, ROOT, run_python

import fastgd
from fastgd._built import processor

SOURCE = Path(fastgd.__file__).parent
# From the ground up: each may import those before it. docs/design.md says what each is for.
FLOORS = [
    "_forked", "_built", "_reference", "_checks", "_brief", "_notebook",
    "_progress", "_atomic", "_rule", "_engine", "_draws", "network", "_examples", "_residuals",
    "_mini_batches", "cost", "_state", "_steps", "_epoch", "descent",
    "_side_by_side", "marquardt", "parts",
    "landscape", "minima", "inside", "spatial", "curves", "scaling", "plots",
    "ink", "datasets", "files", "callbacks", "sweeps", "exchange", "export",
    "api_v1", "estimators", "explore", "_config", "_interrupted", "cli",
]  # fmt: skip
CORE = FLOORS[: FLOORS.index("landscape")]
# The files of each module, by their dotted name inside fastgd; packages by their folder's.
MODULES = {
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(SOURCE.rglob("*.py"))
}
ROOMS = sorted({name.partition(".")[0] for name in MODULES} - {"__init__", "__main__"})
FOLDERS = [name for name, path in MODULES.items() if path.name == "__init__.py" and name in ROOMS]
every_module = pytest.mark.parametrize("name", MODULES)


def tree_of(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text())


def imports(name: str) -> set[str]:
    """Modules of fastgd that one imports when it runs, wherever in it (types apart)."""
    tree = tree_of(name)
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
            # "from fastgd._engine import plane" names a module, "... import run" does not.
            modules = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {m for m in modules if m.removeprefix("fastgd.") in MODULES} or {node.module}
            if node.module == "fastgd._built":
                found.add("fastgd._built")
    return {full.removeprefix("fastgd.") for full in found if full.startswith("fastgd.")}


def room(name: str) -> str:
    return name.partition(".")[0]


# ------------------------------------------------------------------------------- directions


def test_every_room_has_its_floor() -> None:
    assert set(ROOMS) == set(FLOORS)


@pytest.mark.parametrize("name", [name for name in MODULES if room(name) in FLOORS])
def test_imports_only_go_down(name: str) -> None:
    below = set(FLOORS[: FLOORS.index(room(name))])
    assert {room(other) for other in imports(name)} - {room(name)} <= below


def test_there_is_no_circle_of_imports() -> None:
    left = {name: imports(name) & set(MODULES) for name in MODULES if name != "__init__"}
    while True:
        done = {name for name, known in left.items() if not known & set(left)}
        if not done:
            break
        left = {name: known for name, known in left.items() if name not in done}
    assert left == {}


def test_descent_knows_no_network() -> None:
    names = ("descent", "_steps", "_state", "_epoch", "_rule")
    known = {room(other) for name in names for other in imports(name)}
    assert not known & {"network", "cost"}
    assert set().union(*(imports(name) for name in names)) <= {
        "_brief", "_checks", "_draws", "_engine.arrays", "_engine.reals", "_notebook", "_progress",
        "_rule", "_state", "_steps", "_epoch",
    }  # fmt: skip


@every_module
def test_kernels_are_called_from_the_engine_alone(name: str) -> None:
    """`show_config` reads which build runs."""
    if room(name) not in ("_engine", "_built", "_config"):
        assert not {other for other in imports(name) if room(other) in ("_built", "_kernels")}
    if room(name) != "_engine":
        assert "processor.kernels" not in MODULES[name].read_text()


@every_module
def test_the_twin_is_imported_by_nobody(name: str) -> None:
    assert "_reference" not in imports(name)


@every_module
def test_privates_are_used_where_they_are_made(name: str) -> None:
    """A name with one underscore is an attribute of something that the same file defines."""
    tree = tree_of(name)
    made = {
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    made |= {
        node.target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    used = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr[0] == "_" and node.attr[:2] != "__":
            if isinstance(node.value, ast.Name) and node.value.id == "self":
                made.add(node.attr)
            else:
                used.add(node.attr)
    modules = {other.rpartition(".")[2] for other in imports(name)}
    assert used - made - modules - NAMED_TUPLES_OWN - ARGPARSE_S_OWN == set()


NAMED_TUPLES_OWN = {"_asdict", "_replace", "_fields"}
# The only names that they have.
ARGPARSE_S_OWN = {"_SubParsersAction", "_actions", "_option_string_actions"}


# ----------------------------------------------------------------------------------- rooms


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_s_init_only_hands_names_on(name: str) -> None:
    kinds = (ast.Expr, ast.Import, ast.ImportFrom, ast.Assign)
    for statement in tree_of(name).body:
        assert isinstance(statement, kinds), ast.unparse(statement)
        if isinstance(statement, ast.Assign):
            assert ast.unparse(statement.targets[0]) == "__all__"


@pytest.mark.parametrize("name", FOLDERS)
def test_no_submodule_bears_the_name_of_a_function_in_it(name: str) -> None:
    submodules = {path.stem for path in (SOURCE / name).glob("*.py")}
    functions = {
        node.name
        for path in (SOURCE / name).glob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    assert not submodules & functions


def test_folders_are_one_level_deep() -> None:
    assert {len(path.relative_to(SOURCE).parts) for path in MODULES.values()} == {1, 2}


def test_what_is_built_lies_apart() -> None:
    built = {path.parent for path in SOURCE.rglob("*.so")} | {
        path.parent for path in SOURCE.rglob("kernels_*.pyi")
    }
    assert built == {SOURCE / "_built"}


def written_by_hand() -> list[Path]:
    """What is kept in the repository and read as text."""
    kinds = {
        ".py", ".pyx", ".pxi", ".pxd", ".pyi", ".h", ".c", ".js", ".css", ".html", ".md", ".toml",
        ".yml", ".yaml", "",
    }  # fmt: skip
    folders = ("src", "tests", "benches", "docs", "examples", "release", ".ci", ".github")
    found = [path for path in ROOT.glob("*") if path.is_file()]
    found += [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    apart = {"_built", "__pycache__", "fastgd.egg-info", "results", "build"}
    return [
        path
        for path in found
        if path.suffix in kinds and not apart & set(path.relative_to(ROOT).parts)
    ]


@pytest.mark.parametrize("path", written_by_hand(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_file_is_a_unit_of_understanding(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 350


@pytest.mark.parametrize("folder", [SOURCE, ROOT / "tests", ROOT / "benches"], ids=lambda p: p.name)
def test_there_is_no_junk_drawer(folder: Path) -> None:
    drawers = {"utils", "_utils", "helpers", "_helpers", "misc"}
    assert not drawers & {path.stem for path in folder.rglob("*.py")}


# ----------------------------------------------------------------------------------- manners


@pytest.mark.parametrize("name", [name for name in MODULES if room(name) in CORE])
def test_the_core_prints_nothing(name: str) -> None:
    calls = [
        ast.unparse(node.func) for node in ast.walk(tree_of(name)) if isinstance(node, ast.Call)
    ]
    assert not {"print", "sys.stdout.write", "sys.stderr.write", "np.random.seed"} & set(calls)


def test_the_import_loads_numpy_and_nothing_else() -> None:
    code = """
import sys
before = set(sys.modules)
import fastgd
names = {name.partition(".")[0] for name in set(sys.modules) - before}
own = ("_cython_", "cython_runtime", "fastgd_shared")
names = {name for name in names if not name.startswith(own)}
print(*sorted(names - sys.stdlib_module_names))
"""
    assert run_python(code) == "fastgd numpy"


@pytest.mark.parametrize(
    "first", ["fastgd", "numpy", "fastgd.cost", "fastgd._steps", "fastgd._built.processor"]
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
    """What Cython adds of its own apart; its functions tell no signatures."""
    pytest.importorskip("mypy")
    builds = [
        f"fastgd._built.kernels_{dtype}_{level}"
        for dtype in ("float32", "float64")
        for level in processor.supported()
    ]
    allowed = tmp_path / "allowed"
    allowed.write_text(r".*\.__test__" + "\n")
    command = [sys.executable, "-m", "mypy.stubtest", "--allowlist", str(allowed)]
    done = subprocess.run(
        [*command, "fastgd._built.processor", "fastgd._built.layouts", *builds],
        cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
