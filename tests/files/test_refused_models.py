"""`files.models`: a file that is no model, or a damaged one, is refused by name."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.files.common import NOTE, THETA, parts, write

from fastgd import ModelFormatError, load


def spoil_metadata(key: str, value: str | None) -> dict[str, Any]:
    spoiled = parts()
    if value is None:
        del spoiled["metadata"][key]
    else:
        spoiled["metadata"][key] = value
    return spoiled


def spoil_network(**fields: Any) -> dict[str, Any]:
    return spoil_metadata("fastgd.network", json.dumps(NOTE | fields))


def spoil_tensor(name: str, tensor: np.ndarray[Any, Any] | None) -> dict[str, Any]:
    spoiled = parts()
    if tensor is None:
        del spoiled["tensors"][name]
    else:
        spoiled["tensors"][name] = tensor
    return spoiled


@pytest.mark.parametrize(
    ("spoiled", "complaint"),
    [
        (spoil_metadata("fastgd.network", None), "does not say which network"),
        (spoil_metadata("fastgd.format", None), "does not say which network"),
        (spoil_metadata("fastgd.format", "2"), "has format '2'; this fastgd reads format 1"),
        (spoil_metadata("fastgd.secret", "x"), "unknown key 'fastgd.secret'"),
        (spoil_metadata("fastgd.network", "{"), "not valid JSON"),
        (spoil_metadata("fastgd.network", "[" * 500), "not valid JSON"),
        (
            spoil_metadata("fastgd.network", "[" * 100_000),
            "100,000 characters about a network of 4",
        ),
        (spoil_metadata("fastgd.network", "[]"), "needs exactly"),
        (spoil_metadata("fastgd.network", "{}"), "needs exactly"),
        (spoil_network(momentum=0.9), "needs exactly"),
        (spoil_network(layer_sizes="321"), "not a list of integers"),
        (spoil_network(layer_sizes=[3, 2, True]), "not a list of integers"),
        (spoil_network(layer_sizes=[3, 2.0, 1]), "not a list of integers"),
        (spoil_network(layer_sizes=[]), "the network is not valid"),
        (spoil_network(layer_sizes=[3]), "the network is not valid"),
        (spoil_network(layer_sizes=[3, 0, 1]), "the network is not valid"),
        (spoil_network(layer_sizes=[3, -2, 1]), "the network is not valid"),
        (spoil_network(layer_sizes=[3, 2**70, 1]), "the network is not valid"),
        (spoil_network(activation="softmax"), "the network is not valid"),
        (spoil_network(activation=None), "the network is not valid"),
        (spoil_network(activation=["sigmoid"] * 3), "the network is not valid"),
        (spoil_network(output_activation=""), "the network is not valid"),
        (spoil_network(layer_sizes=[3, 2, 2]), "2.weight has shape"),
        (spoil_network(layer_sizes=[3, 2]), "an unknown tensor '2.bias'"),
        (spoil_network(layer_sizes=[3, 2, 1, 1]), "no tensor '4.bias'"),
        (spoil_network(layer_sizes=[1] * 40), "4 tensors for a network of 40 layer sizes"),
        (spoil_network(layer_sizes=[1] * 4_000), "characters about a network of 4 tensors"),
        (spoil_tensor("2.bias", None), "no tensor '2.bias'"),
        (spoil_tensor("extra", THETA), "an unknown tensor 'extra'"),
        (spoil_tensor("0.weight", THETA[:6].reshape(3, 2)), r"0.weight has shape \(3, 2\)"),
        (spoil_tensor("0.bias", THETA[6:7]), r"0.bias has shape \(1,\); expected \(2,\)"),
        (spoil_tensor("0.bias", np.float64(THETA[6:8])), "tensors of type F32, F64"),
        (spoil_tensor("0.bias", np.float16(THETA[6:8])), "tensors of type F16, F32"),
        (spoil_tensor("2.bias", np.float32([np.nan])), "NaN or infinite"),
        (spoil_tensor("2.bias", np.float32([-np.inf])), "NaN or infinite"),
    ],
)
def test_file_that_does_not_fit_together_is_refused(
    tmp_path: Path, spoiled: dict[str, Any], complaint: str
) -> None:
    path = write(tmp_path / "model", spoiled)
    with pytest.raises(ModelFormatError, match=f"model: .*{complaint}"):
        load(path)


def test_tensors_of_whole_numbers_are_refused(tmp_path: Path) -> None:
    spoiled = parts()
    spoiled["tensors"] = {name: t.astype(np.int32) for name, t in spoiled["tensors"].items()}
    with pytest.raises(ModelFormatError, match="type I32; expected F32 or F64"):
        load(write(tmp_path / "a", spoiled))


@pytest.mark.parametrize(
    "contents",
    [
        b"",
        b"abc",
        b"\x80\x04\x95",  # a pickle
        b"PK\x03\x04" + bytes(60),
        b"\xff" * 8 + b"{}",
        (2**62).to_bytes(8, "little") + b"{}",
        (99_000_000).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"{}",
        (2).to_bytes(8, "little") + b"\xff\xff",
        (20_000).to_bytes(8, "little") + b"[" * 20_000,
        (4).to_bytes(8, "little") + b"null",
    ],
)
def test_file_of_another_kind_is_refused(tmp_path: Path, contents: bytes) -> None:
    (tmp_path / "model").write_bytes(contents)
    with pytest.raises(ModelFormatError, match=r"model: (not a safetensors|does not say)"):
        load(tmp_path / "model")


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing-here"):
        load(tmp_path / "nothing-here")


def test_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFormatError, match="not a file"):
        load(tmp_path)


@pytest.mark.skipif(os.name != "posix", reason="named pipes")
def test_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in ("pipe", "zero"):
        with pytest.raises(ModelFormatError, match=f"{name}: not a file"):
            load(tmp_path / name)


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "model", parts())
    contents = path.read_bytes()
    for length in range(len(contents)):
        path.write_bytes(contents[:length])
        with pytest.raises(ModelFormatError, match="model: "):
            load(path)


def test_trailing_bytes_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "model", parts())
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(ModelFormatError, match="damaged"):
        load(path)


@given(data=st.data())
def test_damaged_file_is_refused_or_valid(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = write(tmp_path_factory.getbasetemp() / "damaged", parts())
    contents = bytearray(path.read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(contents) - 1), min_size=1, max_size=4)):
        contents[at] = data.draw(st.integers(0, 255))
    path.write_bytes(contents)
    with suppress(ModelFormatError):
        network, theta, _ = load(path)
        assert theta.shape == (network.n_parameters,)
        assert np.isfinite(theta).all()
