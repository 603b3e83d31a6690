"""`files.checkpoints`: what comes out went in, and whatever is wrong with a file is told."""

from __future__ import annotations

import json
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.bowl import descend
from tests.callbacks.kills import same
from tests.common import problem

from fastgd import ModelFormatError, load
from fastgd._state import State
from fastgd.files import load_checkpoint, save_checkpoint
from fastgd.files.checkpoints import CHECKSUM, DESCENT, checksum

safetensors = pytest.importorskip("safetensors.numpy")
OPTIONS: list[dict[str, Any]] = [
    {},
    {"momentum": 0.9},
    {"batch_size": 7, "learning_rate": lambda epoch: 0.1},
    {"batch_size": 7, "momentum": 0.9, "rng": np.random.Generator(np.random.MT19937(0))},
    {"batch_size": 7, "rng": np.random.Generator(np.random.SFC64(0))},
    {"batch_size": 7, "rng": np.random.Generator(np.random.Philox(0))},
]


def state(**options: Any) -> State:
    p = problem(n=50)
    found = descend(p.cost(), p.theta, epochs=3, **options).state
    assert found is not None
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.safetensors"


@pytest.mark.parametrize("options", OPTIONS)
def test_what_comes_out_goes_on_as_what_went_in(options: dict[str, Any], path: Path) -> None:
    p = problem(n=50)
    part = state(**options)
    save_checkpoint(path, part)
    whole, resumed = (
        descend(p.cost(), p.theta, **options | {"epochs": 6, "resume": s})
        for s in (part, load_checkpoint(path))
    )
    assert resumed.theta.tobytes() == whole.theta.tobytes()
    assert resumed.costs.tobytes() == whole.costs.tobytes()


def test_all_of_a_state_comes_out(path: Path) -> None:
    part = state(batch_size=7, momentum=0.9)
    save_checkpoint(path, part)
    assert same(load_checkpoint(path), part)


def test_equal_states_equal_bytes(path: Path) -> None:
    written = []
    for _ in range(3):
        save_checkpoint(path, state(batch_size=7, momentum=0.9, rng=0))
        written.append(path.read_bytes())
    assert len(set(written)) == 1


def test_a_file_of_any_library_that_reads_safetensors(path: Path) -> None:
    part = state(momentum=0.9)
    save_checkpoint(path, part)
    tensors = safetensors.load_file(path)
    assert set(tensors) == {"theta", "velocity", "costs"}
    assert np.array_equal(tensors["theta"], part.theta)


@given(data=st.data())
def test_a_damaged_byte_is_noticed_or_does_no_harm(
    data: st.DataObject, tmp_path_factory: Any
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "run.safetensors"
    part = state(batch_size=7, momentum=0.9, rng=0)
    save_checkpoint(path, part)
    contents = bytearray(path.read_bytes())
    contents[data.draw(st.integers(0, len(contents) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(contents)
    found = None
    with suppress(ModelFormatError):
        found = load_checkpoint(path)
    assert found is None or same(found, part)  # a space of the header may be a tab


@pytest.mark.parametrize("left", [0, 7, 100, -1])
def test_a_file_cut_short_is_noticed(left: int, path: Path) -> None:
    save_checkpoint(path, state())
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(ModelFormatError, match="not a safetensors file, or damaged"):
        load_checkpoint(path)


def test_other_files_are_refused(path: Path) -> None:
    safetensors.save_file({"theta": np.zeros(2)}, path)
    with pytest.raises(ModelFormatError, match="is no checkpoint of a descent"):
        load_checkpoint(path)
    save_checkpoint(path, state())
    with pytest.raises(ModelFormatError, match="does not say which network it is for"):
        load(path)
    with pytest.raises(ModelFormatError, match="not a file"):
        load_checkpoint(path.parent)
    with pytest.raises(FileNotFoundError):
        load_checkpoint(path.parent / "none")


def rewritten(path: Path, tensors: dict[str, Any], **other: Any) -> None:
    """A file whose checksum is right."""
    save_checkpoint(path, state())
    with safetensors.safe_open(path, framework="numpy") as file:
        facts = json.loads(file.metadata()[DESCENT]) | other
    text = json.dumps(facts)
    notes = {DESCENT: text, CHECKSUM: checksum(text, tensors)}
    safetensors.save_file(tensors, path, notes)


def test_another_format_is_refused(path: Path) -> None:
    rewritten(path, {"theta": np.zeros(39), "costs": np.zeros(3)}, format=2)
    with pytest.raises(ModelFormatError, match="has format 2; this fastgd reads format 1"):
        load_checkpoint(path)


def test_other_tensors_are_refused(path: Path) -> None:
    rewritten(path, {"theta": np.zeros(39)})
    with pytest.raises(ModelFormatError, match="has tensors theta; expected theta and costs"):
        load_checkpoint(path)


def test_a_missing_library_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    with pytest.raises(ImportError, match=r'pip install "fastgd\[files\]"'):
        save_checkpoint(path, state())


def test_the_mode_of_the_old_file_is_kept(path: Path) -> None:
    save_checkpoint(path, state())
    path.chmod(0o600)
    save_checkpoint(path, state())
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


WHOLE = {"theta": np.zeros(39), "costs": np.zeros(3)}


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"theta": np.zeros((3, 13))}, "has theta .*F64.*; expected one shape"),
        ({"theta": np.zeros(39, np.float16)}, "has theta .*F16.*; expected one shape"),
        ({"velocity": np.zeros(38)}, "has theta .*velocity .*38.*; expected one shape"),
        ({"velocity": np.zeros(39, np.float32)}, "velocity .*F32.*; expected one shape"),
        ({"costs": np.zeros((3, 1))}, "has costs .*; expected"),
        ({"costs": np.zeros(3, np.int64)}, "has costs .*I64.*; expected"),
    ],
    ids=str,
)
def test_tensors_that_do_not_fit_are_refused_behind_a_right_checksum(
    changed: dict[str, Any], complaint: str, path: Path
) -> None:
    """A velocity of another length was read, and written, beside its end."""
    rewritten(path, WHOLE | changed)
    with pytest.raises(ModelFormatError, match=complaint):
        load_checkpoint(path)


@pytest.mark.parametrize(
    "facts",
    [
        {"steps": -1}, {"steps": True}, {"steps": 2**63}, {"steps": "3"}, {"rested": 1},
        {"generator": []}, {"settings": None}, {"format": [1]},
    ],
    ids=str,
)  # fmt: skip
def test_facts_that_do_not_fit_are_refused_behind_a_right_checksum(
    facts: dict[str, Any], path: Path
) -> None:
    rewritten(path, WHOLE, **facts)
    with pytest.raises(ModelFormatError, match=f"{next(iter(facts))}"):
        load_checkpoint(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", "7", "[" * 100_000, '{"format": 1}'], ids=len)
def test_facts_that_are_none_are_refused_behind_a_right_checksum(text: str, path: Path) -> None:
    safetensors.save_file(WHOLE, path, {DESCENT: text, CHECKSUM: checksum(text, WHOLE)})
    with pytest.raises(ModelFormatError, match=r"not valid JSON|has format|steps is"):
        load_checkpoint(path)
