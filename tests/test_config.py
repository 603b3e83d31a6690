"""`_config`: the facts a bug report needs."""

from __future__ import annotations

import numpy as np
import pytest

import fastgd
from fastgd import _config
from fastgd._built import processor
from fastgd._engine import threads


def test_it_tells_what_was_built_and_what_runs() -> None:
    config = fastgd.show_config()
    assert config["version"] == fastgd.__version__
    assert config["numpy"] == np.__version__
    assert config["cpu"] == processor.LEVEL
    assert config["deterministic"] is None
    assert config["builds"] == list(processor.BUILT)
    assert config["supported"] == list(processor.supported())
    assert config["flags"] == processor.COMPILER_FLAGS
    assert config["threads"] == threads.available()


def test_subnormals_are_alive() -> None:
    assert fastgd.show_config()["subnormals"] is True


def test_it_names_the_openmp_runtime_that_is_loaded() -> None:
    config = fastgd.show_config()
    if not config["openmp"]:
        pytest.skip("built without OpenMP")
    assert "omp" in config["openmp_runtime"]


def test_a_system_without_proc_has_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*args: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr("builtins.open", missing)
    assert _config._openmp_runtime() is None
