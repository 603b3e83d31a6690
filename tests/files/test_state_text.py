"""`files.state_text`: a state goes through text bit for bit, and a damaged text is told."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
from tests.bowl import descend
from tests.common import problem

from fastgd import ModelFormatError
from fastgd._state import State
from fastgd.files import state_from_text, state_text, state_to_text

pytest.importorskip("safetensors")


def state(**options: Any) -> State:
    p = problem(n=50)
    found = descend(p.cost(), p.theta, epochs=3, **options).state
    assert found is not None
    return found


@pytest.mark.parametrize("options", [{}, {"batch_size": 7, "momentum": 0.9}], ids=str)
def test_what_comes_out_is_what_went_in(options: dict[str, Any]) -> None:
    one = state(**options)
    same = state_from_text(state_to_text(one))
    assert same.theta.tobytes() == one.theta.tobytes()
    assert same.costs.tobytes() == one.costs.tobytes()
    assert (same.velocity is None) == (one.velocity is None)
    if one.velocity is not None and same.velocity is not None:
        assert same.velocity.tobytes() == one.velocity.tobytes()
    assert same.generator == one.generator
    assert (same.steps, same.rested, same.settings) == (one.steps, one.rested, one.settings)
    assert same.theta.flags.writeable


def test_the_text_is_plain_ascii() -> None:
    text = state_to_text(state())
    assert text.isascii()
    assert "\n" not in text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no state",
        "é",
        base64.b64encode(b"no state").decode(),
        base64.b64encode(bytes(64)).decode(),
    ],
)
def test_another_text_is_told(text: str) -> None:
    with pytest.raises(ModelFormatError, match="no state of a descent, or damaged"):
        state_from_text(text)


def test_a_text_cut_short_or_altered_is_told() -> None:
    text = state_to_text(state())
    with pytest.raises(ModelFormatError):
        state_from_text(text[: len(text) // 8 * 4])
    contents = bytearray(base64.b64decode(text))
    contents[-1] ^= 1
    with pytest.raises(ModelFormatError, match="its checksum is another"):
        state_from_text(base64.b64encode(contents).decode())


def test_what_no_file_would_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state_text, "MOST_TEXT", 100)
    with pytest.raises(ValueError, match="save_checkpoint"):
        state_to_text(state()._replace(theta=np.zeros(1000, np.float32)))


def test_tensors_of_another_type_are_told() -> None:
    """NumPy has no bfloat16: it was a KeyError."""
    contents = base64.b64decode(state_to_text(state()))
    text = base64.b64encode(contents.replace(b'"F64"', b'"I64"')).decode()
    with pytest.raises(ModelFormatError, match="expected one shape"):
        state_from_text(text)
    two = contents.replace(b'"dtype":"F64"', b'"dtype":"BF16"')
    end = 8 + int.from_bytes(two[:8], "little")
    header = two[8:end].replace(b"[39]", b"[156]").replace(b"[3]", b"[12]").rstrip()
    text = base64.b64encode(len(header).to_bytes(8, "little") + header + two[end:]).decode()
    with pytest.raises(ModelFormatError, match=r"expected one shape|no state of a descent"):
        state_from_text(text)
