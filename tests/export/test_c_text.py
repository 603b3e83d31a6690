"""`c_text`: names, tables in parts, heads."""

from __future__ import annotations

import numpy as np
import pytest

import fastgd
from fastgd.export import c_text, to_c


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("digits", "digits"),
        ("my digits-2.final", "my_digits_2_final"),
        ("__x__", "x"),
        ("3 layers", "network_3_layers"),
        ("", "network"),
        ("цифры", "network"),
    ],
)
def test_any_file_name_gives_an_identifier(text: str, name: str) -> None:
    assert c_text.c_name(text) == name
    assert c_text.checked_name(name) == name


@pytest.mark.parametrize(("n_in", "n_out"), [(784, 16), (4, 3), (8191, 2), (8192, 2), (10, 3000)])
def test_parts_hold_every_row_once_and_are_no_larger_than_they_must(n_in: int, n_out: int) -> None:
    parts = c_text.parts_of_rows(n_in, n_out, 4)
    rows = np.concatenate([np.arange(n_out)[part] for part in parts])
    np.testing.assert_array_equal(rows, np.arange(n_out))
    assert all(4 * n_in * (p.stop - p.start) <= 32_767 or p.stop - p.start == 1 for p in parts)


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ((3, 2), "3 inputs, 2 sigmoid outputs"),
        ((1, 5, 1), "1 input, tanh layer of 5, 1 sigmoid output"),
        ((3, 5, 1000, 6, 1), "3 inputs, tanh layers of 5, 1,000 and 6, 1 sigmoid output"),
    ],
)
def test_a_network_in_words(sizes: tuple[int, ...], words: str) -> None:
    assert c_text.described(fastgd.Network(sizes, activation="tanh")) == words


@pytest.mark.parametrize(("n_inputs", "refused"), [(784, False), (1100, True)])
def test_a_compiler_for_avr_refuses_more_than_it_can_read(n_inputs: int, refused: bool) -> None:
    network = fastgd.Network((n_inputs, 16, 10))
    text = to_c(network, network.random_theta(rng=0))
    assert ("#error" in text) is refused


@pytest.mark.parametrize("name", ["network", "NAME", "name", "a_rather_long_name_for_a_network"])
def test_the_head_is_a_comment_of_short_lines_under_any_name(name: str) -> None:
    network = fastgd.Network((784, 16, 10))
    text = to_c(network, network.random_theta(rng=0), name=name)
    head = text.split("*/")[0].splitlines()
    assert head[0].startswith("/* A network of 784 inputs")
    assert all(line.startswith(" *") for line in head[1:-1])
    assert max(map(len, head)) <= 100
    assert f"int {name}_prediction(const float x[784])\n" in text
