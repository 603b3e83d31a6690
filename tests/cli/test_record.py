"""`record`: what a model file keeps is checked, and models from elsewhere are served."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.cli.own_data import flowers

import fastgd
from fastgd import ModelFormatError
from fastgd._state import State
from fastgd.cli import main
from fastgd.cli.examples import DIGITS
from fastgd.cli.record import fingerprint, read_saved
from fastgd.datasets import Schema
from fastgd.files import state_from_text, state_to_text

pytest.importorskip("rich")
pytest.importorskip("safetensors")


@pytest.fixture
def model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    path = str(tmp_path / "m")
    data = str(flowers(tmp_path / "flowers.csv", 60))
    words = ["train", "--data", data, "--epochs", "2", "--momentum", "0.5", "--save", path]
    assert main([*words, "--quiet"]) == 0
    return path


def altered(model: str, **fields: Any) -> None:
    """The file with another state in it, well made."""
    network, theta, metadata = fastgd.load(model)
    state = state_from_text(metadata["descent"])._replace(**fields)
    fastgd.save(model, network, theta, metadata | {"descent": state_to_text(state)})


def test_all_is_read_again(model: str) -> None:
    saved = read_saved(model)
    assert saved.schema is not None
    assert saved.schema.classes == ("setosa", "versicolor", "virginica")
    assert saved.settings is not None
    assert saved.settings.momentum == 0.5
    assert saved.scales.given
    assert isinstance(saved.state, State)
    assert len(saved.state.costs) == 2
    assert saved.best is not None
    assert len(saved.best.costs) == 2
    assert saved.learned_from == "flowers.csv"


@pytest.mark.parametrize(
    "fields",
    [
        {"theta": np.zeros(3)},
        {"velocity": np.zeros(3)},
        {"generator": {"bit_generator": "PCG64"}},
        {"generator": {"bit_generator": "PCG64", "state": {"state": "x", "inc": None}}},
        {"generator": {"bit_generator": "os.system"}},
    ],
    ids=str,
)
def test_a_state_of_something_else_is_told(model: str, fields: dict[str, Any]) -> None:
    altered(model, **fields)
    with pytest.raises(ModelFormatError, match=r"its metadata are damaged|expected one shape"):
        read_saved(model)


def test_a_model_saved_by_hand(tmp_path: Path) -> None:
    for sizes, schema in (((784, 10), DIGITS), ((3, 2), None)):
        network = fastgd.Network(sizes)
        fastgd.save(tmp_path / "m", network, network.random_theta(0))
        saved = read_saved(str(tmp_path / "m"))
        assert saved.schema == schema
        assert (saved.settings, saved.state, saved.best) == (None, None, None)
        assert not saved.scales.given


def test_other_examples_have_another_fingerprint(tmp_path: Path) -> None:
    few, more = (
        fastgd.datasets.read_examples(flowers(tmp_path / "flowers.csv", n)) for n in (60, 61)
    )
    assert fingerprint(few) == fingerprint(few)
    assert fingerprint(few) != fingerprint(more)
    assert fingerprint(few) != fingerprint(few.part(np.arange(60)[::-1]))


def test_a_schema_of_another_network_is_told(model: str) -> None:
    network, theta, metadata = fastgd.load(model)
    fastgd.save(model, network, theta, metadata | {"schema": Schema("regression", 9, 1).to_json()})
    with pytest.raises(ModelFormatError, match="network does not fit its schema"):
        read_saved(model)
