"""A network as JSON, for programs in any language. The schema is told in docs/export.md."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastgd._engine.reals import check_finite
from fastgd.network import Network, theta_of

FORMAT_NUMBER = 1


def to_json(network: Network, theta: ArrayLike) -> str:
    """The network as one JSON object: sizes, activations, weights and biases layer by layer.

    Parameters
    ----------
    network : Network
    theta : (n_parameters,) array

    Returns
    -------
    str
        Its keys are ``format``, ``layer_sizes``, ``activation``, ``output_activation``,
        ``dtype`` and ``layers``: a list of objects with ``activation``, ``weights`` (a list of
        n_out lists of n_in numbers) and ``biases``. A number is the shortest decimal that
        reads back as the same float of that dtype.

    Raises
    ------
    TypeError, ValueError
        Where theta does not fit the network or is not finite.

    Examples
    --------
    >>> print(to_json(Network((2, 1)), np.array([0.1, 2, 3], np.float32)))
    {"format": 1, "layer_sizes": [2, 1], "activation": "sigmoid", "output_activation": "sigmoid",
    "dtype": "float32", "layers": [
    {"activation": "sigmoid", "weights": [[0.1, 2.0]], "biases": [3.0]}
    ]}
    """
    theta = theta_of(network, theta)
    check_finite("theta", theta)
    layers = network.layers(theta)
    activations = network.layer_activations
    written = [
        json.dumps(
            {"activation": f, "weights": numbers(layer.weights), "biases": numbers(layer.biases)}
        )
        for f, layer in zip(activations, layers, strict=True)
    ]
    about = {
        "format": FORMAT_NUMBER,
        "layer_sizes": network.layer_sizes,
        "activation": network.activation,
        "output_activation": network.output_activation,
    }
    body = ",\n".join(written)
    return f'{json.dumps(about)[:-1]},\n"dtype": "{theta.dtype}", "layers": [\n{body}\n]}}'


def numbers(values: NDArray[Any]) -> Any:
    """Lists of the shortest decimals, as floats: those of float32 are short in float64, too."""
    if values.dtype == np.float64:
        return values.tolist()
    return (
        np.array([str(value) for value in values.ravel()], np.float64)
        .reshape(values.shape)
        .tolist()
    )
