"""The site's API has every public name; what its own code makes of a page."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from tests.common import PATIENCE, ROOT

import fastgd

DOCS = ROOT / "docs"
if not DOCS.exists():
    pytest.skip("docs/ is not part of this copy", allow_module_level=True)
pytest.importorskip("sphinx")
pytest.importorskip("sklearn")


def public_modules() -> set[str]:
    """fastgd, and every module in it that is not private, of the core, or the command line."""
    core = {"network", "cost", "descent", "marquardt", "cli"}  # fastgd itself hands their names on
    names = {module.name for module in pkgutil.iter_modules(fastgd.__path__)}
    return {"fastgd"} | {f"fastgd.{name}" for name in names - core if name[0] != "_"}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What autosummary writes for the API's page."""
    folder = tmp_path_factory.mktemp("api")
    command = [
        *(sys.executable, "-m", "sphinx.ext.autosummary.generate", str(DOCS / "api" / "index.md")),
        *("--imported-members", "--respect-module-all", "--templates", str(DOCS / "templates")),
        *("--output-dir", str(folder), "--suffix", "rst"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_no_public_module_is_missing(generated: Path) -> None:
    assert public_modules() <= {path.stem for path in generated.iterdir()}


@pytest.mark.parametrize("name", sorted(public_modules()))
def test_no_public_name_is_missing(generated: Path, name: str) -> None:
    module = sys.modules.get(name) or __import__(name, fromlist=["__all__"])
    pages = {path.stem for path in generated.iterdir()}
    names = {n for n in module.__all__ if not isinstance(getattr(module, n), ModuleType)}
    assert {f"{name}.{n}" for n in names} <= pages


def test_python_becomes_cells_and_commands_show_what_they_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(DOCS))
    import site_pages

    page = (
        "Words.\n\n```python\nx = 1\n```\n\n```console\n$ fastgd info m\n```\n\n```c\nint x;\n```\n"
    )
    made = site_pages.as_notebook(page)
    assert made.startswith("---\nfile_format: mystnb\n")
    assert "```{code-cell} ipython3\nx = 1\n```" in made
    assert "```console\n$ fastgd info m\n```" in made
    assert '["sh", "-ec", \'fastgd info m\\n\']' in made
    assert "```c\nint x;\n```" in made


@pytest.mark.parametrize(
    ("file", "page", "link", "becomes"),
    [
        ("docs/lesson/cost.md", "lesson/cost", "[a](../scipy.md#x)", "[a](../scipy.md#x)"),
        ("docs/scipy.md", "scipy", "[a](../CONTRIBUTING.md)", "[a](repository/contributing.md)"),
        ("docs/c-api.md", "c-api", "[a](../examples)", "a"),
        ("CHANGELOG.md", "repository/changelog", "[a](docs/scipy.md)", "[a](../scipy.md)"),
        ("docs/scipy.md", "scipy", "[a](https://scipy.org)", "[a](https://scipy.org)"),
    ],
)
def test_links_stay_on_the_site(
    monkeypatch: pytest.MonkeyPatch, file: str, page: str, link: str, becomes: str
) -> None:
    monkeypatch.syspath_prepend(str(DOCS))
    import site_pages

    assert site_pages.with_links_inside(link, ROOT / file, page) == becomes
