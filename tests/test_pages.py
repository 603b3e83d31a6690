"""Every block of code in docs/ runs: here, or in the test that is named beside its page."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from pathlib import Path

import pytest
from tests.common import ROOT, blocks, program, run_python

import fastgd

DOCS = ROOT / "docs"
if not DOCS.exists():
    pytest.skip("docs/ is not part of this copy", allow_module_level=True)
PAGES = [str(path.relative_to(DOCS)) for path in sorted(DOCS.rglob("*.md"))]
# Pages whose blocks are more than Python and a shell, or that are asked what they have found.
ELSEWHERE = {
    "c-api.md": "test_c_api.py",
    "callbacks.md": "callbacks/test_page.py",
    "command-line.md": "cli/test_walks.py",
    "export.md": "export/test_docs.py",
    "gallery.md": "test_gallery.py",
    "many-machines.md": "parts/test_many_machines.py",
    "own-data.md": "datasets/test_page.py",
    "scikit-learn.md": "estimators/test_page.py",
    "scipy.md": "test_scipy.py",
    "torch.md": "exchange/test_page.py",
}
RUN = ("lesson/", "how-to/")  # as docs/site_pages.py has it


WITH_CODE = [page for page in PAGES if blocks(DOCS / page)]


@pytest.mark.parametrize("page", [page for page in WITH_CODE if page != "index.md"])
def test_a_page_s_blocks_are_run_by_a_test(page: str) -> None:
    if page in ELSEWHERE:
        assert (ROOT / "tests" / ELSEWHERE[page]).exists()
    else:
        assert page.startswith(RUN)
        assert {kind for kind, _ in blocks(DOCS / page)} <= {"python", "console"}


@pytest.mark.parametrize("page", [page for page in WITH_CODE if page.startswith(RUN)])
def test_a_page_runs(page: str, tmp_path: Path) -> None:
    """As a reader pastes it: block after block, in a folder of its own."""
    pytest.importorskip("matplotlib")
    pytest.importorskip("safetensors")
    run_python(
        program(DOCS / page, tmp_path),
        MPLBACKEND="Agg",
        DISPLAY="",
        # The commands are those of this Python.
        PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        PYTHONPATH=str(Path(fastgd.__file__).parents[1]),
    )


def test_the_front_page_has_the_readme_s_commands() -> None:
    commands = re.findall(r"make \w+", (ROOT / "README.md").read_text(encoding="utf-8"))[:2]
    assert re.findall(r"^\$ (make \w+)", (DOCS / "index.md").read_text(), re.M) == commands


LINKED = ["../README.md", "../CONTRIBUTING.md", "../CHANGELOG.md", *PAGES]


@pytest.mark.parametrize("page", LINKED)
def test_links_lead_to_files(page: str) -> None:
    """In the repository; the build of the site looks at its own, and at headings."""
    path = DOCS / page
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    targets += re.findall(r'<img src="([^"]+)"', text)
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_every_extra_for_users_is_told() -> None:
    with open(ROOT / "pyproject.toml", "rb") as file:
        extras = tomllib.load(file)["project"]["optional-dependencies"]
    told = re.findall(r"^\| `(\w+)` \|", (DOCS / "install.md").read_text(), re.M)
    assert sorted(told) == sorted(extras.keys() - {"bench", "docs", "lint", "quality", "test"})
