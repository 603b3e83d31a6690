"""`release.packing`: a wheel of the same contents, smaller, the same bytes each time."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

packing = pytest.importorskip("release.packing", reason="release/ is not in this copy")
pytest.importorskip("zopfli")
FILES = {
    "fastgd/__init__.py": b"def cost(theta): ...\n" * 500,
    "fastgd/empty.py": b"",
    "fastgd/datasets/data/train.gz": os.urandom(20_000),
    "fastgd-0.1.0.dist-info/RECORD": b"fastgd/__init__.py,sha256=a,1\n" * 30,
}


def wheel(folder: Path) -> Path:
    path = folder / "fastgd-0.1.0-cp311-abi3-linux_x86_64.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, contents in FILES.items():
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            info.external_attr = 0o100755 << 16
            archive.writestr(info, contents, zipfile.ZIP_DEFLATED)
    return path


def test_contents_stay_and_take_less(tmp_path: Path) -> None:
    path = wheel(tmp_path)
    before = path.stat().st_size
    packing.repack(path)
    assert os.listdir(tmp_path) == [path.name]
    assert path.stat().st_size < before
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {i.filename: archive.read(i) for i in archive.infolist()} == FILES
        assert archive.namelist() == list(FILES)
        assert {i.external_attr >> 16 for i in archive.infolist()} == {0o100755}
        assert {i.date_time for i in archive.infolist()} == {(2026, 1, 1, 0, 0, 0)}


def test_the_same_wheel_has_the_same_bytes(tmp_path: Path) -> None:
    found = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        path = wheel(tmp_path / name)
        packing.repack(path)
        found.add(path.read_bytes())
    assert len(found) == 1
