"""`logging.getLogger("fastgd")`: silent until somebody listens."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from tests.bowl import descend
from tests.common import run_python

from fastgd import DivergenceError
from fastgd.callbacks import Checkpoint


def test_a_descent_says_when_it_begins_and_ends(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "fastgd")
    descend(epochs=3, tol=0)
    begun, ended = [record.getMessage() for record in caplog.records]
    assert "from epoch 0 to at most 3" in begun
    assert "'learning_rate': 0.25" in begun
    assert ended == "descent: 3 epochs, cost 0.078125, by epochs"


def test_an_interruption_and_a_divergence_are_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "fastgd")
    with pytest.raises(ZeroDivisionError):
        descend(callback=lambda epoch: 1 / 0)
    assert caplog.records[-1].getMessage() == "descent: 1 epochs, cost 5, by interrupt"
    with pytest.raises(DivergenceError):
        descend(learning_rate=1e300)
    assert "the cost is not finite in epoch" in caplog.records[-1].getMessage()


def test_a_checkpoint_says_where_it_was_written(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    pytest.importorskip("safetensors")
    caplog.set_level(logging.INFO, "fastgd")
    path = tmp_path / "run.safetensors"
    descend(epochs=1, tol=0, callback=Checkpoint(path))
    assert f"checkpoint: epoch 1 in {path}" in caplog.messages


def test_silence_is_the_default() -> None:
    """Else Python prints what nobody handles, from warnings on."""
    code = """
import io, sys
sys.stderr = io.StringIO()
import fastgd, logging
logging.getLogger("fastgd").warning("heard?")
print(repr(sys.stderr.getvalue()))
"""
    assert run_python(code) == "''"
