"""`release.audit`: a wheel is refused for each thing that must not be."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.common import ROOT

audit = pytest.importorskip("release.audit", reason="release/ is not in this copy")
NAME = "fastgd-0.1.0-cp311-abi3-manylinux_2_34_x86_64.whl"
KERNELS = [f"kernels_{d}_{level}" for d in ("float32", "float64") for level in ("v2", "v3", "v4")]
ABOUT = "fastgd-0.1.0.dist-info"


def contents() -> dict[str, bytes]:
    """Of a wheel that is right; its modules are no ELF files, which other tests ask for."""
    names = [
        f"fastgd/_built/{name}.abi3.so"
        for name in (*KERNELS, "processor", "layouts", "fastgd_shared")
    ]
    libgomp = {"components": [{"name": "libgomp1", "version": "12.2.0-14"}]}
    return {
        **dict.fromkeys(names, b"no ELF"),
        "fastgd/__init__.py": b"",
        "fastgd/py.typed": b"",
        "fastgd/datasets/data/train.gz": os.urandom(2_000_000),
        "fastgd.libs/libgomp-24e2ab19.so.1.0.0": b"no ELF",
        f"{ABOUT}/METADATA": b"",
        f"{ABOUT}/licenses/libgomp.txt": b"",
        f"{ABOUT}/sboms/auditwheel.cdx.json": json.dumps(libgomp).encode(),
        f"{ABOUT}/sboms/fastgd.cdx.json": b"{}",
    }


def faults(tmp_path: Path, files: dict[str, bytes], name: str = NAME) -> Any:
    wheel = tmp_path / name
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return audit.faults(wheel)


def test_a_right_one_has_no_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, contents()) == []


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        (NAME.replace("abi3", "cp311"), "expected cp311-abi3, or a free-threaded"),
        (NAME.replace("cp311", "cp312"), "expected cp311-abi3, or a free-threaded"),
        (NAME.replace("manylinux_2_34", "linux"), "not repaired"),
    ],
)
def test_a_wrong_name(tmp_path: Path, name: str, fault: str) -> None:
    (found,) = faults(tmp_path, contents(), name)
    assert fault in found


def test_a_free_threaded_python_s_own(tmp_path: Path) -> None:
    assert faults(tmp_path, contents(), NAME.replace("cp311-abi3", "cp314-cp314t")) == []


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("fastgd/_built/kernels_float64_v3.abi3.so", "kernels_float64_v3: no such module"),
        ("fastgd/_built/layouts.abi3.so", "layouts: no such module"),
        (f"{ABOUT}/sboms/fastgd.cdx.json", "fastgd.cdx.json: no such bill"),
        (f"{ABOUT}/sboms/auditwheel.cdx.json", "no bill of materials says which version"),
        (f"{ABOUT}/licenses/libgomp.txt", "its licence is not in the wheel"),
    ],
)
def test_something_is_missing(tmp_path: Path, path: str, fault: str) -> None:
    files = contents()
    del files[path]
    (found,) = faults(tmp_path, files)
    assert fault in found


@pytest.mark.parametrize(
    ("path", "data", "fault"),
    [
        ("tests/test_cost.py", b"", "outside of the package"),
        ("fastgd/kernels/tiles.pxi", b"", "not a kind of file that is installed"),
        ("fastgd/large.py", os.urandom(1_600_000), "expected at most 1,500,000"),
        ("fastgd/_built/other.abi3.so", b"\0/home/me/fastgd/build\0", "a path of the machine"),
    ],
)
def test_something_too_many(tmp_path: Path, path: str, data: bytes, fault: str) -> None:
    (found,) = faults(tmp_path, {**contents(), path: data})
    assert fault in found


@pytest.mark.skipif(sys.platform != "linux", reason="ELF")
def test_a_library_that_the_wheel_has_not(tmp_path: Path) -> None:
    pytest.importorskip("elftools")
    from fastgd._built import processor

    needed, _ = audit.loader_entries(Path(processor.__file__).read_bytes())
    if "libgomp.so.1" not in needed:
        pytest.skip("built without OpenMP")
    path = "fastgd/_built/processor.abi3.so"
    found = faults(tmp_path, {**contents(), path: Path(processor.__file__).read_bytes()})
    assert f"{path}: needs libgomp.so.1, which the wheel has not" in found


def test_the_recipe_and_the_project_have_one_version() -> None:
    recipe = (ROOT / "release" / "conda" / "recipe.yaml").read_text()
    project = (ROOT / "pyproject.toml").read_text()
    version = next(line for line in project.splitlines() if line.startswith("version = "))
    assert version.replace(" = ", ": ") in recipe
