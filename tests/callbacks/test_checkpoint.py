"""`callbacks.Checkpoint`: when it writes, what a killed run leaves, and going on from it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.bowl import descend
from tests.common import problem, run_python

from fastgd import ModelFormatError
from fastgd.callbacks import Checkpoint

pytest.importorskip("safetensors")


def epochs_written(checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch, n: int) -> list[int]:
    written: list[int] = []
    monkeypatch.setattr(
        "fastgd.callbacks.checkpoint.save_checkpoint",
        lambda path, state: written.append(len(state.costs)),
    )
    descend(epochs=n, tol=0, callback=checkpoint)
    return written


def test_every_epoch_where_nothing_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert epochs_written(Checkpoint(tmp_path / "a"), monkeypatch, 3) == [1, 2, 3]


def test_every_few_epochs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert epochs_written(Checkpoint(tmp_path / "a", epochs=3), monkeypatch, 10) == [3, 6, 9]


@pytest.mark.parametrize(
    ("asked", "written"), [({}, [2, 4, 6, 8, 10]), ({"epochs": 5}, [2, 4, 5, 7, 9, 10])]
)
def test_every_few_seconds(
    asked: dict[str, Any], written: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock by which each epoch takes a second."""
    clock = [0.0]
    monkeypatch.setattr("fastgd.callbacks.checkpoint.time.monotonic", lambda: clock[0])
    checkpoint = Checkpoint(tmp_path / "a", seconds=2, **asked)

    class Ticking:
        def value_and_gradient(self, theta: Any) -> tuple[float, Any]:
            clock[0] += 1
            return float(theta @ theta), 2 * theta

    got: list[int] = []
    monkeypatch.setattr(
        "fastgd.callbacks.checkpoint.save_checkpoint",
        lambda path, state: got.append(len(state.costs)),
    )
    descend(Ticking(), [1.0], epochs=10, tol=0, callback=checkpoint)
    assert got == written


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_the_same_program_begins_and_goes_on(momentum: float, tmp_path: Path) -> None:
    p = problem(n=50)
    options = {"batch_size": 7, "momentum": momentum, "rng": 0}
    whole = descend(p.cost(), p.theta, epochs=9, **options)
    checkpoint = Checkpoint(tmp_path / "run.safetensors", epochs=2)
    assert checkpoint.state is None
    options |= {"callback": [checkpoint], "resume": checkpoint}
    descend(p.cost(), p.theta, epochs=5, **options)
    assert checkpoint.state is not None
    assert len(checkpoint.state.costs) == 4
    got = descend(p.cost(), p.theta, epochs=9, **options)
    assert got.theta.tobytes() == whole.theta.tobytes()
    assert got.costs.tobytes() == whole.costs.tobytes()


def test_a_damaged_file_is_no_beginning(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "run.safetensors")
    descend(epochs=2, callback=checkpoint)
    Path(checkpoint.path).write_bytes(Path(checkpoint.path).read_bytes()[:-1])
    with pytest.raises(ModelFormatError, match=r"run.safetensors: not a safetensors file"):
        descend(epochs=3, resume=checkpoint)


def test_what_cannot_be_written_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Checkpoint(tmp_path / "no folder" / "run.safetensors")
    with pytest.raises(ValueError, match="epochs: expected an integer of at least 1"):
        Checkpoint(tmp_path / "a", epochs=0)
    with pytest.raises(ValueError, match="seconds: expected a finite number at least 0"):
        Checkpoint(tmp_path / "a", seconds=np.inf)


def test_ten_kills() -> None:
    """`make kills` has 1,000."""
    said = run_python("from tests.callbacks.kills import main; main(10)")
    assert re.match(r"\d\d+ SIGKILLs, .* descents ended with the bits of the uninterrupted", said)
