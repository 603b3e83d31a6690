"""`state_files`: a Sequential's state, with the activations the caller names; or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastgd
from fastgd.exchange import from_safetensors

numpy_files = pytest.importorskip("safetensors.numpy")

RNG = np.random.default_rng(0)
STATE = {
    "0.weight": RNG.normal(size=(4, 3)).astype(np.float32),
    "0.bias": RNG.normal(size=4).astype(np.float32),
    "2.weight": RNG.normal(size=(2, 4)).astype(np.float32),
    "2.bias": RNG.normal(size=2).astype(np.float32),
}


def read(path: Path, state: dict[str, Any]) -> tuple[fastgd.Network, Any]:
    numpy_files.save_file(state, path / "state.safetensors")
    return from_safetensors(
        path / "state.safetensors", activation="relu", output_activation="identity"
    )


def flat(*tensors: Any) -> Any:
    return np.concatenate([np.ravel(tensor) for tensor in tensors])


def test_a_state_is_read_as_pytorch_writes_it(tmp_path: Path) -> None:
    torch: Any = pytest.importorskip("torch")
    from safetensors.torch import save_file

    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    save_file(module.state_dict(), tmp_path / "state.safetensors")
    network, theta = from_safetensors(
        tmp_path / "state.safetensors", activation="relu", output_activation="identity"
    )
    x = RNG.normal(size=(5, 3)).astype(np.float32)
    expected = module(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(network(theta, x), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_numbers_are_the_file_s(dtype: str, tmp_path: Path) -> None:
    state = {key: tensor.astype(dtype) for key, tensor in STATE.items()}
    network, theta = read(tmp_path, state)
    assert network == fastgd.Network((3, 4, 2), activation="relu", output_activation="identity")
    assert theta.dtype == dtype
    np.testing.assert_array_equal(theta, flat(*state.values()))


def test_layers_are_in_the_order_of_numbers(tmp_path: Path) -> None:
    """Of numbers, not of letters; gaps are layers without parameters."""
    state = {f"{at}.weight": np.full((1, 1), at, np.float32) for at in (10, 2, 4)}
    network, theta = read(tmp_path, state)
    assert network.layer_sizes == (1, 1, 1, 1)
    np.testing.assert_array_equal(theta, [2, 0, 4, 0, 10, 0])


def test_sequentials_may_hold_sequentials(tmp_path: Path) -> None:
    nested = {"0.0.weight": "0.weight", "0.0.bias": "0.bias", "1.weight": "2.weight"}
    _, theta = read(tmp_path, {new: STATE[old] for new, old in nested.items()})
    expected = flat(STATE["0.weight"], STATE["0.bias"], STATE["2.weight"], np.zeros(2))
    np.testing.assert_array_equal(theta, expected)


def test_the_file_of_a_fastgd_network_is_such_a_state(tmp_path: Path) -> None:
    net = fastgd.Network((3, 4, 2, 2), activation=("tanh", "relu"))
    theta = net.random_theta(rng=0)
    fastgd.save(tmp_path / "net.safetensors", net, theta)
    network, found = from_safetensors(
        tmp_path / "net.safetensors", activation=("tanh", "relu"), output_activation="sigmoid"
    )
    assert network == net
    np.testing.assert_array_equal(found, theta)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hidden.weight": STATE["0.weight"]}, "unknown tensor 'hidden.weight'; a Sequential's"),
        ({"1.running_mean": STATE["0.bias"]}, "unknown tensor '1.running_mean'"),
        ({"4.bias": STATE["0.bias"]}, r"'4\.bias' without 4\.weight"),
        ({"2.weight": STATE["2.weight"][:, 1:]}, "2 takes 3 inputs; 0 before it has 4 outputs"),
        ({"2.bias": STATE["0.bias"]}, r"2\.bias has 4 numbers for 2 outputs"),
        ({"0.weight": STATE["0.bias"]}, r"0\.weight has shape \(4,\); no Linear's has"),
        ({"0.weight": np.zeros((4, 3, 3, 3), np.float32)}, r"shape \(4, 3, 3, 3\); no Linear's"),
        ({"0.weight": np.zeros((4, 0), np.float32)}, r"0\.weight has shape \(4, 0\); no Linear's"),
        ({"0.bias": np.zeros(4, np.float16)}, r"0\.bias is of type F16; expected F32 or F64"),
        ({"0.bias": np.zeros(4)}, r"0\.bias is float64, 0\.weight float32; expected one dtype"),
        ({"2.bias": np.array([0, np.inf], np.float32)}, r"2\.bias\[1\] is inf; expected finite"),
    ],
)
def test_what_is_no_such_state_is_refused(
    changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(fastgd.ModelFormatError, match=rf"state\.safetensors: .*{message}"):
        read(tmp_path, STATE | changes)


def test_bfloat16_is_refused_by_its_name(tmp_path: Path) -> None:
    torch: Any = pytest.importorskip("torch")
    from safetensors.torch import save_file

    save_file(torch.nn.Sequential(torch.nn.Linear(2, 1)).bfloat16().state_dict(), tmp_path / "half")
    with pytest.raises(fastgd.ModelFormatError, match=r"0\.bias is of type BF16; expected F32"):
        from_safetensors(tmp_path / "half", activation="relu", output_activation="relu")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(fastgd.ModelFormatError, match="has no tensors"):
        read(tmp_path, {})


def test_what_is_no_safetensors_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state.pt").write_bytes(b"PK\3\4 and more")
    with pytest.raises(fastgd.ModelFormatError, match=r"state\.pt: not a safetensors file"):
        from_safetensors(tmp_path / "state.pt", activation="relu", output_activation="relu")


def test_activations_are_the_caller_s_to_name(tmp_path: Path) -> None:
    read(tmp_path, STATE)
    path = tmp_path / "state.safetensors"
    with pytest.raises(TypeError, match="missing 2 required keyword-only arguments"):
        from_safetensors(path)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="activation: expected one name, or one for each of 1"):
        from_safetensors(path, activation=("relu", "tanh"), output_activation="relu")


def test_load_tells_of_this_door(tmp_path: Path) -> None:
    read(tmp_path, STATE)
    with pytest.raises(fastgd.ModelFormatError, match=r"fastgd\.exchange\.from_safetensors reads"):
        fastgd.load(tmp_path / "state.safetensors")


def test_numbers_of_thousands_of_digits_are_refused(tmp_path: Path) -> None:
    """Python reads none over 4,300: it was a ValueError about that."""
    name = f"{'1' * 5000}.weight"
    with pytest.raises(fastgd.ModelFormatError, match="unknown tensor '11"):
        read(tmp_path, {name: STATE["0.weight"]})
