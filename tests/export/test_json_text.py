"""`json_text`: a program that knows only the schema computes the same outputs."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from tests.export.common import SAMPLE, trained

import fastgd
from fastgd.export import to_json

# As in docs/export.md, in plain Python.
FUNCTIONS = {
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": math.tanh,
    "relu": lambda z: max(0.0, z),
    "identity": lambda z: z,
}


def run(text: str, x: list[float]) -> list[float]:
    for layer in json.loads(text)["layers"]:
        f = FUNCTIONS[layer["activation"]]
        rows = zip(layer["weights"], layer["biases"], strict=True)
        x = [f(sum(w * a for w, a in zip(row, x, strict=True)) + bias) for row, bias in rows]
    return x


@pytest.mark.parametrize("f", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("output", ["sigmoid", "tanh", "relu", "identity"])
def test_a_program_that_knows_the_schema_computes_the_outputs(f: str, output: str) -> None:
    network = fastgd.Network((3, 5, 4, 2), activation=f, output_activation=output)
    theta = network.random_theta(rng=0, dtype=np.float64)
    x = [0.3, -1.0, 2.0]
    np.testing.assert_allclose(run(to_json(network, theta), x), network(theta, x), rtol=1e-12)


def test_a_test_digit_is_read() -> None:
    network, theta = trained()
    outputs = run(to_json(network, theta), (SAMPLE.test_images[0] / 255).tolist())
    np.testing.assert_allclose(outputs, network(theta, SAMPLE.test_images[0]), atol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_read_back_as_the_same_floats(dtype: str) -> None:
    network, theta = trained()
    theta = theta.astype(dtype) / 3
    found = json.loads(to_json(network, theta))
    assert found["dtype"] == dtype
    numbers = [np.append(np.ravel(layer["weights"]), layer["biases"]) for layer in found["layers"]]
    np.testing.assert_array_equal(np.concatenate(numbers).astype(dtype), theta)


def test_the_network_is_described() -> None:
    network = fastgd.Network((2, 3, 1), activation="relu", output_activation="identity")
    found = json.loads(to_json(network, network.random_theta(rng=0)))
    assert {key: found[key] for key in found if key not in ("layers", "dtype")} == {
        "format": 1,
        "layer_sizes": [2, 3, 1],
        "activation": "relu",
        "output_activation": "identity",
    }
    assert [layer["activation"] for layer in found["layers"]] == ["relu", "identity"]


def test_theta_is_checked() -> None:
    with pytest.raises(ValueError, match=r"theta\[1\] is nan; expected finite numbers"):
        to_json(fastgd.Network((1, 1)), [0, np.nan])
