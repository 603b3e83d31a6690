"""`release.pythons`: what counts as a Python of its own."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import pytest

pythons = pytest.importorskip("release.pythons", reason="release/ is not in this copy")
BASE = Path(sys.base_prefix, "bin", f"python3.{sys.version_info[1]}")
needs_base = pytest.mark.skipif(not BASE.exists(), reason="no interpreter below this one")


@needs_base
def test_an_interpreter_says_what_it_is() -> None:
    python = pythons.asked(BASE)
    assert python.version == tuple(sys.version_info[:3])
    assert python.free_threaded == bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    assert python.name.startswith("3.")


def test_what_is_no_interpreter_is_none(tmp_path: Path) -> None:
    impostor = tmp_path / "python3"
    impostor.write_text("#!/bin/sh\necho nothing\n")
    impostor.chmod(0o755)
    assert pythons.asked(impostor) is None
    assert pythons.asked(tmp_path / "missing") is None


@needs_base
def test_interpreters_named_by_hand_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTGD_PYTHONS", f"/nowhere/python:{BASE}")
    assert list(pythons.candidates())[:2] == [Path("/nowhere/python"), BASE]
