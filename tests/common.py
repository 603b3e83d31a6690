"""Problems with known answers, drawn at random, and what the NumPy twin says of them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from fastgd import Cost, Network, _reference
from fastgd.network import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS

Array = NDArray[Any]
ROOT = Path(__file__).parents[1]
# Seconds after which a child is taken for hung, however crowded the machine is.
PATIENCE = 600

# Norm-wise, of a cost or gradient against the twin in float64.
TOLERANCE = {"float32": 2e-6, "float64": 1e-12}


@dataclass(frozen=True)
class Problem:
    """float64 numbers that float32 holds too, so that both dtypes are asked the same."""

    network: Network
    theta: Array
    X: Array
    Y: Array
    weight: Array | None = None

    def cost(self, dtype: str = "float64", **options: Any) -> Cost:
        return Cost(self.network, self.X, self.Y, sample_weight=self.weight, dtype=dtype, **options)

    def of_rows(self, rows: Any) -> Problem:
        weight = None if self.weight is None else self.weight[rows]
        return replace(self, X=self.X[rows], Y=self.Y[rows], weight=weight)

    def with_theta(self, theta: Array) -> Problem:
        return replace(self, theta=theta)


def spec(network: Network) -> tuple[tuple[int, ...], str | Sequence[str], str]:
    """A network as the twin takes it."""
    return network.layer_sizes, network.activation, network.output_activation


def twin_sums(p: Problem) -> tuple[Any, Array, float]:
    return _reference.sums(*spec(p.network), p.theta, p.X, p.Y, p.weight)


def twin(p: Problem) -> tuple[Any, Array]:
    """(cost, gradient) by the twin."""
    cost, gradient, n = twin_sums(p)
    return cost / n, gradient / n


def twin_product(p: Problem, v: Array, *, gauss_newton: bool = False) -> Array:
    """The Hessian, or its Gauss-Newton part, times v by the twin."""
    total = _reference.product(
        *spec(p.network), p.theta, v, p.X, p.Y, p.weight, gauss_newton=gauss_newton
    )
    return total / (len(p.X) if p.weight is None else p.weight.sum())


def complex_step(p: Problem) -> Array:
    """dC/dtheta_j = Im C(theta + ih e_j) / h: no difference is taken, so none cancels."""
    return np.array([complex_step_along(p, d) for d in np.eye(len(p.theta))])


def complex_step_along(p: Problem, direction: Array) -> float:
    h = 1e-30
    return float(twin(p.with_theta(p.theta + 1j * h * direction))[0].imag / h)


def distance(got: Any, expected: Any) -> float:
    """Length of the difference, in lengths of what was expected."""
    got, expected = np.asarray(got, np.float64), np.asarray(expected, np.float64)
    assert got.shape == expected.shape
    length = np.linalg.norm(expected)
    return float(np.linalg.norm(got - expected) / (length or 1))


def problem(
    layer_sizes: tuple[int, ...] = (5, 4, 3),
    n: int = 7,
    activation: str | Sequence[str] = "sigmoid",
    output_activation: str = "sigmoid",
    *,
    seed: int = 0,
    weighted: bool = False,
    zeros: float = 0.0,
) -> Problem:
    """A problem whose relu neurons all stay clear of their kink."""
    rng = np.random.default_rng(seed)
    network = Network(layer_sizes, activation=activation, output_activation=output_activation)
    theta = network.random_theta(rng, dtype=np.float64)
    for layer in network.layers(theta):
        layer.biases[:] = rng.normal(0, 0.3, layer.biases.shape)
    X = _singles(rng.normal(size=(n, layer_sizes[0])))
    X[rng.random(X.shape) < zeros] = 0
    weight = _singles(rng.random(n) + 0.1) if weighted else None
    p = Problem(network, _singles(theta), X, np.empty((n, layer_sizes[-1])), weight)
    keep_from_kinks(p)
    # Well off the outputs, to one side of each: where y - a or a sum over examples nearly
    # cancels, float32 has no digits left to compare.
    off = rng.choice([-1, 1], layer_sizes[-1]) * (0.2 + rng.random(p.Y.shape))
    p.Y[:] = _singles(_reference.activations(*spec(network), p.theta, X)[-1] + off)
    return p


def _singles(a: Array) -> Array:
    return a.astype(np.float32).astype(np.float64)


def keep_from_kinks(p: Problem) -> None:
    """Move each relu neuron's bias to the middle of the widest gap between its z near 0."""
    a = p.X
    layers = p.network.layers(p.theta)
    for f, (weights, biases) in zip(p.network.layer_activations, layers, strict=True):
        if f == "relu":
            for j, z in enumerate((a @ weights.T + biases).T):
                near = np.sort(np.append(z[abs(z) < 0.1], [-0.1, 0.1]))
                widest = np.argmax(np.diff(near))
                biases[j] -= (near[widest] + near[widest + 1]) / 2
            biases[:] = _singles(biases)
        a = _reference.ACTIVATIONS[f][0](a @ weights.T + biases)


def one_or_each(n_hidden: int) -> st.SearchStrategy[str | list[str]]:
    """An activation for all hidden layers, or one for each."""
    name = st.sampled_from(HIDDEN_ACTIVATIONS)
    return name | st.lists(name, min_size=n_hidden, max_size=n_hidden) if n_hidden else name


@st.composite
def problems(
    draw: st.DrawFn,
    *,
    most_examples: int = 300,
    most_width: int = 70,
    most_hidden: int = 4,
) -> Problem:
    """0 to 4 hidden layers, every activation, widths 1 to 70, 1 to 300 examples."""
    sizes = draw(
        st.lists(st.integers(1, most_width), min_size=2, max_size=most_hidden + 2), label="sizes"
    )
    return problem(
        tuple(sizes),
        draw(st.integers(1, most_examples), label="n"),
        draw(one_or_each(len(sizes) - 2)),
        draw(st.sampled_from(OUTPUT_ACTIVATIONS)),
        seed=draw(st.integers(0, 2**32 - 1), label="seed"),
        weighted=draw(st.booleans(), label="weighted"),
        zeros=draw(st.sampled_from([0.0, 0.5, 0.9, 1.0]), label="zeros"),
    )


def blocks(page: Path) -> list[tuple[str, str]]:
    """(kind, text) of each block of code on a page of documentation."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)


def python_blocks(page: Path) -> list[str]:
    """The Python that a page of documentation shows."""
    return [text for kind, text in blocks(page) if kind == "python"]


def program(page: Path, folder: Path) -> str:
    """A page as one program, run in `folder`: its Python, and its console's commands by sh."""
    parts = [f"import os, subprocess, warnings; os.chdir({str(folder)!r})"]
    parts += ["warnings.simplefilter('error')"]
    for kind, text in blocks(page):
        if kind == "python":
            parts.append(text)
        elif kind == "console":
            commands = "\n".join(re.findall(r"^\$ (.*)", text, re.M))
            parts.append(f"subprocess.run(['sh', '-ec', {commands!r}], check=True)")
    return "\n".join(parts)


def hear_ctrl_c() -> None:
    """In a child: a test run that was started in the background ignores Ctrl-C, and so would it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def run_python(code: str, *, timeout: float = PATIENCE, **environment: str) -> str:
    """What `code` prints in an interpreter of its own; fails with its traceback."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore:.*fork:DeprecationWarning", "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},
        preexec_fn=hear_ctrl_c,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
