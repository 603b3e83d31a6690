"""Who does the work: one table of contestants, each a module that sets up each task it offers.

A module's `full_batch`, `epoch` and `one_example` take a `Problem` and return a function that does
the work once and returns its answer: (cost, gradient), theta after the epoch, or the outputs.
What is set up before that function exists is not timed.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benches.workloads import Problem


@dataclass(frozen=True)
class Contestant:
    """A library, and one way its users run it."""

    name: str
    module: str
    library: str  # to import
    prefix: str = ""  # of the functions' names
    output_activation: str | None = None  # the only one it offers, where it is just one
    needs_zeros: bool = False  # runs where X has many

    @property
    def installed(self) -> bool:
        return importlib.util.find_spec(self.library) is not None

    @property
    def version(self) -> str:
        names = {"sklearn": "scikit-learn"}
        return importlib.metadata.version(names.get(self.library, self.library))

    def prepare(self, problem: Problem) -> Callable[[], Any] | None:
        """A function that does the work once, or None where this contestant does not offer it."""
        if self.needs_zeros and problem.workload.data != "digits":
            return None
        module = importlib.import_module(f"benches.contestants.{self.module}")
        task = problem.workload.task.replace(" ", "_")
        setup = getattr(module, self.prefix + task, None)
        return None if setup is None else setup(problem)


CONTESTANTS = (
    Contestant("fastgd", "fastgd_", "fastgd"),
    Contestant("NumPy", "numpy_", "numpy"),
    Contestant("SciPy CSR", "numpy_", "scipy", "sparse_", needs_zeros=True),
    Contestant("numba", "numba_", "numba"),
    Contestant("PyTorch", "torch_", "torch"),
    Contestant("PyTorch compiled", "torch_", "torch", "compiled_"),
    Contestant("JAX", "jax_", "jax"),
    Contestant("scikit-learn", "sklearn_", "sklearn", output_activation="identity"),
)
