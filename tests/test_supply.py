"""The supply: nothing in the library runs code from a file, and what builds it is pinned."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest
from tests.common import ROOT

import fastgd

SOURCE = Path(fastgd.__file__).parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINS = sorted((ROOT / "release").glob("*.txt"))
in_the_repository = pytest.mark.skipif(not WORKFLOWS, reason="workflows are not in this copy")
# Modules whose reading of a file can run code, and functions that run a text.
MODULES = {
    "pickle",
    "cPickle",
    "_pickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "joblib",
    "runpy",
}
FUNCTIONS = {"eval", "exec", "compile", "__import__", "torch.load", "yaml.load"}


# ----------------------------------------------------------------------- the library itself


def risks(tree: ast.Module) -> set[str]:
    """What in a module could run code that a file brings."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & MODULES
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module or ""} & MODULES
        elif isinstance(node, ast.Call):
            found |= {ast.unparse(node.func)} & FUNCTIONS
            found |= {
                "allow_pickle"
                for word in node.keywords
                if word.arg == "allow_pickle" and ast.unparse(word.value) != "False"
            }
    return found


def test_nothing_runs_code_that_a_file_brings() -> None:
    paths = sorted(SOURCE.rglob("*.py"))
    assert len(paths) > 100
    found = {path.name: risks(ast.parse(path.read_text(encoding="utf-8"))) for path in paths}
    # What `ChunkedCost(cache=...)` wrote itself, in a folder that is its own (mkdtemp).
    assert {name: risk for name, risk in found.items() if risk} == {"on_disk.py": {"pickle"}}


@pytest.mark.parametrize(
    "code",
    ["import pickle", "from joblib import load", "eval(text)", "np.load(f, allow_pickle=True)"],
)
def test_what_runs_code_is_recognised(code: str) -> None:
    assert risks(ast.parse(code))


def test_nothing_opens_a_connection() -> None:
    words = re.compile(
        r"^\s*(?:import|from) (?:socket|ssl|http|urllib|ftplib|requests|asyncio)\b", re.M
    )
    found = [
        path for path in SOURCE.rglob("*.py") if words.search(path.read_text(encoding="utf-8"))
    ]
    # Dask's own connections are waited for.
    assert [path.name for path in found] == ["on_dask.py"]


# ------------------------------------------------------------------------- workflows and pins


@in_the_repository
@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    """With the version beside, which Dependabot reads and renews."""
    used = re.findall(r"uses: (.+)", path.read_text(encoding="utf-8"))
    assert used
    assert [
        use for use in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v[\d.]+", use)
    ] == []


@in_the_repository
@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_workflows_may_do_nothing_unless_a_job_says_so(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "\npermissions: {}\n" in text
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")
    assert text.count("runs-on:") == text.count("timeout-minutes:")


@in_the_repository
@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_workflows_install_by_hash(path: Path) -> None:
    installs = re.findall(r"run: (.*pip install.*)", path.read_text(encoding="utf-8"))
    assert [line for line in installs if "--require-hashes" not in line] == []


def requirements(path: Path) -> list[str]:
    """A requirement and its options an element."""
    text = re.sub(r"\\\n", " ", path.read_text(encoding="utf-8"))
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("path", PINS, ids=lambda p: p.name)
def test_tools_are_pinned_and_hashed(path: Path) -> None:
    lines = requirements(path)
    assert lines
    form = re.compile(r"[\w.-]+==[\w.]+(?: ; .+?)?(?:\s+--hash=sha256:[0-9a-f]{64})+\s*")
    assert [line for line in lines if not form.fullmatch(line)] == []


@pytest.mark.parametrize("path", PINS, ids=lambda p: p.name)
def test_pins_name_no_index(path: Path) -> None:
    assert not re.search(r"index|https?:|find-links|file:", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", PINS, ids=lambda p: p.name)
def test_every_tool_asked_for_is_pinned(path: Path) -> None:
    asked = path.with_suffix(".in").read_text().splitlines()
    names = {line for line in asked if re.fullmatch(r"[\w-]+", line)}
    assert names
    assert names <= {re.split(r"[=\s]", line)[0] for line in requirements(path)}


@pytest.mark.skipif(not PINS, reason="release/ is not in this copy")
def test_pins_hold_what_the_project_builds_with() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    pinned = dict(
        re.match(r"([\w.-]+)==([\d.]+)", line).groups()  # type: ignore[union-attr]
        for line in requirements(ROOT / "release" / "build.txt")
    )
    for requirement in declared:
        name, oldest = requirement.split(">=")
        assert [int(n) for n in pinned[name].split(".")] >= [int(n) for n in oldest.split(".")]
