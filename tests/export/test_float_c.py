"""`float_c`: the C file gives the network's outputs, whatever compiles it, and needs nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.common import distance
from tests.export.common import (
    SAMPLE,
    Program,
    every_compiler,
    every_kind,
    pixels,
    run_here,
    symbols,
    trained,
)

import fastgd
from fastgd.export import to_c


@every_compiler
def test_all_test_digits_are_read_alike(compiler: str, tmp_path: Path) -> None:
    network, theta = trained()
    outputs = run_here(Program.of_floats(network, theta), pixels(), tmp_path, compiler)
    expected = network(theta, SAMPLE.test_images)
    assert abs(outputs - expected).max() <= 1e-5
    assert distance(outputs, expected) <= 1e-6


@every_kind
def test_every_activation(kind: Any, tmp_path: Path) -> None:
    network, theta = trained(*kind)
    outputs = run_here(Program.of_floats(network, theta), pixels(), tmp_path)
    expected = network(theta, SAMPLE.test_images)
    assert abs(outputs - expected).max() <= 1e-5
    assert distance(outputs, expected) <= 1e-6


@pytest.mark.parametrize(
    "sizes", [(1, 1), (3, 1), (4, 32, 16, 4), (2, 5, 7, 3, 6, 2), (9000, 3, 2)]
)
@pytest.mark.parametrize("output", ["tanh", "identity"])
def test_every_shape(sizes: tuple[int, ...], output: str, tmp_path: Path) -> None:
    """A row of 9,000 weights is larger than a table should be, and has one of its own; rounding
    grows with the square root of a sum's length."""
    network = fastgd.Network(sizes, activation="tanh", output_activation=output)
    theta = network.random_theta(rng=1)
    X = np.random.default_rng(2).normal(size=(40, sizes[0])).astype(np.float32)
    outputs = run_here(Program.of_floats(network, theta), X, tmp_path)
    assert distance(outputs, network(theta, X)) <= (1e-6 if sizes[0] < 1000 else 3e-6)


@pytest.mark.parametrize("f", ["sigmoid", "tanh", "relu", "identity"])
def test_activations_far_out_and_of_what_is_no_number(f: str, tmp_path: Path) -> None:
    network = fastgd.Network((1, 1), output_activation=f)
    theta = np.array([1.0, 0.0], np.float32)
    X = np.array([-3e38, -1e4, -90, -1e-30, 0, 1e-30, 90, 1e4, 3e38], np.float32)[:, None]
    program = Program.of_floats(network, theta)
    outputs = run_here(program, np.append(X, [[np.nan]], axis=0), tmp_path, "checked by gcc")
    np.testing.assert_allclose(outputs[:-1], network(theta, X), rtol=1e-6, atol=1e-30)
    assert np.isnan(outputs[-1, 0])


@every_kind
def test_the_file_needs_no_library_and_nothing_in_it_can_be_written(
    kind: Any, tmp_path: Path
) -> None:
    found = symbols(to_c(*trained(*kind), name="digits"), tmp_path)
    assert {kind for _, kind, _ in found} <= set("tTrR")
    assert {name for name, kind, _ in found if kind == "T"} == {
        "digits_outputs",
        "digits_prediction",
    }


def test_the_head_tells_the_bytes_of_the_tables(tmp_path: Path) -> None:
    text = to_c(*trained(), name="digits")
    told = re.search(r"([\d,]+) floats, ([\d,]+) bytes", text)
    assert told is not None
    tables = [size for name, kind, size in symbols(text, tmp_path) if kind == "r"]
    assert int(told[2].replace(",", "")) == sum(tables) == 4 * 13_002
    assert max(tables) <= 32_767


def test_the_prediction_is_the_highest_output(tmp_path: Path) -> None:
    network, theta = trained()
    program = Program.of_floats(network, theta)
    more = (
        "void digits_answer(const float x[784], float out[1]);\n"
        "void digits_answer(const float x[784], float out[1])\n"
        "{\n    out[0] = (float)digits_prediction(x);\n}\n"
    )
    program = replace(program, source=program.source + more, n_outputs=1)
    answers = run_here(program, pixels(), tmp_path, function="answer")
    expected = network(theta, SAMPLE.test_images).argmax(axis=1)
    np.testing.assert_array_equal(answers[:, 0], expected)


def test_one_output_has_no_prediction() -> None:
    network = fastgd.Network((2, 1))
    assert "prediction" not in to_c(network, network.random_theta(rng=0))


def test_weights_read_back_as_the_same_floats() -> None:
    network = fastgd.Network((1, 5), output_activation="identity")
    theta = np.array([1e-45, 3.4e38, 1 / 3, -0.0, 1e-38, 16777217, 0.1, 2**-24, 7, -1], np.float32)
    text = to_c(network, theta)
    found = [float(n) for n in re.findall(r"(-?[\d.e+-]+)f[,\n}]", text.split("w1[5]")[1])][:10]
    np.testing.assert_array_equal(np.array(found, np.float32), theta)


@pytest.mark.parametrize("name", ["3x", "a-b", "", "_x", "été", None])
def test_a_name_is_an_identifier(name: Any) -> None:
    network = fastgd.Network((1, 1))
    with pytest.raises(ValueError, match="name: expected a C identifier such as digits, got"):
        to_c(network, [1, 2], name=name)


@pytest.mark.parametrize(
    ("theta", "complaint"),
    [
        ([1.0], "theta has 1 entries; a 1-1 network has 2 parameters"),
        ([1.0, np.nan], "theta.1. is nan; expected finite numbers"),
        ([1.0, 1e300], "theta.1. is 1e.300, too large for float32"),
    ],
)
def test_theta_is_checked(theta: list[float], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        to_c(fastgd.Network((1, 1)), theta)


def test_layers_of_several_activations(tmp_path: Path) -> None:
    mixed = ("tanh", "relu", "identity", "sigmoid")
    network = fastgd.Network((5, 7, 6, 4, 3, 2), activation=mixed, output_activation="tanh")
    theta = network.random_theta(rng=1)
    X = np.random.default_rng(2).normal(size=(40, 5)).astype(np.float32)
    outputs = run_here(Program.of_floats(network, theta), X, tmp_path)
    np.testing.assert_allclose(outputs, network(theta, X), atol=1e-6)
