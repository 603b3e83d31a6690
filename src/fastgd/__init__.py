"""Gradient descent for small fully connected networks, on the CPU, fast.

A network is a function of its input; its cost is a function of its parameters; walk
downhill::

    digits = fastgd.datasets.digits()
    net = fastgd.Network((784, 16, 16, 10))
    cost = fastgd.Cost(net, digits.train_images, digits.train_labels)
    descent = fastgd.gradient_descent(
        cost, net.random_theta(rng=0), learning_rate=1.0, batch_size=10, epochs=5, rng=0
    )
    net(descent.theta, digits.test_images)
"""

from fastgd._interrupted import end_command as _end_command

try:
    # NumPy's C code imports it, and would make an ImportError of Ctrl-C.
    import datetime as _datetime  # noqa: F401
    import logging
    from typing import TYPE_CHECKING

    from fastgd._config import get_include, show_config
    from fastgd.cost import Cost
    from fastgd.descent import Descent, DivergenceError, gradient_descent
    from fastgd.files import Model, ModelFormatError, load, save
    from fastgd.marquardt import levenberg_marquardt
    from fastgd.network import Layer, Network
except KeyboardInterrupt:
    _end_command()
    raise

if TYPE_CHECKING:
    from fastgd import (
        api_v1,
        callbacks,
        curves,
        datasets,
        exchange,
        explore,
        export,
        ink,
        inside,
        landscape,
        minima,
        parts,
        plots,
        scaling,
        spatial,
        sweeps,
    )  # fmt: skip
    from fastgd import estimators as estimators  # not in __all__: it needs scikit-learn
    from fastgd.sweeps import cross_validate, ensemble, sweep

__version__ = "0.1.0"

logging.getLogger("fastgd").addHandler(logging.NullHandler())  # silent until somebody listens

__all__ = [
    "Cost",
    "Descent",
    "DivergenceError",
    "Layer",
    "Model",
    "ModelFormatError",
    "Network",
    "api_v1",
    "callbacks",
    "cross_validate",
    "curves",
    "datasets",
    "ensemble",
    "exchange",
    "explore",
    "export",
    "get_include",
    "gradient_descent",
    "ink",
    "inside",
    "landscape",
    "levenberg_marquardt",
    "load",
    "minima",
    "parts",
    "plots",
    "save",
    "scaling",
    "show_config",
    "spatial",
    "sweep",
    "sweeps",
]

_MODULES = (
    "api_v1", "callbacks", "curves", "datasets", "estimators", "exchange", "explore", "export",
    "ink", "inside", "landscape", "minima", "parts", "plots", "scaling", "spatial", "sweeps",
)  # fmt: skip
# Functions of such modules that are named here too.
_FUNCTIONS = {"cross_validate": "sweeps", "ensemble": "sweeps", "sweep": "sweeps"}


def __getattr__(name: str) -> object:
    """The modules around the core, imported where they are first named."""
    if name in _MODULES or name in _FUNCTIONS:
        from importlib import import_module

        module = import_module(f"fastgd.{_FUNCTIONS.get(name, name)}")
        return getattr(module, name) if name in _FUNCTIONS else module
    raise AttributeError(f"module 'fastgd' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES, *_FUNCTIONS})
