"""Types as users see them: mypy --strict and pyright in strict mode, both without a word."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests import users_program
from tests.common import PATIENCE

import fastgd

PROGRAM = Path(users_program.__file__)
SOURCE = Path(fastgd.__file__).parent
# As if fastgd were installed: what is on a checker's path of sources it would check, too.
ENVIRONMENT = {
    **os.environ, "PYTHONPATH": str(SOURCE.parent), "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1",
}  # fmt: skip


def said(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What a module of Python's says, in a folder without settings."""
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_program_runs(tmp_path: Path) -> None:
    users_program.main(tmp_path)


@pytest.mark.slow
def test_mypy_finds_nothing(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    done = said(tmp_path, "mypy", "--strict", str(PROGRAM))
    assert done.stdout == "Success: no issues found in 1 source file\n", done.stdout + done.stderr


def test_pyright_finds_nothing(tmp_path: Path) -> None:
    pytest.importorskip("pyright")
    shutil.copy(PROGRAM, tmp_path)  # pyright reads nothing outside of its folder
    settings: dict[str, Any] = {"typeCheckingMode": "strict", "include": [PROGRAM.name]}
    settings["extraPaths"] = [str(SOURCE.parent)]
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    done = said(tmp_path, "pyright", "--pythonpath", sys.executable, "-p", "settings.json")
    assert done.stdout == "0 errors, 0 warnings, 0 informations\n", done.stdout + done.stderr


def test_every_public_name_has_its_type(tmp_path: Path) -> None:
    """Whose type pyright knows without guessing; scikit-learn has none for its classes."""
    pytest.importorskip("pyright")
    words = ["--verifytypes", "fastgd", "--ignoreexternal", "--outputjson"]
    done = said(tmp_path, "pyright", "--pythonpath", sys.executable, *words)
    symbols: list[dict[str, Any]] = json.loads(done.stdout)["typeCompleteness"]["symbols"]
    assert len(symbols) > 800
    unknown = {
        symbol["name"]
        for symbol in symbols
        if symbol["isExported"] and (symbol["isTypeAmbiguous"] or not symbol["isTypeKnown"])
    }
    assert {name for name in unknown if not name.startswith("fastgd.estimators.")} == set()
