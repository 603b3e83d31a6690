"""Networks that read digits, and their C files compiled and run: here, and in emulated machines."""

from __future__ import annotations

import functools
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.common import PATIENCE

import fastgd
from fastgd.export import IntegerNetwork, quantise, to_c, to_integer_c

Array = NDArray[Any]
MACHINES = Path(__file__).parent / "machines"
SAMPLE = fastgd.datasets.digits()
STRICT = ["-Wall", "-Wextra", "-Werror", "-pedantic"]
COMPILERS = {
    "gcc": ["gcc", "-std=c99"],
    "clang": ["clang", "-std=c99"],
    "gcc as C++": ["g++", "-std=c++98", "-xc++"],
    "clang as C++": ["clang++", "-std=c++98", "-xc++"],
    "checked by gcc": [
        "gcc", "-std=c99", "-fsanitize=undefined,float-cast-overflow,address",
        "-fno-sanitize-recover=all",
    ],
}  # fmt: skip
every_compiler = pytest.mark.parametrize(
    "compiler",
    [
        pytest.param(
            name, marks=pytest.mark.skipif(not shutil.which(words[0]), reason=f"no {words[0]}")
        )
        for name, words in COMPILERS.items()
    ],
)
# layer sizes, activation, output activation: what reads digits
KINDS = [
    ((784, 16, 16, 10), "sigmoid", "sigmoid"),
    ((784, 16, 16, 10), "tanh", "tanh"),
    ((784, 20, 10), "relu", "identity"),
    ((784, 12, 10), "relu", "relu"),
    ((784, 10), "sigmoid", "sigmoid"),
]
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: " ".join(map(str, kind)))


@functools.cache
def trained(
    sizes: tuple[int, ...] = (784, 16, 16, 10), f: str = "sigmoid", output: str = "sigmoid"
) -> tuple[fastgd.Network, Array]:
    """A network of one kind after a few epochs of digits."""
    network = fastgd.Network(sizes, activation=f, output_activation=output)
    cost = fastgd.Cost(network, SAMPLE.train_images, SAMPLE.train_labels)
    rate = 0.5 if output == "sigmoid" else 0.02
    start = network.random_theta(rng=0)
    descent = fastgd.gradient_descent(
        cost, start, learning_rate=rate, batch_size=10, epochs=20, rng=0
    )
    return network, descent.theta


@functools.cache
def in_integers(kind: tuple[tuple[int, ...], str, str], weight_bits: int) -> IntegerNetwork:
    """The same, quantised, measured on the test digits."""
    network, theta = trained(*kind)
    return quantise(network, theta, SAMPLE.test_images, SAMPLE.test_labels, weight_bits=weight_bits)


def pixels() -> Array:
    """The test digits as a float network's C file wants them: (2000, 784) float32."""
    return np.divide(SAMPLE.test_images, np.float32(255), dtype=np.float32)


@dataclass(frozen=True)
class Program:
    """A network's C file under the name ``digits``, and the types of its numbers."""

    source: str
    n_inputs: int
    n_outputs: int
    input_type: str
    output_type: str

    @staticmethod
    def of_floats(network: fastgd.Network, theta: Array) -> Program:
        text = to_c(network, theta, name="digits")
        return Program(text, network.n_inputs, network.n_outputs, "float", "float")

    @staticmethod
    def of_integers(integers: IntegerNetwork) -> Program:
        text, network = to_integer_c(integers, name="digits"), integers.network
        return Program(text, network.n_inputs, network.n_outputs, "uint8_t", "int32_t")

    def words(self, machine: str) -> list[str]:
        """What tells ``measure.c`` of this network and where it runs."""
        return [
            f'-DMACHINE="{machine}.h"', f"-DN_INPUTS={self.n_inputs}",
            f"-DN_OUTPUTS={self.n_outputs}", f"-DINPUT={self.input_type}",
            f"-DOUTPUT={self.output_type}",
        ]  # fmt: skip

    def bytes_of(self, X: Array) -> bytes:
        """X as the program reads it."""
        return X.astype({"float": np.float32, "uint8_t": np.uint8}[self.input_type]).tobytes()

    def read(self, sent: bytes) -> tuple[Array, Array, Array]:
        """Outputs (n, n_outputs), time and stack (n,) of each, as ``measure.c`` sends them."""
        output = {"float": "<f4", "int32_t": "<i4"}[self.output_type]
        record = np.dtype([("outputs", output, self.n_outputs), ("time", "<u4"), ("stack", "<u4")])
        rows = np.frombuffer(sent, record)
        return rows["outputs"].reshape(-1, self.n_outputs), rows["time"], rows["stack"]


def run(words: list[Any], folder: Path, given: bytes = b"") -> bytes:
    """What a command prints; fails with its complaint."""
    done = subprocess.run(
        [str(word) for word in words],
        cwd=folder,
        input=given,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def run_here(
    program: Program, X: Array, folder: Path, compiler: str = "gcc", function: str = "outputs"
) -> Array:
    """What a function of the program writes for X, compiled by one of COMPILERS, unwarned."""
    (folder / "digits.c").write_text(program.source)
    words = [*COMPILERS[compiler], "-O2"]
    run([*words, *STRICT, "-c", "digits.c"], folder)
    run(
        [
            *words,
            *program.words("host"),
            f"-DOUTPUTS=digits_{function}",
            "-c",
            MACHINES / "measure.c",
        ],
        folder,
    )
    links = [word for word in words if word != "-xc++"]
    run([*links, "digits.o", "measure.o", "-o", "digits"], folder)
    return program.read(run(["./digits"], folder, program.bytes_of(X)))[0]


def symbols(source: str, folder: Path) -> list[tuple[str, str, int]]:
    """(name, kind as nm tells it, bytes) of all that the compiled file defines or wants."""
    (folder / "digits.c").write_text(source)
    run(["gcc", "-std=c99", "-O2", "-c", "digits.c"], folder)
    lines = run(["nm", "--format=posix", "--radix=d", "digits.o"], folder).decode().splitlines()
    rows = [(line + " 0 0").split() for line in lines]
    return [(row[0], row[1], int(row[3])) for row in rows]
