"""The estimators' parameters: what scikit-learn accepts as each, and the network they name."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from fastgd.estimators.library import Interval, Options, StrOptions
from fastgd.network import Network

# scikit-learn's names of the activations, and fastgd's
ACTIVATIONS = {"logistic": "sigmoid", "tanh": "tanh", "relu": "relu", "identity": "identity"}
NAMES: Any = StrOptions(set(ACTIVATIONS))
COUNT: Any = Interval(Integral, 1, None, closed="left")

CONSTRAINTS: dict[str, list[Any]] = {
    "hidden_layer_sizes": ["array-like", COUNT],
    "activation": [NAMES, list, tuple],
    "output_activation": [NAMES],
    "solver": [StrOptions({"sgd", "lm"})],
    "batch_size": [COUNT, None],
    "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
    "max_iter": [COUNT],
    "momentum": [Interval(Real, 0, 1, closed="left")],
    "tol": [Interval(Real, 0, None, closed="left")],
    "n_iter_no_change": [COUNT, Options(Real, {np.inf})],
    "early_stopping": ["boolean"],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
    "warm_start": ["boolean"],
    "random_state": ["random_state"],
    "callback": [callable, list, tuple, None],
    "n_threads": [COUNT, None],
    "verbose": ["verbose"],
}


def network_of(
    n_inputs: int,
    hidden_layer_sizes: int | Sequence[int],
    n_outputs: int,
    activation: str | Sequence[str],
    output_activation: str,
) -> Network:
    """The network that has these sizes and, in scikit-learn's words, these activations."""
    hidden = np.atleast_1d(np.asarray(hidden_layer_sizes, dtype=None)).tolist()
    if not all(isinstance(size, int) and size > 0 for size in hidden):
        raise ValueError(f"hidden_layer_sizes must be integers > 0, got {hidden_layer_sizes}.")
    if isinstance(activation, str):
        f: str | list[str] = ACTIVATIONS[activation]
    else:
        unknown = [name for name in activation if name not in ACTIVATIONS]
        if unknown:
            raise ValueError(
                f"The 'activation' parameter must be one of {', '.join(ACTIVATIONS)}, or a "
                f"sequence of these. Got {unknown[0]!r} instead."
            )
        f = [ACTIVATIONS[name] for name in activation]
    return Network(
        (n_inputs, *hidden, n_outputs),
        activation=f,
        output_activation=ACTIVATIONS[output_activation],
    )
