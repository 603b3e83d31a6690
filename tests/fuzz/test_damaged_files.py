"""Damaged and hostile files: the first of those that `make fuzz` reads, and what it found."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from tests.fuzz.readers import CORPUS, KINDS, Kind, fault_of

kinds = pytest.mark.parametrize("name", KINDS)
FILES = 100  # of each kind


def readable(name: str) -> Kind:
    """A kind, where the library that reads it is here."""
    kind = KINDS[name]
    if kind.library:
        pytest.importorskip({"Pillow": "PIL"}.get(kind.library, kind.library))
    return kind


@kinds
def test_damaged_files_are_read_or_refused(name: str, tmp_path: Path) -> None:
    kind, path = readable(name), KINDS[name].place(tmp_path)
    seeds = [file.read_bytes() for file in kind.corpus()]
    for number in range(FILES):
        path.write_bytes(kind.mutant(random.Random(f"{name} {number}"), seeds))
        assert fault_of(kind, path) is None, f"{name} {number}"


@kinds
def test_the_corpus_is_read(name: str, tmp_path: Path) -> None:
    """Damage to a file that is refused as it stands shows little."""
    kind, path = readable(name), KINDS[name].place(tmp_path)
    whole = [file for file in kind.corpus() if "found" not in file.name and file.name != "y.npy"]
    assert len(whole) >= 2
    for file in whole:
        path.write_bytes(file.read_bytes())
        kind.read(path)


@kinds
def test_what_was_found_is_read_or_refused(name: str, tmp_path: Path) -> None:
    """Files that once broke a reader."""
    kind, path = readable(name), KINDS[name].place(tmp_path)
    for file in kind.corpus():
        path.write_bytes(file.read_bytes())
        assert fault_of(kind, path) is None, file.name


def test_the_corpus_is_small() -> None:
    assert sum(file.stat().st_size for file in CORPUS.iterdir()) < 100_000
