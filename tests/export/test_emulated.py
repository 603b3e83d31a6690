"""Networks in emulated microcontrollers read digits alike; docs/export.md tells what they take."""

from __future__ import annotations

import functools
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from tests.common import ROOT
from tests.export.common import SAMPLE, Array, Program, in_integers, pixels, trained
from tests.export.emulated import AVR_MEGA, EVERY_MACHINE, MISSING, Machine, Measured

import fastgd
from fastgd.export import quantise

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"no {', '.join(MISSING)}")

DIGITS = ((784, 16, 16, 10), "sigmoid", "sigmoid")
SMALL = ((4, 32, 16, 4), "tanh", "identity")
NUMBERS = ("float32", "int8", "int16")
# Inputs whose time the table averages. simavr takes a minute for all test digits, and reads these.
N_TABLE = 100
every_machine = pytest.mark.parametrize("machine", EVERY_MACHINE, ids=lambda m: m.name)


def some_numbers() -> Array:
    """Inputs of the small network, from -1 to 1."""
    return np.random.default_rng(0).uniform(-1, 1, (N_TABLE, 4)).astype(np.float32)


def program_of(kind: tuple[tuple[int, ...], str, str], numbers: str) -> tuple[Program, Array]:
    """A network in these numbers, and inputs for it as its program reads them."""
    if kind == DIGITS:
        network, theta = trained(*kind)
        if numbers == "float32":
            return Program.of_floats(network, theta), pixels()
        integers = in_integers(kind, int(numbers[3:]))
        return Program.of_integers(integers), SAMPLE.test_images
    sizes, f, output = kind
    network = fastgd.Network(sizes, activation=f, output_activation=output)
    theta, X = network.random_theta(rng=0), some_numbers()
    if numbers == "float32":
        return Program.of_floats(network, theta), X
    integers = quantise(network, theta, X, weight_bits=int(numbers[3:]), input_range=(-1, 1))
    return Program.of_integers(integers), np.rint((X + 1) * 127.5).astype(np.uint8)


@functools.cache
def measured(machine: Machine, kind: tuple[tuple[int, ...], str, str], numbers: str) -> Measured:
    """All test digits on Cortex-M, the table's on AVR."""
    program, X = program_of(kind, numbers)
    with TemporaryDirectory() as folder:
        return machine.measure(program, X[: n_read(machine)], Path(folder))


def n_read(machine: Machine) -> int:
    return N_TABLE if machine is AVR_MEGA else len(SAMPLE.test_images)


@every_machine
def test_floats_read_the_test_digits_alike(machine: Machine) -> None:
    network, theta = trained(*DIGITS)
    outputs = measured(machine, DIGITS, "float32").outputs
    expected = network(theta, SAMPLE.test_images[: n_read(machine)])
    assert abs(outputs - expected).max() <= 1e-5


@every_machine
@pytest.mark.parametrize("weight_bits", [8, 16])
def test_integers_have_the_twin_s_bits(machine: Machine, weight_bits: int) -> None:
    outputs = measured(machine, DIGITS, f"int{weight_bits}").outputs
    expected = in_integers(DIGITS, weight_bits)(SAMPLE.test_images[: n_read(machine)])
    np.testing.assert_array_equal(outputs, expected)


def row(machine: Machine, kind: tuple[tuple[int, ...], str, str], numbers: str) -> list[str]:
    """One line of the docs' table: bytes exactly, time to three digits."""
    found = measured(machine, kind, numbers)
    time = float(f"{found.time[:N_TABLE].mean():.3g}")
    sizes = "-".join(map(str, kind[0]))
    return [sizes, numbers, machine.name, f"{found.flash:,}", f"{found.ram:,}", f"{time:,.0f}"]


def number(text: str) -> float:
    return float(text.replace(",", ""))


def test_the_table_in_the_docs_is_what_is_measured() -> None:
    """Within 5 %: another version of a compiler makes other code."""
    rows = [
        row(machine, kind, numbers)
        for kind in (DIGITS, SMALL)
        for numbers in NUMBERS
        for machine in EVERY_MACHINE
    ]
    lines = (ROOT / "docs" / "export.md").read_text().splitlines()
    told = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in lines
        if any(f"| {numbers} |" in line for numbers in NUMBERS)
    ]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
    assert [cells[:3] for cells in told] == [cells[:3] for cells in rows], table
    for written, found in zip(told, rows, strict=True):
        for a, b in zip(written[3:], found[3:], strict=True):
            assert number(a) == pytest.approx(number(b), rel=0.05), table
