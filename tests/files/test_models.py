"""`files`: a model comes back as it was saved, and a file that is not one is refused by name."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fastgd
from fastgd import ModelFormatError, Network, load, save

safetensors_numpy = pytest.importorskip("safetensors.numpy")

NETWORK = Network((3, 2, 1))
THETA = np.arange(NETWORK.n_parameters, dtype=np.float32)  # W1 0..5, b1 6..7, W2 8..9, b2 10
NOTE = {"layer_sizes": [3, 2, 1], "activation": "sigmoid", "output_activation": "sigmoid"}


def parts() -> dict[str, Any]:
    """The tensors and metadata of a valid file, to be spoiled."""
    return {
        "tensors": {
            "0.weight": THETA[:6].reshape(2, 3),
            "0.bias": THETA[6:8],
            "2.weight": THETA[8:10].reshape(1, 2),
            "2.bias": THETA[10:],
        },
        "metadata": {
            "fastgd.format": "1",
            "fastgd.version": "0.1.0",
            "fastgd.network": json.dumps(NOTE),
        },
    }


def write(path: Path, spoiled: dict[str, Any]) -> Path:
    tensors = {name: np.ascontiguousarray(t) for name, t in spoiled["tensors"].items()}
    path.write_bytes(safetensors_numpy.save(tensors, metadata=spoiled["metadata"]))
    return path


@given(
    sizes=st.lists(st.integers(1, 6), min_size=2, max_size=5),
    activation=st.sampled_from(["sigmoid", "tanh", "relu", "identity"]),
    output_activation=st.sampled_from(["sigmoid", "tanh", "relu", "identity"]),
    dtype=st.sampled_from([np.float32, np.float64]),
    metadata=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory,
    sizes: list[int],
    activation: Any,
    output_activation: Any,
    dtype: Any,
    metadata: dict[str, str],
) -> None:
    path = tmp_path_factory.getbasetemp() / "round-trip.safetensors"
    network = Network(tuple(sizes), activation=activation, output_activation=output_activation)
    theta = network.random_theta(rng=0, dtype=dtype)
    save(path, network, theta, metadata)
    model = load(path)
    assert model.network == network
    assert model.theta.dtype == dtype
    np.testing.assert_array_equal(model.theta, theta)
    assert model.metadata == metadata


def test_tensors_have_the_names_and_shapes_pytorch_expects(tmp_path: Path) -> None:
    save(tmp_path / "a", NETWORK, THETA)
    tensors = safetensors_numpy.load_file(tmp_path / "a")
    expected = parts()["tensors"]
    assert tensors.keys() == expected.keys()
    for name, tensor in expected.items():
        np.testing.assert_array_equal(tensors[name], tensor)


def test_pytorch_loads_the_file_into_the_same_stack(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file

    network = Network((5, 4, 3))
    theta = network.random_theta(rng=0)
    save(tmp_path / "a", network, theta)
    model = torch.nn.Sequential(
        torch.nn.Linear(5, 4), torch.nn.Sigmoid(), torch.nn.Linear(4, 3), torch.nn.Sigmoid()
    )
    model.load_state_dict(load_file(tmp_path / "a"))
    np.testing.assert_array_equal(
        torch.nn.utils.parameters_to_vector(model.parameters()).detach().numpy(), theta
    )


def test_hand_made_valid_file_is_read(tmp_path: Path) -> None:
    model = load(write(tmp_path / "a", parts()))
    assert model.network == NETWORK
    np.testing.assert_array_equal(model.theta, THETA)
    assert model.metadata == {}


def test_equal_models_give_equal_bytes(tmp_path: Path) -> None:
    metadata = {str(i): "x" for i in range(20)}
    for name in ("a", "b"):
        save(tmp_path / name, NETWORK, THETA, metadata)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_theta_that_was_loaded_can_be_written_to(tmp_path: Path) -> None:
    save(tmp_path / "a", NETWORK, THETA)
    theta = load(tmp_path / "a").theta
    theta[0] = 7
    assert theta[0] == 7


@pytest.mark.parametrize(
    "theta", [THETA.astype(">f4"), np.repeat(THETA, 2)[::2], np.float64(THETA)[::-1][::-1]]
)
def test_any_layout_of_theta_is_saved(tmp_path: Path, theta: np.ndarray[Any, Any]) -> None:
    save(tmp_path / "a", NETWORK, theta)
    np.testing.assert_array_equal(load(tmp_path / "a").theta, THETA)


@pytest.mark.parametrize(
    ("theta", "metadata", "error", "complaint"),
    [
        (THETA[1:], None, ValueError, r"shape \(10,\); a 3-2-1 network has 11 parameters"),
        (THETA[:, None], None, ValueError, r"theta has shape \(11, 1\)"),
        (THETA.astype(int), None, TypeError, "theta has dtype int64"),
        (None, None, TypeError, "theta has dtype object"),
        (THETA * np.nan, None, ValueError, "NaN or infinite"),
        (THETA, {"epochs": 3}, TypeError, "metadata has 'epochs': 3; expected str to str"),
        (THETA, {3: "epochs"}, TypeError, "expected str to str"),
        (THETA, ["epochs"], TypeError, "metadata is list"),
        (THETA, {"fastgd.network": ""}, ValueError, "keys in fastgd. are taken"),
        (THETA, {"note": "\ud800"}, ValueError, "surrogates"),
    ],
)
def test_save_refuses_and_leaves_the_old_file(
    tmp_path: Path, theta: Any, metadata: Any, error: type[Exception], complaint: str
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(error, match=complaint):
        save(path, NETWORK, theta, metadata)
    assert path.read_bytes() == b"old"


def test_failing_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "a"
    save(path, NETWORK, THETA)
    monkeypatch.setattr("os.fsync", no_space)
    with pytest.raises(OSError, match="No space left"):
        save(path, NETWORK, THETA + 1)
    assert os.listdir(tmp_path) == ["a"]
    np.testing.assert_array_equal(load(path).theta, THETA)


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


def test_a_symbolic_link_to_a_model_is_read(tmp_path: Path) -> None:
    save(tmp_path / "model", NETWORK, THETA)
    (tmp_path / "link").symlink_to("model")
    np.testing.assert_array_equal(load(tmp_path / "link").theta, THETA)


def test_an_activation_for_each_layer_is_kept(tmp_path: Path) -> None:
    network = Network((3, 4, 4, 1), activation=("tanh", "identity"))
    save(tmp_path / "model", network, network.random_theta(rng=0))
    assert load(tmp_path / "model").network == network


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


def test_missing_library_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(ImportError, match=r'pip install "fastgd\[files\]"'):
        fastgd.load(tmp_path / "a")
