"""`files`: a model comes back as it was saved, and nothing else is written."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.files.common import NETWORK, THETA, parts, safetensors_numpy, write

import fastgd
from fastgd import Network, load, save


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


def test_a_symbolic_link_to_a_model_is_read(tmp_path: Path) -> None:
    save(tmp_path / "model", NETWORK, THETA)
    (tmp_path / "link").symlink_to("model")
    np.testing.assert_array_equal(load(tmp_path / "link").theta, THETA)


def test_an_activation_for_each_layer_is_kept(tmp_path: Path) -> None:
    network = Network((3, 4, 4, 1), activation=("tanh", "identity"))
    save(tmp_path / "model", network, network.random_theta(rng=0))
    assert load(tmp_path / "model").network == network


def test_missing_library_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(ImportError, match=r'pip install "fastgd\[files\]"'):
        fastgd.load(tmp_path / "a")
