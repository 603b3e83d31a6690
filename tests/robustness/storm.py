"""What is interrupted, and what must be right afterwards: `interrupts.py` and its small test.

A call is made again and again until a clock's signal raises KeyboardInterrupt in it. The clock is
the system's: its time of striking is known, so how late the exception comes is known too.
"""

from __future__ import annotations

import random
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import fastgd
from fastgd import Cost, Network, gradient_descent, landscape, minima
from fastgd.callbacks import Checkpoint


class Long(NamedTuple):
    """A long call."""

    call: Callable[[], Any]
    again: Callable[[], Any]
    """What must have the same bits after every interrupt."""
    walks: bool = False
    """Whether the exception carries a descent."""
    seconds: float | None = None
    """In which signals come; None: as many as the call takes."""


def storm(long: Long, n: int, seed: int = 0) -> tuple[list[float], list[str]]:
    """(seconds from each of n signals at random moments to its exception, what was lost)."""
    draw = random.Random(seed)
    expected = told(long.again())
    took = long.seconds
    if took is None:
        began = time.perf_counter()
        long.call()
        took = max(0.05, time.perf_counter() - began)
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    late, lost = [], []
    for _ in range(n):
        delay = draw.uniform(0.0005, took)
        error = None
        try:
            due = time.perf_counter() + delay
            signal.setitimer(signal.ITIMER_REAL, delay)
            while True:
                long.call()
        except KeyboardInterrupt as interrupt:
            late.append(time.perf_counter() - due)
            error = interrupt
        if long.walks and not whole(getattr(error, "descent", None)):
            lost.append("no descent")
        if told(long.again()) != expected:
            lost.append("other bits")
    return late, lost


def told(value: Any) -> Any:
    return value.tobytes() if isinstance(value, np.ndarray) else value


def whole(descent: Any) -> bool:
    """Whether a descent was interrupted, and is one to go on from."""
    return (
        isinstance(descent, fastgd.Descent)
        and descent.stopped_by == "interrupt"
        and bool(np.isfinite(descent.theta).all())
        and descent.state is not None
    )


# ------------------------------------------------------------------------- the calls, by name


def descents(cost: Cost, theta: Any, **options: Any) -> Long:
    """One that would never end."""
    again = {**options, "epochs": 1}
    return Long(
        lambda: gradient_descent(cost, theta, **{"epochs": 3, "tol": None, **options}),
        lambda: gradient_descent(cost, theta, **again).theta,
        walks=True,
    )


def small(many: int = 8) -> dict[str, Callable[[], Long]]:
    """Calls of some 0.1 s, on the digits that come with fastgd, `many` times."""
    digits = fastgd.datasets.digits()
    X, labels = digits.train_images, digits.train_labels
    net = Network((784, 16, 16, 10))
    theta = net.random_theta(0)

    def cost(**options: Any) -> Cost:
        return Cost(net, np.tile(X, (many, 1)), np.tile(labels, many), **options)

    def plane() -> Long:
        small = Cost(net, X, labels)
        u, v = (landscape.random_direction(net, theta, seed) for seed in (1, 2))
        return Long(
            lambda: landscape.plane(small, theta, u, v, resolution=21),
            lambda: landscape.plane(small, theta, u, v, resolution=2).costs,
        )

    def starts() -> Long:
        shared = Cost(net, X, labels)
        return Long(
            lambda: minima.multi_start(shared, 4, 0, learning_rate=1.0, batch_size=10, epochs=2),
            lambda: shared(theta),
        )

    def checkpoints() -> Long:
        """Each epoch in a file, which is whole whenever the signal came."""
        checkpoint = Checkpoint(Path(tempfile.mkdtemp(prefix="storm-"), "run.safetensors"))
        few = Cost(net, X[:1000], labels[:1000])
        options: dict[str, Any] = {"learning_rate": 1.0, "batch_size": 10, "rng": 0}

        def again() -> Any:
            state = checkpoint.state
            found = gradient_descent(few, theta, epochs=len(state.costs), **options)
            return bool((found.theta == state.theta).all())

        gradient_descent(few, theta, epochs=1, callback=checkpoint, **options)
        return Long(
            lambda: gradient_descent(few, theta, epochs=40, callback=checkpoint, **options),
            again,
            walks=True,
        )

    def of(make: Callable[[Cost], Callable[[], Any]], **options: Any) -> Callable[[], Long]:
        def long() -> Long:
            made = cost(**options)
            return Long(make(made), lambda: made.gradient(theta))

        return long

    return {
        "laying out": lambda: Long(cost, lambda: Cost(net, X, labels).gradient(theta)),
        "gradient": of(lambda c: lambda: c.gradient(theta)),
        "gradient, one thread": of(lambda c: lambda: c.gradient(theta), n_threads=1),
        "product": of(lambda c: lambda: c.hessian_vector_product(theta, theta)),
        "full batch": lambda: descents(cost(), theta, learning_rate=0.1, epochs=20, tol=0),
        "full batch, from its data on": lambda: Long(
            lambda: gradient_descent(cost(), theta, learning_rate=0.1, epochs=2),
            lambda: Cost(net, X, labels).gradient(theta),
        ),
        "batches of 10": lambda: descents(cost(), theta, learning_rate=1.0, batch_size=10, rng=0),
        "batches of 1,000": lambda: descents(
            cost(), theta, learning_rate=1.0, batch_size=1000, rng=0, epochs=20
        ),
        "batches of 10, each epoch saved": checkpoints,
        "outputs": of(lambda c: lambda: net(theta, np.tile(X, (many, 1)))),
        "activations": of(lambda c: lambda: net.activations(theta, np.tile(X, (many, 1)))),
        "plane": plane,
        "starts side by side": starts,
    }


