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

import logging
from typing import TYPE_CHECKING

from fastgd._config import get_include, show_config
from fastgd.cost import Cost
from fastgd.descent import Descent, DivergenceError, gradient_descent
from fastgd.files import Model, ModelFormatError, load, save
from fastgd.network import Layer, Network

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
    )  # fmt: skip
    from fastgd import estimators as estimators  # not in __all__: it needs scikit-learn

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
    "curves",
    "datasets",
    "exchange",
    "explore",
    "export",
    "get_include",
    "gradient_descent",
    "ink",
    "inside",
    "landscape",
    "load",
    "minima",
    "parts",
    "plots",
    "save",
    "scaling",
    "show_config",
    "spatial",
]

_MODULES = (
    "api_v1", "callbacks", "curves", "datasets", "estimators", "exchange", "explore", "export",
    "ink", "inside", "landscape", "minima", "parts", "plots", "scaling", "spatial",
)  # fmt: skip


def __getattr__(name: str) -> object:
    """The modules around the core, imported where they are first named."""
    if name in _MODULES:
        from importlib import import_module

        return import_module(f"fastgd.{name}")
    raise AttributeError(f"module 'fastgd' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
