"""The gallery in docs/ shows the lines it was made with."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
if not (DOCS / "make_gallery.py").exists():
    pytest.skip("docs/ is not part of this copy", allow_module_level=True)
_spec = importlib.util.spec_from_file_location("make_gallery", DOCS / "make_gallery.py")
assert _spec is not None
assert _spec.loader is not None
make_gallery = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make_gallery)


def test_page_has_every_entry_and_its_picture() -> None:
    page = (DOCS / "gallery.md").read_text(encoding="utf-8")
    assert make_gallery.SETUP in page
    at = -1
    for entry in make_gallery.GALLERY:
        found = page.find(f"```python\n{entry.code}\n```", at + 1)
        assert found > at, f"{entry.name}: run python docs/make_gallery.py again"
        assert f"(gallery/{entry.name}.png)" in page
        assert (DOCS / "gallery" / f"{entry.name}.png").stat().st_size < 200_000
        at = found
    pictures = {path.stem for path in (DOCS / "gallery").iterdir()}
    assert pictures == {entry.name for entry in make_gallery.GALLERY}


def test_lines_can_be_pasted() -> None:
    for entry in make_gallery.GALLERY:
        compile(entry.code, entry.name, "exec")
        assert max(map(len, entry.code.split("\n"))) <= 105
