"""`integer_c`: the C file has the twin's bits, whatever compiles it, and no float in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.export.common import (
    SAMPLE,
    Program,
    every_compiler,
    every_kind,
    in_integers,
    run_here,
    symbols,
)

import fastgd
from fastgd.export import IntegerNetwork, quantise, to_integer_c
from fastgd.export.quantising import MOST_SHIFT

DIGITS = ((784, 16, 16, 10), "sigmoid", "sigmoid")


@every_compiler
@pytest.mark.parametrize("weight_bits", [8, 16])
def test_all_test_digits_have_the_twin_s_bits(
    compiler: str, weight_bits: int, tmp_path: Path
) -> None:
    integers = in_integers(DIGITS, weight_bits)
    outputs = run_here(Program.of_integers(integers), SAMPLE.test_images, tmp_path, compiler)
    np.testing.assert_array_equal(outputs, integers(SAMPLE.test_images))


@every_kind
@pytest.mark.parametrize("weight_bits", [8, 16])
def test_every_activation_has_the_twin_s_bits(kind: Any, weight_bits: int, tmp_path: Path) -> None:
    integers = in_integers(kind, weight_bits)
    outputs = run_here(Program.of_integers(integers), SAMPLE.test_images, tmp_path)
    np.testing.assert_array_equal(outputs, integers(SAMPLE.test_images))


def steep(scale: float, f: str, output: str, weight_bits: int) -> IntegerNetwork:
    """A network whose sums fill int32, or need none of it."""
    network = fastgd.Network((5, 7, 3), activation=f, output_activation=output)
    rng = np.random.default_rng(0)
    theta = scale * rng.normal(size=network.n_parameters)
    X = rng.uniform(-1, 1, (50, 5))
    return quantise(network, theta, X, weight_bits=weight_bits, input_range=(-1, 1))


@pytest.mark.parametrize(
    ("f", "output", "steepest"),
    [("sigmoid", "tanh", 1000.0), ("tanh", "sigmoid", 1000.0), ("relu", "identity", 10.0)],
)
@pytest.mark.parametrize("share", [1e-9, 1e-3, 0.1, 1.0])
@pytest.mark.parametrize("weight_bits", [8, 16])
def test_large_and_small_weights_have_the_twin_s_bits(
    f: str, output: str, steepest: float, share: float, weight_bits: int, tmp_path: Path
) -> None:
    integers = steep(share * steepest, f, output, weight_bits)
    X = np.random.default_rng(1).integers(0, 256, (3000, 5), np.uint8)
    X[:2] = [[0], [255]]
    outputs = run_here(Program.of_integers(integers), X, tmp_path, "checked by gcc")
    np.testing.assert_array_equal(outputs, integers(X))


def test_shifts_reach_from_none_to_the_most() -> None:
    shifts = [
        layer.shifts.tolist()
        for scale in (1e-9, 1000.0)
        for layer in steep(scale, "tanh", "sigmoid", 8).layers
        if layer.shifts is not None
    ]
    assert max(map(max, shifts)) == MOST_SHIFT
    assert min(map(min, shifts)) < 5


def test_there_is_no_float_in_it_no_library_and_nothing_to_be_written(tmp_path: Path) -> None:
    text = to_integer_c(in_integers(DIGITS, 8), name="digits")
    code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    assert not re.search(r"float|double|\d\.|\.\d|\de[+-]?\d", code)
    found = symbols(text, tmp_path)
    assert {kind for _, kind, _ in found} <= set("tTrR")
    assert {name for name, kind, _ in found if kind == "T"} == {
        "digits_outputs",
        "digits_prediction",
    }


@every_kind
@pytest.mark.parametrize("weight_bits", [8, 16])
def test_the_size_table_is_what_the_compiler_made(
    kind: Any, weight_bits: int, tmp_path: Path
) -> None:
    integers = in_integers(kind, weight_bits)
    text = to_integer_c(integers, name="digits")
    told = re.search(r"in all +([\d,]+)", text)
    assert told is not None
    tables = [size for name, k, size in symbols(text, tmp_path) if k == "r"]
    assert int(told[1].replace(",", "")) == sum(tables)
    assert f"{784 * kind[0][1]:,} int{weight_bits}" in text


def test_the_head_tells_what_was_lost() -> None:
    integers = in_integers(DIGITS, 8)
    loss = integers.loss
    head = " ".join(to_integer_c(integers).split("*/")[0].replace(" * ", "").split())
    assert f"2,000 examples: {loss.integer_accuracy:.2%} right where floats" in head
    assert f"is the same for {loss.same_answer:.2%}" in head
    assert "An input byte p stands for p / 255." in head
    assert f"out[j] / {integers.one} is output j" in head


def test_one_output_has_no_highest() -> None:
    network = fastgd.Network((2, 1))
    text = to_integer_c(quantise(network, network.random_theta(rng=0), [[0, 1]]))
    assert "highest" not in text
    assert "prediction" not in text


def test_a_range_is_told() -> None:
    assert "p stands for -1 + p * 2 / 255." in to_integer_c(steep(1, "tanh", "identity", 8))


def test_a_name_is_an_identifier() -> None:
    with pytest.raises(ValueError, match="name: expected a C identifier such as digits, got 'a b'"):
        to_integer_c(steep(1, "tanh", "identity", 8), name="a b")


def test_layers_of_several_activations_have_the_twin_s_bits(tmp_path: Path) -> None:
    mixed = ("tanh", "relu", "sigmoid")
    network = fastgd.Network((784, 12, 9, 7, 4), activation=mixed, output_activation="tanh")
    integers = quantise(network, network.random_theta(rng=1), SAMPLE.test_images)
    outputs = run_here(Program.of_integers(integers), SAMPLE.test_images, tmp_path)
    np.testing.assert_array_equal(outputs, integers(SAMPLE.test_images))
    assert np.unique(outputs).size > 100
