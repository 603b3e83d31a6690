"""Safetensors files of plain Sequentials, as people keep them: numbers without their activations.

Files that know their network are `fastgd.files`'s.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from fastgd.exchange.stack import Linear, assembled, check_stack
from fastgd.files.models import DTYPES, ModelFormatError, opened
from fastgd.network import Network

KEY = re.compile(r"(\d{1,9}(?:\.\d{1,9})*)\.(weight|bias)", re.ASCII)
N_DIMENSIONS = {"weight": 2, "bias": 1}


def from_safetensors(
    path: str | os.PathLike[str], *, activation: str | Sequence[str], output_activation: str
) -> tuple[Network, NDArray[Any]]:
    """The network and theta of a PyTorch Sequential's state in a safetensors file.

    The file is what ``safetensors.torch.save_file(module.state_dict(), path)`` writes. It
    does not say which activations stand between the layers: the caller does. Files that
    `fastgd.save` wrote say so themselves, to `fastgd.load`. PyTorch is not needed.

    Parameters
    ----------
    path : path
        Tensors "0.weight" (n_out, n_in), "0.bias" (n_out,), "2.weight", ... of float32 or
        float64, in the order of their numbers; "1.0.weight" for a Sequential in another. A
        weight without bias gets biases of 0.
    activation : {"sigmoid", "tanh", "relu", "identity"}, or a sequence of these
        Of the hidden layers, as in `Network`.
    output_activation : {"sigmoid", "tanh", "relu", "identity"}
        Of the last layer.

    Returns
    -------
    network : Network
    theta : (n_parameters,) array
        In the file's dtype.

    Raises
    ------
    FileNotFoundError
        Where there is no such file.
    ModelFormatError
        Where it is no such state; the message names the tensor.
    TypeError, ValueError
        Where an activation is none, or there is not one for each hidden layer.
    ImportError
        Where safetensors is not installed (``pip install "fastgd[files]"``).

    Examples
    --------
    >>> import tempfile, fastgd
    >>> net = fastgd.Network((2, 3, 1), activation="relu")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     fastgd.save(f"{folder}/state.safetensors", net, net.random_theta(rng=0))
    ...     found, theta = fastgd.exchange.from_safetensors(
    ...         f"{folder}/state.safetensors", activation="relu", output_activation="sigmoid"
    ...     )
    >>> found
    Network((2, 3, 1), activation='relu')
    """
    with opened(path) as file:
        stack = checked_stack(file)
    return assembled(stack, activation, output_activation)


def checked_stack(file: Any) -> list[Linear]:
    """The file's layers in the order of their numbers; the data only where the rest is right."""
    keys = set(file.keys())
    for key in sorted(keys):
        found = KEY.fullmatch(key)
        if found is None:
            raise ModelFormatError(
                f"unknown tensor {key!r}; a Sequential's are 0.weight, 0.bias, 2.weight, ..."
            )
        if f"{found[1]}.weight" not in keys:
            raise ModelFormatError(f"{key!r} without {found[1]}.weight")
        entry = file.get_slice(key)
        code, shape = entry.get_dtype(), tuple(entry.get_shape())
        if code not in DTYPES:
            raise ModelFormatError(f"{key} is of type {code}; expected F32 or F64")
        if len(shape) != N_DIMENSIONS[found[2]] or 0 in shape:
            raise ModelFormatError(f"{key} has shape {shape}; no Linear's has")
    if not keys:
        raise ModelFormatError("has no tensors")
    names = {key.removesuffix(".weight") for key in keys if key.endswith(".weight")}
    stack = [
        Linear(
            name,
            file.get_tensor(f"{name}.weight"),
            file.get_tensor(f"{name}.bias") if f"{name}.bias" in keys else None,
        )
        for name in sorted(names, key=lambda name: [int(number) for number in name.split(".")])
    ]
    try:
        check_stack(stack)
    except ValueError as error:
        raise ModelFormatError(str(error)) from error
    return stack
