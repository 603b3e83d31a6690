"""Descents under FASTGD_DETERMINISTIC=everywhere: `python tests/everywhere/descents.py` says the
hash of each as JSON. It wants NumPy and fastgd alone, so it runs in any emulator.

Each is walked with every number of threads. hashes.json has what all processors must say. The data
are words of PCG64 and quotients of them: nothing here comes from a C library's functions.
"""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import fastgd

THREADS = (1, 2, 3, 7)
N = 500


class Case(NamedTuple):
    """A network, its examples and how it is trained."""

    sizes: tuple[int, ...] = (70, 19, 16, 10)
    activation: str | list[str] = "sigmoid"
    output: str = "sigmoid"
    X: str = "pixels"
    """Of 70 % zeros "pixels" (uint8) or the same as "reals"; without them "grey", "dense"."""
    dtype: str = "float32"
    weighted: bool = False
    options: dict[str, Any] = {"batch_size": 10}  # noqa: RUF012


def cases() -> dict[str, Case]:
    """By name; each differs from the first in what its name says."""
    plain = {
        "plain": Case(),
        "tanh": Case(activation="tanh", output="tanh"),
        "relu": Case(activation="relu", output="identity"),
        "each its own": Case(activation=["tanh", "relu"], output="sigmoid"),
        "one output": Case(sizes=(70, 40, 1), output="identity"),
        "no hidden layer": Case(sizes=(70, 10)),
        "wide": Case(sizes=(70, 150, 33, 3)),
        "784-16-16-10": Case(sizes=(784, 16, 16, 10)),
        "reals": Case(X="reals"),
        "grey": Case(X="grey"),
        "dense": Case(X="dense"),
        "weighted": Case(weighted=True),
        "one at a time": Case(options={"batch_size": 1}),
        "batches of 64": Case(options={"batch_size": 64}),
        "batches of 300": Case(options={"batch_size": 300, "learning_rate": 2.0}),
        "momentum": Case(options={"batch_size": 10, "momentum": 0.9, "learning_rate": 0.05}),
        "nesterov": Case(options={"batch_size": 32, "momentum": 0.8, "nesterov": True, "l2": 1e-4}),
        "full batch": Case(options={}),
        "full batch, dense": Case(X="dense", weighted=True, options={"momentum": 0.9, "l2": 1e-4}),
    }
    doubles = {f"{name}, float64": case._replace(dtype="float64") for name, case in plain.items()}
    return plain | doubles


def examples(case: Case) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """X, Y (numbers from 0 to 1) and weights."""
    bits = np.random.PCG64(7)
    n_in, n_out = case.sizes[0], case.sizes[-1]
    words = bits.random_raw(N * n_in).reshape(N, n_in)
    pixels = (words >> np.uint64(56)).astype(np.uint8)
    if case.X in ("pixels", "reals"):
        pixels[words % np.uint64(10) < 7] = 0
    Y = (bits.random_raw(N * n_out) >> np.uint64(44)).reshape(N, n_out) / 2.0**20
    weight = (1 + (bits.random_raw(N) >> np.uint64(61))) / 8.0
    if case.X in ("reals", "dense"):
        return np.divide(pixels, 255, dtype=case.dtype), Y, weight
    return pixels, Y, weight


def cost_of(case: Case, n_threads: int) -> fastgd.Cost:
    network = fastgd.Network(case.sizes, activation=case.activation, output_activation=case.output)
    X, Y, weight = examples(case)
    return fastgd.Cost(
        network, X, Y, sample_weight=weight if case.weighted else None, dtype=case.dtype,
        n_threads=n_threads,
    )  # fmt: skip


def walked(case: Case, cost: fastgd.Cost, **options: Any) -> fastgd.Descent:
    rate = 0.02 if "relu" in case.activation else 0.3
    start = cost.network.random_theta(rng=1, dtype=cost.dtype)
    options = {"learning_rate": rate, "epochs": 3, "rng": 2, **case.options, **options}
    return fastgd.gradient_descent(cost, start, **options)


def digest(*arrays: Any) -> str:
    """Of the numbers' bytes, the lowest first whatever the processor's order."""
    told = hashlib.sha256()
    for a in map(np.asarray, arrays):
        told.update(a.astype(a.dtype.newbyteorder("<")).tobytes())
    return told.hexdigest()[:16]


def hashes(name: str, case: Case) -> dict[str, str]:
    """Of theta, and of the costs and some outputs, for any number of threads."""
    found = set()
    for n_threads in THREADS:
        cost = cost_of(case, n_threads)
        descent = walked(case, cost)
        X = examples(case)[0]
        outputs = [cost.network(descent.theta, X[rows]) for rows in (0, slice(3), slice(None))]
        told = digest(descent.costs, cost(descent.theta), *outputs)
        found.add((digest(descent.theta), told))
    if len(found) > 1:
        raise SystemExit(f"{name}: {len(found)} results for {THREADS} threads")
    return dict(zip(("theta", "told"), found.pop(), strict=True))


def main() -> None:
    config = fastgd.show_config()
    if config["deterministic"] != "everywhere":
        raise SystemExit("set FASTGD_DETERMINISTIC=everywhere")
    chosen = {name: case for name, case in cases().items() if name in (sys.argv[1:] or cases())}
    found = {name: hashes(name, case) for name, case in chosen.items()}
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
