"""A small valid model file, to be read and to be spoiled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fastgd import Network

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
