"""docs/c-api.md: its clients are built and run as printed, and read what fastgd reads."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.common import PATIENCE, ROOT

import fastgd
from fastgd import api_v1

BLOCKS = re.findall(
    r"```(\w+)\n(.*?)```", (ROOT / "docs" / "c-api.md").read_text(), flags=re.DOTALL
)
FILES = {
    found[1]: text
    for _, text in BLOCKS
    if (found := re.match(r"(?:#|/\*) (\w+\.(?:pyx|py|c))\b", text))
}
COMMANDS = "".join(text for kind, text in BLOCKS if kind == "sh")


@pytest.mark.parametrize("language", ["-xc -std=c99", "-xc++ -std=c++11"])
def test_the_header_compiles_cleanly(language: str) -> None:
    subprocess.run(
        ["cc", *language.split(), "-fsyntax-only", "-Wall", "-Wextra", "-pedantic", "-Werror", "-"],
        input=Path(fastgd.get_include(), "fastgd_v1.h").read_bytes(), check=True,
    )  # fmt: skip


def test_every_client_has_its_file() -> None:
    assert set(FILES) == {
        "cython_reader.pyx", "c_reader.c", "numba_reader.py", "ctypes_reader.py", "read.py",
    }  # fmt: skip


def test_all_read_what_fastgd_reads(tmp_path: Path) -> None:
    for needed in ("Cython", "numba", "setuptools"):
        pytest.importorskip(needed)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        ["bash", "-e", "-c", COMMANDS],
        cwd=tmp_path,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(Path(fastgd.__file__).parents[1]),
        },
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    said = re.findall(r"^(\w+) reads a (\d)$", done.stdout, re.MULTILINE)
    assert [name for name, _ in said] == [
        "c_reader", "cython_reader", "numba_reader", "ctypes_reader", "fastgd",
    ]  # fmt: skip
    assert len({digit for _, digit in said}) == 1


@pytest.mark.parametrize("name", api_v1.names())
def test_scipy_and_numba_find_the_capsules(name: str) -> None:
    scipy = pytest.importorskip("scipy")
    numba = pytest.importorskip("numba.extending")
    found = scipy.LowLevelCallable.from_cython(api_v1, name)
    assert found.signature == api_v1.signature(name)
    assert numba.get_cython_function_address("fastgd.api_v1", name) == api_v1.address(name)
