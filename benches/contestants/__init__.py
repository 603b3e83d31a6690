"""The contestants: a table of libraries, each with a module that sets up the tasks it offers.

A module's `full_batch`, `epoch`, `descent`, `one_example` and `outputs` take a `Problem` and return
a function. The function does the work once and returns the answer: (cost, gradient), the last
theta, or the outputs. Only that function is timed, not its set-up.
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
    library: str  # the name to import
    prefix: str = ""  # of its functions' names in the module
    output_activation: str | None = None  # set where the library offers only this one
    needs_zeros: bool = False  # takes part only where X has many zeros
    slow_to_start: bool = False  # compiles for minutes

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
    Contestant("PyTorch compiled", "torch_", "torch", "compiled_", slow_to_start=True),
    Contestant("JAX", "jax_", "jax"),
    Contestant("scikit-learn", "sklearn_", "sklearn", output_activation="identity"),
)
