"""`network`: what is handed over as one and is none, at every door that takes a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import fastgd
from fastgd import export
from fastgd.exchange import to_torch


class Fitted:
    """As much of an estimator as matters here."""

    network_ = fastgd.Network((1, 1))


DOORS: dict[str, Any] = {
    "Cost": lambda network, theta: fastgd.Cost(network, [[1]], [0]),
    "quantise": lambda network, theta: export.quantise(network, theta, [[1]]),
    "save": lambda network, theta: fastgd.save(Path("none"), network, theta),
    "to_c": export.to_c,
    "to_json": export.to_json,
    "to_onnx": export.to_onnx,
    "to_torch": to_torch,
}
NEEDED = {"save": "safetensors", "to_onnx": "onnx", "to_torch": "torch"}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("given", "got"), [(Fitted(), r"Fitted \(its network_ is one\)$"), ((1, 1), "tuple$")]
)
def test_what_is_no_network_is_refused(door: str, given: Any, got: str) -> None:
    if door in NEEDED:
        pytest.importorskip(NEEDED[door])
    with pytest.raises(TypeError, match="network: expected a fastgd.Network, got " + got):
        DOORS[door](given, [0.0, 0.0])
