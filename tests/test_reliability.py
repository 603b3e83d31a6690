"""docs/reliability.md is what its trials left, and every trial belongs to a promise."""

from __future__ import annotations

import json
import re
import runpy
import tomllib
from pathlib import Path

import pytest
from tests.common import ROOT, run_python
from tests.promises import PROMISES, RESULTS, keep, promises

if not PROMISES.exists():
    pytest.skip("docs/ is not part of this copy", allow_module_level=True)
KEPT = sorted(RESULTS.glob("*.json"))
MAKER = str(ROOT / "docs" / "make_reliability.py")


def test_the_page_is_made_of_the_trials() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    assert page == runpy.run_path(MAKER)["page"]()


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_a_trial_belongs_to_a_promise_and_broke_none(path: Path) -> None:
    assert path.stem in promises()
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found.keys() == {"tried", "lost", "how", "when", "facts"}
    assert found["tried"] > 0 == found["lost"]


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_a_trial_s_command_is_there(path: Path) -> None:
    how = json.loads(path.read_text(encoding="utf-8"))["how"]
    named = re.findall(r"make ([\w-]+)", how)
    assert named
    assert set(named) <= targets()


def targets() -> set[str]:
    """Of make, those that say what they do."""
    files = [ROOT / "Makefile", ROOT / "release" / "targets.mk"]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return set(re.findall(r"^([\w-]+):.*## ", text, re.M))


@pytest.mark.parametrize("name", promises())
def test_a_promise_says_what_is_counted_and_others_have_sources(name: str) -> None:
    promise = promises()[name]
    assert promise.keys() - {"NumPy", "scikit-learn", "PyTorch", "LightGBM"} == {"promise", "unit"}
    for library in promise.keys() - {"promise", "unit"}:
        _, source = promise[library]
        assert source.startswith("https://")


CASES = tomllib.loads(RESULTS.joinpath("cases.toml").read_text(encoding="utf-8"))
NAMED = sorted({name for group in CASES.values() for case in group for name in case["tests"]})


@pytest.mark.parametrize("name", NAMED)
def test_what_tries_a_case_is_there(name: str) -> None:
    if name.startswith("make "):
        assert name.removeprefix("make ") in targets()
        return
    path, _, test = name.partition("::")
    assert (ROOT / path).exists()
    if test:
        text = (ROOT / path).read_text(encoding="utf-8")
        assert re.search(rf"^def {test}\(", text, re.M)


def test_every_attack_belongs_to_a_case() -> None:
    named = {name.partition("::")[0] for name in NAMED}
    attacks = (ROOT / "tests" / "robustness").glob("test_*.py")
    assert {f"tests/robustness/{path.name}" for path in attacks} - named == set()
    assert len(CASES["nastiest"]) == 20


def test_a_result_without_a_promise_is_refused() -> None:
    with pytest.raises(ValueError, match="no promise named 'nothing'"):
        keep("nothing", tried=1, lost=0, how="make promises")


def test_what_broke_ends_the_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tests.promises.RESULTS", tmp_path)
    with pytest.raises(SystemExit):
        keep("kills", tried=2, lost=1, how="make kills")
    assert json.loads((tmp_path / "kills.json").read_text())["lost"] == 1


MARKED = """
import pytest

@pytest.mark.promise("kills", 3)
def test_three():
    pass

@pytest.mark.promise("kills")
@pytest.mark.parametrize("i", range(2))
def test_two(i):
    pass

@pytest.mark.promise("forks")
@pytest.mark.parametrize("i", range(2))
def test_one_of_them_fails(i):
    assert i

@pytest.mark.promise("disks")
def test_nothing():
    pytest.skip("no disk")
"""


def test_trials_are_counted_where_all_of_a_promise_pass(tmp_path: Path) -> None:
    (tmp_path / "test_marked.py").write_text(MARKED)
    code = f"""
from pathlib import Path
import pytest
import tests.promises
tests.promises.RESULTS = Path({str(tmp_path)!r})
words = ["-q", "-c", "pyproject.toml", "-p", "no:cacheprovider", {str(tmp_path)!r}]
pytest.main(words, plugins=[tests.promises])
"""
    run_python(code)
    assert [path.stem for path in tmp_path.glob("*.json")] == ["kills"]
    assert json.loads((tmp_path / "kills.json").read_text())["tried"] == 5
