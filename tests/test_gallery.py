"""The gallery in docs/: it shows the lines it was made with, and is made again and compared."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.common import PATIENCE, ROOT

DOCS = ROOT / "docs"
if not (DOCS / "make_gallery.py").exists():
    pytest.skip("docs/ is not part of this copy", allow_module_level=True)
pytest.importorskip("matplotlib")
Image = pytest.importorskip("PIL.Image")

_spec = importlib.util.spec_from_file_location("make_gallery", DOCS / "make_gallery.py")
assert _spec is not None
assert _spec.loader is not None
make_gallery = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make_gallery)

ENTRIES = make_gallery.GALLERY
NUMBER = re.compile(r"[\u2212-]?\d[\d,.]*(e[-+]\d+)?")
# Another compiler rounds otherwise, and a descent of many steps makes that larger.
FAR = 0.25
# Of 255, on average over a picture seen from afar.
DIFFERENT = 4.0


def test_page_has_every_entry_and_its_picture() -> None:
    page = (DOCS / "gallery.md").read_text(encoding="utf-8")
    assert make_gallery.SETUP in page
    at = -1
    for entry in ENTRIES:
        found = page.find(f"```python\n{entry.code}\n```", at + 1)
        assert found > at, f"{entry.name}: run python docs/make_gallery.py again"
        assert f"(gallery/{entry.name}.png)" in page
        at = found
    pictures = {path.stem for path in (DOCS / "gallery").iterdir()}
    assert pictures == {entry.name for entry in ENTRIES}


def test_the_first_of_a_thousand_starts_end_where_they_did() -> None:
    code = "import make_starts; print(make_starts.main(range(2)), end='')"
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=DOCS, check=True, capture_output=True, text=True, timeout=PATIENCE
    )
    kept = (DOCS / "thousand-starts.csv").read_text(encoding="utf-8").splitlines()
    assert len(kept) == 1001
    now = np.array([line.split(",") for line in done.stdout.splitlines()[1:]], float)
    then = np.array([line.split(",") for line in kept[1:3]], float)
    # Another compiler rounds otherwise.
    np.testing.assert_allclose(now, then, rtol=0.05)


def test_lines_can_be_pasted() -> None:
    for entry in ENTRIES:
        compile(entry.code, entry.name, "exec")
        assert max(map(len, entry.code.split("\n"))) <= 105


@pytest.mark.parametrize("name", [entry.name for entry in ENTRIES])
def test_colours_are_not_reduced_and_files_are_small(name: str) -> None:
    file = DOCS / "gallery" / f"{name}.png"
    with Image.open(file) as picture:
        assert picture.mode in ("RGB", "RGBA")
        assert picture.width <= 8.0 * make_gallery.DPI
    assert file.stat().st_size < 400_000


@pytest.fixture(scope="module")
def remade(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gallery, made again in an interpreter of its own."""
    folder = tmp_path_factory.mktemp("docs")
    command = [sys.executable, str(DOCS / "make_gallery.py"), str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=600)
    return folder


@pytest.mark.parametrize("name", [entry.name for entry in ENTRIES])
def test_the_picture_is_what_its_lines_draw_now(name: str, remade: Path) -> None:
    file = f"gallery/{name}.png"
    again = "; run python docs/make_gallery.py again"
    assert_alike(said_in(DOCS / file), said_in(remade / file), f"{name}.png is stale{again}")
    before, now = from_afar(DOCS / file), from_afar(remade / file)
    assert before.shape == now.shape, f"{name}.png has another size{again}"
    assert np.abs(before - now).mean() < DIFFERENT, f"{name}.png looks different{again}"


def test_the_page_is_what_is_written_now(remade: Path) -> None:
    kept, now = ((folder / "gallery.md").read_text(encoding="utf-8") for folder in (DOCS, remade))
    assert_alike(kept, now, "gallery.md is stale; run python docs/make_gallery.py again")


def test_a_stale_picture_is_found() -> None:
    assert_alike("cost 0.50\nstart", "cost 0.51\nstart", "")
    with pytest.raises(AssertionError, match="stale"):
        assert_alike("The cost surface", "The cost on a plane", "stale")
    with pytest.raises(AssertionError, match="stale"):
        assert_alike("cost 0.5", "cost 0.9", "stale")


def said_in(file: Path) -> str:
    """What a picture says, as it carries it."""
    with Image.open(file) as picture:
        return str(picture.text["Description"])


def from_afar(file: Path) -> NDArray[np.float64]:
    """A picture in which a pixel is the mean of 8 x 8: where letters stand does not matter."""
    with Image.open(file) as picture:
        small = picture.convert("RGB").reduce(8)
        return np.asarray(small, np.float64)


def assert_alike(kept: str, now: str, otherwise: str) -> None:
    """The same words in the same lines, and nearly the same numbers."""
    # Bare numbers, as a confusion's, come and go.
    lines = [
        [line for line in text.split("\n") if NUMBER.sub("", line).strip()] for text in (kept, now)
    ]
    assert [NUMBER.sub("#", line) for line in lines[0]] == [
        NUMBER.sub("#", line) for line in lines[1]
    ], otherwise
    before, after = (numbers("\n".join(some)) for some in lines)
    np.testing.assert_allclose(after, before, rtol=FAR, atol=0.05, err_msg=otherwise)


def numbers(text: str) -> list[float]:
    """Every number in a text."""
    found = [match.group() for match in NUMBER.finditer(text)]
    return [float(one.replace("\N{MINUS SIGN}", "-").replace(",", "").rstrip(".")) for one in found]