def large() -> dict[str, Callable[[], Long]]:
    """Wide layers and large data."""
    digits = fastgd.datasets.digits()
    X, labels = digits.train_images, digits.train_labels
    net = Network((784, 16, 16, 10))
    theta = net.random_theta(0)
    few = Cost(net, X, labels)
    wide = Network((784, 4096, 4096, 10))

    def of_wide(**options: Any) -> Long:
        start = wide.random_theta(0)
        cost = Cost(wide, X, labels)
        again = Cost(wide, X[:64], labels[:64])
        return Long(
            lambda: gradient_descent(cost, start, learning_rate=0.01, epochs=1, rng=0, **options),
            lambda: again(start),
            walks=True,
            seconds=2.0,
        )

    def wide_plane() -> Long:
        start = wide.random_theta(0)
        cost = Cost(wide, X[:256], labels[:256])
        u, v = (landscape.random_direction(wide, start, seed) for seed in (1, 2))
        return Long(
            lambda: landscape.plane(cost, start, u, v, resolution=9),
            lambda: cost(start),
            seconds=2.0,
        )

    def wide_outputs() -> Long:
        start = wide.random_theta(0)
        return Long(lambda: wide(start, X[:3000]), lambda: wide(start, X[:64]))

    def digits_40() -> Long:
        many, targets = np.tile(X, (40, 1)), np.tile(labels, 40)
        return Long(lambda: Cost(net, many, targets), lambda: few.gradient(theta))

    def sparse() -> Long:
        from scipy.sparse import csr_array, vstack

        rows = vstack([csr_array(X.astype(np.float32) / 255)] * 20, format="csr")
        targets = np.tile(labels, 20)
        return Long(lambda: Cost(net, rows, targets), lambda: few.gradient(theta))

    def predictions(dtype: str) -> Long:
        many = np.tile(X, (40 if dtype == "u1" else 10, 1)).astype(dtype)
        return Long(lambda: net(theta, many), lambda: few.gradient(theta))

    return {
        "laying out 400,000 digits": digits_40,
        "laying out 200,000 sparse rows": sparse,
        "outputs of 400,000 digits": lambda: predictions("u1"),
        "outputs of 100,000 rows of int64": lambda: predictions("i8"),
        "784-4096-4096-10, batches of 10": lambda: of_wide(batch_size=10),
        "784-4096-4096-10, batches of 1,000": lambda: of_wide(batch_size=1000),
        "784-4096-4096-10, batches of 10,000": lambda: of_wide(batch_size=10_000),
        "784-4096-4096-10, a plane": wide_plane,
        "784-4096-4096-10, outputs": wide_outputs,
    }
